"""What a clustering or a comparison of hands can be made on: pictures turned into rows of numbers.

A representation is a scikit-learn transformer over a :class:`~wvae.digits.DigitSet`: ``fit(digits)`` learns what
it needs from some people's digits, ``transform(digits)`` gives a row of numbers for each image. To add one is to
add a line to :func:`representations`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.errors import ConfigError
from wvae.latents import encode
from wvae.model import WVAE
from wvae.morphometry import FEATURES

Floats = NDArray[np.float32]

RAW_PIXELS = "raw pixels"
"""The representation that all others are compared with."""


def representations(model: WVAE | None, names: Sequence[str] = ()) -> dict[str, Any]:
    """Representations by name: those of ``names``, or all; those of latents only where there is a ``model``.

    Raises:
        ConfigError: there is none of that name.
    """
    known: dict[str, Any] = {
        RAW_PIXELS: Features(pixels),
        "raw pixels less the digit's mean": WithinDigit(pixels),
        "PCA": make_pipeline(Features(pixels), PCA(10, svd_solver="covariance_eigh")),
        "morphometry": WithinDigit(morphometry, scale=True),
    }
    if model is not None:
        known |= {
            name: Features(partial(posterior_means, model=model, latent=latent))
            for name, latent in (("latent A", "a"), ("latent B", "b"), ("A and B", "ab"))
        }
    for name in names:
        if name not in known:
            raise ConfigError(f"There is no representation {name!r}; there are: {', '.join(known)}.")
    return {name: transformer for name, transformer in known.items() if name in names or not names}


def pixels(digits: DigitSet) -> Floats:
    """Grey values ``(n, 784)`` in 0..1."""
    return digits.images.reshape(len(digits), -1).astype(np.float32) / np.float32(255)


def morphometry(digits: DigitSet) -> Floats:
    """The seven measures of :data:`wvae.morphometry.FEATURES`, ``(n, 7)``, each in its own unit."""
    return np.stack([measure(digits.images) for measure in FEATURES.values()], axis=1)


def posterior_means(digits: DigitSet, model: WVAE, latent: str) -> Floats:
    """Posterior means of the latents that ``latent`` names, "a", "b" or "ab": ``(n, dimensions)``."""
    latents = encode(model, digits.images)
    return np.concatenate([{"a": latents.mean_a, "b": latents.mean_b}[letter] for letter in latent], axis=1)


class Features(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Rows ``(n, d)`` that a function makes of digits, with nothing to learn."""

    def __init__(self, features: Callable[[DigitSet], Floats]) -> None:
        self.features = features

    def fit(self, digits: DigitSet, y: None = None) -> Self:
        return self

    def transform(self, digits: DigitSet) -> Floats:
        return self.features(digits)


class WithinDigit(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Features less their mean over the images of the same digit that it was fitted on.

    Args:
        features: makes rows ``(n, d)`` of digits.
        scale: also divide by their standard deviation over those images, where they vary.
    """

    def __init__(self, features: Callable[[DigitSet], Floats], scale: bool = False) -> None:
        self.features = features
        self.scale = scale

    def fit(self, digits: DigitSet, y: None = None) -> Self:
        """Learn mean and spread of each digit; those of a digit that does not occur are of all images."""
        rows = self.features(digits)
        groups = [rows[digits.digits == digit] for digit in range(10)]
        groups = [group if len(group) else rows for group in groups]
        self.mean_ = np.stack([group.mean(0) for group in groups])
        spread = np.stack([group.std(0) for group in groups])
        self.spread_ = np.where(self.scale & (spread > 0), spread, np.float32(1))
        return self

    def transform(self, digits: DigitSet) -> Floats:
        """Rows ``(n, d)``."""
        return (self.features(digits) - self.mean_[digits.digits]) / self.spread_[digits.digits]


NIST = ("qmnist", "emnist")
"""Sources whose digits were written by the same people."""

ORIGINAL = "emnist:train"
"""What the article's own models were trained on."""


def check_protocol(config: Mapping[str, Any], source: str, digits: DigitSet, split: WriterSplit, protocol: str) -> None:
    """Hold a model to a protocol: whether it has learned from whom that says.

    Of a model of other data, what counts is whether the people may be the same: then it is measured as the
    article's was, otherwise as one that has seen none of them.

    Args:
        config: of the model's checkpoint.
        source: the name of ``digits``.
        split: parts ``digits``.
        protocol: one of :data:`wvae.digits.PROTOCOLS`.

    Raises:
        ConfigError: it has learned from others, or may have; or there is no such protocol.
    """
    split.learned(protocol)  # or says that there is no such protocol
    data = config.get("data", {})
    trained_on = ORIGINAL if "imported" in config else data.get("source", "unknown digits")
    if data.get("digest") != digits.digest() or "split" not in data:
        families = {name.partition(":")[0] for name in (trained_on, source)}
        akin = families <= set(NIST) or trained_on in (source, "unknown digits")
        if protocol == "disjoint" and akin:
            raise ConfigError(
                f"The model was trained on {trained_on}, perhaps by the evaluation writers of {source} too, so the "
                "disjoint protocol cannot be kept: choose the article protocol, or a model trained on others."
            )
        if protocol == "article" and not akin:
            raise ConfigError(
                f"The model was trained on {trained_on} and knows no writer of {source}: choose the disjoint protocol."
            )
        return
    apart = writer_split(digits, data["split"]["evaluation_writers"], data["split"]["seed"])
    learned = apart.learned(data.get("protocol", "disjoint"))
    if protocol == "disjoint" and (learned & split.evaluation).any():
        known = len(set(digits.writers[learned & split.evaluation]))
        raise ConfigError(
            f"The model was trained on digits by {known} of the {len(split.evaluation_writers)} evaluation writers, so "
            "the disjoint protocol cannot be kept: choose the split it was trained with, or a model trained on others."
        )
    if protocol == "article" and (not learned[split.train].all() or learned[split.test].any()):
        raise ConfigError(
            "The article protocol needs a model trained on the evaluation writers' training images and not on their "
            "test images, which this one is not: choose the protocol disjoint, or train one under the protocol article."
        )


def own_protocol(config: Mapping[str, Any]) -> str:
    """The protocol that a model was trained under, by its checkpoint's config; the article's own models, its own."""
    return "article" if "imported" in config else config.get("data", {}).get("protocol", "disjoint")
