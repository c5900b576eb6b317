"""What writers are clustered or retrieved by: pictures turned into rows of numbers.

A representation is a scikit-learn transformer over a :class:`~wvae.digits.DigitSet`: ``fit(digits)`` learns what
it needs from training images, ``transform(digits)`` gives a row of numbers for each image. Rows whose axes already
weigh what they should are ``weighted``: then nobody rescales them. To add one is to add a line to
:func:`representations`.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from wvae.digits import DigitSet
from wvae.errors import ConfigError
from wvae.latents import encode, writer_projection
from wvae.model import WVAE
from wvae.morphometry import FEATURES

Floats = NDArray[np.float32]

RAW_PIXELS = "raw pixels"
"""The representation that all others are compared with."""

WRITER_PROJECTION = "latent B, writer projection"
"""The space in which a model compares writers; models without a writer projection do not have it."""

ORACLE = "oracle"
"""Named so beside the representations: the likelihood under each writer's true style, known of synthetic digits only.
What it reaches is an upper bound for all of them, up to chance."""


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
        latents = cache(lambda digits: encode(model, digits.images))  # several share them
        known |= {
            "latent A": Features(lambda digits: latents(digits).mean_a),
            "latent B": Features(lambda digits: latents(digits).mean_b),
            "A and B": Features(
                lambda digits: np.concatenate([latents(digits).mean_a, latents(digits).mean_b], axis=1)
            ),
        }
        if model.config.writer_dimensions:
            known[WRITER_PROJECTION] = Features(
                lambda digits: writer_projection(model, latents(digits).mean_b, latents(digits).mean_a), weighted=True
            )
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


class Features(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Rows ``(n, d)`` that a function makes of digits, with nothing to learn.

    Args:
        features: makes rows of digits.
        weighted: whether distances between the rows are as they should be; see the module.
    """

    def __init__(self, features: Callable[[DigitSet], Floats], weighted: bool = False) -> None:
        self.features = features
        self.weighted = weighted

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
