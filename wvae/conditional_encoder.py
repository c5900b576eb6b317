"""An encoder that reads the digit first, and then encodes the style given the digit.

A is placed by what the digit looks like, and B's first axes are measures of the strokes, so the two codes mean
something from the start; only the other axes of B are learned by reconstruction.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from wvae.digits import IMAGE_SIZE, N_DIGITS
from wvae.encoders import EncoderLayers, Known
from wvae.layers import Layer
from wvae.posterior import Posterior
from wvae.priors import class_centres, class_deviation
from wvae.style_measures import AXES, style_measures

SOFTNESS = 3.0
"""What digit logits are divided by before A is placed: at 1 nearly all images would lie in their digit's centre."""

NEAR = 0.7
"""How far A may go from its digit's centre towards another: as a fraction of half the way."""

MEASURE_DEVIATION = 0.1
"""Posterior standard deviation of a measured axis."""

FARTHEST = 5.0
"""To which measured axes are clipped, in the spreads of all digits."""


class ConditionalEncoder(nn.Module):
    """A convolutional network reads the digit; another network, which is given the digit, encodes the style.

    Args:
        hidden: units of the style network's first dense layer; its second has half as many.
        named_axes: how many measures of :data:`wvae.style_measures.AXES` are the first axes of the style.
    """

    def __init__(self, latent_a: int, latent_b: int, hidden: int, named_axes: int) -> None:
        super().__init__()
        self.named_axes = min(named_axes, latent_b)
        self.content = content_network().to(memory_format=torch.channels_last)  # a third faster on a processor
        learned = latent_b - self.named_axes
        self.style = StyleNetwork(hidden, learned) if learned else None
        self.log_variance_a = 2 * math.log(class_deviation(latent_a))
        axes = AXES[: self.named_axes]
        self.centres: Tensor
        self.measure_middle: Tensor
        self.measure_spread: Tensor
        self.register_buffer("centres", class_centres(latent_a), persistent=False)
        self.register_buffer("measure_middle", torch.tensor([axis.middle for axis in axes]), persistent=False)
        self.register_buffer("measure_spread", torch.tensor([axis.spread for axis in axes]), persistent=False)

    def forward(self, images: Tensor, digits: Tensor | None = None, known: Known | None = None) -> Posterior:
        digit_logits, style = self.known(images) if known is None else known
        mean_a = self._placed(digit_logits)
        if digits is None:
            digits = digit_logits.argmax(1)
        log_variance = torch.full_like(style, 2 * math.log(MEASURE_DEVIATION))
        if self.style is not None:
            learned = self.style(images, digits)
            style, log_variance = (
                torch.cat([style, learned.mean.float()], 1),
                torch.cat([log_variance, learned.log_variance.float()], 1),
            )
        return Posterior(mean_a, torch.full_like(mean_a, self.log_variance_a), style, log_variance)

    def known(self, images: Tensor) -> Known:
        """What the digit is read from, and the measures: neither depends on the weights that encode the style."""
        with torch.no_grad():
            return Known(self.content(images[:, None]), self.measured(images))

    def read(self, images: Tensor) -> Tensor:
        """Digit logits ``(n, 10)`` of images, without a gradient for the weights that read them."""
        frozen = {name: value.detach() for name, value in self.content.named_parameters()}
        return torch.func.functional_call(self.content, frozen, images[:, None])

    def measured(self, images: Tensor) -> Tensor:
        """The measured axes, ``(n, named_axes)``, on one scale for all digits."""
        measures = style_measures(images)[:, : self.named_axes]
        return ((measures - self.measure_middle) / self.measure_spread).clamp(-FARTHEST, FARTHEST)

    def layers(self) -> EncoderLayers:
        """The layer "measures" gives the first measures of the picture, each less its ``bias`` and times its
        ``weight``, ``(named_axes,)`` each, and at most "farthest"; "placing" is what :meth:`_placed` does."""
        placing = Layer("placing", self.centres, None, {"softness": SOFTNESS, "near": NEAR})
        content = [layer for module in self.content for layer in _as_layers(module)]
        measures = Layer("measures", 1 / self.measure_spread, self.measure_middle, {"farthest": FARTHEST})
        return EncoderLayers(
            [*content, placing],
            [measures] if self.named_axes else [],
            [] if self.style is None else self.style.layers(),
        )

    def _placed(self, digit_logits: Tensor) -> Tensor:
        """The mean of A, ``(n, latent_a)``: between the centres of what an image looks like, near the likeliest.

        The mean over digits may lie next to a third digit's centre. So it is drawn towards the likeliest digit's
        centre, the more the farther it is: that is always the nearest, and Bayes' rule reads what the network reads.
        """
        centre = self.centres[digit_logits.argmax(1)]  # (n, latent_a)
        step = (digit_logits / SOFTNESS).softmax(1) @ self.centres - centre
        others = self.centres - centre[:, None]  # (n, 10, latent_a)
        towards = (others @ step[:, :, None]).squeeze(2)  # (n, 10)
        half_way = NEAR * 0.5 * (others**2).sum(2)
        too_far = (towards.clamp_min(0) / half_way.clamp_min(1e-12)).amax(1)  # 1 at the limit of the nearest
        return centre + step / (1 + too_far)[:, None]


