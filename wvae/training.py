"""The one training loop, for command line, page and test.

Everything random comes from the seed in the config and from generators kept with the state, so
the same seed gives the same weights on the same machine, and a resumed run those of an unbroken one.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from wvae.checkpoint import load_weights, model_config, read_tensors, write_tensors
from wvae.configs import config_from
from wvae.digits import DigitSet
from wvae.errors import CheckpointError, ConfigError, RunError
from wvae.model import WVAE, ModelConfig, build_model
from wvae.objective import Batch, LossTerms, LossWeights, loss_terms

REPORT_EVERY = 50
"""Batches between two reports; the losses are also checked then, so that a GPU is not held up at each batch."""

STATE = "state.safetensors"

LARGEST_SETTING = 2**31 - 1
"""Random generators take no larger seed, and no count that means anything is above it."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained, with Adam ("Adam", https://arxiv.org/abs/1412.6980).

    Raises:
        ConfigError: a setting is out of range.
    """

    epochs: int = 50
    batch_size: int = 256
    learning_rate: float = 1e-3
    seed: int = 0
    weights: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1), ("seed", 0)):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= LARGEST_SETTING:
                raise ConfigError(f"{name} must be a whole number from {least} to {LARGEST_SETTING}, not {value!r}.")
        if not 0 < self.learning_rate < math.inf:
            raise ConfigError(f"learning_rate must be a number above 0, not {self.learning_rate!r}.")


class Preset(NamedTuple):
    """A model and how to train it, under a name."""

    model: ModelConfig
    training: TrainingConfig


# The article divides 10000 by the batch of 256 for its classification weight. It gives none for
# the covariance, which it computed but never added; the same weight puts it on the same scale.
_ARTICLE_WEIGHT = 10000 / 256

PRESETS = {
    "article": Preset(ModelConfig(), TrainingConfig(weights=LossWeights(classification=_ARTICLE_WEIGHT))),
    "article-covariance": Preset(
        ModelConfig(),
        TrainingConfig(weights=LossWeights(classification=_ARTICLE_WEIGHT, covariance=_ARTICLE_WEIGHT)),
    ),
    "article-no-classifier": Preset(ModelConfig(classifier="none"), TrainingConfig()),
}


def preset(name: str) -> Preset:
    """One of :data:`PRESETS`.

    Raises:
        ConfigError: there is no preset of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}; there are: {', '.join(PRESETS)}.")
    return PRESETS[name]


@dataclass(frozen=True)
class Progress:
    """How far training is; at the end of an epoch ``images`` equals ``n_images``.

    Attributes:
        epoch: the epoch under way, from 1 to ``epochs``.
        images: images seen in this epoch, of ``n_images``.
        images_per_second: since training started or was resumed.
        terms: mean of each loss term over the epoch so far, in nats per image.
    """

    epoch: int
    epochs: int
    images: int
    n_images: int
    images_per_second: float
    terms: dict[str, float]

    @property
    def seconds_left(self) -> float:
        left = (self.epochs - self.epoch + 1) * self.n_images - self.images
        return left / self.images_per_second


def fit(
    model: WVAE,
    config: TrainingConfig,
    digits: DigitSet,
    *,
    device: str = "cpu",
    state_folder: Path | None = None,
    report: Callable[[Progress], None] | None = None,
) -> WVAE:
    """Train a model, or go on where ``state_folder`` left off.

    Args:
        model: as :func:`wvae.model.build_model` has made it; it is moved to the device and trained in place.
        digits: the images to train on, all of them.
        device: "cpu" or "cuda".
        state_folder: if given, the state after each epoch is kept there, and a state that is
            already there is resumed.
        report: called a few times a second or more, and at the end of each epoch.

    Returns:
        The same model after the last epoch, in evaluation mode.

    Raises:
        RunError: there are no images, a loss is not finite (the state of the last whole
            epoch stays), or the state is of another run.
        CheckpointError: the state is damaged.
        WvaeError: the state cannot be written.
    """
    if len(digits) == 0:
        raise RunError("There are no images to train on: choose fewer evaluation writers.")
    trainer = _Trainer(model, config, digits, device)
    state_path = state_folder / STATE if state_folder else None
    if state_path and state_path.exists():
        trainer.load_state(state_path)
    started, first_epoch = time.perf_counter(), trainer.epochs_done + 1
    for epoch in range(first_epoch, config.epochs + 1):
        for images, terms in trainer.run_epoch():
            for name, value in terms.items():
                if not math.isfinite(value):
                    raise RunError(
                        f"The loss term {name} became {value} in epoch {epoch} after {images} images; the state after "
                        f"epoch {epoch - 1} is kept. Try a lower learning rate or smaller weights."
                    )
            if report:
                images_done = (epoch - first_epoch) * len(digits) + images
                speed = images_done / (time.perf_counter() - started)
                report(Progress(epoch, config.epochs, images, len(digits), speed, terms))
        if state_path:
            trainer.save_state(state_path)
    return model.eval()


