"""The space in which writers are compared: a linear map of latent B.

B is isotropic, and most of its axes say how one digit came out, few say who wrote it. The map weighs them. It is fitted
without writers' labels, to what B says of the measures of the strokes, or with the labels of the development
writers: see :mod:`wvae.writer_directions`.
"""

import torch
from torch import Tensor, nn


class WriterProjection(nn.Module):
    """Points ``(n, dimensions)`` from latent B ``(n, latent_b)``; B itself with 0 dimensions."""

    def __init__(self, latent_b: int, dimensions: int) -> None:
        super().__init__()
        self.matrix: Tensor | None
        self.register_buffer("matrix", torch.eye(dimensions, latent_b) if dimensions else None)

    def forward(self, b: Tensor) -> Tensor:
        return b if self.matrix is None else b @ self.matrix.T
