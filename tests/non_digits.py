"""What a person may draw that is no digit: letters of straight strokes and simple shapes, turned and jittered."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.strokes import inked
from wvae.sources.folder import to_mnist_form

SHAPES: dict[str, list[list[tuple[float, float]]]] = {
    "A": [[(0, 1), (0.4, 0), (0.8, 1)], [(0.15, 0.6), (0.65, 0.6)]],
    "E": [[(0.7, 0), (0, 0), (0, 1), (0.7, 1)], [(0, 0.5), (0.6, 0.5)]],
    "F": [[(0.7, 0), (0, 0), (0, 1)], [(0, 0.45), (0.6, 0.45)]],
    "H": [[(0, 0), (0, 1)], [(0.7, 0), (0.7, 1)], [(0, 0.5), (0.7, 0.5)]],
    "K": [[(0, 0), (0, 1)], [(0.7, 0), (0, 0.55), (0.7, 1)]],
    "M": [[(0, 1), (0, 0), (0.45, 0.6), (0.9, 0), (0.9, 1)]],
    "N": [[(0, 1), (0, 0), (0.7, 1), (0.7, 0)]],
    "T": [[(0, 0), (0.8, 0)], [(0.4, 0), (0.4, 1)]],
    "W": [[(0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)]],
    "X": [[(0, 0), (0.8, 1)], [(0.8, 0), (0, 1)]],
    "tick": [[(0, 0.55), (0.3, 0.95), (1, 0)]],
    "arrow": [[(0, 0.5), (1, 0.5)], [(0.65, 0.2), (1, 0.5), (0.65, 0.8)]],
    "heart": [[(0.5, 1), (0, 0.4), (0.05, 0.1), (0.3, 0), (0.5, 0.25), (0.7, 0), (0.95, 0.1), (1, 0.4), (0.5, 1)]],
    "star": [[(0.2, 1), (0.5, 0), (0.8, 1), (0, 0.38), (1, 0.38), (0.2, 1)]],
    "zigzag": [[(0, 0.8), (0.2, 0.2), (0.4, 0.8), (0.6, 0.2), (0.8, 0.8), (1, 0.2)]],
    "house": [[(0, 1), (0, 0.4), (0.45, 0), (0.9, 0.4), (0.9, 1), (0, 1)]],
    "envelope": [[(0, 0.2), (1, 0.2), (1, 0.8), (0, 0.8), (0, 0.2), (0.5, 0.55), (1, 0.2)]],
    "flag": [[(0, 1), (0, 0), (0.8, 0.2), (0, 0.45)]],
    "asterisk": [[(0.5, 0), (0.5, 1)], [(0.05, 0.25), (0.95, 0.75)], [(0.95, 0.25), (0.05, 0.75)]],
    "hash": [[(0.35, 0), (0.3, 1)], [(0.7, 0), (0.65, 1)], [(0, 0.35), (1, 0.3)], [(0, 0.7), (1, 0.65)]],
}
"""Strokes of each, x to the right and y down."""


def non_digits(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each shape in turn, as MNIST would show it: uint8 ``(count, 28, 28)``."""
    shapes = [*SHAPES.values()]
    return np.stack([_form(shapes[number % len(shapes)], rng) for number in range(count)])


def _form(shape: list[list[tuple[float, float]]], rng: np.random.Generator) -> NDArray[np.uint8]:
    angle, size = rng.normal(0, 0.1), rng.uniform(0.5, 0.85)
    turn = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    drawing = [(np.array(stroke) - 0.5 + rng.normal(0, 0.025, (len(stroke), 2))) @ turn + 0.5 for stroke in shape]
    return to_mnist_form(Image.fromarray(inked(drawing, rng.uniform(14, 44))))
