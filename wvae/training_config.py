"""How a model is trained."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from wvae.errors import ConfigError
from wvae.objective import LossWeights

LARGEST_SETTING = 2**31 - 1
"""Random generators take no larger seed, and no count that means anything is above it."""

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
            :func:`wvae.random_affine.random_affine` goes. In the last quarter of the epochs they stay as they are.

    Raises:
        ConfigError: a setting is out of range.
    """

    epochs: int = 50
    batch_size: int = 256
    learning_rate: float = 1e-3
    schedule: str = "constant"
    seed: int = 0
    flow_epochs: int = 0
    flow_batch_size: int = 512
    flow_learning_rate: float = 4e-3
    flow_noise: float = 0.05
    flow_jitter: float = 0.0
    weights: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        least_of = {"epochs": 1, "batch_size": 1, "seed": 0, "flow_epochs": 0, "flow_batch_size": 1}
        for name, least in least_of.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= LARGEST_SETTING:
                raise ConfigError(f"{name} must be a whole number from {least} to {LARGEST_SETTING}, not {value!r}.")
        for name in ("learning_rate", "flow_learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f"{name} must be a number above 0, not {getattr(self, name)!r}.")
        for name in ("flow_noise", "flow_jitter"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"{name} must be a number, 0 or more, not {getattr(self, name)!r}.")
        if self.schedule not in SCHEDULES:
            raise ConfigError(f"schedule must be one of {', '.join(SCHEDULES)}, not {self.schedule!r}.")
