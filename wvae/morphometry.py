"""Measures of a digit's style, such as slant and thickness, taken from the pixels alone.

Images are ``(n, 28, 28)``, of any scale (0..255 or 0..1), white ink on black. A blank image has
no measure: its values are 0.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TINY = np.finfo(np.float32).tiny

NEGLIGIBLE = 1e-4
"""A standard deviation, in the unit of any measure, that rounding alone can cause."""


AT_ONCE = 500
"""Images that stay in a processor's cache while they are measured."""


def _piecewise(measure: Callable[[NDArray[Any]], Floats]) -> Callable[[NDArray[Any]], Floats]:
    """The same measure, taken of a few images at a time."""

    @wraps(measure)
    def measured(images: NDArray[Any]) -> Floats:
        return np.concatenate(
            [measure(images[start : start + AT_ONCE]) for start in range(0, max(len(images), 1), AT_ONCE)]
        )

    return measured


@_piecewise
def slant(images: NDArray[Any]) -> Floats:
    """Degrees by which the strokes lean to the right: ``(n,)``.

    The shear that would make the second moments of the ink upright, as in the deskewing of
    "Gradient-based learning applied to document recognition", https://doi.org/10.1109/5.726791
    """
    spread = _spread(images)
    # y grows downwards, so strokes that lean to the right have a negative covariance.
    return np.degrees(np.arctan2(-spread.covariance, np.maximum(spread.down, 1e-6)))


@_piecewise
def thickness(images: NDArray[Any]) -> Floats:
    """Mean width of the strokes in pixels: ``(n,)``.

    A stroke of length L and width w has L w of ink, and edges of length 2 L, whatever their
    blur, so w is twice the ink over the total variation. The ends of short bold strokes are
    edges as well and make it read up to a fifth less.
    """
    edges = _edges(images)
    outline = np.sqrt(edges.down**2 + edges.across**2).sum((1, 2))  # hypot takes three times as long
    return 2 * images.sum((1, 2), np.float32) / np.maximum(outline, TINY)


@_piecewise
def ink(images: NDArray[Any]) -> Floats:
    """The number of fully white pixels that the ink would fill: ``(n,)``.

    Images of whole numbers are read as 0..255, others as 0..1.
    """
    white = 255 if np.issubdtype(images.dtype, np.integer) else 1
    return images.sum((1, 2), np.float32) / np.float32(white)


@_piecewise
def width(images: NDArray[Any]) -> Floats:
    """Width of the digit in pixels, ``(n,)``: that of an even bar whose ink spreads as far across."""
    return _extent(_spread(images).across, images)


@_piecewise
def height(images: NDArray[Any]) -> Floats:
    """Height of the digit in pixels, ``(n,)``: that of an even bar whose ink spreads as far down."""
    return _extent(_spread(images).down, images)


@_piecewise
def orientation(images: NDArray[Any]) -> Floats:
    """Fraction of the strokes that is upright, the stroke orientation ratio: ``(n,)``, 0 (all lie) to 1 (all stand).

    The fraction of the squared grey gradient that points across, which for a long straight stroke is
    the squared cosine of its angle to the upright.
    """
    edges = _edges(images)
    down, across = (edges.down**2).sum((1, 2)), (edges.across**2).sum((1, 2))
    return across / np.maximum(down + across, TINY)


@_piecewise
def sharpness(images: NDArray[Any]) -> Floats:
    """How sharp the edges of the strokes are: ``(n,)``, 1 over the pixels they take from black to the brightest grey.

    The grey gradient over the brightest grey, a mean in which each pixel weighs as much as its gradient.
    """
    edges = _edges(images)
    steepness = np.maximum(abs(edges.down), abs(edges.across))
    brightest = images.max((1, 2)).astype(np.float32)
    return (steepness**2).sum((1, 2)) / np.maximum(steepness.sum((1, 2)) * brightest, TINY)


FEATURES: Mapping[str, Callable[[NDArray[Any]], Floats]] = {
    "slant": slant,
    "thickness": thickness,
    "width": width,
    "height": height,
    "ink": ink,
    "orientation": orientation,
    "sharpness": sharpness,
}
"""Every measure by its name, those that say most to the eye first."""


def within_digit(measure: NDArray[Any], digits: NDArray[np.int64]) -> Floats:
    """A measure less its mean over the images of the same digit: ``(n,)``, in the measure's unit.

    Digits that do not occur are ignored.
    """
    totals, counts = np.bincount(digits, measure, minlength=10), np.bincount(digits, minlength=10)
    return (measure - (totals / np.maximum(counts, 1))[digits]).astype(np.float32)


class DigitScale(NamedTuple):
    """Mean and standard deviation of a measure within each digit: ``(10,)`` each, in the measure's unit."""

    mean: Floats
    deviation: Floats

    def z_scores(self, measure: NDArray[Any], digits: NDArray[np.int64]) -> Floats:
        """How far a measure ``(n,)`` of such digits ``(n,)`` is from their mean, in standard deviations: ``(n,)``."""
        return (measure - self.mean[digits]) / self.deviation[digits]


def scale_within_digit(measure: NDArray[Any], digits: NDArray[np.int64]) -> DigitScale:
    """The scale of a measure ``(n,)`` of digits ``(n,)``.

    A digit that does not occur has the scale of all images. Where the measure does not vary by more than rounding,
    the deviation is infinite: every z-score is 0.
    """
    groups = [measure[digits == digit] for digit in range(10)]
    groups = [group if len(group) else measure for group in groups]
    deviations = np.array([group.std() for group in groups], np.float32)
    return DigitScale(
        np.array([group.mean() for group in groups], np.float32),
        np.where(deviations > NEGLIGIBLE, deviations, np.float32(np.inf)),
    )


class _Spread(NamedTuple):
    """Second central moments of the ink in squared pixels, ``(n,)`` each; y grows downwards."""

    down: Floats
    across: Floats
    covariance: Floats


def _spread(images: NDArray[Any]) -> _Spread:
    grey = images.astype(np.float32)
    mass = np.maximum(grey.sum((1, 2)), TINY)
    # Counted from the middle, where the ink is, the squares stay small and keep their precision.
    y, x = (np.arange(size, dtype=np.float32) - (size - 1) / 2 for size in grey.shape[1:])
    rows, columns = grey.sum(2), grey.sum(1)
    mean_y, mean_x = rows @ y / mass, columns @ x / mass
    down = np.einsum("ny,ny->n", rows, (y - mean_y[:, None]) ** 2) / mass
    across = np.einsum("nx,nx->n", columns, (x - mean_x[:, None]) ** 2) / mass
    return _Spread(down, across, (grey @ x * y).sum(1) / mass - mean_x * mean_y)


def _extent(variance: Floats, images: NDArray[Any]) -> Floats:
    """Pixels, n for an even bar of n pixels, whose variance is (n² - 1) / 12."""
    return np.where(images.any((1, 2)), np.sqrt(12 * variance + 1), np.float32(0))


class _Edges(NamedTuple):
    """The change of grey to the next pixel down and across, ``(n, 29, 29)`` each, black around the picture."""

    down: Floats
    across: Floats


def _edges(images: NDArray[Any]) -> _Edges:
    grey = np.pad(images.astype(np.float32), ((0, 0), (1, 1), (1, 1)))
    return _Edges(np.diff(grey, axis=1)[:, :, :-1], np.diff(grey, axis=2)[:, :-1])
