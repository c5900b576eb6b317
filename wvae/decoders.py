"""Decoders: from the content code and the style to the pixels.

A decoder also describes itself as a list of layers, which the browser runs: see :class:`DecoderLayers`.
"""

from typing import NamedTuple, Protocol

from torch import Tensor, nn
from torch.nn import functional

from wvae.activations import tanh
from wvae.classifiers import BayesClassifier
from wvae.digits import IMAGE_SIZE, N_DIGITS
from wvae.layers import Layer


class DecoderLayers(NamedTuple):
    """Pixel logits ``(784,)`` as ``joint(from_a(a) + from_b(b))``: two branches, added where they meet.

    What is in a branch is computed once for all pictures that share that latent.
    """

    from_a: list[Layer]
    from_b: list[Layer]
    joint: list[Layer]


class Decoder(Protocol):
    """What a decoder does."""

    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        """Pixel logits ``(n, 28, 28)`` from ``(n, latent_a)`` and ``(n, latent_b)``."""

    def layers(self) -> DecoderLayers:
        """The same as a list of layers."""


class AdditiveDecoder(nn.Module):
    """Hidden units of A and of B are added, so the logits are a sum of what each of them gives."""

    def __init__(self, latent_a: int, latent_b: int, hidden: int) -> None:
        super().__init__()
        self.a = nn.Linear(latent_a, hidden)
        self.b = nn.Linear(latent_b, hidden)
        self.pixels = nn.Linear(hidden, IMAGE_SIZE**2)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        hidden = tanh(self.a(a)) + tanh(self.b(b))  # (n, hidden)
        return self.pixels(hidden).unflatten(1, (IMAGE_SIZE, IMAGE_SIZE))

    def layers(self) -> DecoderLayers:
        def branch(first: nn.Linear, bias: Tensor | None) -> list[Layer]:
            return [
                Layer("linear", first.weight, first.bias),
                Layer("tanh"),
                Layer("linear", self.pixels.weight, bias),
            ]

        return DecoderLayers(branch(self.a, None), branch(self.b, self.pixels.bias), [])


class ConditionalDecoder(nn.Module):
    """Two hidden layers of SiLU units, which see the style and how likely each digit is given A.

    Of A only the digit counts: what else a picture needs must be in B.
    """

    def __init__(self, latent_a: int, latent_b: int, hidden: int) -> None:
        super().__init__()
        self.read = BayesClassifier(latent_a)
        self.a = nn.Linear(N_DIGITS, hidden, bias=False)
        self.b = nn.Linear(latent_b, hidden)
        self.hidden = nn.Linear(hidden, hidden)
        self.pixels = nn.Linear(hidden, IMAGE_SIZE**2)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        hidden = functional.silu(self.a(self.read(a).softmax(1)) + self.b(b))  # (n, hidden)
        return self.pixels(functional.silu(self.hidden(hidden))).unflatten(1, (IMAGE_SIZE, IMAGE_SIZE))

    def layers(self) -> DecoderLayers:
        return DecoderLayers(
            [*self.read.layers(), Layer("softmax"), Layer("linear", self.a.weight)],
            [Layer("linear", self.b.weight, self.b.bias)],
            [
                Layer("silu"),
                Layer("linear", self.hidden.weight, self.hidden.bias),
                Layer("silu"),
                Layer("linear", self.pixels.weight, self.pixels.bias),
            ],
        )
