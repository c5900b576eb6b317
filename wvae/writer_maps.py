"""The space in which writers are compared: latent B in a linear map of its own for each digit.

B is isotropic, and most of its axes say how one digit came out, few say who wrote it. Besides, an axis without a name
means one thing in a 4 and another in a 7. The maps weigh the axes, and bring those of all digits into one space. They
are fitted without writers' labels, to what B says of pictures, or with the labels of the development writers: see
:mod:`wvae.writer_directions`.
"""

import torch
from torch import Tensor, nn

from wvae.digits import N_DIGITS


class WriterProjection(nn.Module):
    """Points ``(n, dimensions)`` from latent B ``(n, latent_b)``; B itself with 0 dimensions.

    There are at most as many dimensions as the maps of all digits can fill, ``10 latent_b``.
    """

    def __init__(self, latent_b: int, dimensions: int) -> None:
        super().__init__()
        self.dimensions = min(dimensions, N_DIGITS * latent_b)
        self.matrix: Tensor | None
        first_axes = torch.eye(self.dimensions, latent_b).repeat(N_DIGITS, 1, 1)  # until it is fitted
        self.register_buffer("matrix", first_axes if dimensions else None)

    def forward(self, b: Tensor, digits: Tensor | None = None) -> Tensor:
        """``digits``, int64 ``(n,)``, say whose map each takes; the mean of the maps is taken without them."""
        if self.matrix is None:
            return b
        if digits is None:
            return b @ self.matrix.mean(0).T
        points = b.new_empty(len(b), self.matrix.shape[1])
        for digit, matrix in enumerate(self.matrix):
            rows = digits == digit
            points[rows] = b[rows] @ matrix.T
        return points
