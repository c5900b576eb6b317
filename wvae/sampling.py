"""Choosing a handful of pictures among many."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import DigitSet

Rows = NDArray[np.int64]


class Counted(NamedTuple):
    """Distinct ``values`` ``(k,)``, those that occur most first, and how often each does: ``counts`` ``(k,)``."""

    values: Rows
    counts: Rows


def commonest(values: NDArray[np.int64]) -> Counted:
    """What occurs among values ``(n,)``; of those that occur as often, the smaller first."""
    distinct, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return Counted(distinct[order], counts[order])


def sample_each(values: NDArray[np.int64], n: int, seed: int) -> Rows:
    """One random row for each of up to ``n`` random values, such as writers, in the values' order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(values))
    distinct, first = np.unique(values[order], return_index=True)
    kept = np.sort(rng.choice(len(distinct), min(n, len(distinct)), replace=False))
    return order[first[kept]]


def sample_one(values: NDArray[np.int64], value: int, n: int, seed: int) -> Rows:
    """Up to ``n`` random rows that have the value, in the order of the rows."""
    rows = np.flatnonzero(values == value)
    return np.sort(np.random.default_rng(seed).choice(rows, min(n, len(rows)), replace=False))


def sample_writer(digits: DigitSet, writer: int, seed: int) -> Rows:
    """One random row for each digit that the writer wrote, from 0 to 9."""
    rows = np.flatnonzero(digits.writers == writer)
    return rows[sample_each(digits.digits[rows], 10, seed)]
