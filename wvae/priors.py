"""Priors of the two codes: how far a posterior is from them, and where their middle is."""

from typing import Protocol

import torch
from torch import Tensor, nn

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
        def from_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
            return 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum(1)

        return LatentPair(
            from_standard_normal(posterior.mean_a, posterior.log_variance_a),
            from_standard_normal(posterior.mean_b, posterior.log_variance_b),
        )

    def mean(self) -> LatentPair:
        return LatentPair(*(torch.zeros(size) for size in self.sizes))
