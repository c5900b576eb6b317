"""What the dimensions of latent B do to a picture: how much they change it, and what of it.

Latent B is standardised here: 0 is its mean over the digits in view, and its unit in each dimension
is the standard deviation of the posterior means. A direction is a unit vector in that space, so a
step of 1 along it is one standard deviation, whichever way it points.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import N_DIGITS
from wvae.latents import Floats, decode
from wvae.model import WVAE
from wvae.morphometry import FEATURES, within_digit

HOLDS = 0.5
"""The correlation, positive or negative, from which a direction is called by the name of a feature."""


class Spread(NamedTuple):
    """Where latents lie: the mean and the standard deviation of each dimension, ``(dimensions,)``."""

    mean: Floats
    deviation: Floats


class Name(NamedTuple):
    """The feature of :data:`wvae.morphometry.FEATURES` that a direction changes most, and how they correlate."""

    feature: str
    correlation: float


class Axes(NamedTuple):
    """Directions that a slider each can move along; together they reach every B.

    ``directions`` ``(latent_b, latent_b)`` is orthogonal, a direction a row.
    """

    directions: Floats
    names: list[Name | None]


class SampledStyles(NamedTuple):
    """The same digits in random styles, and the measures of the pictures.

    ``digits`` ``(n,)`` counts from 0; ``styles`` ``(n, latent_b)`` is the standardised B of each picture.
    ``features`` ``(n, 7)`` are its measures, in the order of :data:`wvae.morphometry.FEATURES`, each
    less its mean over the same digit.
    """

    digits: NDArray[np.int64]
    styles: Floats
    features: Floats


class WriterStyle(NamedTuple):
    """The style of a writer: the mean of B, ``(latent_b,)``, over the writer's ``images``."""

    b: Floats
    images: int


def spread(latents: Floats) -> Spread:
    """Mean and standard deviation of posterior means ``(n, dimensions)``, n at least 1.

    Where all are equal the deviation is the prior's, 1.
    """
    deviation = latents.std(0)
    return Spread(latents.mean(0), np.where(deviation > 0, deviation, 1).astype(np.float32))


def digit_means(a: Floats, digits: NDArray[np.int64]) -> Floats:
    """Mean of A ``(n, latent_a)`` over the images of each digit, ``(10, latent_a)``; NaN where there is none."""
    means = np.full((N_DIGITS, a.shape[1]), np.nan, dtype=np.float32)
    for digit in np.unique(digits):
        means[digit] = a[digits == digit].mean(0)
    return means


def styles_of_writers(b: Floats, writers: NDArray[np.int64]) -> dict[int, WriterStyle]:
    """The style of each writer, from B ``(n, latent_b)`` of every image; who wrote most comes first."""
    unique, index, counts = np.unique(writers, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(index, column) for column in b.T], axis=1) / counts[:, None]
    order = np.argsort(-counts, kind="stable")
    return {int(unique[row]): WriterStyle(means[row].astype(np.float32), int(counts[row])) for row in order}


def farthest(styles: dict[int, WriterStyle], writer: int, b: Spread) -> int:
    """The writer whose style is least like that of one of them, in standard deviations of B."""
    return max(styles, key=lambda other: float(np.linalg.norm((styles[other].b - styles[writer].b) / b.deviation)))


def raw_axes(model: WVAE, a: Floats, b: Spread) -> Axes:
    """The dimensions of B themselves: the model's named axes, then those that change the picture most first.

    Args:
        a: latent A of the digits to look at, ``(digits, latent_a)``.
        b: where the latents B lie.
    """
    sample = sample_styles(model, a, b)
    named, rest = np.split(np.eye(len(b.mean), dtype=np.float32), [len(model.named_axes)])
    directions = np.concatenate([named, rest[_busiest_first(model, a, b, rest)]])
    return Axes(directions, names_of(directions, sample))


