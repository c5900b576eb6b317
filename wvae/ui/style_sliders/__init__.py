"""The component of the style sliders: everything on it answers in the browser, without the server."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.directions import Axes, Spread
from wvae.latents import Floats
from wvae.model import WVAE
from wvae.ui.javascript import bundle
from wvae.ui.live_decoder import decoder_packet
from wvae.ui.packets import send_packet

HERE = Path(__file__).parent

_component = st.components.v2.component(
    "style_sliders",
    html=(HERE / "style_sliders.html").read_text(encoding="utf-8"),
    css=(HERE / "style_sliders.css").read_text(encoding="utf-8"),
    js=bundle(HERE / "style_sliders.js"),
)


class Start(NamedTuple):
    """Where the sliders begin: latents ``(latent_a,)`` and ``(latent_b,)``.

    ``name`` tells starts apart: with the same name what was dragged is kept. ``digit`` is the button
    that gives the same A, if one does; ``picture`` is what was encoded, uint8 ``(28, 28)``, if anything was.
    """

    name: str
    caption: str
    a: Floats
    b: Floats
    digit: int | None = None
    picture: NDArray[np.uint8] | None = None


class Interpolation(NamedTuple):
    """From one style to another: what the two are called, and the latents B ``(latent_b,)``."""

    names: list[str]
    styles: list[Floats]


def style_sliders(
    model: WVAE,
    *,
    digits_a: Floats,
    a: Spread,
    b: Spread,
    axes: Axes,
    start: Start,
    interpolation: Interpolation | None,
) -> None:
    """Draw the sliders.

    Args:
        model: the decoder.
        digits_a: latent A of each digit ``(10, latent_a)``, NaN where there is none.
        a: where latents A lie; a slider for each dimension.
        b: where latents B lie.
        axes: directions of B, a slider each, in their order.
        start: where to begin, and to come back to.
        interpolation: the two styles to move between, if there are two.
    """
    decoder = decoder_packet(model)
    data = {
        "decoder": decoder.key,
        "digits": [None if np.isnan(row).any() else row.tolist() for row in digits_a],
        "spread": {"a": _spread(a), "b": _spread(b)},
        "sliders": [*_sliders_b(axes), *_sliders_a(len(a.mean))],
        "start": {
            "id": start.name,
            "caption": start.caption,
            "a": start.a.tolist(),
            "b": start.b.tolist(),
            "digit": start.digit,
            "picture": None if start.picture is None else start.picture.flatten().tolist(),
        },
        "interpolation": interpolation
        and {"names": interpolation.names, "styles": [style.tolist() for style in interpolation.styles]},
    }
    _component(key="style_sliders", data=data)
    send_packet(decoder)


def _spread(spread: Spread) -> dict[str, Any]:
    return {"mean": spread.mean.tolist(), "deviation": spread.deviation.tolist()}


def _sliders_b(axes: Axes) -> list[dict[str, Any]]:
    """A dimension of B keeps its number; any other direction goes by its feature, or is just another."""
    sliders = []
    for place, (direction, name) in enumerate(zip(axes.directions, axes.names, strict=True), 1):
        correlation = f"r = {name.correlation:.2f}".replace("-", "\N{MINUS SIGN}") if name else ""
        if 1 in direction:
            label = f"B {direction.argmax() + 1}"
            note = f"{name.feature}, {correlation}" if name else ""
        else:
            label, note = name.feature.capitalize() if name else f"Other {place}", correlation
        sliders.append({"latent": "b", "label": label, "note": note, "direction": direction.tolist()})
    return sliders


def _sliders_a(dimensions: int) -> list[dict[str, Any]]:
    return [
        {"latent": "a", "label": f"A {dimension + 1}", "note": "", "direction": direction}
        for dimension, direction in enumerate(np.eye(dimensions).tolist())
    ]
