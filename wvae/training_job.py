"""The job of training a model, alone or in the background; what it writes is in :mod:`wvae.training_run`.

On each device one run trains at a time: ``.cpu.lock`` or ``.cuda.lock`` beside the run folders is locked by the run
that has the device, and holds its name. Of several processes that train together, the first one does all that is
written here, and the others :func:`take_part`.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from wvae.checkpoint import CONFIG, WEIGHTS, read_config, save_checkpoint, write_config
from wvae.digits import DigitSet, WriterSplit
from wvae.errors import ConfigError, RunError
from wvae.files import remove_temporaries
from wvae.jobs import JOB, LOCK, QUEUED, folder_lock, read_job, read_status, write_job
from wvae.journal import Journal
from wvae.json_lines import append_line
from wvae.locks import device_lock
from wvae.model import WVAE, build_model
from wvae.processes import another_has_ended, from_first
from wvae.schema import converted
from wvae.sources import data_root, identity, load_digits
from wvae.training import Progress, epochs_done, fit
from wvae.training_queue import enqueue, start_next
from wvae.training_run import (
    METRICS,
    STATE_FOLDER,
    STOP,
    TrainingJob,
    TrainingRun,
    finished_message,
    kept_message,
    read_metrics,
    read_run,
    read_training_job,
    stops_after_epoch,
    training_record,
)
from wvae.training_stages import stage_epochs

if TYPE_CHECKING:
    from wvae.evaluation import Evaluation

KIND = "training"


def device_named(name: str) -> str:
    """The device that "auto", "cpu" or "cuda" names here: "cpu" or "cuda".

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
    waiting: Callable[[str], None] | None = None,
) -> "Evaluation":
    """Train, evaluate and write a checkpoint folder.

    Args:
        folder: the run folder; new or empty, unless ``resume``.
        root: where the source's files lie.
        resume: go on after the last whole epoch of an earlier run in ``folder``, if there is one.
        report: called as training goes on.
        waiting: called with the name of the run that has the device, while this one waits until it is free.

    Raises:
        RunError: the folder is in use, or the training cannot go on.
        WvaeError: settings, data or disk are not as they must be.
    """
    device = device_named(device)
    with folder_lock(folder):
        if resume and (folder / WEIGHTS).exists() and (folder / JOB).exists():  # killed when it was almost done
            _check_settings(folder, run)
            from_first(lambda: False)  # nobody takes part
            return _recorded(folder)
        _check_folder(folder, run, resume)
        digits = load_digits(run.source, root)
        split = run.split(digits)
        images = digits[split.training]
        record = training_record(run)
        record["data"] |= {"digest": identity(run.source, digits), "images": len(images)}
        write_job(folder, KIND, TrainingJob(run, str(data_root(root)), device))
        write_config(folder, run.model, record)
        if (folder / STATE_FOLDER).exists():
            remove_temporaries(folder / STATE_FOLDER)
        else:
            (folder / METRICS).unlink(missing_ok=True)  # of a state that is no longer there
        for left in (STOP, QUEUED):  # of an earlier process: it would stop this one; or of the queue
            with suppress(OSError):
                (folder / left).unlink()
        stages = stage_epochs(run.model, run.training)
        epochs, before = sum(stages.values()), len(read_metrics(folder))
        progress = {"done": before * len(images), "total": epochs * len(images), "epoch": before, "epochs": epochs}
        journal = Journal(folder, device=device, **progress)

        def wait(holder: str) -> None:
            journal.say("waiting", f"waits for the device {device}, on which {holder} is at work")
            if waiting:
                waiting(holder)

        try:
            with device_lock(folder.parent, device, folder.name, wait):
                journal.say("running", f"training on {len(images)} images of {run.source}, device {device}")
                model = build_model(run.model, run.training.seed)
                recorder = _EpochRecorder(journal, report)
                state = folder / STATE_FOLDER
                with another_has_ended():
                    from_first(lambda: True)
                    fit(model, run.training, images, device=device, state_folder=state, report=recorder)
                recorder.stop_if_asked()
                evaluation = _evaluate(model, digits, split, journal)
            record["record"] = {
                "stages": stages,
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": round(sum(line["seconds"] for line in read_metrics(folder)), 1),
                "device": device,
                "torch": torch.__version__,
            }
            record["figures"] = asdict(evaluation)
            save_checkpoint(folder, model, record)
        except BaseException as error:
            journal.say_why_it_ended(error, lambda: kept_message(epochs_done(folder / STATE_FOLDER), epochs))
            raise
        _remove_state(folder)
        journal.say("finished", finished_message(folder))
    return evaluation


def take_part(job: TrainingJob, folder: Path) -> None:
    """Train together with the process that has called :func:`run_training`, and write nothing.

    Raises:
        RunError: another process has ended.
        WvaeError: as :func:`run_training`, but for the disk.
    """
    digits = load_digits(job.run.source, job.root)
    images = digits[job.run.split(digits).training]
    model = build_model(job.run.model, job.run.training.seed)
    if from_first(lambda: True):
        fit(model, job.run.training, images, device=device_named(job.device), state_folder=folder / STATE_FOLDER)


