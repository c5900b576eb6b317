"""The variational autoencoder with two bottlenecks, put together from five parts.

An image x is encoded into two independent Gaussian posteriors, q(a | x) and q(b | x). A classifier reads the digit
from the content code a; the decoder needs a and the style code b to reconstruct the image::

    x -- encoder --+-- q(a | x) ------------- a --------------+
                   |                          |               +-- decoder -- logits of x
                   |                          +-- classifier  |
                   +-- style flow, q(b | x) - b -- inverse ---+

The variational autoencoder: "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114

To add an architecture, write its parts, each a module of its own, and add them to the tables below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import torch
from msgspec import Meta
from torch import Tensor, nn

from wvae.classifiers import BayesClassifier, Classifier, LinearClassifier
from wvae.conditional_encoder import ConditionalEncoder
from wvae.decoders import AdditiveDecoder, ConditionalDecoder, Decoder
from wvae.encoders import Encoder, Known, MLPEncoder
from wvae.errors import ConfigError
from wvae.posterior import LatentPair, Posterior
from wvae.priors import ClassConditionalNormal, Prior, StandardNormal
from wvae.schema import check_fields
from wvae.style_flows import IdentityFlow, StyleFlow
from wvae.style_measures import AXES, Axis
from wvae.triangular_flow import TriangularFlow
from wvae.writer_maps import WriterProjection

Dimensions = Annotated[int, Meta(ge=1, le=256)]
"""Of a latent: a config from elsewhere could otherwise ask for more memory than there is."""
Units = Annotated[int, Meta(ge=1, le=2048)]
"""Of a hidden layer."""


ENCODED_AT_ONCE = 1024
"""Images whose hidden units stay in a processor's cache; the style flow is quicker with more."""


@dataclass(frozen=True)
class ModelConfig:
    """What is needed to build a model.

    Attributes:
        latent_a: dimensions of latent A.
        latent_b: dimensions of latent B.
        hidden: units of the hidden layer in encoder and decoder.
        named_axes: how many of the first axes of B are measures of the strokes, those of
            :data:`wvae.style_measures.AXES`; B with fewer axes has as many of them.
        flow_hidden: units of a hidden layer in the style flow.
        writer_dimensions: of the space in which writers are compared, 10 ``latent_b`` at most; 0 if that is B itself.
        encoder, style_flow, decoder, prior, classifier: the kind of each part, a key of :data:`ENCODERS` and so on.

    Raises:
        ConfigError: a size is out of range, there is no part of that kind, or the encoder measures no axes.
    """

    latent_a: Dimensions = 1
    latent_b: Dimensions = 1
    hidden: Units = 500
    named_axes: Annotated[int, Meta(ge=0, le=len(AXES))] = 0
    flow_hidden: Annotated[int, Meta(ge=1, le=256)] = 24
    writer_dimensions: Annotated[int, Meta(ge=0, le=256)] = 0
    encoder: str = "mlp"
    style_flow: str = "identity"
    decoder: str = "additive"
    prior: str = "standard normal"
    classifier: str = "linear"

    def __post_init__(self) -> None:
        check_fields(self)
        for name, kinds in PARTS.items():
            if (kind := getattr(self, name)) not in kinds:
                raise ConfigError(f"{name} must be one of {', '.join(kinds)}, not {kind[:80]!r}.")
        if self.named_axes and self.encoder == "mlp":
            raise ConfigError("named_axes must be 0 with the encoder mlp, which measures nothing.")


Kinds = dict[str, Callable[[ModelConfig], Any]]
"""How to make a part of each kind."""

ENCODERS: Kinds = {
    "mlp": lambda config: MLPEncoder(config.latent_a, config.latent_b, config.hidden),
    "conditional": lambda config: ConditionalEncoder(
        config.latent_a, config.latent_b, config.hidden, config.named_axes
    ),
}
STYLE_FLOWS: Kinds = {
    "identity": lambda config: IdentityFlow(),
    "triangular": lambda config: TriangularFlow(config.latent_b, config.flow_hidden, config.named_axes),
}
DECODERS: Kinds = {
    "additive": lambda config: AdditiveDecoder(config.latent_a, config.latent_b, config.hidden),
    "conditional": lambda config: ConditionalDecoder(config.latent_a, config.latent_b, config.hidden),
}
PRIORS: Kinds = {
    "standard normal": lambda config: StandardNormal(config.latent_a, config.latent_b),
    "class-conditional": lambda config: ClassConditionalNormal(config.latent_a, config.latent_b),
}
CLASSIFIERS: Kinds = {
    "linear": lambda config: LinearClassifier(config.latent_a),
    "bayes": lambda config: BayesClassifier(config.latent_a),
    "none": lambda config: None,
}

