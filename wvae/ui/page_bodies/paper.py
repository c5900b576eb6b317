"""The page on which one writes: the paper, and what it is given of the model and the digits in view."""

import base64
from pathlib import Path

import numpy as np
import streamlit as st

from wvae.checkpoint import model_config, read_config
from wvae.digits import DigitSet
from wvae.directions import digit_means
from wvae.errors import WvaeError
from wvae.latents import Latents, decode_digits
from wvae.model import WVAE
from wvae.model_catalogue import best_first
from wvae.outliers import usual_score
from wvae.own_digits import Picture, keep_picture
from wvae.priors import LINE, ClassConditionalNormal
from wvae.ui.choice import Choice
from wvae.ui.door import read_only
from wvae.ui.loaded import checkpoint_folders, model_of, written
from wvae.ui.markdown import plain
from wvae.ui.page_bodies.digit_plane import STYLES
from wvae.ui.page_bodies.style_start import DRAWING
from wvae.ui.writing import KnownDigits, Plane, writing

KNOWN = 5000
"""Digits in view that a drawing is compared with: in the browser they are some 4 MB."""


def paper(choice: Choice) -> None:
    """What one writes on, and what the model makes of it."""
    latents, digits = choice.latents, choice.digits
    rows = np.linspace(0, len(digits) - 1, min(len(digits), KNOWN), dtype=np.int64)
    known = digits[rows]
    known_latents = Latents(*(values[rows] for values in latents))
    writing(
        choice.model,
        digit_means(latents.mean_a, digits.digits),
        _usual(choice.key, choice.checkpoint, written(choice.checkpoint), choice.model, known, known_latents),
        KnownDigits(known, known_latents.mean_b),
        _plane(choice.source.startswith("synthetic")),
        on_kept=None if read_only() else _keep,
        on_sliders=_take_to_sliders,
    )


def leave_for_sliders() -> None:
    """Go to the sliders when a drawing was sent there."""
    if st.session_state.pop("to sliders", False):
        st.switch_page("pages/style_sliders.py", query_params={"start": "drawing"})


def _keep() -> None:
    kept, name = st.session_state["writing"].kept, st.session_state["set"]
    picture = Picture("drawing.png", base64.b64decode(kept["picture"]), kept["digit"], st.session_state["set writer"])
    try:
        number = keep_picture(picture, name)
        st.toast(f"Kept: digit {number} of {plain(name)}, a {picture.digit}.")
    except WvaeError as error:
        st.toast(plain(error), icon=":material/error:")


def _take_to_sliders() -> None:
    drawing = st.session_state["writing"].sliders["picture"]
    st.session_state[DRAWING] = np.array(drawing, np.uint8).reshape(28, 28)
    st.session_state["to sliders"] = True


@st.cache_data(show_spinner=False, max_entries=16)
def _usual(
    key: tuple[str, int], checkpoint: Path, time: int, _model: WVAE, _known: DigitSet, _latents: Latents
) -> float:
    """Their usual score as outliers; the first three name the digits and the model."""
    return usual_score(_model, _known.images, _latents)


def _plane(synthetic: bool) -> Plane | None:
    """The best model of one dimension each that has a centre of A for every digit."""
    for checkpoint in best_first(checkpoint_folders().values(), synthetic):
        try:
            config = model_config(read_config(checkpoint), checkpoint)
            if (config.latent_a, config.latent_b) != (1, 1):
                continue
            model = model_of(checkpoint)
        except WvaeError:
            continue  # what is wrong with it is said where it is chosen
        images = decode_digits(model, STYLES)
        if images is not None and isinstance(model.prior, ClassConditionalNormal):
            return Plane(checkpoint.name, model, model.prior.centres[list(LINE), 0].numpy(), STYLES, images)
    return None