def run_job(folder: Path) -> None:
    """Do what the ``job.json`` of a folder says, from where an earlier process left off.

    Raises:
        WvaeError: as :func:`run_training`, or ``job.json`` is missing or damaged.
    """
    job = read_job(folder, TrainingJob)
    try:
        run_training(job.run, folder, root=job.root, device=job.device, resume=True)
    finally:
        start_next(folder.parent)


def start_run(run: TrainingRun, folder: Path, *, root: str | Path | None = None, device: str = "auto") -> None:
    """Train in a process of its own, which goes on when this one ends, as soon as the device is free.

    Raises:
        ConfigError: the folder is not new, or there is no such device here.
        RunError: another process works there.
        WvaeError: the folder cannot be written.
    """
    job = TrainingJob(run, str(data_root(root)), device_named(device))
    with folder_lock(folder):
        if any(path.name != LOCK for path in folder.iterdir()):
            raise ConfigError(f"There is a {folder} already: choose another name.")
        write_job(folder, KIND, job)
        write_config(folder, run.model, training_record(run))
        enqueue(folder, job.device)
    start_next(folder.parent)


def resume_run(folder: Path) -> None:
    """Go on with a run that was stopped or failed, in a process of its own, as soon as the device is free.

    Raises:
        WvaeError: the run is alive or finished, its settings are damaged or its device is gone.
    """
    with folder_lock(folder):
        if (folder / WEIGHTS).exists():
            _tidy(folder)
            raise RunError(f"{folder} has finished: there is nothing to resume.")
        job = read_training_job(folder)
        device = device_named(job.device)
        write_job(folder, KIND, replace(job, device=device))
        enqueue(folder, device)
    start_next(folder.parent)


def _check_folder(folder: Path, run: TrainingRun, resume: bool) -> None:
    """Before anything in the folder is overwritten: nothing is lost there."""
    if (folder / WEIGHTS).exists():
        _tidy(folder)
        raise RunError(f"{folder} already holds a finished checkpoint: choose another folder, or delete it first.")
    if not (folder / STATE_FOLDER).exists():
        return
    if not resume:
        raise RunError(f"{folder} holds an unfinished run: resume it (--resume), or delete it first.")
    _check_settings(folder, run)


def _check_settings(folder: Path, run: TrainingRun) -> None:
    """A run that is resumed has the settings that it was begun with."""
    before, now = _settings(read_run(folder)), _settings(run)
    for name in before:
        if before[name] != now[name] and not isinstance(now[name], dict):
            raise RunError(
                f"{folder} was begun with {name} {before[name]}, not {now[name]}: resume it as it was begun."
            )


def _settings(run: TrainingRun) -> dict[str, Any]:
    return {**asdict(run), **asdict(run.model), **asdict(run.training), **asdict(run.training.weights)}


def _tidy(folder: Path) -> None:
    """What is left to do of a run that was killed after it had written its weights."""
    _remove_state(folder)
    status = read_status(folder)
    if (folder / JOB).exists() and status.state != "finished":
        Journal(folder, **status.fields).say("finished", finished_message(folder))


def _remove_state(folder: Path) -> None:
    """What only an unfinished run needs; what cannot be removed does no harm."""
    shutil.rmtree(folder / STATE_FOLDER, ignore_errors=True)
    with suppress(OSError):
        (folder / STOP).unlink()


def _recorded(folder: Path) -> "Evaluation":
    """How good the model of a finished run is, as its config says.

    Raises:
        CheckpointError: it does not say so.
    """
    from wvae.evaluation import Evaluation

    _tidy(folder)
    return converted(read_config(folder).get("figures"), Evaluation, f"{folder / CONFIG}: figures")


def _evaluate(model: WVAE, digits: DigitSet, split: WriterSplit, journal: Journal) -> "Evaluation":
    from wvae.evaluation import evaluate  # with scikit-learn, which nothing before needs

    journal.say("running", "measuring the trained model")

    def measured(fraction: float) -> None:
        journal.note(True, message=f"measuring the trained model, {fraction:.0%} done")

    return evaluate(model.cpu(), digits, split, report=measured)


class _EpochRecorder:
    """Writes the progress of a training run, and passes it on; stops the run between two epochs, if that was asked."""

    def __init__(self, journal: Journal, report: Callable[[Progress], None] | None) -> None:
        self.journal = journal
        self.report = report
        self.epoch_started = time.perf_counter()
        self.stopping = False

    def stop_if_asked(self) -> None:
        """Stop as Ctrl+C does, if it was asked for before the last epoch ended, whose state is kept by now."""
        if self.stopping:
            raise KeyboardInterrupt

    def __call__(self, progress: Progress) -> None:
        self.stop_if_asked()
        ended = progress.images == progress.n_images
        if ended:
            now = time.perf_counter()
            line = {
                "epoch": progress.epoch,
                "stage": progress.stage,
                "seconds": now - self.epoch_started,
                **progress.terms,
            }
            self.epoch_started = now
            append_line(self.journal.folder / METRICS, line)
            self.stopping = stops_after_epoch(self.journal.folder)
        self.journal.note(
            ended,
            epoch=progress.epoch,
            done=(progress.epoch - 1) * progress.n_images + progress.images,
            images_per_second=round(progress.images_per_second),
            seconds_left=round(progress.seconds_left, 1),
        )
        if self.report:
            self.report(progress)
