"""Digits as a person draws them: the strokes of the synthetic source, leaning, jittered and in many sizes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from wvae.sources.synthetic import SHAPES, _skeleton

Stroke = NDArray[np.float64]
"""Points ``(n, 2)``, x to the right and y down, in 0..1 of the square that is drawn in."""


def strokes(digit: int, rng: np.random.Generator) -> list[Stroke]:
    """The strokes of a digit in one of its shapes."""
    shapes, shares = list(SHAPES[digit]), np.array([*SHAPES[digit].values()])
    skeleton = _skeleton(rng.choice(shapes, p=shares / shares.sum()))
    control = skeleton.control + 0.04 * rng.standard_normal(skeleton.control.shape)
    path = (skeleton.angular + skeleton.smooth) @ control
    path[:, 0] = path[:, 0] * rng.uniform(0.8, 1.1) - path[:, 1] * np.tan(np.radians(rng.normal(8, 9)))
    size, middle = rng.uniform(0.22, 0.42), rng.uniform(0.46, 0.54, 2)
    points = middle + size * path
    lifted = np.flatnonzero(skeleton.inked == 0) + 1
    return [stroke[::2] if len(stroke) > 8 else stroke for stroke in np.split(np.clip(points, 0, 1), lifted)]


def drawn(digit: int, rng: np.random.Generator, side: int = 448, margin: int = 24) -> NDArray[np.uint8]:
    """White ink on black, uint8 ``(side, side)``, with smooth edges and nothing within the margin."""
    width = rng.uniform(14, 44)
    return inked(strokes(digit, rng), width, side, margin)


def inked(drawing: list[Stroke], width: float, side: int = 448, margin: int = 24) -> NDArray[np.uint8]:
    """Strokes as :func:`drawn` draws them, ``width`` pixels wide."""
    finer = 4
    picture = Image.new("L", (side * finer, side * finer))
    pen, width = ImageDraw.Draw(picture), int(finer * width)
    low = margin * finer + width / 2
    for stroke in drawing:
        points = low + stroke * (side * finer - 2 * low)
        pen.line([tuple(point) for point in points], 255, width, "curve")
        for x, y in points:
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], 255)
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX))