class Snapshot(NamedTuple):
    """A model during training, in evaluation mode on the CPU, after so many whole epochs."""

    model: WVAE
    epochs_done: int


def read_snapshot(state_folder: Path) -> Snapshot:
    """The model in the state that :func:`fit` keeps.

    Raises:
        CheckpointError: the state is missing, damaged or of another format.
    """
    path = state_folder / STATE
    tensors, run = read_tensors(path)
    model = build_model(model_config(run, path))
    load_weights(model, _weights_of(tensors), path)
    return Snapshot(model.eval(), run.get("epochs_done", 0))


def _weights_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The model's weights among the tensors of a state."""
    return {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}


class _Trainer:
    """Everything that changes from batch to batch, and that a resumed run must find again."""

    def __init__(self, model: WVAE, config: TrainingConfig, digits: DigitSet, device: str) -> None:
        self.model = model.to(device)
        self.config = config
        self.data_digest = digits.digest()
        self.images = torch.from_numpy(digits.images).to(device)  # uint8 (n, 28, 28), a byte a pixel
        self.digits = torch.from_numpy(digits.digits).to(device)
        self.writers = torch.from_numpy(digits.writers).to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=config.learning_rate, fused=True)
        self.order = torch.Generator().manual_seed(config.seed)
        self.noise = torch.Generator(device).manual_seed(config.seed)
        self.epochs_done = 0

    def run_epoch(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Train on every image once; yields images seen and the mean of each term so far."""
        self.model.train()
        sums = torch.zeros(len(LossTerms._fields), device=self.images.device)
        order = torch.randperm(len(self.images), generator=self.order)
        batches = torch.split(order, self.config.batch_size)
        seen = 0
        for number, batch in enumerate(batches, start=1):
            rows = batch.to(self.images.device)
            terms = loss_terms(
                self.model, Batch(self.images[rows] / 255, self.digits[rows], self.writers[rows]), self.noise
            )
            self.optimizer.zero_grad()
            terms.total(self.config.weights).backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            sums += torch.stack(terms).detach() * len(rows)
            seen += len(rows)
            if number % REPORT_EVERY == 0 or number == len(batches):
                yield seen, dict(zip(LossTerms._fields, (sums / seen).tolist(), strict=True))
        self.epochs_done += 1

    def save_state(self, path: Path) -> None:
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for parameter, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{parameter}.{name}": value for name, value in moments.items()}
        tensors |= {"order": self.order.get_state(), "noise": self.noise.get_state()}
        run = {"model": asdict(self.model.config), "training": asdict(self.config), "data_digest": self.data_digest}
        write_tensors(path, tensors, run | {"epochs_done": self.epochs_done})

    def load_state(self, path: Path) -> None:
        tensors, run = read_tensors(path)
        written = {
            "model": (model_config(run, path), self.model.config),
            "training": (config_from(TrainingConfig, run.get("training"), f"{path}: training"), self.config),
            "data digest": (run.get("data_digest"), self.data_digest),
        }
        for section, (theirs, ours) in written.items():
            if theirs != ours:
                raise RunError(
                    f"The unfinished training in {path.parent} has another {section}: resume it with "
                    "the settings it was started with, or delete that folder to start anew."
                )
        optimizer = self.optimizer.state_dict()
        try:
            load_weights(self.model, _weights_of(tensors), path)
            for number, parameter in enumerate(self.model.parameters()):
                shapes = {"step": (), "exp_avg": parameter.shape, "exp_avg_sq": parameter.shape}
                optimizer["state"][number] = {
                    name: tensors[f"adam.{number}.{name}"].view(shape) for name, shape in shapes.items()
                }
            self.optimizer.load_state_dict(optimizer)
            self.order.set_state(tensors["order"])
            self.noise.set_state(tensors["noise"])
            self.epochs_done = int(run["epochs_done"])
        except (CheckpointError, KeyError, RuntimeError, TypeError, ValueError):
            raise CheckpointError(
                f"{path} lacks a part or has one of another shape, as it is damaged or of another device: "
                f"delete {path.parent} to start anew."
            ) from None
