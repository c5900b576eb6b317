"""How a model is trained."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from wvae.errors import ConfigError
from wvae.objective import LossWeights
from wvae.schema import NotNegative, Positive, Setting, check_fields

MOST_EPOCHS = 100_000

LARGEST_BATCH = 1_000_000
"""Of which 1 GB of pixels is made."""

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "one cycle": lambda done: min(10 * done + 0.02, 1.0) * (1 + math.cos(math.pi * max(done - 0.1, 0) / 0.9)) / 2,
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
}
"""The learning rate, as a fraction of the highest, when a fraction of the training is done."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained, with Adam ("Adam", https://arxiv.org/abs/1412.6980).

    Attributes:
        content_epochs: passes over the images to train what reads the digit; 0 for a model that learns it with the
            rest.
        epochs: passes over the images to train the autoencoder.
        learning_rate: the highest, where there is a schedule.
        schedule: "constant", or "one cycle": up over a tenth of the epochs, then down to 0 by a cosine
            ("Super-convergence", https://arxiv.org/abs/1708.07120).
        flow_epochs: passes over their styles to train the style flow afterwards; 0 for a model without one.
        flow_batch_size: styles in a batch then, as many of each digit.
        flow_learning_rate: the highest then; it falls to 0 by a cosine.
        flow_noise: standard deviation of the noise on whitened styles then, without which the flow would learn them
            by heart.
        flow_jitter: how far pictures are turned, sheared, scaled and shifted then, for the same reason: 1 is as far as
            :func:`wvae.random_affine.random_affine` goes. In the last two fifths of the epochs they stay as they are.

    Raises:
        ConfigError: a setting is out of range.
    """

    epochs: Annotated[int, Meta(ge=1, le=MOST_EPOCHS)] = 50
    batch_size: Annotated[int, Meta(ge=1, le=LARGEST_BATCH)] = 256
    learning_rate: Positive = 1e-3
    schedule: str = "constant"
    seed: Setting = 0
    content_epochs: Annotated[int, Meta(ge=0, le=MOST_EPOCHS)] = 0
    flow_epochs: Annotated[int, Meta(ge=0, le=MOST_EPOCHS)] = 0
    flow_batch_size: Annotated[int, Meta(ge=1, le=LARGEST_BATCH)] = 512
    flow_learning_rate: Positive = 4e-3
    flow_noise: NotNegative = 0.05
    flow_jitter: NotNegative = 0.0
    weights: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.schedule not in SCHEDULES:
            raise ConfigError(f"schedule must be one of {', '.join(SCHEDULES)}, not {self.schedule[:80]!r}.")
