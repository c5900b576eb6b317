"""How good a model is: what it costs to tell a picture, and whether its latents are parted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from wvae.digits import DigitSet, WriterSplit
from wvae.latents import BATCH, decode, digit_probabilities, encode, to_floats
from wvae.leakage import Leakage, leakage
from wvae.model import WVAE
from wvae.morphometry import slant, thickness, within_digit
from wvae.objective import reconstruction_nats


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
    """Pictures decoded from A of one image and B of another.

    Attributes:
        digit_kept: share that a classifier trained on real images reads as the digit of A's image.
        digit_read: the same classifier on real images: the most that ``digit_kept`` can be.
        slant_followed: squared correlation between the slants, within their digits, of B's image and the picture; 0
            where they go against each other.
        thickness_followed: likewise of the thickness.
    """

    digit_kept: float
    digit_read: float
    slant_followed: float
    thickness_followed: float


FEWEST = 40
"""Images by others below which no judge is trained: it sees as many principal components."""


@dataclass(frozen=True)
class Evaluation:
    """All figures of one model on one set of digits.

    Attributes:
        digit_accuracy: of the model's own classifier at the mean of A; None without a classifier.
        leakage: None with fewer than two evaluation writers, or fewer than :data:`FEWEST` images to learn from.
        swap: likewise.
    """

    images: int
    reconstruction: Reconstruction
    digit_accuracy: float | None
    leakage: Leakage | None
    swap: Swap | None


def evaluate(
    model: WVAE,
    digits: DigitSet,
    split: WriterSplit,
    seed: int = 0,
    *,
    report: Callable[[float], None] = lambda share: None,
) -> Evaluation:
    """Measure on the images of evaluation writers that the model has not seen; on all where none are set apart.

    ``report`` is called with the share of the work that is done, up to 1.

    Raises:
        DataError: the digits do not fit the model.
    """
    tested = digits[split.held_out] if split.evaluation.any() else digits
    accuracy = None
    if model.classifier is not None:
        read = digit_probabilities(model, encode(model, tested.images).mean_a).argmax(1)
        accuracy = float((read == tested.digits).mean())
    reconstruction = reconstruct(model, tested, seed)
    report(0.1)
    leaked = swapped = None
    learned_from = digits.digits[split.development]
    if len(split.evaluation_writers) > 1 and len(learned_from) >= FEWEST and np.ptp(learned_from) > 0:
        swapped = swap(model, digits[split.development], tested, seed)
        report(0.2)
        latents = encode(model, digits.images)
        leaked = leakage(latents, digits, split, seed, report=lambda share: report(0.2 + 0.8 * share))
    return Evaluation(len(tested), reconstruction, accuracy, leaked, swapped)


def reconstruct(model: WVAE, digits: DigitSet, seed: int = 0) -> Reconstruction:
    """Reconstruction and evidence lower bound of all ``digits``."""
    device = next(model.parameters()).device
    noise = torch.Generator(device).manual_seed(seed)
    sums = np.zeros(4)
    with torch.inference_mode():
        for start in range(0, len(digits), BATCH):
            images = to_floats(digits.images[start : start + BATCH], device)
            labels = torch.from_numpy(digits.digits[start : start + BATCH]).to(device)
            posterior = model.encode(images)
            drawn = posterior.sample(noise)
            kl = model.prior.kl(posterior, drawn, labels)
            at_mean = reconstruction_nats(model.decode(posterior.mean_a, posterior.mean_b), images)
            at_sample = reconstruction_nats(model.decode(*drawn), images)
            sums += [float(nats.double().sum()) for nats in (at_mean, kl.a, kl.b, -at_sample - kl.a - kl.b)]
    return Reconstruction(*(sums / len(digits)).tolist())


def swap(model: WVAE, known: DigitSet, digits: DigitSet, seed: int = 0) -> Swap:
    """Give the pictures of ``digits`` each other's hands; a judge learns digits from ``known``.

    Each image's A, of ``(n, latent_a)``, is decoded with the B, of ``(n, latent_b)``, of one drawn at random.

    Args:
        known: :data:`FEWEST` images or more, by others than ``digits``, so that the judge knows no hand.
    """
    judge = make_pipeline(PCA(FEWEST, random_state=seed), KNeighborsClassifier(5))
    judge.fit(_pixels(known), known.digits)
    other = np.random.default_rng(seed).permutation(len(digits))
    latents = encode(model, digits.images)
    pictures = decode(model, latents.mean_a, latents.mean_b[other])
    hands = digits[other]

    def followed(measure: Callable[[NDArray[Any]], NDArray[np.float32]]) -> float:
        """Both sides less their digit's mean, so that a 1 is not slanted for being no 5."""
        asked = within_digit(measure(hands.images), hands.digits)
        shown = within_digit(measure(pictures), digits.digits)
        return float(max(0.0, np.corrcoef(asked, shown)[0, 1]) ** 2)

    return Swap(
        digit_kept=float(judge.score(pictures.reshape(len(pictures), -1), digits.digits)),
        digit_read=float(judge.score(_pixels(digits), digits.digits)),
        slant_followed=followed(slant),
        thickness_followed=followed(thickness),
    )


def _pixels(digits: DigitSet) -> NDArray[np.float32]:
    """Images as rows ``(n, 784)`` in 0..1."""
    return digits.images.reshape(len(digits), -1) * np.float32(1 / 255)
