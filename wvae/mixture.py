"""A mixture of Gaussians with diagonal covariances, fitted in the precision and the products that it needs."""

import math
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

Integers = NDArray[np.int64]

LEAST_VARIANCE = 1e-6
"""What is added to each variance, scikit-learn's own choice."""

DOUBLE = 5_000_000
"""Numbers in rows that are fitted in double precision, as variances may be far below squares. Of more, the products
would take most of the time."""

AT_ONCE = 200_000
"""Likelihoods of rows under Gaussians that are held at once, in a processor's cache."""


class DiagonalMixture:
    """Expectation-maximisation from the clusters of a k-means, until the mean log-likelihood gains less than 0.001.

    The same steps as of scikit-learn's ``GaussianMixture(covariance_type="diag")``, which squares the rows anew in
    each, holds the likelihoods of all rows at once, and takes all of it in double precision where single fails.

    Args:
        k: Gaussians.
        random_state: seed of the k-means.

    Attributes:
        start: the clusters of the rows to start from, ``(n,)``, each from 0 to k - 1; by default a k-means makes them.
        converged_: whether fitting ended before its iteration limit.
        n_iter_: iterations.
    """

    MOST_ITERATIONS = 100
    LEAST_GAIN = 1e-3

    def __init__(self, k: int, random_state: int) -> None:
        self.k = k
        self.random_state = random_state
        self.start: Integers | None = None
        self.converged_ = False
        self.n_iter_ = 0

    def fit(self, rows: NDArray[Any]) -> Self:
        """Fit to rows ``(n, d)``, float32 or float64.

        Raises:
            ValueError: rounding has made a variance negative, which it does not in float64 where float32 does.
        """
        start = self.start
        if start is None:
            start = KMeans(self.k, n_init=1, random_state=self.random_state).fit(rows).labels_
        both = _with_squares(rows)
        sums = _Sums(both, self.k)
        for piece in self._pieces(both):
            sums.add_whole(piece, start[piece])
        self._maximise(sums)
        before = -math.inf
        for number in range(1, self.MOST_ITERATIONS + 1):
            sums.forget_parts()
            likelihood = sum(self._expect(sums, piece) for piece in self._pieces(both)) / len(both)
            self._maximise(sums)
            self.n_iter_, self.converged_ = number, abs(likelihood - before) < self.LEAST_GAIN
            if self.converged_:
                break
            before = likelihood
        return self

    def predict(self, rows: NDArray[Any]) -> Integers:
        """The likeliest Gaussian of each row ``(n, d)``, from 0 to k - 1: ``(n,)``."""
        both = _with_squares(rows)
        return np.concatenate([self._scores(both[piece]).argmax(1) for piece in self._pieces(both)])

    def fit_predict(self, rows: NDArray[Any]) -> Integers:
        """Both, with the same rows."""
        return self.fit(rows).predict(rows)

    def _expect(self, sums: "_Sums", piece: slice) -> float:
        """Add up how far the rows of a piece are in each Gaussian; the sum of their log-likelihoods."""
        scores = self._scores(sums.both[piece])
        highest = scores.max(1)
        parts = np.exp((scores - highest[:, None]).astype(np.float32))
        total = parts.sum(1)
        partly: Any = total > 1  # of all others, the likeliest Gaussian leaves nothing in single precision
        if partly.mean() < 0.5:
            sums.add_whole(piece, np.where(partly, self.k, scores.argmax(1)))
        else:
            sums.add_whole(piece, np.full(len(total), self.k))
            partly = slice(None)
        sums.add_parts(sums.both[piece][partly], parts[partly] / total[partly, None])
        return float((highest + np.log(total)).sum(dtype=np.float64))

    def _maximise(self, sums: "_Sums") -> None:
        """Take the likeliest Gaussians."""
        both, counts = sums.both, sums.counts
        counts = counts + 10 * np.finfo(both.dtype).eps
        means, squares = np.split((sums.sums / counts[:, None]).astype(both.dtype), 2, axis=1)
        variances = squares - means**2 + LEAST_VARIANCE
        if variances.min() <= 0:
            raise ValueError("rounding has made a variance negative")
        precisions = 1 / variances
        self._weights = np.concatenate([means * precisions, -0.5 * precisions], axis=1)  # (k, 2 d)
        logarithms = np.log(precisions / (2 * math.pi)) - means**2 * precisions
        biases = np.log(counts / len(both)) + 0.5 * logarithms.sum(1)
        self._biases = biases.astype(both.dtype)

    def _scores(self, both: NDArray[Any]) -> NDArray[Any]:
        """Log-likelihoods of rows under each Gaussian and its weight: ``(n, k)``."""
        scores: NDArray[Any] = both @ self._weights.T
        scores += self._biases
        return scores

    def _pieces(self, both: NDArray[Any]) -> Iterator[slice]:
        size = -(-AT_ONCE // self.k)
        return (slice(start, start + size) for start in range(0, len(both), size))


class _Sums:
    """How many of the rows ``(n, 2 d)`` are in each of k Gaussians, and their sum there.

    Most rows of many features are wholly in one, for many iterations. Such a row is added when it comes there, and
    taken away when it leaves; only rows that are in several are added up in each iteration.
    """

    def __init__(self, both: NDArray[Any], k: int) -> None:
        self.both = both
        self._one_hot = np.eye(k + 1, k)  # the last row is of what is in none wholly
        self._where = np.full(len(both), k)
        self._whole = np.zeros((k, both.shape[1]))
        self.forget_parts()

    def forget_parts(self) -> None:
        """Take away all rows that are in several."""
        self._part_counts, self._parts = np.zeros(len(self._whole)), np.zeros_like(self._whole)

    def add_whole(self, piece: slice, where: Integers) -> None:
        """Rows ``(m, 2 d)`` of a piece are now each in one Gaussian ``(m,)``, 0 to k - 1, or k: in none wholly."""
        moved = where != self._where[piece]
        changes = self._one_hot[where[moved]] - self._one_hot[self._where[piece][moved]]
        self._whole += changes.T @ self.both[piece][moved].astype(np.float64)
        self._where[piece] = where

    def add_parts(self, rows: NDArray[Any], parts: NDArray[np.float32]) -> None:
        """Rows ``(m, 2 d)`` are in several Gaussians, so far in each: ``(m, k)``, of which each row adds up to 1."""
        self._part_counts += parts.sum(0, dtype=np.float64)
        self._parts += parts.T.astype(rows.dtype, copy=False) @ rows

    @property
    def counts(self) -> NDArray[np.float64]:
        """``(k,)``."""
        return self._part_counts + self._whole_counts

    @property
    def sums(self) -> NDArray[np.float64]:
        """``(k, 2 d)``; of what has come and left again, no rounding stays."""
        return self._parts + np.where(self._whole_counts[:, None] > 0, self._whole, 0)

    @property
    def _whole_counts(self) -> NDArray[np.int64]:
        k = len(self._whole)
        return np.bincount(self._where, minlength=k + 1)[:k]


def _with_squares(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows and, beside them, their squares, ``(n, 2 d)``: one product then does the work of two."""
    rows = rows if rows.size > DOUBLE else rows.astype(np.float64)
    return np.concatenate([rows, rows**2], axis=1)
