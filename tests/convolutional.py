"""A second architecture, as somebody would add one: its parts, and a row for each in the tables of model.py."""

import torch
from torch import Tensor, nn

from wvae.decoders import DecoderLayers
from wvae.encoders import EncoderLayers, Known
from wvae.layers import Layer
from wvae.model import DECODERS, ENCODERS, ModelConfig
from wvae.posterior import Posterior


class ConvolutionalEncoder(nn.Module):
    """Two strided convolutions, then a linear map to both Gaussians."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.sizes = [config.latent_a, config.latent_a, config.latent_b, config.latent_b]
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 4, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 16, 4, stride=2, padding=1), nn.ReLU()
        )
        self.posterior = nn.Linear(16 * 7 * 7, sum(self.sizes))

    def forward(self, images: Tensor, digits: Tensor | None = None, known: Known | None = None) -> Posterior:
        features = self.features(images[:, None])  # (n, 16, 7, 7)
        return Posterior(*self.posterior(features.flatten(1)).float().split(self.sizes, dim=1))

    def known(self, images: Tensor) -> None:
        return None

    def layers(self) -> EncoderLayers:
        a, _, b, _ = zip(self.posterior.weight.split(self.sizes), self.posterior.bias.split(self.sizes), strict=True)
        features = [
            layer
            for module in self.features
            for layer in (
                Layer("convolution", module.weight, module.bias, {"stride": 2, "padding": 1})
                if isinstance(module, nn.Conv2d)
                else Layer("relu"),
            )
        ]
        return EncoderLayers([*features, Layer("linear", *a)], [], [*features, Layer("linear", *b)])


class MixingDecoder(nn.Module):
    """A and B meet before a nonlinearity: the logits are not a sum of what each of them gives."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.a = nn.Linear(config.latent_a, config.hidden)
        self.b = nn.Linear(config.latent_b, config.hidden)
        self.pixels = nn.Linear(config.hidden, 28 * 28)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return self.pixels(torch.tanh(self.a(a) + self.b(b))).unflatten(1, (28, 28))

    def layers(self) -> DecoderLayers:
        from_a, from_b, pixels = (Layer("linear", layer.weight, layer.bias) for layer in (self.a, self.b, self.pixels))
        return DecoderLayers([from_a], [from_b], [Layer("tanh"), pixels])


ENCODERS["test convolutional"] = ConvolutionalEncoder
DECODERS["test mixing"] = MixingDecoder

CONFIG = ModelConfig(3, 4, hidden=64, encoder="test convolutional", decoder="test mixing")
