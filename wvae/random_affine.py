"""Pictures changed at random, a little, as one digit is written in many ways."""

import torch
from torch import Tensor
from torch.nn import functional

from wvae.digits import IMAGE_SIZE

CHANGES = 6
"""Numbers that say how an image is changed."""


def random_affine(images: Tensor, noise: Tensor, strength: float = 1.0) -> Tensor:
    """Images ``(n, 28, 28)`` turned, sheared, scaled and shifted at random, as one digit is written in many ways.

    Standard deviations, times ``strength``: 7 degrees, a shear of .1, a size of 8 %, 0.8 pixels.

    Args:
        noise: standard normal, ``(6, n)``.
    """
    turn, shear, size, stretch, right, down = strength * noise
    size, stretch, turn = torch.exp(0.08 * size), torch.exp(0.06 * stretch), 0.12 * turn
    cosine, sine = size * turn.cos(), size * turn.sin()
    maps = torch.stack([cosine, 0.1 * shear - sine, 0.06 * right, sine, cosine * stretch, 0.06 * down], dim=1)
    grid = functional.affine_grid(maps.view(-1, 2, 3), [len(images), 1, IMAGE_SIZE, IMAGE_SIZE], align_corners=False)
    return functional.grid_sample(images[:, None], grid, align_corners=False)[:, 0]
