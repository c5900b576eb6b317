"""The page of the style sliders, above the sliders: where they begin, and the two writers to interpolate between."""

import itertools
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from wvae.directions import WriterStyle, digit_means, farthest, spread, styles_of_writers
from wvae.latents import Floats, digit_probabilities, encode
from wvae.ui.choice import Choice
from wvae.ui.style_sliders import Codes, Interpolation, Start

DRAWING = "drawing"
"""Where the session keeps the drawing that the sliders may start from: uint8 ``(28, 28)``."""


class StyledModel(NamedTuple):
    """A model with its mean A of each digit, ``(10, latent_a)``, and its style of each writer."""

    choice: Choice
    digits_a: Floats
    styles: dict[int, WriterStyle]


def styled(choice: Choice) -> StyledModel:
    """A model and what it makes of the digits and writers in view."""
    latents, digits = choice.latents, choice.digits
    return StyledModel(
        choice, digit_means(latents.mean_a, digits.digits), styles_of_writers(latents.mean_b, digits.writers)
    )


def kinds_of_start() -> list[str]:
    """What the sliders can start from: also from the drawing, where one was sent to them."""
    return ["picture", "writer", "prior", *(["drawing"] if DRAWING in st.session_state else [])]


def choose_start(kind: str, models: Sequence[StyledModel]) -> Start:
    """The widgets of a kind of start, and the same start for every model."""
    first = models[0].choice
    digits, means = first.digits, [model.digits_a for model in models]
    seen_by = " ".join(f"{model.choice.name} {model.choice.model.config}" for model in models)
    name = f"{seen_by} {first.source} {first.whose} {kind}"
    if kind == "picture":
        row = st.number_input("Picture", 1, len(digits), width=140, key="picture", bind="query-params") - 1
        st.button(
            "Another", icon=":material/casino:", on_click=_another_picture, args=[len(digits)], key="sliders another"
        )
        said = f"Picture {row + 1:,}, a {digits.digits[row]} by writer {digits.writers[row]}."
        all_latents = [model.choice.latents for model in models]
        codes = [Codes(latents.mean_a[row], latents.mean_b[row]) for latents in all_latents]
        return Start(f"{name} {row}", said, codes, means, picture=digits.images[row])
    if kind == "drawing":
        drawing = st.session_state[DRAWING]
        encoded = [encode(model.choice.model, drawing[None]) for model in models]
        codes = [Codes(latents.mean_a[0], latents.mean_b[0]) for latents in encoded]
        return Start(f"{name} {zlib.crc32(drawing)}", "Your drawing.", codes, means, picture=drawing)
    digit = int(digits.digits.min())
    if kind == "writer":
        styles = models[0].styles
        writer = _choose_writer("Writer", list(styles), next(iter(styles)), key="writer")
        own = [digits_of_writer(model, writer) for model in models]
        said = f"The mean style of the {styles[writer].images:,} digits by writer {writer}, and each digit's own A"
        lacking = np.flatnonzero(np.isnan(own[0]).any(1) & ~np.isnan(means[0]).any(1))
        if len(lacking):
            said += f", but of {', '.join(map(str, lacking))} the mean A of all writers"
            said += f": there is none by writer {writer} that {first.name} reads as such"
        written = [np.where(np.isnan(its_own), mean, its_own) for its_own, mean in zip(own, means, strict=True)]
        codes = [Codes(a[digit], model.styles[writer].b) for a, model in zip(written, models, strict=True)]
        return Start(f"{name} {writer}", f"{said}.", codes, written, digit, writer)
    codes = [Codes(model.digits_a[digit], model.choice.model.prior.mean().b.numpy()) for model in models]
    return Start(name, "Latent B is at the mean of its prior: an average style.", codes, means, digit)


def digits_of_writer(model: StyledModel, writer: int) -> Floats:
    """Mean A, ``(10, latent_a)``, over those of a writer's digits that the model reads rightly; NaN where none are."""
    choice = model.choice
    rows = np.flatnonzero(choice.digits.writers == writer)
    a, digits = choice.latents.mean_a[rows], choice.digits.digits[rows]
    if choice.model.classifier is not None:
        right = digit_probabilities(choice.model, a).argmax(1) == digits
        a, digits = a[right], digits[right]
    return digit_means(a, digits)


def misreadings(models: Sequence[StyledModel], row: int) -> list[str]:
    """A sentence for each model that reads a picture as another digit than it is."""
    label = models[0].choice.digits.digits[row]
    sentences = []
    for choice, _, _ in models:
        if choice.model.classifier is not None:
            read = digit_probabilities(choice.model, choice.latents.mean_a[row : row + 1])[0].argmax()
            if read != label:
                sentences.append(f"{choice.name} reads this {label} as a {read}, and draws it as a {read}.")
    return sentences


def choose_interpolation(models: Sequence[StyledModel]) -> Interpolation:
    """The widgets of two writers, and their styles by every model."""
    choice, _, styles = models[0]
    busiest = dict(itertools.islice(styles.items(), 50))  # a mean over few digits says little of a style
    first = next(iter(busiest))
    start = _choose_writer("Interpolate from writer", list(styles), first, key="from")
    other = farthest(busiest, first, spread(choice.latents.mean_b))
    end = _choose_writer("to writer", list(styles), other, key="to")
    return Interpolation(
        [f"writer {start}", f"writer {end}"], [[model.styles[start].b, model.styles[end].b] for model in models]
    )


def _another_picture(count: int) -> None:
    st.session_state["picture"] = int(np.random.default_rng().integers(count)) + 1


def _choose_writer(label: str, writers: list[int], default: int, key: str) -> int:
    return st.selectbox(label, writers, writers.index(default), width=150, key=key, bind="query-params")
