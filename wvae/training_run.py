"""A training run as its folder describes it; the folder turns into a checkpoint folder when the run ends well.

Beside what every job writes, the folder of a training run holds::

    config.json     what is trained, on what and how; at the end also the figures of merit
    metrics.jsonl   a line an epoch: mean loss terms in nats per image
    last/           the state after the last whole epoch, until the run has finished
    stop            while it is asked to stop at the end of its epoch
    queued          while it waits for its turn, without a process
    model.safetensors

The weights are written when all else is, so that a run has finished where they are.
"""

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Required, TypedDict

from wvae.checkpoint import CONFIG, WEIGHTS, model_config, read_config
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.errors import RunError, WvaeError
from wvae.files import modified
from wvae.jobs import ALIVE, JOB, STATUS, Status, read_job, read_status
from wvae.json_lines import read_lines
from wvae.model import ModelConfig
from wvae.protocol import default_split
from wvae.record import Protocol
from wvae.schema import Finite, Setting, Text, Word, check_fields, config_from
from wvae.training_config import TrainingConfig

METRICS = "metrics.jsonl"
STATE_FOLDER = "last"
STOP = "stop"


@dataclass(frozen=True)
class TrainingRun:
    """What to train, on whose digits.

    Attributes:
        preset: the name that model and training settings started from.
        source: a source string such as "qmnist:train".
        evaluation_writers: how many writers the model is measured on.
        split_seed: which ones.
        protocol: whose images are trained on, one of :data:`wvae.digits.PROTOCOLS`.
    """

    preset: Word
    model: ModelConfig
    training: TrainingConfig
    source: Text
    evaluation_writers: Setting = 100
    split_seed: Setting = 0
    protocol: Protocol = "disjoint"

    def __post_init__(self) -> None:
        check_fields(self)

    def split(self, digits: DigitSet) -> WriterSplit:
        """Which of the source's digits are trained on, and which the model is measured on.

        Raises:
            ConfigError: there are too few writers.
        """
        return writer_split(digits, self.evaluation_writers, self.split_seed, self.protocol)


@dataclass(frozen=True)
class TrainingJob:
    """A training run, and where it is done.

    Attributes:
        root: where the source's files lie; None for the usual place.
        device: "auto", "cpu" or "cuda".
    """

    run: TrainingRun
    root: Text | None = None
    device: Word = "auto"

    def __post_init__(self) -> None:
        check_fields(self)


class EpochLine(TypedDict, total=False):
    """A line of the metrics: mean loss terms in nats per image, where each was trained on; ``seconds`` that it took."""

    epoch: Required[Setting]
    stage: Word
    seconds: Finite
    reconstruction: Finite
    kl_a: Finite
    kl_b: Finite
    classification: Finite
    covariance: Finite
    measures: Finite
    legibility: Finite
    writer: Finite
    style_flow: Finite
    named_axes: Finite
    other_axes: Finite
    explained: Finite


def training_record(run: TrainingRun) -> dict[str, Any]:
    """The sections of the config that say how to train."""
    split = {"evaluation_writers": run.evaluation_writers, "seed": run.split_seed}
    return {
        "preset": run.preset,
        "training": asdict(run.training),
        "data": {"source": run.source, "split": split, "protocol": run.protocol},
    }


def read_training_job(folder: Path) -> TrainingJob:
    """What a run folder says is trained there, and where.

    A run of an earlier version has no ``job.json``: then its config says what, and its status on which device.

    Raises:
        WvaeError: there is no config, or a field is missing, unknown or out of range.
    """
    if (folder / JOB).exists():
        return read_job(folder, TrainingJob)
    config = read_config(folder)
    try:
        data = config["data"]
        settings = {
            "preset": config["preset"],
            "model": asdict(model_config(config, folder)),
            "training": config["training"],
            "source": data["source"],
            "evaluation_writers": data["split"]["evaluation_writers"],
            "split_seed": data["split"]["seed"],
            "protocol": default_split(config).protocol,
        }
    except KeyError as error:
        raise RunError(f"{folder / CONFIG} does not say what to train ({error}): start a new run.") from None
    device = read_status(folder).fields.get("device", "auto")
    return TrainingJob(config_from(TrainingRun, settings, str(folder / CONFIG)), device=device)


def read_run(folder: Path) -> TrainingRun:
    """What a run folder says is trained there; see :func:`read_training_job`."""
    return read_training_job(folder).run


def read_metrics(folder: Path) -> list[EpochLine]:
    """The mean loss terms of each epoch so far, first to last.

    An epoch that was done again after a kill has two lines, of which the last counts.

    Raises:
        RunError: a line is damaged.
    """
    epochs = {line["epoch"]: line for line in read_lines(folder / METRICS, EpochLine)}
    return [epochs[epoch] for epoch in sorted(epochs)]


def read_run_status(folder: Path) -> Status:
    """How a run stands: it has finished where its weights are, also if it was killed before it could say so."""
    status = read_status(folder)
    if status.state not in (*ALIVE, "finished") and (folder / WEIGHTS).exists():
        return replace(status, state="finished", message=finished_message(folder))
    return status


def stop_after_epoch(folder: Path) -> None:
    """Ask a run to stop at the end of the epoch that is under way.

    Raises:
        WvaeError: the folder cannot be written.
    """
    try:
        (folder / STOP).touch()
    except OSError as error:
        raise WvaeError(f"{folder / STOP} could not be written: {error.strerror}.") from error


def stops_after_epoch(folder: Path) -> bool:
    """Whether a run has been asked to stop at the end of its epoch."""
    return (folder / STOP).exists()


def kept_message(kept: int, epochs: int) -> str:
    """What the status of a stopped run says: how many of its epochs are kept."""
    if not kept:
        return "before its first epoch had ended, so it begins anew when it is resumed"
    if kept == epochs:
        return f"all {epochs} epochs are kept; when it is resumed, it is measured"
    return f"epoch {kept} of {epochs} is kept; when it is resumed, it goes on from there"


def finished_message(folder: Path) -> str:
    """What the status of a finished run says: how well it reconstructs."""
    with suppress(WvaeError):
        if reconstruction := read_config(folder).get("figures", {}).get("reconstruction"):
            return f"{reconstruction['reconstruction']:.1f} nats"
    return "trained"


def list_runs(home: Path) -> list[Status]:
    """Every training run in a folder of run folders: those alive first, then the newest first."""
    folders = [path for path in home.glob("[!.]*/") if (path / JOB).exists() or (path / STATUS).exists()]
    runs = [(read_run_status(folder), modified(folder / CONFIG)) for folder in folders]
    return [status for status, _ in sorted(runs, key=lambda run: (not run[0].alive, -run[1]))]
