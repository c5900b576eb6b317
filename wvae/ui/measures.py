"""What is measured of each digit in view: computed when first asked for, then kept."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.morphometry import slant, thickness
from wvae.reconstruction import reconstruction_errors
from wvae.ui.choice import Choice

Floats = NDArray[np.float32]

UNITS = {"slant": "°", "thickness": "px", "error": "nats"}
"""Every measure and its unit; the error is that of the reconstruction."""


@st.cache_resource(show_spinner="Measuring each digit …", max_entries=9)
def measure(name: str, key: str, _choice: Choice) -> Floats:
    """One of ``UNITS`` for each digit in view: ``(n,)``. ``key`` names the data."""
    match name:
        case "slant":
            return slant(_choice.digits.images)
        case "thickness":
            return thickness(_choice.digits.images)
        case "error":
            return reconstruction_errors(_choice.model, _choice.digits.images, _choice.latents)
    raise KeyError(name)


def columns(key: str, choice: Choice) -> dict[str, Callable[[], NDArray[Any]]]:
    """All that is known of each digit, by name: label, writer, measures, and dimensions of A and B."""
    latents = {name: partial(np.asarray, values) for name, values in choice.latents.columns().items()}
    measures = {name: partial(measure, name, key, choice) for name in UNITS}
    return {"digit": lambda: choice.digits.digits, "writer": lambda: choice.digits.writers, **measures, **latents}
