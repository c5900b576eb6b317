"""Which directions of latent B tell writers apart: what a model's writer projection is fitted to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import DigitSet
from wvae.latents import Floats, encode
from wvae.model import WVAE
from wvae.morphometry import FEATURES, scale_within_digit


class Directions(NamedTuple):
    """A linear map ``(k, latent_b)`` of B, and the fraction of variance it explains of what it is fitted to."""

    matrix: Floats
    explained: float


def directions_of_measures(model: WVAE, digits: DigitSet) -> Directions:
    """B in the metric of what it says of the measures of :data:`wvae.morphometry.FEATURES`: no writer is looked at.

    The measures, as z-scores within the digit, are predicted from B by least squares. Distances between the
    predictions are distances along their principal axes in B, of which the model's ``writer_dimensions`` first are
    taken.
    """
    b = encode(model, digits.images).mean_b
    measures = [measure(digits.images) for measure in FEATURES.values()]
    z = np.stack([scale_within_digit(m, digits.digits).z_scores(m, digits.digits) for m in measures], axis=1)
    weights, explained = _least_squares(b, z)
    _, spread, axes = np.linalg.svd(weights.T, full_matrices=False)  # weights.T is (measures, latent_b)
    return Directions((spread[:, None] * axes)[: model.config.writer_dimensions].astype(np.float32), explained)


def _least_squares(b: Floats, target: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    centred, wanted = b - b.mean(0, dtype=np.float64), target - target.mean(0, dtype=np.float64)
    weights = np.linalg.lstsq(centred, wanted)[0]
    return weights, float(1 - np.square(wanted - centred @ weights).sum() / np.square(wanted).sum())