def measured_axes(model: WVAE, a: Floats, b: Spread) -> Axes:
    """B turned so that the first directions change what has a name: slant, thickness, width, ...

    The other directions follow without a name, those that change the picture most first. The
    arguments are those of :func:`raw_axes`.
    """
    directions, names = line_up(sample_styles(model, a, b))
    rest = complete(directions)[len(directions) :]
    rest = rest[_busiest_first(model, a, b, rest)]
    return Axes(np.concatenate([directions, rest]), [*names, *[None] * len(rest)])


def sample_styles(model: WVAE, a: Floats, b: Spread, styles: int = 400, seed: int = 0) -> SampledStyles:
    """Decode the digits with latents A ``(digits, latent_a)`` in styles drawn from a normal distribution like B's."""
    drawn = np.random.default_rng(seed).standard_normal((styles, len(b.mean)), dtype=np.float32)
    each_digit = np.repeat(np.arange(len(a)), styles)
    each_style = np.tile(drawn - drawn.mean(0), (len(a), 1))
    images = decode(model, a[each_digit], b.mean + b.deviation * each_style)
    measures = [within_digit(measure(images), each_digit) for measure in FEATURES.values()]
    return SampledStyles(each_digit, each_style, np.stack(measures, axis=1))


def effects(model: WVAE, a: Floats, b: Spread, directions: Floats) -> Floats:
    """Root mean square change of grey, 0..1, as B moves by 1 along each of some directions: ``(directions,)``."""
    sample = sample_styles(model, a, b, styles=40)
    digits, here = a[sample.digits], b.mean + b.deviation * sample.styles
    pictures = decode(model, digits, here)
    changes = [decode(model, digits, here + b.deviation * direction) - pictures for direction in directions]
    return np.array([np.sqrt(np.square(change).mean()) for change in changes], dtype=np.float32)


def _busiest_first(model: WVAE, a: Floats, b: Spread, directions: Floats) -> NDArray[np.intp]:
    """The order of directions ``(directions, latent_b)`` from the one that changes the picture most."""
    return np.argsort(-effects(model, a, b, directions), kind="stable")


def names_of(directions: Floats, sample: SampledStyles) -> list[Name | None]:
    """The feature that correlates most with each direction ``(directions, latent_b)``, where one holds."""
    names: list[Name | None] = []
    for direction in directions:
        found = [_correlation(sample.styles @ direction, measure) for measure in sample.features.T]
        best = int(np.argmax(np.abs(found)))
        names.append(Name(list(FEATURES)[best], found[best]) if abs(found[best]) >= HOLDS else None)
    return names


class LinedUp(NamedTuple):
    """Orthogonal directions ``(k, latent_b)`` and the feature that grows along each; k may be 0."""

    directions: Floats
    names: list[Name]


def line_up(sample: SampledStyles) -> LinedUp:
    """A direction for each feature in turn: its least squares fit, less what lies along the directions before.

    A feature that does not follow what is left with a correlation of :data:`HOLDS` gets none.
    """
    dimensions = sample.styles.shape[1]
    directions, names = np.zeros((0, dimensions), dtype=np.float32), []
    for feature, measure in zip(FEATURES, sample.features.T, strict=True):
        free = complete(directions)[len(directions) :]
        fit = np.linalg.lstsq(sample.styles, measure)[0] @ free.T @ free
        correlation = _correlation(sample.styles @ fit, measure)
        if correlation >= HOLDS:
            directions = np.concatenate([directions, fit[None] / np.linalg.norm(fit)])
            names.append(Name(feature, correlation))
    return LinedUp(directions, names)


def complete(directions: Floats) -> Floats:
    """An orthogonal matrix ``(dimensions, dimensions)`` whose first rows are the given orthogonal unit vectors."""
    basis = np.linalg.qr(np.concatenate([directions, np.eye(directions.shape[1], dtype=np.float32)]).T)[0].T
    return np.concatenate([directions, basis[len(directions) :]]).astype(np.float32)


def _correlation(x: Floats, y: Floats) -> float:
    """Pearson's correlation; 0 where one of the two does not vary."""
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / scale if scale else 0.0
