"""What runs in the background: training, benchmarks and downloads, each in a folder of its own; see :mod:`wvae.jobs`.

A training run's folder turns into a checkpoint folder when it ends well. Beside what every job writes it holds::

    config.json     what is trained, on what and how; at the end also the figures of merit
    metrics.jsonl   a line an epoch: mean loss terms in nats per image
    last/           the state after the last whole epoch, until the run has finished
    model.safetensors

On each device one run trains at a time: ``.cpu.lock`` or ``.cuda.lock`` beside the run folders is locked by the run
whose turn it is, and holds its name.
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from wvae.checkpoint import (
    CONFIG,
    WEIGHTS,
    load_checkpoint,
    model_config,
    read_config,
    save_checkpoint,
    weights_digest,
    write_config,
)
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.errors import ConfigError, RunError
from wvae.files import atomic_write, modified
from wvae.jobs import LOCK, STATUS, Journal, Status, held, read_status, start, turn
from wvae.model import ModelConfig, build_model
from wvae.objective import LossWeights
from wvae.protocol import check_protocol, default_split
from wvae.sources import data_root, fetch, identity, known_sources, load_digits
from wvae.sources.download import Report
from wvae.training import Progress, TrainingConfig, fit

if TYPE_CHECKING:
    from wvae.clustering import Result, Row
    from wvae.evaluation import Evaluation

METRICS = "metrics.jsonl"
ROWS = "rows.jsonl"
SETTINGS = "settings.json"


@dataclass(frozen=True)
class TrainingRun:
    """What to train, on whose digits.

    Attributes:
        preset: the name that model and training settings started from.
        source: a source string such as "qmnist:train".
        evaluation_writers: how many writers are set apart and never trained on.
        split_seed: which ones.
        protocol: whom it learns from, one of :data:`wvae.digits.PROTOCOLS`.
    """

    preset: str
    model: ModelConfig
    training: TrainingConfig
    source: str
    evaluation_writers: int = 100
    split_seed: int = 0
    protocol: str = "disjoint"


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
        waiting: called with the name of the run that has the device, while this one waits for its turn.

    Raises:
        RunError: the folder is in use, or the training cannot go on.
        WvaeError: settings, data or disk are not as they must be.
    """
    if (folder / WEIGHTS).exists():
        raise RunError(f"{folder} already holds a finished checkpoint: choose another folder, or delete it first.")
    if (folder / "last").exists() and not resume:
        raise RunError(f"{folder} holds an unfinished run: resume it (--resume), or delete it first.")
    if (folder / "last").exists():
        _check_same(read_run(folder), run, folder)
    device = device_named(device)
    digits = load_digits(run.source, root)
    split = writer_split(digits, run.evaluation_writers, run.split_seed, run.protocol)
    known = digits[split.training]
    record = _record(run)
    record["data"] |= {"digest": identity(run.source, digits), "images": len(known)}
    with held(folder):
        write_config(folder, run.model, record)
        epochs, before = run.training.epochs, len(read_metrics(folder))
        seen = {"done": before * len(known), "total": epochs * len(known), "epoch": before, "epochs": epochs}
        journal = Journal(folder, device=device, **seen)
        try:
            with turn(folder, device, journal, waiting):
                journal.say("running", f"training on {len(known)} images of {run.source}, device {device}")
                watch = _Watch(journal, report)
                model = build_model(run.model, run.training.seed)
                fit(model, run.training, known, device=device, state_folder=folder / "last", report=watch)
                journal.say("running", "measuring the trained model")
                from wvae.evaluation import evaluate  # with scikit-learn, which nothing before needs

                def measured(share: float) -> None:
                    journal.note(True, message=f"measuring the trained model, {share:.0%} done")

                evaluation = evaluate(model.cpu(), digits, split, report=measured)
            record["record"] = {
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": round(sum(line["seconds"] for line in read_metrics(folder)), 1),
                "device": device,
                "torch": torch.__version__,
            }
            record["figures"] = asdict(evaluation)
            save_checkpoint(folder, model, record)
        except BaseException as error:
            journal.say_why_it_ended(error)
            raise
        shutil.rmtree(folder / "last")
        journal.say("finished", f"{evaluation.reconstruction.reconstruction:.1f} nats")
        (folder / LOCK).unlink()
    return evaluation


