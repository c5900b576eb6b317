"""The terms of the training loss, each in nats per image, and their weights.

The loss is the negative evidence lower bound, a classification term that puts the digit into latent A, and a
covariance term that disentangles A and B linearly. The model states its own KL terms::

    E[-log p(x | a, b)] + kl_a KL(q(a|x) || p(a)) + kl_b KL(q(b|x) || p(b))
        + classification E[-log p(digit | a)] + covariance XCov(A, B)
        + measures E[-log p(named axes of B | decoded picture)]
        + legibility E[-log p(digit | picture decoded in a random style)] + writer E[-log p(writer | b)]
"""

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor
from torch.nn import functional

from wvae.encoders import Known, MeasuringEncoder
from wvae.likelihood import reconstruction_nats
from wvae.model import WVAE, Outputs
from wvae.posterior import LatentPair
from wvae.precision import mixed_precision
from wvae.processes import Share
from wvae.schema import NotNegative, check_fields
from wvae.writer_head import WriterHead

STYLES_TRIED = 1.2
"""Standard deviation of the styles in which digits are to be legible: of some more than occur."""


class Batch(NamedTuple):
    """Images float32 ``(n, 28, 28)`` in 0..1, their digits and their writers, int64 ``(n,)``.

    ``known`` is what their encoder has found of them before, if it has been asked. Where several processes share a
    batch, these are the rows of one of them, which are its ``share``.
    """

    images: Tensor
    digits: Tensor
    writers: Tensor
    known: Known | None = None
    share: Share | None = None


class Noise(NamedTuple):
    """Standard normal numbers for a batch of n images: for its ``sample``, ``(n, latent_a)`` and ``(n, latent_b)``, and
    for the ``styles`` in which digits are to be legible, of a quarter of them, ``(n / 4, axes without a name)``; None
    for a model without named axes."""

    sample: LatentPair
    styles: Tensor | None


@dataclass(frozen=True)
class LossWeights:
    """What each term counts beside the reconstruction, which counts 1; all 0 or more.

    ``first_axis`` and ``other_axes`` are for the training of a style flow, in nats per squared distance: how strongly
    the first axis of B is pulled towards its measure (the second half as strongly, the third a third, and so on), and
    an axis without a name towards its whitened style.

    Raises:
        ConfigError: a weight is negative or not a finite number.
    """

    kl_a: NotNegative = 1.0
    kl_b: NotNegative = 1.0
    classification: NotNegative = 0.0
    covariance: NotNegative = 0.0
    measures: NotNegative = 0.0
    legibility: NotNegative = 0.0
    writer: NotNegative = 0.0
    first_axis: NotNegative = 0.0
    other_axes: NotNegative = 0.0

    def __post_init__(self) -> None:
        check_fields(self)


class LossTerms(NamedTuple):
    """Scalars, batch means in nats per image; ``covariance`` is a squared covariance, without unit."""

    reconstruction: Tensor
    kl_a: Tensor
    kl_b: Tensor
    classification: Tensor
    covariance: Tensor
    measures: Tensor
    legibility: Tensor
    writer: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """The weighted sum that training makes smaller; without the covariance where it counts nothing, as its gradient
        would take time for each batch."""
        total = (
            self.reconstruction
            + weights.kl_a * self.kl_a
            + weights.kl_b * self.kl_b
            + weights.classification * self.classification
            + weights.measures * self.measures
            + weights.legibility * self.legibility
            + weights.writer * self.writer
        )
        return total + weights.covariance * self.covariance if weights.covariance else total


def cross_covariance(a: Tensor, b: Tensor, share: Share | None = None) -> Tensor:
    """Half the sum of squared covariances between the columns of a and b over the batch: of the rows of all processes,
    where ``share`` is of several.

    XCov of "Discovering Hidden Factors of Variation in Deep Networks",
    https://arxiv.org/abs/1412.6583
    """
    share = share or Share(len(a))
    centred_a, centred_b = (values - share.total(values.sum(0)) / share.rows for values in (a, b))
    covariance = share.total(centred_a.T @ centred_b) / share.rows  # (latent_a, latent_b)
    return 0.5 * (covariance**2).sum()


def draw_noise(model: WVAE, share: Share, generator: torch.Generator) -> Noise:
    """What a ``share`` of a batch needs of the numbers that ``generator`` draws for the whole batch."""
    config, named = model.config, len(model.named_axes)
    sample = LatentPair(*(share.normal(size, generator) for size in (config.latent_a, config.latent_b)))
    return Noise(sample, _quarter(share).normal(config.latent_b - named, generator) if named else None)


def loss_terms(model: WVAE, batch: Batch, noise: Noise, writer_head: WriterHead | None = None) -> LossTerms:
    """All terms for one batch, with one sample of the latents.

    The covariance is taken on posterior means: over samples its expectation is larger by the variance of the noise,
    which falls with the size of the batch and says nothing of how A and B depend on each other. Without a classifier
    the classification term is 0, without a writer head that of the writer. The mean of a term over all processes that
    share the batch is that of one process with the whole batch.
    """
    share = batch.share or Share(len(batch.images))
    with mixed_precision(batch.images.device):
        outputs = model(batch.images, batch.digits, noise.sample, batch.known)
    nothing = torch.zeros((), device=batch.images.device)
    logits = outputs.digit_logits
    return LossTerms(
        share.mean(reconstruction_nats(outputs.image_logits, batch.images)),
        share.mean(outputs.kl.a),
        share.mean(outputs.kl.b),
        nothing if logits is None else share.mean(functional.cross_entropy(logits, batch.digits, reduction="none")),
        cross_covariance(outputs.posterior.mean_a, outputs.posterior.mean_b, share),
        share.mean(drawn_measures_nats(model, outputs)) if model.named_axes else nothing,
        nothing if noise.styles is None else legibility_nats(model, outputs, batch.digits, share, noise.styles),
        nothing if writer_head is None else share.mean(writer_head(outputs.sample.b, batch.writers)),
    )


def measuring(model: WVAE) -> MeasuringEncoder:
    """The encoder of a model with named axes."""
    return cast(MeasuringEncoder, model.encoder)


def drawn_measures_nats(model: WVAE, outputs: Outputs) -> Tensor:
    """How far each decoded picture is from the measures that named axes ask for, ``(n,)``: half the squared differences
    in posterior standard deviations, summed over the axes."""
    named = len(model.named_axes)
    drawn = measuring(model).measured(outputs.image_logits.sigmoid())
    asked, log_variance = outputs.sample.b[:, :named], outputs.posterior.log_variance_b[:, :named]
    return 0.5 * ((drawn - asked) ** 2 / log_variance.exp()).sum(1)


def legibility_nats(model: WVAE, outputs: Outputs, digits: Tensor, share: Share, styles: Tensor) -> Tensor:
    """Cross-entropy of the digits that the encoder reads from decoded pictures, where the axes of the style that have
    no name are drawn at random. The decoder learns by it, not the encoder. A quarter of the batch is enough.

    Args:
        styles: standard normal, ``(n, axes without a name)`` for the first n images.
    """
    rows = slice(0, len(styles))
    style = outputs.sample.b[rows].detach().clone()
    style[:, len(model.named_axes) :] = STYLES_TRIED * styles
    with mixed_precision(style.device):
        digit_logits = measuring(model).read(model.decoder(outputs.sample.a[rows], style).sigmoid())
    return _quarter(share).mean(functional.cross_entropy(digit_logits.float(), digits[rows], reduction="none"))


def _quarter(share: Share) -> Share:
    """That of a quarter of the batch, at least one image."""
    return share._replace(rows=-(-share.rows // 4))
