"""Models and how to train them, each under a name."""

from dataclasses import replace
from typing import NamedTuple

from wvae.errors import ConfigError
from wvae.model import ModelConfig
from wvae.objective import LossWeights
from wvae.training_config import TrainingConfig


class Preset(NamedTuple):
    """A model and how to train it, under a name."""

    model: ModelConfig
    training: TrainingConfig


# The article divides 10000 by the batch of 256 for its classification weight. It gives none for
# the covariance, which it computed but never added; the same weight puts it on the same scale.
_ARTICLE_WEIGHT = 10000 / 256

_WVAE_MODEL = ModelConfig(
    10,
    10,
    hidden=408,
    named_axes=4,
    flow_hidden=34,
    writer_dimensions=120,  # all that the maps of ten digits with a B of 12 can fill
    encoder="conditional",
    style_flow="triangular",
    decoder="conditional",
    prior="class-conditional",
    classifier="bayes",
)
_WVAE_TRAINING = TrainingConfig(
    content_epochs=24,
    epochs=72,
    batch_size=128,
    learning_rate=3e-3,
    schedule="one cycle",
    flow_epochs=120,
    flow_jitter=0.3,
    weights=LossWeights(kl_b=2.0, measures=0.2, legibility=7.0, first_axis=0.3, other_axes=0.05),
)

PRESETS = {
    "article": Preset(ModelConfig(), TrainingConfig(weights=LossWeights(classification=_ARTICLE_WEIGHT))),
    "article-covariance": Preset(
        ModelConfig(),
        TrainingConfig(weights=LossWeights(classification=_ARTICLE_WEIGHT, covariance=_ARTICLE_WEIGHT)),
    ),
    "article-no-classifier": Preset(ModelConfig(classifier="none"), TrainingConfig()),
    "wvae": Preset(_WVAE_MODEL, _WVAE_TRAINING),
    "wvae-writer": Preset(
        replace(_WVAE_MODEL, latent_b=12, hidden=400, flow_hidden=32),
        replace(_WVAE_TRAINING, epochs=36, weights=replace(_WVAE_TRAINING.weights, writer=4.0)),
    ),
}


def preset(name: str) -> Preset:
    """One of :data:`PRESETS`.

    Raises:
        ConfigError: there is no preset of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}; there are: {', '.join(PRESETS)}.")
    return PRESETS[name]
