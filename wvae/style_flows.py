"""Style flows: invertible maps, given the digit, between the style that is encoded and latent B.

A flow that carries every digit's styles to one distribution leaves nothing of the digit in B, and loses nothing.
"""

from typing import Protocol

from torch import Tensor, nn

from wvae.posterior import Posterior


class StyleFlow(Protocol):
    """What a style flow does; ``digits`` are int64 ``(n,)``, or None where the model reads no digit."""

    def __call__(self, posterior: Posterior, digits: Tensor | None) -> Posterior:
        """The posterior of A and of the encoded style ``(n, latent_b)`` as one of A and B."""

    def inverse(self, b: Tensor, digits: Tensor | None) -> Tensor:
        """The style ``(n, latent_b)`` that the decoder takes, from latent B ``(n, latent_b)``."""


class IdentityFlow(nn.Module):
    """Latent B is the encoded style itself."""

    def forward(self, posterior: Posterior, digits: Tensor | None) -> Posterior:
        return posterior

    def inverse(self, b: Tensor, digits: Tensor | None) -> Tensor:
        return b