def read_run(folder: Path) -> TrainingRun:
    """What the config in a run folder says is trained there.

    Raises:
        WvaeError: there is no config, or a field is missing, foreign or out of range.
    """
    config = read_config(folder)
    try:
        training, data = dict(config["training"]), config["data"]
        weights = LossWeights(**training.pop("weights"))
        return TrainingRun(
            config["preset"],
            model_config(config, folder),
            TrainingConfig(weights=weights, **training),
            data["source"],
            data["split"]["evaluation_writers"],
            data["split"]["seed"],
            default_split(config).protocol,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder / CONFIG} does not say what to train ({error}): start a new run.") from None


def _check_same(begun: TrainingRun, run: TrainingRun, folder: Path) -> None:
    """Before anything of an unfinished run is overwritten: it can only go on as it was begun."""

    def settings(each: TrainingRun) -> dict[str, Any]:
        return {**asdict(each), **asdict(each.model), **asdict(each.training), **asdict(each.training.weights)}

    before, now = settings(begun), settings(run)
    for name in before:
        if before[name] != now[name] and not isinstance(now[name], dict):
            raise RunError(
                f"{folder} was begun with {name} {before[name]}, not {now[name]}: resume it as it was begun."
            )


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The mean loss terms of each epoch so far, first to last.

    An epoch that was done again after a kill has two lines, of which the last counts.

    Raises:
        RunError: the file is damaged.
    """
    path = folder / METRICS
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        epochs = [json.loads(line) for line in lines if line.endswith("\n")]  # a kill can cut the last one short
        return sorted({line["epoch"]: line for line in epochs}.values(), key=lambda line: line["epoch"])
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} cannot be read ({error}): delete it, or start a new run.") from None


def list_runs(home: Path) -> list[Status]:
    """Every training run in a folder of run folders: those alive first, then the newest first."""
    folders = [path for path in home.glob("*/") if (path / STATUS).exists() or (path / LOCK).exists()]
    runs = [(read_status(folder), modified(folder / CONFIG)) for folder in folders]
    return [status for status, _ in sorted(runs, key=lambda run: (not run[0].alive, -run[1]))]


def start_run(run: TrainingRun, folder: Path, *, root: str | Path | None = None, device: str = "auto") -> None:
    """Train in a process of its own, which goes on when this one ends.

    Raises:
        ConfigError: the folder is not new, or there is no such device here.
        WvaeError: the folder cannot be written.
    """
    device = device_named(device)
    if folder.exists():
        raise ConfigError(f"There is a {folder} already: choose another name.")
    write_config(folder, run.model, _record(run))
    start(folder, *_train_command(folder, root, device))


def resume_run(folder: Path, *, root: str | Path | None = None) -> None:
    """Go on with a run that was stopped or failed, in a process of its own and on the device it had.

    Raises:
        WvaeError: the run is alive or finished, its config is damaged or its device is gone.
    """
    if (folder / WEIGHTS).exists():
        raise RunError(f"{folder} has finished: there is nothing to resume.")
    read_run(folder)
    device = device_named(str(read_status(folder).fields.get("device", "auto")))
    start(folder, *_train_command(folder, root, device))


@dataclass(frozen=True)
class BenchmarkRun:
    """What to cluster, whose digits, in which ways; see :func:`wvae.clustering.benchmark`.

    Attributes:
        checkpoint: the model's folder.
        source: a source string such as "qmnist:train".
        writers: how many evaluation writers.
        split_seed: which ones.
        protocol: from whom the model has learned, one of :data:`wvae.digits.PROTOCOLS`.
        representations: by name; empty for all.
        clusterers, fits: by name.
        seeds: starts of each clusterer.
    """

    checkpoint: str
    source: str
    writers: int
    split_seed: int
    protocol: str
    representations: tuple[str, ...]
    clusterers: tuple[str, ...]
    fits: tuple[str, ...]
    seeds: int


def run_benchmark(
    run: BenchmarkRun,
    file: Path | None = None,
    *,
    root: str | Path | None = None,
    report: Callable[["Row", float], None] = lambda row, share: None,
) -> "Result":
    """Run a benchmark, and write its result to ``file``.

    While it goes on it works in a folder beside ``file``, where others can watch and stop it, and where
    what has been finished is kept: the same call after a kill goes on from there.

    Raises:
        WvaeError: settings, data or disk are not as they must be, or the model has learned from others than the
            protocol says.
    """
    from wvae.clustering import Result, Row, benchmark, best_possible, environment, write_result
    from wvae.representations import representations

    model, config = load_checkpoint(run.checkpoint), read_config(run.checkpoint)
    digits = load_digits(run.source, root)
    split = writer_split(digits, run.writers, run.split_seed, run.protocol)
    check_protocol(config, run.source, digits, split)
    work = partial(
        benchmark, representations(model, run.representations), digits, split,
        clusterers=run.clusterers, fits=run.fits, seeds=run.seeds,
    )  # fmt: skip
    described = asdict(run) | {
        "data_digest": identity(run.source, digits),
        "weights_digest": weights_digest(run.checkpoint),
    }

    def result(rows: list[Row]) -> Result:
        tested = digits[split.test]
        if tested.factors:
            rows = [best_possible(true_log_likelihoods(tested, digits, split), tested.writers, run.protocol), *rows]
        return Result(described, environment(), tested.writers, rows)

    if file is None:
        return result(work(report=report))
    folder = part_folder(file)
    with held(folder):
        _write_settings(folder, run)
        journal = Journal(folder, done=0, total=100)
        done = _finished_rows(folder, described)
        try:
            journal.say("running", f"clustering with {run.checkpoint}, {len(done)} rows done before")

            def keep(row: Row, share: float) -> None:
                journal.append(ROWS, json.dumps(asdict(row)))
                journal.note(False, message=f"{row.representation}, {row.clusterer}, {row.fit}", done=100 * share)
                report(row, share)

            made = result(work(done=done, report=keep))
            write_result(file, made)
        except BaseException as error:
            journal.say_why_it_ended(error)
            raise
        shutil.rmtree(folder)
    return made


def true_log_likelihoods(images: DigitSet, digits: DigitSet, split: WriterSplit) -> NDArray[np.float32]:
    """How likely each of some synthetic ``images`` is in each evaluation writer's true hand: ``(n, writers)``."""
    from wvae.sources import synthetic

    hands = synthetic.writer_styles(int(digits.writers.max()) + 1)
    among = {name: hand[split.evaluation_writers] for name, hand in hands.items()}
    return synthetic.writer_log_likelihoods(images, among)


