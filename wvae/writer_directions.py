"""The maps of latent B in which writers are compared: what a model's writer projection is fitted to."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import N_DIGITS, DigitSet
from wvae.errors import DataError
from wvae.latents import Floats, digit_probabilities, encode
from wvae.model import WVAE
from wvae.morphometry import FEATURES, scale_within_digit

PIXELS = 0.25
"""What the variance of all pixels counts where that of the measures counts 1. Chosen on validation writers, real and
synthetic, by k-means and retrieval: more finds more real ones, and clusters synthetic ones worse."""

EVENNESS = 0.5
"""How far the axes of what B says of pictures are made to count alike: at 0 they count as their variances do, at 1 all
the same. More finds more writers in retrieval, and clusters them worse."""

COMPARED = 2
"""Of how many images a mean is compared: the more, the more a direction counts that varies much within a writer. Chosen
on validation writers, between 1 and 25: more finds more of them in retrieval, up to 5, and clusters them worse."""


class Directions(NamedTuple):
    """A linear map of B for each digit, ``(10, k, latent_b)``, and what fraction of the variance they explain of what
    they are fitted to. A digit that does not occur has the mean of the others' maps."""

    maps: Floats
    explained: float


def directions_of_pictures(model: WVAE, digits: DigitSet) -> Directions:
    """Weigh B by what it says of the pictures of its digit: no writer is looked at.

    The measures of :data:`wvae.morphometry.FEATURES`, as z-scores, and the pixels are predicted from B by least squares
    in each digit, less the digit's mean. So styles of two digits lie together where they change the measures, and put
    ink into the same places, alike. The axes are the principal ones of the predictions. An axis along which few digits
    vary says little of a writer's others: it counts as its effective number of digits, 1 / sum s² where s are the
    digits' shares in its variance, is to the number of digits.

    Raises:
        DataError: the images of each digit are equal.
    """
    b, read = _styles(model, digits)
    measures = [measure(digits.images) for measure in FEATURES.values()]
    z_scores = np.stack([scale_within_digit(each, read).z_scores(each, read) for each in measures], axis=1)
    group = np.repeat([0, 1], [len(measures), digits.images[0].size])  # of each column of what is predicted
    variances, covariance, weights = np.zeros(len(group)), np.zeros((len(group), len(group))), {}
    for digit in np.unique(read):
        rows = read == digit
        wanted = _centred(np.column_stack([z_scores[rows], digits.images[rows].reshape(rows.sum(), -1)]))
        weights[digit] = np.linalg.lstsq(b[rows], wanted)[0]
        predicted = b[rows] @ weights[digit]
        variances += np.square(wanted).sum(0) / len(b)
        covariance += predicted.T @ predicted / len(b)
    if not variances.any():
        raise DataError("The images of each digit are equal: train on other digits.")
    scale = np.sqrt([1, PIXELS] / np.maximum(np.bincount(group, variances), 1e-12))[group]
    axes = scale[:, None] * np.linalg.eigh(scale[:, None] * covariance * scale)[1][:, ::-1]
    maps = {digit: (found @ axes[:, : model.writer_projection.dimensions]).T for digit, found in weights.items()}
    spread = np.stack([np.square(b[read == digit] @ map_.T).sum(0) / len(b) for digit, map_ in maps.items()])
    total = np.maximum(spread.sum(0), 1e-9 * spread.sum(0)[0])
    shared = np.minimum(total**2 / (len(spread) * np.maximum(np.square(spread).sum(0), 1e-30)), 1)
    lengths = shared * total ** (-EVENNESS / 2)
    explained = spread.sum() / (1 + PIXELS)
    return Directions(_for_all_digits({digit: lengths[:, None] * map_ for digit, map_ in maps.items()}), explained)


def directions_of_writers(model: WVAE, digits: DigitSet) -> Directions:
    """Weigh B by what it says of the writers of ``digits``, on whose labels the model was trained.

    The maps of all digits are the discriminants of one analysis, in which B of each digit has columns of its own: so
    they bring what one writer's digits have in common into the same place. Along each axis the variance within writers
    is 1, times n r / (1 + n r), where r is the variance between writers and n is :data:`COMPARED`: a direction that
    tells none apart counts nothing.
    """
    b, read = _styles(model, digits)
    occurring, block = np.unique(read, return_inverse=True)
    columns = np.zeros((len(b), len(occurring), b.shape[1]))
    columns[np.arange(len(b)), block] = b
    found = discriminants(columns.reshape(len(b), -1), digits.writers)
    kept = slice(0, model.writer_projection.dimensions)
    ratios = COMPARED * found.ratios[kept]  # of means
    axes = np.sqrt(ratios / (1 + ratios))[:, None] * found.axes[kept]
    maps = axes.reshape(-1, len(occurring), b.shape[1]).transpose(1, 0, 2)
    explained = found.ratios[kept].sum() / max(found.ratios.sum(), 1e-12)
    return Directions(_for_all_digits(dict(zip(occurring, maps, strict=True))), float(explained))


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


def _styles(model: WVAE, digits: DigitSet) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """B of images ``(n, latent_b)``, less its mean in each digit, and the digits that are read from A, ``(n,)``: all
    the same where the model reads none."""
    latents = encode(model, digits.images)
    if model.classifier is None:
        read = np.zeros(len(digits), np.int64)
    else:
        read = digit_probabilities(model, latents.mean_a).argmax(1)
    b = latents.mean_b.astype(np.float64)
    for digit in np.unique(read):
        b[read == digit] = _centred(b[read == digit])
    return b, read


def _centred(rows: NDArray[Any]) -> NDArray[np.float64]:
    return rows - rows.mean(0, dtype=np.float64)


def _for_all_digits(maps: dict[int, NDArray[np.float64]]) -> Floats:
    """One for each digit from those of the digits that occur."""
    mean = sum(maps.values()) / len(maps)
    return np.stack([maps.get(digit, mean) for digit in range(N_DIGITS)]).astype(np.float32)
