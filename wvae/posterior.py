"""What an encoder says of an image: two independent Gaussian posteriors, and samples of them."""

from typing import NamedTuple

import torch
from torch import Tensor


class LatentPair(NamedTuple):
    """A content code and a style code, or a number of nats for each: tensors ``(n, ...)``."""

    a: Tensor
    b: Tensor


class Posterior(NamedTuple):
    """Means and log variances of q(a | x), ``(n, latent_a)``, and q(b | x), ``(n, latent_b)``."""

    mean_a: Tensor
    log_variance_a: Tensor
    mean_b: Tensor
    log_variance_b: Tensor

    def sample(self, generator: torch.Generator) -> LatentPair:
        """One draw of a, then b."""
        means = self.mean_a, self.mean_b
        return self.at(LatentPair(*(torch.randn(m.shape, generator=generator, device=m.device) for m in means)))

    def at(self, noise: LatentPair) -> LatentPair:
        """The reparameterisation mean + exp(log variance / 2) noise, for standard normal noise."""
        return LatentPair(
            self.mean_a + torch.exp(0.5 * self.log_variance_a) * noise.a,
            self.mean_b + torch.exp(0.5 * self.log_variance_b) * noise.b,
        )
