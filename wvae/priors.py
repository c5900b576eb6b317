"""Priors of the two codes: how far a posterior is from them, and where their middle is."""

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from wvae.digits import N_DIGITS
from wvae.posterior import LatentPair, Posterior


class Prior(Protocol):
    """What a prior does."""

    def kl(self, posterior: Posterior, sample: LatentPair, digits: Tensor) -> LatentPair:
        """KL divergence of each posterior from the prior, ``(n,)`` nats for A and for B.

        Args:
            sample: a draw from ``posterior``, for priors without a closed form.
            digits: int64 ``(n,)``, for priors that depend on the digit.
        """

    def mean(self) -> LatentPair:
        """The prior's mean, ``(latent_a,)`` and ``(latent_b,)``, on the CPU."""


class StandardNormal(nn.Module):
    """N(0, I) for both codes, whatever the digit."""

    def __init__(self, latent_a: int, latent_b: int) -> None:
        super().__init__()
        self.sizes = latent_a, latent_b

    def kl(self, posterior: Posterior, sample: LatentPair, digits: Tensor) -> LatentPair:
        return LatentPair(
            _kl_from_normal(posterior.mean_a, posterior.log_variance_a),
            _kl_from_normal(posterior.mean_b, posterior.log_variance_b),
        )

    def mean(self) -> LatentPair:
        return LatentPair(*(torch.zeros(size) for size in self.sizes))


class ClassConditionalNormal(nn.Module):
    """A given the digit is normal about the digit's centre, B is N(0, I) whatever the digit.

    So A can be sampled digit by digit, and the digit of an A follows by Bayes' rule.
    """

    def __init__(self, latent_a: int, latent_b: int) -> None:
        super().__init__()
        self.sizes = latent_a, latent_b
        self.deviation = class_deviation(latent_a)
        self.centres: Tensor
        self.register_buffer("centres", class_centres(latent_a), persistent=False)

    def kl(self, posterior: Posterior, sample: LatentPair, digits: Tensor) -> LatentPair:
        return LatentPair(
            _kl_from_normal(
                (posterior.mean_a - self.centres[digits]) / self.deviation,
                posterior.log_variance_a - 2 * math.log(self.deviation),
            ),
            _kl_from_normal(posterior.mean_b, posterior.log_variance_b),
        )

    def mean(self) -> LatentPair:
        return LatentPair(*(torch.zeros(size) for size in self.sizes))


LINE = (0, 5, 3, 8, 2, 6, 4, 9, 7, 1)
"""The digits in an order in which neighbours look alike: the shortest path through the mean pictures of the digits of
the development writers of ``qmnist:train``."""

SPACING = 0.8
"""From one centre to the next where A is a line, which then reaches from -4 to 4."""


def class_centres(latent_a: int) -> Tensor:
    """The centre of each digit in A: ``(10, latent_a)``, with mean 0.

    One dimension holds a line, in the order of :data:`LINE`; nine and more a regular simplex, where all digits are
    equally far from each other; those between a ring in the first two dimensions, in the order of the line.
    """
    centres = torch.zeros(N_DIGITS, latent_a)
    order = torch.tensor(LINE)
    if latent_a == 1:
        centres[order, 0] = SPACING * (torch.arange(N_DIGITS) - (N_DIGITS - 1) / 2)
    elif latent_a < N_DIGITS - 1:
        angles = 2 * math.pi / N_DIGITS * torch.arange(N_DIGITS)
        centres[order, :2] = 2.5 * torch.stack([angles.cos(), angles.sin()], dim=1)
    else:
        # Rows of the Helmert matrix: the ten corners of a simplex in nine dimensions.
        for k in range(1, N_DIGITS):
            centres[:k, k - 1] = 1 / math.sqrt(k * (k + 1))
            centres[k, k - 1] = -k / math.sqrt(k * (k + 1))
        centres *= math.sqrt(N_DIGITS)
    return centres


def class_deviation(latent_a: int) -> float:
    """The standard deviation of A about its digit's centre: a sixth of the way to the nearest other centre."""
    centres = class_centres(latent_a)
    return float(torch.pdist(centres).min()) / 6


def _kl_from_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum(1)
