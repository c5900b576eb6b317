"""Encoders: from an image to the posteriors of its content code and its style."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from wvae.activations import tanh
from wvae.digits import IMAGE_SIZE
from wvae.layers import Layer
from wvae.posterior import Posterior


class Known(NamedTuple):
    """What an encoder finds in n images without the weights that learn the style: once for a whole training.

    ``digit_logits`` ``(n, 10)`` are what it reads, ``measures`` ``(n, named_axes)`` the named axes of the style.
    """

    digit_logits: Tensor
    measures: Tensor


class EncoderLayers(NamedTuple):
    """Posterior means as lists of layers: of A and, side by side, of the measured and of the learned axes of the style.

    Each takes an image, ``(784,)``. The learned axes may also depend on the digit that is read from A.
    """

    a: list[Layer]
    measured: list[Layer]
    learned: list[Layer]


class Encoder(Protocol):
    """What an encoder does."""

    def __call__(self, images: Tensor, digits: Tensor | None = None, known: Known | None = None) -> Posterior:
        """Encode images, float32 ``(n, 28, 28)`` in 0..1.

        Args:
            digits: int64 ``(n,)``, where they are labelled.
            known: what :meth:`known` has found in these images before.
        """

    def known(self, images: Tensor) -> Known | None:
        """What is found once for a whole training; None where all that the encoder does is learned together."""

    def layers(self) -> EncoderLayers:
        """The same, without labels and noise, as layers."""


class MeasuringEncoder(Encoder, Protocol):
    """What an encoder does besides where the first axes of the style have names."""

    def measured(self, images: Tensor) -> Tensor:
        """The named axes of the style, ``(n, axes)``, which are measured on images."""

    def read(self, images: Tensor) -> Tensor:
        """Digit logits ``(n, 10)`` of images, without a gradient for the encoder itself."""


class MLPEncoder(nn.Module):
    """One hidden layer of tanh units, from which four linear maps read the two Gaussians."""

    def __init__(self, latent_a: int, latent_b: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(IMAGE_SIZE**2, hidden)
        self.mean_a = nn.Linear(hidden, latent_a)
        self.log_variance_a = nn.Linear(hidden, latent_a)
        self.mean_b = nn.Linear(hidden, latent_b)
        self.log_variance_b = nn.Linear(hidden, latent_b)

    def forward(self, images: Tensor, digits: Tensor | None = None, known: Known | None = None) -> Posterior:
        hidden = tanh(self.hidden(images.flatten(1)))  # (n, hidden)
        heads = self.mean_a, self.log_variance_a, self.mean_b, self.log_variance_b
        weight, bias = torch.cat([head.weight for head in heads]), torch.cat([head.bias for head in heads])
        joined = functional.linear(hidden, weight, bias).float()  # one product takes half the time of four
        return Posterior(*torch.split(joined, [head.out_features for head in heads], dim=1))

    def known(self, images: Tensor) -> None:
        return None

    def layers(self) -> EncoderLayers:
        hidden = [Layer("linear", self.hidden.weight, self.hidden.bias), Layer("tanh")]
        a, b = (Layer("linear", layer.weight, layer.bias) for layer in (self.mean_a, self.mean_b))
        return EncoderLayers([*hidden, a], [], [*hidden, b])
