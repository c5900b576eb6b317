"""A mixture of Gaussians with diagonal covariances, fitted in the precision and the products that it needs."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

Integers = NDArray[np.int64]

LEAST_VARIANCE = 1e-6
"""What is added to each variance, scikit-learn's own choice."""

DOUBLE = 5_000_000
"""Numbers in rows that are fitted in double precision, as variances may be far below squares. Of more, the products
would take most of the time."""

AT_ONCE = 1_000_000
"""Likelihoods of rows under Gaussians that are held at once."""


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
        members = np.eye(self.k, dtype=np.float32)
        self._maximise(both, (_Expected(members[start[piece]], 0.0) for piece in self._pieces(both)))
        before = -math.inf
        for number in range(1, self.MOST_ITERATIONS + 1):
            likelihood = self._maximise(both, (self._expect(both[piece]) for piece in self._pieces(both)))
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

    def _expect(self, both: NDArray[Any]) -> "_Expected":
        scores = self._scores(both)
        highest = scores.max(1)
        parts = np.exp((scores - highest[:, None]).astype(np.float32))
        total = parts.sum(1)
        return _Expected(parts / total[:, None], float((highest + np.log(total)).sum(dtype=np.float64)))

    def _maximise(self, both: NDArray[Any], expected: Iterator["_Expected"]) -> float:
        """Take the likeliest Gaussians when rows ``(n, 2 d)``, with their squares, are in them as is expected, piece
        by piece; the mean log-likelihood that was expected."""
        counts, sums, likelihood = np.zeros(self.k, both.dtype), np.zeros((self.k, both.shape[1]), both.dtype), 0.0
        for piece, some in zip(self._pieces(both), expected, strict=True):
            parts = some.parts.astype(both.dtype, copy=False)
            counts += parts.sum(0)
            sums += parts.T @ both[piece]
            likelihood += some.likelihood
        counts += 10 * np.finfo(both.dtype).eps
        means, squares = np.split(sums / counts[:, None], 2, axis=1)
        variances = squares - means**2 + LEAST_VARIANCE
        if variances.min() <= 0:
            raise ValueError("rounding has made a variance negative")
        precisions = 1 / variances
        self._weights = np.concatenate([means * precisions, -0.5 * precisions], axis=1)  # (k, 2 d)
        logarithms = np.log(precisions / (2 * math.pi)) - means**2 * precisions
        self._biases = np.log(counts / len(both)) + 0.5 * logarithms.sum(1)
        return likelihood / len(both)

    def _scores(self, both: NDArray[Any]) -> NDArray[Any]:
        """Log-likelihoods of rows under each Gaussian and its weight: ``(n, k)``."""
        scores: NDArray[Any] = both @ self._weights.T
        scores += self._biases
        return scores

    def _pieces(self, both: NDArray[Any]) -> Iterator[slice]:
        size = -(-AT_ONCE // self.k)
        return (slice(start, start + size) for start in range(0, len(both), size))


class _Expected(NamedTuple):
    """How far rows are in each Gaussian, ``(n, k)``, each row adding up to 1, and the sum of their log-likelihoods."""

    parts: NDArray[np.float32]
    likelihood: float


def _with_squares(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows and, beside them, their squares, ``(n, 2 d)``: one product then does the work of two."""
    rows = rows if rows.size > DOUBLE else rows.astype(np.float64)
    return np.concatenate([rows, rows**2], axis=1)
