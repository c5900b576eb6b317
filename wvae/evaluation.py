"""How good a model is: reconstruction, evidence lower bound, and how far content and style are disentangled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from wvae.digits import DigitSet, WriterSplit
from wvae.latents import Latents, decode, digit_probabilities, encode, to_floats
from wvae.leakage import Leakage, leakage
from wvae.likelihood import reconstruction_nats
from wvae.model import WVAE
from wvae.morphometry import FEATURES, scale_within_digit, slant, thickness
from wvae.posterior import Posterior

Floats = NDArray[np.float32]

BATCH = 4096
"""Images of which the evidence lower bound is taken at once: its noise is drawn by batch, and another size would give
other noise."""

DECODED_AT_ONCE = 8192
"""Pictures that are measured at once."""


@dataclass(frozen=True)
class Reconstruction:
    """Means over images, in nats.

    Attributes:
        reconstruction: Bernoulli negative log-likelihood at the posterior mean.
        kl_a: KL divergence of A's posterior from its prior.
        kl_b: likewise of B's.
        elbo: evidence lower bound, with one sample of the latents.
    """

    reconstruction: float
    kl_a: float
    kl_b: float
    elbo: float


@dataclass(frozen=True)
class Swap:
    """Pictures decoded from A of one image, i, and B of another, j.

    Slant and thickness are measured on decoded pictures, since a decoder's blur biases both: on j's own
    reconstruction, as asked for, and on the swapped picture, as shown. Either is a z-score within its digit (of j,
    of i), by mean and standard deviation of that digit's reconstructions of development images: a style code that
    is independent of the digit can say "slants more than usual for a 1", not degrees.

    Attributes:
        digit_kept: fraction that a classifier trained on real images reads as i's digit, 0..1.
        digit_read: the same classifier on real images: the most that ``digit_kept`` can be.
        slant_followed: R² of the slant, 1 - sum (shown - asked)² / sum (asked - mean asked)²: 1 where it is
            followed exactly, about 0 where pictures have the mean slant, below 0 where they are worse than that.
        thickness_followed: likewise of the thickness.
    """

    digit_kept: float
    digit_read: float
    slant_followed: float
    thickness_followed: float


FEWEST = 40
"""Development images below which no judge is trained: it sees as many principal components."""


@dataclass(frozen=True)
class Evaluation:
    """All figures of one model on one set of digits.

    Attributes:
        digit_accuracy: of the model's own classifier at the mean of A; None without a classifier.
        leakage: None with fewer than two evaluation writers, or fewer than :data:`FEWEST` development images, or where
            these are of one digit, but for one.
        swap: likewise.
        named_axes: R² by measure, see :func:`measure_named_axes`; empty without named axes, and where there is no swap.
    """

    images: int
    reconstruction: Reconstruction
    digit_accuracy: float | None
    leakage: Leakage | None
    swap: Swap | None
    named_axes: dict[str, float]


def evaluate(
    model: WVAE,
    digits: DigitSet,
    split: WriterSplit,
    seed: int = 0,
    *,
    report: Callable[[float], None] = lambda fraction: None,
) -> Evaluation:
    """Measure on the held-out images; on all images where there are no evaluation writers.

    ``report`` is called with the fraction of the work that is done, up to 1.

    Raises:
        DataError: the digits do not fit the model.
    """
    rows = split.held_out if split.evaluation.any() else np.ones(len(digits), bool)
    latents = encode(model, digits.images)
    held_out, codes = digits[rows], Latents(*(values[rows] for values in latents))
    accuracy = None
    if model.classifier is not None:
        accuracy = float((digit_probabilities(model, codes.mean_a).argmax(1) == held_out.digits).mean())
    reconstruction = reconstruct(model, held_out, codes, seed)
    report(0.1)
    leaked = swapped = None
    named: dict[str, float] = {}
    counts = np.bincount(digits.digits[split.development])
    if len(split.evaluation_writers) > 1 and counts.sum() >= FEWEST and counts.sum() - counts.max() > 1:
        swapped = swap(model, digits, latents, split, seed)
        named = measure_named_axes(model, digits, latents, split)
        report(0.2)
        leaked = leakage(latents, digits, split, seed, report=lambda fraction: report(0.2 + 0.8 * fraction))
    return Evaluation(len(held_out), reconstruction, accuracy, leaked, swapped, named)


def reconstruct(model: WVAE, digits: DigitSet, latents: Latents, seed: int = 0) -> Reconstruction:
    """Reconstruction and evidence lower bound of all ``digits``, which were encoded into ``latents``."""
    device = next(model.parameters()).device
    noise = torch.Generator(device).manual_seed(seed)
    sums = np.zeros(4)
    with torch.inference_mode():
        for batch in _batches(len(digits), BATCH):
            images = to_floats(digits.images[batch], device)
            labels = torch.from_numpy(digits.digits[batch]).to(device)
            posterior = Posterior(*(torch.from_numpy(values[batch]).to(device) for values in latents))
            drawn = posterior.sample(noise)
            kl = model.prior.kl(posterior, drawn, labels)
            at_mean = reconstruction_nats(model.decode(posterior.mean_a, posterior.mean_b), images)
            at_sample = reconstruction_nats(model.decode(*drawn), images)
            sums += [float(nats.double().sum()) for nats in (at_mean, kl.a, kl.b, -at_sample - kl.a - kl.b)]
    return Reconstruction(*(sums / len(digits)).tolist())


def swap(model: WVAE, digits: DigitSet, latents: Latents, split: WriterSplit, seed: int = 0) -> Swap:
    """Decode each held-out image's A with the B of one drawn at random; see :class:`Swap`.

    Args:
        latents: of every image of ``digits``: ``(n, latent_a)`` and ``(n, latent_b)``.
        split: of ``digits``, with :data:`FEWEST` development images or more: from these are the z-scores, and a
            judge learns to read digits from them.
    """
    development, held_out = digits[split.development], digits[split.held_out]
    judge = make_pipeline(PCA(FEWEST, random_state=seed), KNeighborsClassifier(5))
    judge.fit(_pixels(development), development.digits)
    other = np.random.default_rng(seed).permutation(len(held_out))
    a, b = latents.mean_a[split.held_out], latents.mean_b[split.held_out]
    pictures = decode(model, a, b[other])
    usual = _styles(model, latents.mean_a[split.development], latents.mean_b[split.development])
    own = _styles(model, a, b)
    followed = []
    for name, measure in STYLES.items():
        scale = scale_within_digit(usual[name], development.digits)
        asked = scale.z_scores(own[name], held_out.digits)[other]
        shown = scale.z_scores(measure(pictures), held_out.digits)
        followed.append(_r2(asked, shown))
    return Swap(
        float(judge.score(pictures.reshape(len(pictures), -1), held_out.digits)),
        float(judge.score(_pixels(held_out), held_out.digits)),
        *followed,
    )


def measure_named_axes(model: WVAE, digits: DigitSet, latents: Latents, split: WriterSplit) -> dict[str, float]:
    """How far each of B's named axes is its measure: R² by the measure's name, 0..1.

    The squared correlation over held-out images between the axis's posterior mean and the measure's z-score within the
    digit, by mean and standard deviation of that digit's development images.

    Args:
        latents: of every image of ``digits``: ``(n, latent_a)`` and ``(n, latent_b)``.
        split: of ``digits``, with development images.
    """
    development, held_out = digits[split.development], digits[split.held_out]
    found = {}
    for axis, means in zip(model.named_axes, latents.mean_b[split.held_out].T, strict=False):
        measure = FEATURES[axis.name]
        scale = scale_within_digit(measure(development.images), development.digits)
        z_scores = scale.z_scores(measure(held_out.images), held_out.digits)
        found[axis.name] = _squared_correlation(means, z_scores)
    return found


STYLES = {"slant": slant, "thickness": thickness}
"""What a swapped picture is to take over from B's image."""


