"""The measures that the first axes of latent B stand for, on tensors, so that an encoder can compute them.

They are those of :mod:`wvae.morphometry` by the same names, for images float32 ``(n, 28, 28)`` in 0..1.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from wvae.digits import IMAGE_SIZE


class Axis(NamedTuple):
    """A measure with its unit, and about where the middle of all handwritten digits is and how far they spread."""

    name: str
    unit: str
    middle: float
    spread: float


AXES = (
    Axis("slant", "degrees", 10, 15),
    Axis("thickness", "pixels", 3, 0.7),
    Axis("width", "pixels", 15, 3),
    Axis("height", "pixels", 20, 2),
)
"""The measures in the order of the axes."""


TINY = 1e-20
"""Below the square root, where a slope is to be finite."""


def style_measures(images: Tensor) -> Tensor:
    """Slant, thickness, width and height of images ``(n, 28, 28)``: ``(n, 4)``; 0 for a blank image."""
    place = torch.arange(IMAGE_SIZE, device=images.device, dtype=images.dtype) - (IMAGE_SIZE - 1) / 2
    rows, columns, total = images.sum(2), images.sum(1), images.sum((1, 2))
    mass = total.clamp_min(TINY)
    mean_y, mean_x = rows @ place / mass, columns @ place / mass
    down = (rows @ place**2 / mass - mean_y**2).clamp_min(0)
    across = (columns @ place**2 / mass - mean_x**2).clamp_min(0)
    covariance = ((images @ place) @ place) / mass - mean_x * mean_y
    slant = torch.rad2deg(torch.atan2(-covariance, down.clamp_min(1e-6)))
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1))
    down_edges, across_edges = padded.diff(dim=1)[:, :, :-1], padded.diff(dim=2)[:, :-1]
    outline = (down_edges**2 + across_edges**2 + TINY).sqrt().sum((1, 2))
    thickness = 2 * total / outline
    width, height = (torch.sqrt(12 * spread + 1) * (total > 0) for spread in (across, down))
    return torch.stack([slant, thickness, width, height], dim=1)