def part_folder(file: Path) -> Path:
    """Where a benchmark works until its result is written to ``file``."""
    return file.with_name(f"{file.name}.part")


def _finished_rows(folder: Path, described: dict[str, Any]) -> "list[Row]":
    """What an earlier call has kept, if it was of the same writers and weights; else the folder begins anew."""
    from wvae.clustering import Row

    varies = ("representations", "clusterers", "fits", "seeds")  # with others, the finished rows are as good
    same = {name: value for name, value in described.items() if name not in varies}
    try:
        kept = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if {name: kept.get(name) for name in same} == same:
            lines = (folder / ROWS).read_text(encoding="utf-8").splitlines(keepends=True)
            return [Row(**json.loads(line)) for line in lines if line.endswith("\n")]  # a kill can cut the last one
    except (OSError, ValueError, TypeError, AttributeError):
        pass
    (folder / ROWS).unlink(missing_ok=True)
    with atomic_write(folder / CONFIG) as temporary:
        temporary.write_text(json.dumps(described), encoding="utf-8")
    return []


def resume_benchmark(folder: Path, *, root: str | Path | None = None) -> None:
    """Go on, in a process of its own, with a benchmark that was broken off in its part folder.

    Raises:
        WvaeError: it is under way, its settings are damaged, or the folder cannot be written.
    """
    try:
        written = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        settings: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in written.items()}
        run = BenchmarkRun(**settings)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{folder / SETTINGS} does not say what to do ({error}): start a new benchmark.") from None
    start_benchmark(run, folder.with_suffix(""), root=root)


