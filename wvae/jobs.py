"""Training runs: a folder each, written as training goes on and read by whoever watches.

A run folder turns into a checkpoint folder when its run ends well::

    config.json     what is trained, on what and how; at the end also the figures of merit
    status.json     state (running, finished, stopped, failed), epoch, speed, time left
    metrics.jsonl   a line an epoch: mean loss terms in nats per image
    log.txt         what happened when
    last/           the state after the last whole epoch, until the run has finished
    model.safetensors
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from wvae.checkpoint import WEIGHTS, save_checkpoint, write_config
from wvae.digits import writer_split
from wvae.errors import ConfigError, TrainingError, WvaeError
from wvae.evaluation import Evaluation, evaluate
from wvae.files import whole_file
from wvae.model import ModelConfig
from wvae.sources import load_digits
from wvae.training import Progress, TrainingConfig, fit


@dataclass(frozen=True)
class TrainingRun:
    """What to train, on whose digits.

    Attributes:
        preset: the name that model and training settings started from.
        source: a source string such as "qmnist:train".
        evaluation_writers: how many writers are set apart and never trained on.
        split_seed: which ones.
    """

    preset: str
    model: ModelConfig
    training: TrainingConfig
    source: str
    evaluation_writers: int = 100
    split_seed: int = 0


def device_named(name: str) -> str:
    """ "cpu" or "cuda" for "auto", "cpu" or "cuda".

    Raises:
        ConfigError: there is no such device here.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("There is no CUDA device on this machine: use the device cpu or auto.")
    return name


def run_training(
    run: TrainingRun,
    folder: Path,
    *,
    root: str | Path | None = None,
    device: str = "auto",
    resume: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Train, evaluate and write a checkpoint folder.

    Args:
        folder: the run folder; new or empty, unless ``resume``.
        root: where the source's files lie.
        resume: go on after the last whole epoch of an earlier run in ``folder``, if there is one.
        report: called as training goes on.

    Raises:
        TrainingError: the folder is in use, or the training cannot go on.
        WvaeError: settings, data or disk are not as they must be.
    """
    if (folder / WEIGHTS).exists():
        raise TrainingError(f"{folder} already holds a finished checkpoint: choose another folder, or delete it first.")
    if (folder / "last").exists() and not resume:
        raise TrainingError(f"{folder} holds an unfinished run: resume it (--resume), or delete it first.")
    device = device_named(device)
    digits = load_digits(run.source, root)
    split = writer_split(digits, run.evaluation_writers, run.split_seed)
    known = digits[split.development]
    record: dict[str, Any] = {
        "preset": run.preset,
        "training": asdict(run.training),
        "data": {
            "source": run.source,
            "digest": digits.digest(),
            "images": len(known),
            "split": {"evaluation_writers": run.evaluation_writers, "seed": run.split_seed},
        },
    }
    write_config(folder, run.model, record)
    journal = _Journal(folder, run.training.epochs)
    journal.say("running", f"training on {len(known)} images of {run.source}, device {device}")

    def watch(progress: Progress) -> None:
        journal.keep(progress)
        if report:
            report(progress)

    try:
        model = fit(run.model, run.training, known, device=device, state_folder=folder / "last", report=watch)
        evaluation = evaluate(model.cpu(), digits, split)
        record["record"] = {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(sum(line["seconds"] for line in read_metrics(folder)), 1),
            "device": device,
            "torch": torch.__version__,
        }
        record["figures"] = asdict(evaluation)
        save_checkpoint(folder, model, record)
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt | SystemExit)
        with suppress(WvaeError):  # a full disk must not hide the error that it caused
            journal.say("stopped" if stopped else "failed", "by a signal" if stopped else str(error))
        raise
    shutil.rmtree(folder / "last")
    journal.say("finished", f"{evaluation.reconstruction.reconstruction:.1f} nats")
    return evaluation


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The mean loss terms of each epoch so far, first to last.

    An epoch that was done again after a kill has two lines, of which the last counts.
    """
    path = folder / "metrics.jsonl"
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    epochs = [json.loads(line) for line in lines if line.endswith("\n")]  # a kill can cut the last one short
    return sorted({line["epoch"]: line for line in epochs}.values(), key=lambda line: line["epoch"])


class _Journal:
    """Writes status, metrics and log of one run."""

    def __init__(self, folder: Path, epochs: int) -> None:
        self.folder = folder
        self.status: dict[str, Any] = {"state": "running", "pid": os.getpid(), "epoch": 0, "epochs": epochs}
        self.epoch_started = time.perf_counter()

    def say(self, state: str, message: str) -> None:
        self.status |= {"state": state, "message": message}
        self._write_status()
        self._append("log.txt", f"{datetime.now(UTC).isoformat(timespec='seconds')} {state}: {message}")

    def keep(self, progress: Progress) -> None:
        self.status |= {
            "epoch": progress.epoch,
            "images_per_second": round(progress.images_per_second),
            "seconds_left": round(progress.seconds_left, 1),
        }
        if progress.images == progress.n_images:
            now = time.perf_counter()
            line = {"epoch": progress.epoch, "seconds": now - self.epoch_started, **progress.terms}
            self.epoch_started = now
            self._append("metrics.jsonl", json.dumps(line))
        self._write_status()

    def _write_status(self) -> None:
        with whole_file(self.folder / "status.json") as temporary:
            temporary.write_text(json.dumps(self.status), encoding="utf-8")

    def _append(self, name: str, line: str) -> None:
        path = self.folder / name
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise WvaeError(f"{path} could not be written: {error.strerror}.") from error
