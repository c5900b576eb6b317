"""Training one model with several seeds, each in a task of its own, side by side where joblib's backend has room.

A task trains in a temporary folder where it runs, and sends the finished run folder back: only the process that asked
for the sweep writes. So the machines of a cluster need the digits, but no disk in common. A seed whose folder is there
has been done; one that was under way when the sweep was killed begins anew. A GPU trains all seeds as one batched model
first, where the models allow it, and the tasks measure what came of them. A sweep waits for no device: another run may
train on it at the same time.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from joblib import Parallel, delayed

from wvae.checkpoint import WEIGHTS, write_config
from wvae.ensemble import Ensemble, can_be_batched
from wvae.errors import ConfigError, RunError, WvaeError
from wvae.files import atomic_folder
from wvae.jobs import LOCK, write_job
from wvae.json_lines import append_line
from wvae.model import build_model
from wvae.objective import LossTerms
from wvae.sources import load_digits
from wvae.training import STATE, save_state, what_is_trained
from wvae.training_job import KIND, device_named, run_training
from wvae.training_run import METRICS, STATE_FOLDER, TrainingJob, training_record
from wvae.training_stages import AutoencoderStage

if TYPE_CHECKING:
    from wvae.evaluation import Evaluation

_ONE_AT_A_TIME = threading.Lock()
"""Weights are drawn from torch's seed, and warnings of probes are recorded, both for a whole process: its threads train
and measure one after the other."""


@dataclass(frozen=True)
class SeedResult:
    """What came of a seed: how good the model is, or in a sentence why there is none; and the files of its run."""

    seed: int
    evaluation: "Evaluation | None"
    files: dict[str, bytes]
    problem: str = ""


def seed_folder(folder: Path, seed: int) -> Path:
    """Where the model of a seed is, of a sweep that is to be called ``folder``."""
    return folder.with_name(f"{folder.name}-seed-{seed}")


def run_sweep(
    job: TrainingJob,
    folder: Path,
    seeds: Sequence[int],
    *,
    resume: bool = False,
    as_one: bool = False,
    report: Callable[[str, float], None] = lambda what, fraction: None,
) -> "dict[int, Evaluation]":
    """Train with each seed where :func:`wvae.compute_backend.parallel` says, and write each one's run folder.

    Args:
        folder: see :func:`seed_folder`.
        resume: leave out the seeds whose folders are there from an earlier call.
        as_one: train them here, as one batched model; see :func:`trains_as_one`.
        report: called with what is done, an epoch of all or a seed, and the fraction of such.

    Raises:
        ConfigError: there is such a folder already; with ``resume``, one that holds no finished run.
        RunError: some seeds failed, or a folder is of other settings; those that did not fail are kept.
        WvaeError: settings, data or disk are not as they must be.
    """
    found, problems, todo = dict[int, "Evaluation"](), list[str](), list[int]()
    for seed in seeds:
        place = seed_folder(folder, seed)
        if resume and (place / WEIGHTS).exists():
            found[seed] = run_training(_with_seed(job, seed).run, place, resume=True)
        elif place.exists():
            advice = "resume that run by itself, or delete it" if resume else "choose another name, or use --resume"
            raise ConfigError(f"There is a {place} already: {advice}.")
        else:
            todo.append(seed)
    with TemporaryDirectory() as home:
        begun: dict[int, Path | None] = dict.fromkeys(todo)
        if as_one and todo:
            begun = dict(_train_as_one(job, todo, Path(home), report))
            diverged = "a term of its loss is not finite. Try a lower learning rate or smaller weights."
            problems += [f"seed {seed}: {diverged}" for seed in todo if seed not in begun]
        tasks = [delayed(_train)(_with_seed(job, seed), seed, place) for seed, place in begun.items()]
        for trained in Parallel(n_jobs=-1, return_as="generator_unordered")(tasks):
            if trained.evaluation is None:
                problems.append(f"seed {trained.seed}: {trained.problem}")
            else:
                with atomic_folder(seed_folder(folder, trained.seed)) as temporary:
                    for name, content in trained.files.items():
                        (temporary / name).write_bytes(content)
                found[trained.seed] = trained.evaluation
            report(f"seed {trained.seed}", (len(found) + len(problems)) / len(seeds))
    if problems:
        raise RunError(f"Of {len(seeds)} seeds {len(problems)} failed, the others are kept: {' '.join(problems)}")
    return {seed: found[seed] for seed in seeds}


def _with_seed(job: TrainingJob, seed: int) -> TrainingJob:
    return replace(job, run=replace(job.run, training=replace(job.run.training, seed=seed)))


def trains_as_one(job: TrainingJob) -> bool:
    """Whether it pays to train several seeds as one batched model: on a GPU, where the models allow it."""
    return device_named(job.device) == "cuda" and can_be_batched(job.run.model, job.run.training)


def _train_as_one(
    job: TrainingJob, seeds: Sequence[int], home: Path, report: Callable[[str, float], None]
) -> dict[int, Path]:
    """Train all seeds together; for each whose loss is finite a run folder in ``home`` that is to be measured."""
    run, device = job.run, device_named(job.device)
    digits = load_digits(run.source, job.root)
    images = digits[run.split(digits).training]
    models = [build_model(run.model, seed).to(device) for seed in seeds]
    ensemble = Ensemble(models, run.training, seeds, images)
    folders = {seed: home / str(seed) / "run" for seed in seeds}
    for seed, folder in folders.items():
        (folder / STATE_FOLDER).mkdir(parents=True)
        write_job(folder, KIND, _with_seed(job, seed))
        write_config(folder, run.model, training_record(_with_seed(job, seed).run))
    for epoch in range(run.training.epochs):
        began = time.perf_counter()
        terms = ensemble.run_epoch(epoch).tolist()
        seconds = (time.perf_counter() - began) / len(seeds)
        line = {"epoch": epoch + 1, "stage": AutoencoderStage.name, "seconds": seconds}
        for folder, means in zip(folders.values(), terms, strict=True):
            append_line(folder / METRICS, line | dict(zip(LossTerms._fields, means, strict=True)))
        report(f"epoch {epoch + 1} of all {len(seeds)} seeds", (epoch + 1) / run.training.epochs)
    for stage, folder in zip(ensemble.stages, folders.values(), strict=True):
        trained = what_is_trained(stage.model, stage.config, images)
        save_state(folder / STATE_FOLDER / STATE, stage.model, stage, trained, run.training.epochs)
    return {seed: folders[seed] for seed, means in zip(seeds, terms, strict=True) if all(map(math.isfinite, means))}


def _train(job: TrainingJob, seed: int, begun: Path | None) -> SeedResult:
    """Train in a temporary folder, or go on where one was ``begun``; this may run in another process, on another
    machine."""
    with _ONE_AT_A_TIME, TemporaryDirectory() as home:
        folder = begun or Path(home) / "run"
        try:
            evaluation = run_training(job.run, folder, root=job.root, device=job.device, resume=begun is not None)
        except WvaeError as error:
            return SeedResult(seed, None, {}, str(error))
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != LOCK}
        return SeedResult(seed, evaluation, files)
