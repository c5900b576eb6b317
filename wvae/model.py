"""The variational autoencoder with two bottlenecks.

An image x is encoded into two independent Gaussian posteriors, q(a | x) and q(b | x). A linear
classifier reads the digit from a; the decoder needs a and b to give the image back::

    x -- hidden --+-- q(a | x) -- a -- tanh --+
                  |               |           + -- logits of x
                  |               +-- digit   |
                  +-- q(b | x) -- b -- tanh --+

The variational autoencoder: "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wvae.errors import ConfigError

IMAGE_SIZE = 28
N_DIGITS = 10

LARGEST = 4096
"""Units of a layer: a config from elsewhere could otherwise ask for more memory than there is."""


@dataclass(frozen=True)
class ModelConfig:
    """What is needed to build a model.

    Attributes:
        latent_a: dimensions of latent A, from 1; none of the sizes is above :data:`LARGEST`.
        latent_b: dimensions of latent B, from 1.
        hidden: units of the hidden layer in encoder and decoder, from 1.
        classifier: whether a classifier reads the digit from latent A.

    Raises:
        ConfigError: a size is out of range.
    """

    latent_a: int = 1
    latent_b: int = 1
    hidden: int = 500
    classifier: bool = True

    def __post_init__(self) -> None:
        for name in ("latent_a", "latent_b", "hidden"):
            size = getattr(self, name)
            if type(size) is not int or not 1 <= size <= LARGEST:
                raise ConfigError(f"{name} must be a whole number from 1 to {LARGEST}, not {size!r}.")
        if type(self.classifier) is not bool:
            raise ConfigError(f"classifier must be true or false, not {self.classifier!r}.")


class Posterior(NamedTuple):
    """Means and log variances of q(a | x), ``(n, latent_a)``, and q(b | x), ``(n, latent_b)``."""

    mean_a: Tensor
    log_variance_a: Tensor
    mean_b: Tensor
    log_variance_b: Tensor


class WVAE(nn.Module):
    """Encoder, decoder and digit classifier; see the module's picture."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        pixels = IMAGE_SIZE * IMAGE_SIZE
        self.encoder_hidden = nn.Linear(pixels, config.hidden)
        self.encoder_mean_a = nn.Linear(config.hidden, config.latent_a)
        self.encoder_log_variance_a = nn.Linear(config.hidden, config.latent_a)
        self.encoder_mean_b = nn.Linear(config.hidden, config.latent_b)
        self.encoder_log_variance_b = nn.Linear(config.hidden, config.latent_b)
        self.decoder_a = nn.Linear(config.latent_a, config.hidden)
        self.decoder_b = nn.Linear(config.latent_b, config.hidden)
        self.decoder_pixels = nn.Linear(config.hidden, pixels)
        self.classifier = nn.Linear(config.latent_a, N_DIGITS) if config.classifier else None
        for layer in self.children():
            if isinstance(layer, nn.Linear):  # as Chainer, which the article used, starts its layers
                nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
                nn.init.zeros_(layer.bias)

    def encode(self, images: Tensor) -> Posterior:
        """Posteriors of images, float32 ``(n, 28, 28)`` in 0..1."""
        hidden = torch.tanh(self.encoder_hidden(images.flatten(1)))  # (n, hidden)
        return Posterior(
            self.encoder_mean_a(hidden),
            self.encoder_log_variance_a(hidden),
            self.encoder_mean_b(hidden),
            self.encoder_log_variance_b(hidden),
        )

    def decode(self, a: Tensor, b: Tensor) -> Tensor:
        """Pixel logits ``(n, 28, 28)`` from latents ``(n, latent_a)`` and ``(n, latent_b)``."""
        hidden = torch.tanh(self.decoder_a(a)) + torch.tanh(self.decoder_b(b))  # (n, hidden)
        return self.decoder_pixels(hidden).unflatten(1, (IMAGE_SIZE, IMAGE_SIZE))

    def classify(self, a: Tensor) -> Tensor:
        """Digit logits ``(n, 10)`` from latent A ``(n, latent_a)``.

        Raises:
            ConfigError: the model was built without a classifier.
        """
        if self.classifier is None:
            raise ConfigError("This model has no classifier: it was trained without digit labels.")
        return self.classifier(a)
