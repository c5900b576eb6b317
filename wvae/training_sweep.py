"""Training one model with several seeds, each in a task of its own, side by side where joblib's backend has room.

A task trains in a temporary folder where it runs, and sends the finished run folder back: only the process that asked
for the sweep writes. So the machines of a cluster need the digits, but no disk in common. A seed whose folder is there
has been done; one that was under way when the sweep was killed begins anew.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from joblib import Parallel, delayed

from wvae.checkpoint import WEIGHTS
from wvae.errors import ConfigError, RunError, WvaeError
from wvae.files import atomic_folder
from wvae.jobs import LOCK
from wvae.training_job import run_training
from wvae.training_run import TrainingJob

if TYPE_CHECKING:
    from wvae.evaluation import Evaluation

_ONE_AT_A_TIME = threading.Lock()
"""Weights are drawn from torch's seed, of which a process has one: its threads train one after the other."""


@dataclass(frozen=True)
class Trained:
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
    report: Callable[[int, float], None] = lambda seed, fraction: None,
) -> "dict[int, Evaluation]":
    """Train with each seed where :func:`wvae.compute_backend.parallel` says, and write each one's run folder.

    Args:
        folder: see :func:`seed_folder`.
        resume: leave out the seeds whose folders are there from an earlier call.
        report: called with each seed that is done and the fraction of them.

    Raises:
        ConfigError: there is such a folder already, and ``resume`` was not asked for.
        RunError: some seeds failed, or a folder is of other settings; those that did not fail are kept.
        WvaeError: settings, data or disk are not as they must be.
    """
    found, problems, todo = dict[int, "Evaluation"](), list[str](), list[int]()
    for seed in seeds:
        place = seed_folder(folder, seed)
        if resume and (place / WEIGHTS).exists():
            found[seed] = run_training(_with_seed(job, seed).run, place, resume=True)
        elif place.exists():
            raise ConfigError(f"There is a {place} already: choose another name, or go on with --resume.")
        else:
            todo.append(seed)
    tasks = [delayed(_train)(_with_seed(job, seed), seed) for seed in todo]
    for trained in Parallel(n_jobs=-1, return_as="generator_unordered")(tasks):
        if trained.evaluation is None:
            problems.append(f"seed {trained.seed}: {trained.problem}")
        else:
            with atomic_folder(seed_folder(folder, trained.seed)) as temporary:
                for name, content in trained.files.items():
                    (temporary / name).write_bytes(content)
            found[trained.seed] = trained.evaluation
        report(trained.seed, (len(found) + len(problems)) / len(seeds))
    if problems:
        raise RunError(f"Of {len(seeds)} seeds {len(problems)} failed, the others are kept: {' '.join(problems)}")
    return {seed: found[seed] for seed in seeds}


def _with_seed(job: TrainingJob, seed: int) -> TrainingJob:
    return replace(job, run=replace(job.run, training=replace(job.run.training, seed=seed)))


def _train(job: TrainingJob, seed: int) -> Trained:
    """Train in a temporary folder; this may run in another process, on another machine."""
    with _ONE_AT_A_TIME, TemporaryDirectory() as home:
        folder = Path(home) / "run"
        try:
            evaluation = run_training(job.run, folder, root=job.root, device=job.device)
        except WvaeError as error:
            return Trained(seed, None, {}, str(error))
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != LOCK}
        return Trained(seed, evaluation, files)
