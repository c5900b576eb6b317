"""Training a model through its stages, for command line, page and test."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, Required, TypedDict

from torch import Tensor

from wvae.checkpoint import load_weights, model_config, read_tensors, write_tensors
from wvae.digits import DigitSet
from wvae.errors import CheckpointError, RunError
from wvae.model import WVAE, build_model
from wvae.processes import from_first, is_first
from wvae.schema import Setting, Word, config_from
from wvae.training_config import TrainingConfig
from wvae.training_stages import Stage, stage_epochs, training_stages

STATE = "state.safetensors"


class StateConfig(TypedDict, total=False):
    """What the header of a training state says."""

    model: Required[dict[str, Any]]
    training: dict[str, Any]
    data_digest: Word
    epochs_done: Setting


@dataclass(frozen=True)
class Progress:
    """How far training is; at the end of an epoch ``images`` equals ``n_images``.

    Attributes:
        stage: what is trained, the name of one of :func:`wvae.training_stages.training_stages`.
        epoch: the epoch under way, from 1 to ``epochs``, which are those of all stages.
        images: images seen in this epoch, of ``n_images``.
        images_per_second: since training started or was resumed.
        terms: mean of each loss term over the epoch so far, in nats per image.
    """

    stage: str
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
            already there is resumed; of several processes that train together, the first one reads and writes it.
        report: called a few times a second or more, and at the end of each epoch.

    Returns:
        The same model after the last epoch, in evaluation mode.

    Raises:
        RunError: there are no images, a loss is not finite (the state of the last whole
            epoch stays), the state is of another run, or another process trains something else.
        CheckpointError: the state is damaged.
        WvaeError: the state cannot be written.
    """
    stages = training_stages(model.to(device), config, digits)
    epochs = stage_epochs(model.config, config)
    plan = [(stage, epoch) for stage in stages for epoch in range(epochs[stage.name])]
    run = what_is_trained(model, config, digits)
    if from_first(lambda: run) != run:
        raise RunError("The first process has other digits or settings: start all with the same ones.")
    state_path = state_folder / STATE if state_folder else None
    done = _load_state(state_path, model, config, run, plan) if state_path else 0
    started = time.perf_counter()
    for number, (stage, epoch) in enumerate(plan[done:], start=done + 1):
        for images, terms in stage.run_epoch(epoch):
            for name, value in terms.items():
                if not math.isfinite(value):
                    raise RunError(
                        f"The loss term {name} became {value} in epoch {number} after {images} images; the state after "
                        f"epoch {number - 1} is kept. Try a lower learning rate or smaller weights."
                    )
            if report:
                speed = ((number - 1 - done) * len(digits) + images) / (time.perf_counter() - started)
                report(Progress(stage.name, number, len(plan), images, len(digits), speed, terms))
        if state_path and is_first():
            save_state(state_path, model, stage, run, number)
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
    tensors, run = read_tensors(path, StateConfig)
    model = build_model(model_config(run, path))
    load_weights(model, _weights_of(tensors), path)
    return Snapshot(model.eval(), run.get("epochs_done", 0))


def epochs_done(state_folder: Path) -> int:
    """How many whole epochs are in the state that :func:`fit` keeps, 0 where there is none yet.

    Raises:
        CheckpointError: the state is damaged or of another format.
    """
    path = state_folder / STATE
    return read_tensors(path, StateConfig).config.get("epochs_done", 0) if path.exists() else 0


def _weights_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The model's weights among the tensors of a state."""
    return {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}


def what_is_trained(model: WVAE, config: TrainingConfig, digits: DigitSet) -> dict[str, Any]:
    """What a state must be of to be resumed."""
    return {"model": asdict(model.config), "training": asdict(config), "data_digest": digits.digest()}


def save_state(path: Path, model: WVAE, stage: Stage, run: Mapping[str, Any], epochs_done: int) -> None:
    """Keep the state after an epoch of ``stage``, for :func:`fit` to go on from; see :func:`what_is_trained`.

    Raises:
        WvaeError: it cannot be written.
    """
    weights = {f"model.{name}": value for name, value in model.state_dict().items()}
    write_tensors(path, weights | stage.state(), {**run, "epochs_done": epochs_done})


def _load_state(
    path: Path, model: WVAE, config: TrainingConfig, run: Mapping[str, object], plan: list[tuple[Stage, int]]
) -> int:
    """Put a state, if there is one, into the model and into the stage that wrote it; how many epochs had been done."""
    state = from_first(lambda: read_tensors(path, StateConfig) if path.exists() else None)
    if state is None:
        return 0
    tensors, theirs = state
    written = {
        "model": (model_config(theirs, path), model.config),
        "training": (config_from(TrainingConfig, theirs.get("training"), f"{path}: training"), config),
        "data digest": (theirs.get("data_digest"), run["data_digest"]),
    }
    for section, (one, other) in written.items():
        if one != other:
            raise RunError(
                f"The unfinished training in {path.parent} has another {section}: resume it with "
                "the settings it was started with, or delete that folder to start anew."
            )
    try:
        load_weights(model, _weights_of(tensors), path)
        done = theirs["epochs_done"]
        plan[done - 1][0].load_state(tensors)
    except (CheckpointError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
        raise CheckpointError(
            f"{path} lacks a part or has one of another shape, as it is damaged or of another device: "
            f"delete {path.parent} to start anew."
        ) from None
    return done