PARTS: dict[str, Kinds] = {
    "encoder": ENCODERS,
    "style_flow": STYLE_FLOWS,
    "decoder": DECODERS,
    "prior": PRIORS,
    "classifier": CLASSIFIERS,
}
"""The parts of a model by the field of :class:`ModelConfig` that chooses their kind, in the order they are made."""


class Outputs(NamedTuple):
    """What a model gives for a batch of n images, with one sample of the latents.

    Attributes:
        sample: ``(n, latent_a)`` and ``(n, latent_b)``.
        kl: KL divergence of the posteriors from the prior, ``(n,)`` nats for A and for B.
        image_logits: ``(n, 28, 28)``.
        digit_logits: ``(n, 10)``; None without a classifier.
    """

    posterior: Posterior
    sample: LatentPair
    kl: LatentPair
    image_logits: Tensor
    digit_logits: Tensor | None


class WVAE(nn.Module):
    """Encoder, style flow, decoder, prior and classifier; see the module's picture. Made by :func:`build_model`."""

    def __init__(
        self,
        config: ModelConfig,
        *,
        encoder: Encoder,
        style_flow: StyleFlow,
        decoder: Decoder,
        prior: Prior,
        classifier: Classifier | None,
    ) -> None:
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.style_flow = style_flow
        self.decoder = decoder
        self.prior = prior
        self.classifier = classifier
        self.writer_projection = WriterProjection(config.latent_b, config.writer_dimensions)

    def forward(self, images: Tensor, digits: Tensor, noise: LatentPair, known: Known | None = None) -> Outputs:
        """All that a training loss may ask for, of the style as it is encoded: the style flow is fitted later.

        Args:
            images: float32 ``(n, 28, 28)`` in 0..1.
            digits: int64 ``(n,)``, their labels.
            noise: standard normal, of which the sample is made: ``(n, latent_a)`` and ``(n, latent_b)``.
            known: what the encoder has found in the images before, if it has been asked.
        """
        posterior = self.encoder(images, digits, known)
        sample = posterior.at(noise)
        return Outputs(
            posterior,
            sample,
            self.prior.kl(posterior, sample, digits),
            self.decoder(sample.a, sample.b).float(),
            None if self.classifier is None else self.classify(sample.a).float(),
        )

    def encode(self, images: Tensor, digits: Tensor | None = None) -> Posterior:
        """Posteriors of images, float32 ``(n, 28, 28)`` in 0..1.

        ``digits``, int64 ``(n,)``, are the labels where they are known; else the digits are read from A.
        """
        starts = range(0, max(len(images), 1), ENCODED_AT_ONCE)
        parts = [slice(start, start + ENCODED_AT_ONCE) for start in starts]
        encoded = [self.encoder(images[part], None if digits is None else digits[part]) for part in parts]
        posterior = Posterior(*(torch.cat(values) for values in zip(*encoded, strict=True)))
        return self.style_flow(posterior, self._read_digits(posterior.mean_a) if digits is None else digits)

    def decode(self, a: Tensor, b: Tensor, digits: Tensor | None = None) -> Tensor:
        """Pixel logits ``(n, 28, 28)`` from latents ``(n, latent_a)`` and ``(n, latent_b)``.

        ``digits`` are as in :meth:`encode`.
        """
        return self.decoder(a, self.style_flow.inverse(b, self._read_digits(a) if digits is None else digits))

    def classify(self, a: Tensor) -> Tensor:
        """Digit logits ``(n, 10)`` from latent A ``(n, latent_a)``.

        Raises:
            ConfigError: the model was built without a classifier.
        """
        if self.classifier is None:
            raise ConfigError("This model has no classifier: it was trained without digit labels.")
        return self.classifier(a)

    def project(self, b: Tensor, a: Tensor | None = None) -> Tensor:
        """Latent B ``(n, latent_b)`` in the space where writers are compared, ``(n, k)``.

        ``a``, ``(n, latent_a)``, says of which digit each is the style; without it, it is compared as of any digit.
        """
        return self.writer_projection(b, None if a is None else self._read_digits(a))

    @property
    def named_axes(self) -> tuple[Axis, ...]:
        """What the first axes of B measure; none in the article's model."""
        return AXES[: min(self.config.named_axes, self.config.latent_b)]

    def _read_digits(self, a: Tensor) -> Tensor | None:
        return None if self.classifier is None else self.classifier(a).argmax(1)


def build_model(config: ModelConfig, seed: int = 0) -> WVAE:
    """A model of the kinds that the config names, with random weights: the same for the same seed.

    Weights start as Chainer, which the article used, starts them: from a normal distribution with variance
    1 / (inputs of a unit); biases start at 0.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = WVAE(config, **{name: kinds[getattr(config, name)](config) for name, kinds in PARTS.items()})
        for layer in model.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d) and len(layer.weight):
                unit = layer.weight[:, 0] if isinstance(layer, nn.ConvTranspose2d) else layer.weight[0]
                nn.init.normal_(layer.weight, std=unit.numel() ** -0.5)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
    return model
