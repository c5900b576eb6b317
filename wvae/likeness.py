"""Whose writing is most like that of some digits, and how sure that is.

Writers are compared by their mean in the space of the writer projection, as in :mod:`wvae.retrieval`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from wvae.errors import DataError

RESAMPLINGS = 500
"""How often the digits are drawn anew, with replacement, to see how much the answer depends on them."""

DRAWS = 5
"""How often the search is tried for each writer whose digits are known."""


class Likeness(NamedTuple):
    """The writers that may be the nearest.

    Attributes:
        writers: by their number, the most often nearest first, ``(k,)``.
        shares: in what fraction of the resamplings each is the nearest, ``(k,)``.
        compared: how many writers were compared.
        found: how often such a search, from as many digits, finds the writer when it is one of them, 0..1.
    """

    writers: NDArray[np.int64]
    shares: NDArray[np.float64]
    compared: int
    found: float


def most_alike(
    query: NDArray[Any], points: NDArray[Any], writers: NDArray[np.int64], *, standardise: bool, seed: int = 0
) -> Likeness:
    """Compare some digits ``(n, d)`` by one person with those of others, ``(m, d)`` by ``writers`` ``(m,)``.

    Writers with fewer than 2 n digits take no part, as how often the search finds one could not be told.

    Args:
        standardise: whether axes are to count alike; not where distances are as they should be.

    Raises:
        DataError: there are no digits, or fewer than two writers have enough.
    """
    n = len(query)
    numbers, index, counts = np.unique(writers, return_inverse=True, return_counts=True)
    enough = counts >= 2 * n
    if n == 0 or enough.sum() < 2:
        raise DataError(f"To compare {n} digits, two writers with at least {2 * n} each must be in view.")
    if standardise:
        middle, spread = points.mean(0), points.std(0)
        spread = np.where(spread > 0, spread, 1)
        query, points = (query - middle) / spread, (points - middle) / spread
    rng = np.random.default_rng(seed)
    means = np.stack([np.bincount(index, column) for column in points.T], axis=1) / counts[:, None]
    numbers, means, kept = numbers[enough], means[enough], np.flatnonzero(enough)
    drawn = query[rng.integers(n, size=(RESAMPLINGS, n))].mean(1)
    nearest = np.bincount(cdist(drawn, means).argmin(1), minlength=len(numbers))
    order = np.argsort(-nearest, kind="stable")[: (nearest > 0).sum()]
    tries = []
    for _ in range(DRAWS):
        shuffled = np.lexsort((rng.random(len(index)), index))
        first = np.searchsorted(index[shuffled], kept)
        asked = points[shuffled[first[:, None] + np.arange(n)]].mean(1)
        rest = (means * counts[kept, None] - asked * n) / (counts[kept, None] - n)
        # Only a writer's own mean lacks the digits asked about.
        distances = cdist(asked, means)
        np.fill_diagonal(distances, np.sqrt(((asked - rest) ** 2).sum(1)))
        tries.append((distances.argmin(1) == np.arange(len(kept))).mean())
    return Likeness(numbers[order], nearest[order] / RESAMPLINGS, len(numbers), float(np.mean(tries)))
