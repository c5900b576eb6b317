"""What a ruler would say of a digit, measured from the pixels alone.

Images are ``(n, 28, 28)``, of any scale (0..255 or 0..1), white ink on black. A blank image has
no measure: its values are 0.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def slant(images: NDArray[Any]) -> Floats:
    """Degrees by which the strokes lean to the right: ``(n,)``.

    The shear that would make the second moments of the ink upright, as in the deskewing of
    "Gradient-based learning applied to document recognition", https://doi.org/10.1109/5.726791
    """
    ink = images.astype(np.float32)
    height, width = ink.shape[1:]
    mass = np.maximum(ink.sum((1, 2)), np.finfo(np.float32).tiny)
    y, x = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    rows, columns = ink.sum(2), ink.sum(1)
    mean_y, mean_x = rows @ y / mass, columns @ x / mass
    variance_y = np.einsum("ny,ny->n", rows, (y - mean_y[:, None]) ** 2) / mass
    covariance = (ink @ x * y).sum(1) / mass - mean_x * mean_y
    # y grows downwards, so strokes that lean to the right have a negative covariance.
    return np.degrees(np.arctan2(-covariance, np.maximum(variance_y, 1e-6))).astype(np.float32)


def thickness(images: NDArray[Any]) -> Floats:
    """Mean width of the strokes in pixels: ``(n,)``.

    A stroke of length L and width w has L w of ink, and edges of length 2 L, whatever their
    blur, so w is twice the ink over the total variation. The ends of short bold strokes are
    edges as well and make it read up to a fifth less.
    """
    ink = np.pad(images.astype(np.float32), ((0, 0), (1, 1), (1, 1)))
    down, across = np.diff(ink, axis=1)[:, :, :-1], np.diff(ink, axis=2)[:, :-1]
    edges = np.sqrt(down**2 + across**2).sum((1, 2))
    return 2 * ink.sum((1, 2)) / np.maximum(edges, np.finfo(np.float32).tiny)


def within_digit(measure: NDArray[Any], digits: NDArray[np.int64]) -> Floats:
    """A measure less its mean over the images of the same digit: ``(n,)``, in the measure's unit."""
    totals, counts = np.bincount(digits, measure, minlength=10), np.bincount(digits, minlength=10)
    return (measure - (totals / np.maximum(counts, 1))[digits]).astype(np.float32)