def content_network() -> nn.Sequential:
    """Digit logits ``(n, 10)`` of images ``(n, 1, 28, 28)``: three strided convolutions and two linear layers,
    rectified in place, which is quicker on a processor."""
    return nn.Sequential(
        nn.Conv2d(1, 24, 5, stride=2, padding=2),  # (n, 24, 14, 14)
        nn.ReLU(inplace=True),
        nn.Conv2d(24, 48, 3, stride=2, padding=1),  # (n, 48, 7, 7)
        nn.ReLU(inplace=True),
        nn.Conv2d(48, 64, 3, stride=2, padding=1),  # (n, 64, 4, 4)
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(1024, 128),
        nn.ReLU(inplace=True),
        nn.Linear(128, N_DIGITS),
    )


def _as_layers(module: nn.Module) -> list[Layer]:
    """A module of :func:`content_network` as a list of one layer; none for one that changes no number."""
    if isinstance(module, nn.Conv2d):
        settings = {"stride": float(module.stride[0]), "padding": float(module.padding[0])}
        return [Layer("convolution", module.weight, module.bias, settings)]
    if isinstance(module, nn.Linear):
        return [Layer("linear", module.weight, module.bias)]
    return [Layer("relu")] if isinstance(module, nn.ReLU) else []


class LearnedStyle(NamedTuple):
    """Posterior mean and log variance of the axes that have no name: ``(n, axes)`` each."""

    mean: Tensor
    log_variance: Tensor


class StyleNetwork(nn.Module):
    """Two dense layers of SiLU units, the second of which is also given the digit."""

    def __init__(self, hidden: int, axes: int) -> None:
        super().__init__()
        self.pixels = nn.Linear(IMAGE_SIZE**2, hidden)
        self.hidden = nn.Linear(hidden + N_DIGITS, hidden // 2)
        self.mean = nn.Linear(hidden // 2, axes)
        self.log_variance = nn.Linear(hidden // 2, axes)

    def forward(self, images: Tensor, digits: Tensor) -> LearnedStyle:
        one_hot = functional.one_hot(digits, N_DIGITS).to(images.dtype)
        hidden = functional.silu(self.pixels(images.flatten(1)))  # (n, hidden)
        hidden = functional.silu(self.hidden(torch.cat([hidden, one_hot], dim=1)))  # (n, hidden / 2)
        return LearnedStyle(self.mean(hidden), self.log_variance(hidden))

    def layers(self) -> list[Layer]:
        """The mean as layers."""
        of_pixels, of_digit = torch.split(self.hidden.weight, [self.pixels.out_features, N_DIGITS], dim=1)
        return [
            Layer("linear", self.pixels.weight, self.pixels.bias),
            Layer("silu"),
            Layer("linear", of_pixels, self.hidden.bias + of_digit.T),
            Layer("silu"),
            Layer("linear", self.mean.weight, self.mean.bias),
        ]
