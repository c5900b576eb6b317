"""The terms of the training loss, each in nats per image, and their weights.

The loss is the negative evidence lower bound, a classification term that makes latent A say the
digit, and a covariance term that keeps A and B from saying the same::

    E[-log p(x | a, b)] + kl_a KL(q(a|x) || N(0, I)) + kl_b KL(q(b|x) || N(0, I))
        + classification E[-log p(digit | a)] + covariance XCov(A, B)
"""

import math
from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from wvae.errors import ConfigError
from wvae.model import WVAE, Posterior


@dataclass(frozen=True)
class LossWeights:
    """What each term counts beside the reconstruction, which counts 1; all 0 or more.

    Raises:
        ConfigError: a weight is negative or not a finite number.
    """

    kl_a: float = 1.0
    kl_b: float = 1.0
    classification: float = 0.0
    covariance: float = 0.0

    def __post_init__(self) -> None:
        for weight in fields(self):
            value = getattr(self, weight.name)
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise ConfigError(f"The weight {weight.name} must be a number, 0 or more, not {value!r}.")


class LossTerms(NamedTuple):
    """Scalars, batch means in nats per image; ``covariance`` is a squared covariance, without unit."""

    reconstruction: Tensor
    kl_a: Tensor
    kl_b: Tensor
    classification: Tensor
    covariance: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """The weighted sum that training makes smaller."""
        return (
            self.reconstruction
            + weights.kl_a * self.kl_a
            + weights.kl_b * self.kl_b
            + weights.classification * self.classification
            + weights.covariance * self.covariance
        )


class Sample(NamedTuple):
    """One draw from a posterior: ``(n, latent_a)`` and ``(n, latent_b)``."""

    a: Tensor
    b: Tensor


def sample(posterior: Posterior, generator: torch.Generator) -> Sample:
    """Draw a and b with the reparameterisation mean + exp(log variance / 2) noise."""

    def draw(mean: Tensor, log_variance: Tensor) -> Tensor:
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        return mean + torch.exp(0.5 * log_variance) * noise

    return Sample(
        draw(posterior.mean_a, posterior.log_variance_a),
        draw(posterior.mean_b, posterior.log_variance_b),
    )


def reconstruction_nats(logits: Tensor, images: Tensor) -> Tensor:
    """Bernoulli negative log-likelihood of each image, summed over its pixels: ``(n,)`` nats."""
    pixels = functional.binary_cross_entropy_with_logits(logits, images, reduction="none")
    return pixels.flatten(1).sum(1)


def kl_nats(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL divergence of each Gaussian posterior from N(0, I): ``(n,)`` nats."""
    return 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum(1)


def cross_covariance(a: Tensor, b: Tensor) -> Tensor:
    """Half the sum of squared covariances between the columns of a and b over the batch.

    XCov of "Discovering Hidden Factors of Variation in Deep Networks",
    https://arxiv.org/abs/1412.6583
    """
    covariance = (a - a.mean(0)).T @ (b - b.mean(0)) / len(a)  # (latent_a, latent_b)
    return 0.5 * (covariance**2).sum()


def loss_terms(model: WVAE, images: Tensor, digits: Tensor, generator: torch.Generator) -> LossTerms:
    """All terms for one batch, with one sample of the latents.

    Args:
        images: float32 ``(n, 28, 28)`` in 0..1.
        digits: int64 ``(n,)``.
        generator: where the noise comes from, on the model's device.

    The covariance is taken on posterior means: its expectation over samples is the same, and
    means have less noise. Without a classifier the classification term is 0.
    """
    posterior = model.encode(images)
    latents = sample(posterior, generator)
    logits = model.decode(latents.a, latents.b)
    if model.classifier is None:
        classification = torch.zeros((), device=images.device)
    else:
        classification = functional.cross_entropy(model.classify(latents.a), digits)
    return LossTerms(
        reconstruction_nats(logits, images).mean(),
        kl_nats(posterior.mean_a, posterior.log_variance_a).mean(),
        kl_nats(posterior.mean_b, posterior.log_variance_b).mean(),
        classification,
        cross_covariance(posterior.mean_a, posterior.mean_b),
    )