def _styles(model: WVAE, a: Floats, b: Floats) -> dict[str, Floats]:
    """Each of :data:`STYLES`, ``(n,)``, of the pictures decoded from ``(n, latent_a)`` and ``(n, latent_b)``."""
    parts: dict[str, list[Floats]] = {name: [] for name in STYLES}
    for batch in _batches(len(a), DECODED_AT_ONCE):
        pictures = decode(model, a[batch], b[batch])
        for name, measure in STYLES.items():
            parts[name].append(measure(pictures))
    return {name: np.concatenate(values) for name, values in parts.items()}


def _r2(asked: Floats, shown: Floats) -> float:
    """1 - sum (shown - asked)² / sum (asked - mean asked)²; 0 where there is nothing to follow."""
    varies = float(np.var(asked, dtype=np.float64))
    return 1 - float(np.mean((shown - asked) ** 2, dtype=np.float64)) / varies if varies > 0 else 0.0


def _squared_correlation(one: Floats, other: Floats) -> float:
    """Of two variables ``(n,)``; 0 where either does not vary."""
    covariance = np.cov(one, other)
    variances = float(covariance[0, 0] * covariance[1, 1])
    return float(covariance[0, 1] ** 2) / variances if variances > 0 else 0.0


def _batches(n: int, size: int) -> Iterator[slice]:
    """Rows that fit in memory at once."""
    return (slice(start, start + size) for start in range(0, n, size))


def _pixels(digits: DigitSet) -> Floats:
    """Images as rows ``(n, 784)`` in 0..1."""
    return digits.images.reshape(len(digits), -1) * np.float32(1 / 255)
