"""Nearest neighbours in a latent itself, not in a projection of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Neighbours(NamedTuple):
    """``rows`` int64 ``(..., n)``, nearest first, and their Euclidean ``distances`` ``(..., n)`` in the latent."""

    rows: NDArray[np.int64]
    distances: NDArray[np.float32]


def nearest(latents: NDArray[np.float32], row: int, n: int) -> Neighbours:
    """The ``n`` rows, or all others if there are fewer, nearest to ``row`` in latents ``(rows, dimensions)``."""
    distances = np.linalg.norm(latents - latents[row], axis=1)
    distances[row] = np.inf
    n = min(n, len(latents) - 1)
    rows = np.argpartition(distances, max(0, n - 1))[:n]
    rows = rows[np.argsort(distances[rows], kind="stable")]
    return Neighbours(rows, distances[rows])


def nearest_of_each(latents: NDArray[np.float32], among: NDArray[np.float32], n: int) -> Neighbours:
    """For each of ``latents`` ``(m, dimensions)`` its ``n`` nearest ``among`` ``(rows, dimensions)``: ``(m, n)``."""
    from sklearn.neighbors import NearestNeighbors

    # In as many dimensions as a latent has, no tree is as fast as to compare with all.
    distances, rows = NearestNeighbors(n_neighbors=n, algorithm="brute").fit(among).kneighbors(latents)
    return Neighbours(rows, distances.astype(np.float32))
