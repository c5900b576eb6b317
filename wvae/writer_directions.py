"""Which directions of latent B tell writers apart: what a model's writer projection is fitted to."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import DigitSet
from wvae.errors import DataError
from wvae.latents import Floats, encode
from wvae.model import WVAE
from wvae.morphometry import FEATURES, scale_within_digit

FLOOR = 0.25
"""What a direction of B counts that says nothing of the measures, where one that says all of one measure counts 1.
Chosen on validation writers, by k-means and retrieval, between 0 and 1."""

COMPARED = 5
"""Of how many images a mean is compared: the more, the more a direction counts that varies much within a writer. Chosen
on validation writers, between 1 and 25: it finds more of them than 1, and has the same AMI."""


class Directions(NamedTuple):
    """A linear map ``(k, latent_b)`` of B, and what fraction of the variance it explains of what it is fitted to."""

    matrix: Floats
    explained: float


def directions_of_measures(model: WVAE, digits: DigitSet) -> Directions:
    """Weigh B by what it says of the measures of :data:`wvae.morphometry.FEATURES`: no writer is looked at.

    The measures, as z-scores within the digit, are predicted from B by least squares. Distances in the projection are
    those between predictions, and :data:`FLOOR` of those in B. Its ``writer_dimensions`` axes are the principal ones.

    Raises:
        DataError: the images of each digit are equal in all measures.
    """
    b = encode(model, digits.images).mean_b
    measures = [measure(digits.images) for measure in FEATURES.values()]
    z = np.stack([scale_within_digit(m, digits.digits).z_scores(m, digits.digits) for m in measures], axis=1)
    centred, wanted = b - b.mean(0, dtype=np.float64), z - z.mean(0, dtype=np.float64)
    if not wanted.any():
        raise DataError("The images of each digit are equal in slant and all other measures: train on other digits.")
    weights = np.linalg.lstsq(centred, wanted)[0]  # (latent_b, measures)
    explained = 1 - np.square(wanted - centred @ weights).sum() / np.square(wanted).sum()
    metric = weights @ weights.T + FLOOR * np.eye(len(weights))
    return Directions(_principal(metric, model.config.writer_dimensions), float(explained))


def directions_of_writers(model: WVAE, digits: DigitSet) -> Directions:
    """Weigh B by what it says of the writers of ``digits``, on whose labels the model was trained.

    Along each discriminant the variance within writers is 1, times n r / (1 + n r), where r is the variance between
    writers and n is :data:`COMPARED`: a direction that tells none apart counts nothing.
    """
    found = discriminants(encode(model, digits.images).mean_b, digits.writers)
    kept = slice(0, model.config.writer_dimensions)
    ratios = COMPARED * found.ratios  # of means
    weights = np.sqrt(ratios / (1 + ratios))
    explained = found.ratios[kept].sum() / max(found.ratios.sum(), 1e-12)
    return Directions((weights[:, None] * found.axes)[kept].astype(np.float32), float(explained))


class Discriminants(NamedTuple):
    """Directions ``(d, d)``, along which the variance within classes is 1, and that between classes, descending."""

    axes: NDArray[np.float64]
    ratios: NDArray[np.float64]


def discriminants(rows: NDArray[Any], classes: NDArray[np.int64]) -> Discriminants:
    """Linear discriminant analysis of rows ``(n, d)`` of some classes ``(n,)``.

    "Probabilistic Linear Discriminant Analysis", https://doi.org/10.1007/11744085_41
    """
    rows = rows.astype(np.float64)
    _, index, counts = np.unique(classes, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(index, column) for column in rows.T], axis=1) / counts[:, None]
    within = (rows - means[index]).T @ (rows - means[index]) / max(len(rows) - len(means), 1)
    within += 1e-6 * np.eye(len(within))
    between = np.cov(means.T, aweights=counts, ddof=0).reshape(within.shape) - within * len(means) / len(rows)
    whitening = np.linalg.inv(np.linalg.cholesky(within))
    ratios, axes = np.linalg.eigh(whitening @ between @ whitening.T)  # ascending
    return Discriminants((axes.T @ whitening)[::-1], np.maximum(ratios, 0)[::-1])


def _principal(metric: NDArray[np.float64], dimensions: int) -> Floats:
    """The principal axes of a metric ``(d, d)``, each as long as it counts: ``(dimensions, d)``."""
    weights, axes = np.linalg.eigh(metric)  # ascending
    return (np.sqrt(weights) * axes).T[::-1][:dimensions].astype(np.float32)
