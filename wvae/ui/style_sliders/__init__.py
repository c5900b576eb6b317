"""The component of the style sliders: everything on it answers in the browser, without the server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.directions import Axes, Spread, WriterStyle
from wvae.latents import Floats
from wvae.model import WVAE
from wvae.style_measures import AXES
from wvae.ui.component import CONTROLS, component
from wvae.ui.live_model import decoder_packet
from wvae.ui.packets import Packet, digest, packet, send_packet

MEASURES = {axis.name: axis for axis in AXES}
"""What the browser measures of a picture, by name."""

_component = component(Path(__file__).parent, CONTROLS)


class SliderModel(NamedTuple):
    """What the sliders need of a model, called ``name``.

    ``a`` and ``b`` say where latents lie; ``axes`` are directions of B, a slider each, in their order; ``styles``
    are those of the writers in view, the same writers for every model.
    """

    name: str
    model: WVAE
    a: Spread
    b: Spread
    axes: Axes
    styles: dict[int, WriterStyle]


class Codes(NamedTuple):
    """Latents ``(latent_a,)`` and ``(latent_b,)``."""

    a: Floats
    b: Floats


class Start(NamedTuple):
    """Where the sliders begin, and come back to: the codes of each model.

    ``name`` tells starts apart: with the same name what was dragged is kept. ``digits_a`` ``(10, latent_a)`` is
    latent A of each digit by each model, NaN where there is none. ``digit`` and ``writer`` are those whose A and B
    the codes have, if they are anyone's; ``picture`` is what was encoded, uint8 ``(28, 28)``, if anything was.
    """

    name: str
    caption: str
    codes: list[Codes]
    digits_a: list[Floats]
    digit: int | None = None
    writer: int | None = None
    picture: NDArray[np.uint8] | None = None


class Interpolation(NamedTuple):
    """From one style to another: what the two are called, and the latents B ``(latent_b,)`` of both by each model."""

    names: list[str]
    styles: list[list[Floats]]


def style_sliders(models: Sequence[SliderModel], start: Start, interpolation: Interpolation | None) -> None:
    """Draw the sliders of the first model; those of the others that go by the same label move along.

    Args:
        models: one, or two that are compared.
        start: where to begin.
        interpolation: the two styles to move between, if there are two.
    """
    decoders = [decoder_packet(model.model, place) for place, model in enumerate(models)]
    styles = [_styles_packet(model.styles, place) for place, model in enumerate(models)]
    sliders = [*_sliders_b(models[0]), *_sliders_a(len(models[0].a.mean))]
    data = {
        "sliders": sliders,
        "models": [
            {
                "name": model.name,
                "decoder": decoder.key,
                "writers": own_styles.key,
                "digits": [None if np.isnan(row).any() else row.tolist() for row in digits_a],
                "spread": {"a": _spread(model.a), "b": _spread(model.b)},
                "directions": directions_of(model, [slider["label"] for slider in sliders]),
                "start": {"a": codes.a.tolist(), "b": codes.b.tolist()},
                "styles": interpolation and [style.tolist() for style in interpolation.styles[place]],
            }
            for place, (model, decoder, own_styles, codes, digits_a) in enumerate(
                zip(models, decoders, styles, start.codes, start.digits_a, strict=True)
            )
        ],
        "start": {
            "id": start.name,
            "caption": start.caption,
            "digit": start.digit,
            "writer": start.writer,
            "picture": None if start.picture is None else start.picture.flatten().tolist(),
        },
        "interpolation": interpolation and interpolation.names,
    }
    _component(key="style_sliders", data=data)
    for sent in (*decoders, *styles):
        send_packet(sent)


def _styles_packet(styles: dict[int, WriterStyle], place: int) -> Packet:
    """The styles of writers, float32 ``(writers, latent_b)``, below their numbers and how many images each has."""
    header = {"writers": [*styles], "images": [style.images for style in styles.values()]}
    body = np.stack([style.b for style in styles.values()]).astype("<f4").tobytes()
    return packet(f"writers {place}", digest(str(header).encode(), body), header, body)


def directions_of(model: SliderModel, labels: Sequence[str]) -> list[list[float] | None]:
    """A model's direction by the label of each slider, None where it has none.

    A lone dimension of B keeps its number, but goes by the name of its feature as well.
    """
    sliders_b = _sliders_b(model)
    named = zip(sliders_b, model.axes.names, strict=True)
    directions = {name.feature.capitalize(): slider["direction"] for slider, name in named if name}
    for slider in (*sliders_b, *_sliders_a(len(model.a.mean))):
        directions[slider["label"]] = slider["direction"]
    return [directions.get(label) for label in labels]


def _spread(spread: Spread) -> dict[str, Any]:
    return {"mean": spread.mean.tolist(), "deviation": spread.deviation.tolist()}


def _sliders_b(model: SliderModel) -> list[dict[str, Any]]:
    """A dimension of B goes by its measure if it has one, else it keeps its number; any other direction goes by its
    feature, or is just another. ``folded`` are those that a model with named axes shows when asked."""
    sliders = []
    named_axes = model.model.named_axes
    for place, (direction, name) in enumerate(zip(model.axes.directions, model.axes.names, strict=True), 1):
        measure = named_axes[direction.argmax()] if 1 in direction[: len(named_axes)] else None
        correlation = f"r = {name.correlation:.2f}".replace("-", "\N{MINUS SIGN}") if name else ""
        if measure:
            label, note = measure.name.capitalize(), ""
        elif 1 in direction:
            label = f"B {direction.argmax() + 1}"
            note = f"{name.feature}, {correlation}" if name else ""
        else:
            label, note = name.feature.capitalize() if name else f"Other {place}", correlation
            measure = MEASURES.get(name.feature) if name else None
        sliders.append(
            {
                "latent": "b",
                "label": label,
                "note": note,
                "measure": measure and {"name": measure.name, "unit": measure.unit},
                "folded": bool(named_axes) and measure is None,
                "direction": direction.tolist(),
            }
        )
    return sliders


def _sliders_a(dimensions: int) -> list[dict[str, Any]]:
    return [
        {
            "latent": "a",
            "label": f"A {dimension + 1}",
            "note": "",
            "measure": None,
            "folded": False,
            "direction": direction,
        }
        for dimension, direction in enumerate(np.eye(dimensions).tolist())
    ]
