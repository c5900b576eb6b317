"""The overview's first figure, after the article's: every digit across, and styles of latent B up."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.latents import decode_digits
from wvae.model import WVAE
from wvae.raster import tile
from wvae.report import ReportedPicture
from wvae.ui.choice import Choice
from wvae.ui.loaded import written
from wvae.ui.reserved import reserved_image

STYLES = np.linspace(2.5, -2.5, 7, dtype=np.float32)
"""Values of the first axis of B, from the top; nearly all styles lie between."""


def show_digit_planes(models: Sequence[Choice]) -> list[ReportedPicture]:
    """For each model with a centre of A for every digit: these digits in the styles of :data:`STYLES`."""
    found = [(one, _digit_plane(one.checkpoint, written(one.checkpoint), one.model)) for one in models]
    shown = [(one, plane) for one, plane in found if plane is not None]
    if not shown:
        return []
    folds = st.expander(f"Ten digits in {len(STYLES)} styles", expanded=True, icon=":material/grid_on:")
    for number, (column, (one, plane)) in enumerate(zip(folds.columns(len(shown)), shown, strict=True)):
        alt = f"Ten digits in {len(STYLES)} styles each, decoded by {one.name}."
        with column:
            reserved_image(plane, 640, alt, f"digit-plane-{number}")
        column.markdown(f"{_across_and_up(one.model)}{f' Decoded by {one.name}.' if len(models) > 1 else ''}")
    return [ReportedPicture(plane, f"{_across_and_up(one.model)} Decoded by {one.name}.") for one, plane in shown]


@st.cache_data(show_spinner=False, max_entries=8)
def _digit_plane(checkpoint: Path, time: int, _model: WVAE) -> NDArray[np.float32] | None:
    """One picture of all; None if the model has none. ``checkpoint`` and ``time`` name the model."""
    images = decode_digits(_model, STYLES)
    return None if images is None else tile(images)


def _across_and_up(model: WVAE) -> str:
    """What a plane shows, in words."""
    up = _first_axis(model)
    return f"Across: latent A, ten digits. Up: {up}. Every column is one digit, every row one style."


def _first_axis(model: WVAE) -> str:
    """The first axis of B in words."""
    name = f", the {model.named_axes[0].name}" if model.named_axes else ""
    return f"latent B{name}" if model.config.latent_b == 1 else f"the first axis of latent B{name} (the others at 0)"
