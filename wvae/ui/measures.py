"""What is measured of each digit in view: computed when first asked for, then kept."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from wvae.latents import BATCH, to_floats
from wvae.morphometry import slant, thickness
from wvae.objective import reconstruction_nats
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
            return _errors(_choice)
    raise KeyError(name)


def columns(key: str, choice: Choice) -> dict[str, Callable[[], NDArray[Any]]]:
    """All that is known of each digit, by name: label, writer, measures, and dimensions of A and B."""
    latents = {name: partial(np.asarray, values) for name, values in choice.latents.columns().items()}
    measures = {name: partial(measure, name, key, choice) for name in UNITS}
    return {"digit": lambda: choice.digits.digits, "writer": lambda: choice.digits.writers, **measures, **latents}


def _errors(choice: Choice) -> Floats:
    """Bernoulli negative log-likelihood of each picture at the posterior mean, in nats: ``(n,)``."""
    model = choice.model
    device = next(model.parameters()).device
    nats = np.empty(len(choice.digits), np.float32)
    with torch.inference_mode():
        for start in range(0, len(nats), BATCH):
            rows = slice(start, start + BATCH)
            a, b = (torch.from_numpy(mean[rows]).to(device) for mean in (choice.latents.mean_a, choice.latents.mean_b))
            pixels = to_floats(choice.digits.images[rows], device)
            nats[rows] = reconstruction_nats(model.decode(a, b), pixels).cpu().numpy()
    return nats
