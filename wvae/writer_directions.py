"""Which directions of latent B tell writers apart: what a model's writer projection is fitted to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import DigitSet
from wvae.latents import Floats, encode
from wvae.model import WVAE
from wvae.morphometry import FEATURES, scale_within_digit

FLOOR = 0.25
"""What a direction of B counts that says nothing of the measures, where one that says all of one measure counts 1.
Chosen on validation writers, by k-means and retrieval, between 0 and 1."""


class Directions(NamedTuple):
    """A linear map ``(k, latent_b)`` of B, and what fraction of the variance it explains of what it is fitted to."""

    matrix: Floats
    explained: float


def directions_of_measures(model: WVAE, digits: DigitSet) -> Directions:
    """Weigh B by what it says of the measures of :data:`wvae.morphometry.FEATURES`: no writer is looked at.

    The measures, as z-scores within the digit, are predicted from B by least squares. Distances in the projection are
    those between predictions, and :data:`FLOOR` of those in B. Its ``writer_dimensions`` axes are the principal ones.
    """
    b = encode(model, digits.images).mean_b
    measures = [measure(digits.images) for measure in FEATURES.values()]
    z = np.stack([scale_within_digit(m, digits.digits).z_scores(m, digits.digits) for m in measures], axis=1)
    centred, wanted = b - b.mean(0, dtype=np.float64), z - z.mean(0, dtype=np.float64)
    weights = np.linalg.lstsq(centred, wanted)[0]  # (latent_b, measures)
    explained = 1 - np.square(wanted - centred @ weights).sum() / np.square(wanted).sum()
    metric = weights @ weights.T + FLOOR * np.eye(len(weights))
    return Directions(_principal(metric, model.config.writer_dimensions), float(explained))


def directions_of_writers(model: WVAE, digits: DigitSet) -> Directions:
    """Linear discriminant analysis of the writers of ``digits``, on which the model was trained.

    Along each direction the variance within writers is 1, times b / (1 + b), where b is the variance between writers:
    a direction that tells none apart counts nothing. "Probabilistic Linear Discriminant Analysis",
    https://doi.org/10.1007/11744085_41
    """
    b = encode(model, digits.images).mean_b.astype(np.float64)
    _, index, counts = np.unique(digits.writers, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(index, column) for column in b.T], axis=1) / counts[:, None]
    within = (b - means[index]).T @ (b - means[index]) / max(len(b) - len(means), 1) + 1e-6 * np.eye(b.shape[1])
    between = np.cov(means.T, aweights=counts, ddof=0).reshape(within.shape) - within * len(means) / len(b)
    whitening = np.linalg.inv(np.linalg.cholesky(within))
    ratios, axes = np.linalg.eigh(whitening @ between @ whitening.T)
    ratios = np.maximum(ratios, 0)
    order = np.argsort(-ratios)[: model.config.writer_dimensions]
    matrix = np.sqrt(ratios / (1 + ratios))[order, None] * (axes.T @ whitening)[order]
    total = np.trace(whitening @ between @ whitening.T)
    return Directions(matrix.astype(np.float32), float(ratios[order].sum() / total) if total > 0 else 0.0)


def _principal(metric: NDArray[np.float64], dimensions: int) -> Floats:
    """The principal axes of a metric ``(d, d)``, each as long as it counts: ``(dimensions, d)``."""
    weights, axes = np.linalg.eigh(metric)  # ascending
    return (np.sqrt(weights) * axes).T[::-1][:dimensions].astype(np.float32)
