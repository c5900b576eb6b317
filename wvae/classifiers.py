"""Classifiers: from the content code to the digit."""

from typing import Protocol

from torch import Tensor, nn

from wvae.digits import N_DIGITS
from wvae.layers import Layer
from wvae.priors import class_centres, class_deviation


class Classifier(Protocol):
    """What a classifier does."""

    def __call__(self, a: Tensor) -> Tensor:
        """Digit logits ``(n, 10)`` from latent A ``(n, latent_a)``."""

    def layers(self) -> list[Layer]:
        """The same as a list of layers."""


class LinearClassifier(nn.Linear):
    """Digit logits ``(n, 10)`` as a linear map of latent A ``(n, latent_a)``."""

    def __init__(self, latent_a: int) -> None:
        super().__init__(latent_a, N_DIGITS)

    def layers(self) -> list[Layer]:
        return [Layer("linear", self.weight, self.bias)]


class BayesClassifier(nn.Module):
    """Bayes' rule under :class:`wvae.priors.ClassConditionalNormal`, all digits being equally likely.

    As all digits have one variance, the logits are linear: ``(a . centre - centre . centre / 2) / variance``.
    """

    def __init__(self, latent_a: int) -> None:
        super().__init__()
        centres = class_centres(latent_a) / class_deviation(latent_a)
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", centres / class_deviation(latent_a), persistent=False)
        self.register_buffer("bias", -0.5 * (centres**2).sum(1), persistent=False)

    def forward(self, a: Tensor) -> Tensor:
        return nn.functional.linear(a, self.weight, self.bias)

    def layers(self) -> list[Layer]:
        return [Layer("linear", self.weight, self.bias)]