def start_benchmark(run: BenchmarkRun, file: Path, *, root: str | Path | None = None) -> None:
    """Run a benchmark in a process of its own.

    Raises:
        WvaeError: it is under way already, or the folder cannot be written.
    """
    lists = {name: ",".join(getattr(run, name)) for name in ("representations", "clusterers", "fits")}
    values = {"data": run.source, "writers": run.writers, "split-seed": run.split_seed, "protocol": run.protocol}
    options = values | lists | {"seeds": run.seeds, "root": data_root(root), "json": file}
    words = [word for name, value in options.items() if value != "" for word in (f"--{name}", value)]
    start(part_folder(file), "benchmark", run.checkpoint, *words)
    _write_settings(part_folder(file), run)  # the process does so as well, but may be stopped before it has come so far


def _write_settings(folder: Path, run: BenchmarkRun) -> None:
    with atomic_write(folder / SETTINGS) as temporary:
        temporary.write_text(json.dumps(asdict(run)), encoding="utf-8")


def run_fetch(source: str, root: str | Path | None = None, report: Report | None = None) -> None:
    """Download a source as :func:`wvae.sources.fetch` does, so that others can watch and stop it.

    Raises:
        WvaeError: as ``fetch``, or another download to ``root`` is under way.
    """
    if source not in {known.name for known in known_sources(root) if known.fetchable}:
        fetch(source, root)  # says what is wrong with it
        return
    folder = fetch_folder(root)
    with held(folder):
        journal = Journal(folder, source=source, done=0, total=None)

        def watch(done: int, total: int | None) -> None:
            journal.note(done in (0, total), done=done, total=total)
            if report:
                report(done, total)

        try:
            journal.say("running", f"fetching {source}")
            fetch(source, root, watch)
        except BaseException as error:
            journal.say_why_it_ended(error)
            raise
        journal.say("finished", f"{source} is here")


def start_fetch(source: str, root: str | Path | None = None) -> None:
    """Download a source in a process of its own.

    Raises:
        WvaeError: another download is under way, or the folder cannot be written.
    """
    start(fetch_folder(root), "data", "fetch", source, "--root", data_root(root))


def fetch_folder(root: str | Path | None = None) -> Path:
    """Where the one download at a time to ``root`` says how it stands."""
    return data_root(root) / ".fetch"


def _record(run: TrainingRun) -> dict[str, Any]:
    """The sections of the config that say how to train."""
    split = {"evaluation_writers": run.evaluation_writers, "seed": run.split_seed}
    return {
        "preset": run.preset,
        "training": asdict(run.training),
        "data": {"source": run.source, "split": split, "protocol": run.protocol},
    }


def _train_command(folder: Path, root: str | Path | None, device: str) -> list[object]:
    return ["train", "--resume", "--out", folder, "--device", device, "--root", data_root(root)]


class _Watch:
    """Keeps the progress of a training run, and passes it on."""

    def __init__(self, journal: Journal, report: Callable[[Progress], None] | None) -> None:
        self.journal = journal
        self.report = report
        self.epoch_started = time.perf_counter()

    def __call__(self, progress: Progress) -> None:
        ended = progress.images == progress.n_images
        if ended:
            now = time.perf_counter()
            line = {"epoch": progress.epoch, "seconds": now - self.epoch_started, **progress.terms}
            self.epoch_started = now
            self.journal.append(METRICS, json.dumps(line))
        self.journal.note(
            ended,
            epoch=progress.epoch,
            done=(progress.epoch - 1) * progress.n_images + progress.images,
            images_per_second=round(progress.images_per_second),
            seconds_left=round(progress.seconds_left, 1),
        )
        if self.report:
            self.report(progress)
