"""Where k-means starts: the rows that k-means++ draws, from several seeds at once.

They are those that scikit-learn's ``KMeans`` draws from each seed by itself, but one product for each centre serves all
seeds. "k-means++: The Advantages of Careful Seeding",
https://theory.stanford.edu/~sergei/papers/kMeansPP-soda.pdf.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

AT_ONCE = 256
"""Rows that are converted to double precision at once, which then stay in a processor's cache."""


HELD = 5_000_000
"""Distances that are held at once, unless those of one seed are more."""


def starting_rows(rows: NDArray[Any], k: int, seeds: Sequence[int]) -> Integers:
    """Of each seed the k rows to start from, ``(seeds, k)``.

    Each centre is the best of some rows that are drawn by their squared distance to the nearest centre so far: the one
    that leaves all rows the least of it.

    Args:
        rows: ``(n, d)``, float32 or float64; not all of them equal.
        seeds: one or more.
    """
    distances = _Distances(rows - rows.mean(0))  # as KMeans does first; the nearer to 0, the less is rounded
    tried = 2 + int(math.log(k))
    at_once = max(1, HELD // (len(rows) * tried))
    groups = [seeds[start : start + at_once] for start in range(0, len(seeds), at_once)]
    return np.concatenate([_drawn(distances, k, tried, group) for group in groups])


def _drawn(distances: "_Distances", k: int, tried: int, seeds: Sequence[int]) -> Integers:
    """What some seeds draw at once, where each centre is the best of so many ``tried``."""
    rows = distances.rows
    generators, every = [np.random.RandomState(seed) for seed in seeds], np.arange(len(seeds))
    ones = np.ones(len(rows), rows.dtype)
    found = np.empty((len(seeds), k), np.int64)
    found[:, 0] = [generator.choice(len(rows), p=ones / ones.sum()) for generator in generators]
    nearest = distances.to(found[:, 0])  # (seeds, n): squared, to the nearest centre
    left = nearest @ ones
    for number in range(1, k):
        drawn = np.stack(
            [
                np.searchsorted(np.cumsum(one), generator.uniform(size=tried) * total)
                for generator, one, total in zip(generators, nearest, left, strict=True)
            ]
        )
        drawn = np.minimum(drawn, len(rows) - 1)  # (seeds, tried); rounding may lead beyond the last row
        then = np.minimum(distances.to(drawn.ravel()).reshape(*drawn.shape, -1), nearest[:, None])
        totals = then @ ones
        best = totals.argmin(1)
        nearest, left, found[:, number] = then[every, best], totals[every, best], drawn[every, best]
    return found


class _Distances:
    """Squared distances between rows ``(n, d)``, computed in double precision."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self.rows = rows
        self.pieces = [slice(start, start + AT_ONCE) for start in range(0, len(rows), AT_ONCE)]
        self.squares = np.concatenate([np.einsum("ij,ij->i", *[self._double(piece)] * 2) for piece in self.pieces])

    def to(self, some: Integers) -> NDArray[Any]:
        """Of all rows to ``some`` of them: ``(some, n)``, in the precision of the rows."""
        found = np.empty((len(some), len(self.rows)), self.rows.dtype)
        doubled, squares = -2 * self._double(some), self.squares[some][:, None]
        for piece in self.pieces:
            found[:, piece] = np.maximum(doubled @ self._double(piece).T + squares + self.squares[piece], 0)
        return found

    def _double(self, some: slice | Integers) -> NDArray[np.float64]:
        return self.rows[some].astype(np.float64)
