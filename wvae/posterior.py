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
        """One draw of a, then b, with the reparameterisation mean + exp(log variance / 2) noise."""

        def draw(mean: Tensor, log_variance: Tensor) -> Tensor:
            noise = torch.randn(mean.shape, generator=generator, device=mean.device)
            return mean + torch.exp(0.5 * log_variance) * noise

        return LatentPair(draw(self.mean_a, self.log_variance_a), draw(self.mean_b, self.log_variance_b))
