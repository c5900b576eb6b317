"""What each command of the command line does."""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wvae import benchmark_job, download_job, training_job
from wvae.benchmark_job import BenchmarkRun, run_benchmark, true_log_likelihoods
from wvae.checkpoint import WEIGHTS, load_checkpoint, read_config, save_checkpoint
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.download_job import run_fetch
from wvae.errors import ConfigError, DataError, RunError
from wvae.files import atomic_write
from wvae.jobs import JOB, job_kind
from wvae.latents import encode
from wvae.model import WVAE
from wvae.original_models import read_original_model
from wvae.presets import preset
from wvae.processes import from_first, is_first, is_one_of_several, joined
from wvae.progress_bar import download_bar, fraction_bar, training_bar
from wvae.protocol import Trained, check_protocol, default_split
from wvae.sources import known_sources, load_digits
from wvae.tables import print_benchmark, print_digits, print_evaluation, print_retrieval
from wvae.training_job import run_training, take_part
from wvae.training_queue import start_next
from wvae.training_run import TrainingJob, TrainingRun, read_training_job

if TYPE_CHECKING:
    from wvae.benchmark_results import Row

JOBS = {
    training_job.KIND: training_job.run_job,
    benchmark_job.KIND: benchmark_job.run_job,
    download_job.KIND: download_job.run_job,
}
"""What does each kind of job."""


def data_command(options: argparse.Namespace) -> None:
    if options.action == "list":
        for source in known_sources(options.root):
            here = {True: "here", False: "not here", None: ""}[source.present]
            print(f"{source.name:<14} {here:<9} {source.description}")
        return
    if options.source is None:
        raise DataError(f"Name a source to {options.action}, such as qmnist:train; `data list` shows them.")
    if options.action == "fetch":
        with download_bar(options.source) as watch:
            run_fetch(options.source, options.root, watch)
        print(f"{options.source} is here.")
    else:
        print_digits(load_digits(options.source, options.root))


def train_command(options: argparse.Namespace) -> None:
    if options.seeds is not None:
        _train_seeds(options)
        return
    if options.scheduler or options.backend != "threading":
        raise ConfigError("A backend trains several seeds: say how many with --seeds.")
    with joined():
        job = from_first(lambda: _training_job(options, options.out))
        if not is_first():
            take_part(job, options.out)
            return
        try:
            with training_bar() as (watch, waiting):
                evaluation = run_training(
                    job.run,
                    options.out,
                    root=job.root,
                    device=job.device,
                    resume=options.resume,
                    report=watch,
                    waiting=waiting,
                )
        finally:
            start_next(options.out.parent)
    print_evaluation(evaluation)
    print(f"written to {options.out}")


def _train_seeds(options: argparse.Namespace) -> None:
    from wvae.compute_backend import parallel
    from wvae.training_sweep import run_sweep, seed_folder, trains_as_one

    if is_one_of_several():
        raise ConfigError("Several seeds are trained in tasks of their own: start them without torchrun.")
    first = options.seed or 0
    seeds = range(first, first + options.seeds)
    job = _training_job(options, seed_folder(options.out, first))
    with fraction_bar() as show, parallel(options.backend, options.scheduler):
        show(0, f"{options.seeds} seeds")
        found = run_sweep(
            job,
            options.out,
            seeds,
            resume=options.resume,
            as_one=options.backend == "threading" and trains_as_one(job),
            report=lambda what, fraction: show(fraction, what),
        )
    for seed, evaluation in found.items():
        print(f"seed {seed}: {evaluation.reconstruction.reconstruction:.2f} nats per image, ", end="")
        print(f"written to {seed_folder(options.out, seed)}")


def _training_job(options: argparse.Namespace, folder: Path) -> TrainingJob:
    if options.data is not None:
        chosen = preset(options.preset)
        split = options.writers, options.split_seed, options.protocol
        job = TrainingJob(TrainingRun(options.preset, chosen.model, chosen.training, options.data, *split))
    elif options.resume:
        job = read_training_job(folder)
    else:
        raise ConfigError("Name the digits to train on with --data, such as --data qmnist:train.")
    run = job.run
    model = {"latent_a": options.latent_a, "latent_b": options.latent_b}
    training = {"epochs": options.epochs, "batch_size": options.batch, "seed": options.seed}
    run = replace(run, model=replace(run.model, **_given(model)), training=replace(run.training, **_given(training)))
    return replace(job, run=run, **_given({"root": options.root, "device": options.device}))


def job_command(options: argparse.Namespace) -> None:
    """Do what the ``job.json`` of a folder says; how :func:`wvae.jobs.start` runs a job."""
    kind = job_kind(options.folder)
    if kind not in JOBS:
        raise RunError(f"{options.folder / JOB} is of a kind that is not known here, {kind!r}.")
    JOBS[kind](options.folder)


def evaluate_command(options: argparse.Namespace) -> None:
    from wvae.evaluation import evaluate  # scikit-learn takes a while to load

    model, digits, split, held_out = _asked(options)
    with fraction_bar() as show:
        evaluation = evaluate(model, digits, split, report=show)
    print(f"{held_out.writers} writers of {options.data}, protocol {held_out.protocol}")
    print_evaluation(evaluation)
    if options.json:
        _write_json(options, held_out, asdict(evaluation))


def _write_json(options: argparse.Namespace, held_out: Trained, figures: dict[str, Any]) -> None:
    """Write figures to the file of ``--json``, below what they were measured with and on."""
    record = {
        "checkpoint": options.checkpoint,
        "data": options.data,
        "protocol": held_out.protocol,
        "split": {"evaluation_writers": held_out.writers, "seed": held_out.split_seed},
    }
    with atomic_write(options.json) as temporary:
        temporary.write_text(json.dumps(record | figures, indent=2) + "\n", encoding="utf-8")


def benchmark_command(options: argparse.Namespace) -> None:
    from wvae.clustering import DEFAULT_CLUSTERERS, FITS
    from wvae.compute_backend import parallel

    held_out = _split_asked(options)
    run = BenchmarkRun(
        options.checkpoint,
        options.data,
        *held_out,
        options.representations,
        options.clusterers or DEFAULT_CLUSTERERS,
        options.fits or FITS,
        options.seeds,
    )
    with fraction_bar() as show:

        def watch(row: "Row", fraction: float) -> None:
            show(fraction, f"{row.representation}, {row.clusterer}, {row.fit}")

        with parallel(options.backend, options.scheduler):
            result = run_benchmark(run, options.json, root=options.root, report=watch)
    print(f"{len(result.writers)} images by {held_out.writers} writers of {options.data}, protocol {held_out.protocol}")
    print_benchmark(result.rows)


def retrieve_command(options: argparse.Namespace) -> None:
    from wvae.representations import representations
    from wvae.retrieval import SIZES, retrieve, retrieve_by_oracle

    model, digits, split, held_out = _asked(options)
    sizes = options.digits or SIZES
    with fraction_bar() as show:
        found = retrieve(representations(model), digits, split, sizes=sizes, report=show)
    if digits.factors:
        images = digits[split.held_out]
        found += retrieve_by_oracle(true_log_likelihoods(images, digits, split), images.writers, sizes=sizes)
    print(f"writer retrieval among {held_out.writers} writers of {options.data}, protocol {held_out.protocol}")
    print_retrieval(found)
    if options.json:
        _write_json(options, held_out, {"rows": [asdict(line) for line in found]})


def figure_command(options: argparse.Namespace) -> None:
    from wvae.figures import plane, projections, write_figure

    model, digits, split, held_out = _asked(options)
    shown = digits[split.held_out if options.figure == "plane" else split.test]
    if not len(shown):
        raise DataError(f"There are no images to draw: choose --writers above {held_out.writers}.")
    latents = encode(model, shown.images)
    write_figure(
        plane(model, latents, shown) if options.figure == "plane" else projections(latents, shown), options.out
    )
    print(f"written to {options.out}")


class _Asked(NamedTuple):
    """What a measurement is made with and on."""

    model: WVAE
    digits: DigitSet
    split: WriterSplit
    held_out: Trained


def _asked(options: argparse.Namespace) -> _Asked:
    """Load it all, and hold the model to the protocol."""
    held_out = _split_asked(options)
    digits = load_digits(options.data, options.root)
    split = writer_split(digits, *held_out)
    check_protocol(read_config(options.checkpoint), options.data, digits, split)
    return _Asked(load_checkpoint(options.checkpoint), digits, split, held_out)


def _split_asked(options: argparse.Namespace) -> Trained:
    """How many writers are held out, which, and the protocol: as asked for, else as when the model was trained."""
    asked = {"writers": options.writers, "split_seed": options.split_seed, "protocol": options.protocol}
    return default_split(read_config(options.checkpoint))._replace(**_given(asked))


def import_command(options: argparse.Namespace) -> None:
    model = read_original_model(options.file)
    if not (options.out / WEIGHTS).exists():
        save_checkpoint(options.out, model, {"imported": {"file": options.file.name}})
    elif not _same_model(model, load_checkpoint(options.out)):  # else an earlier call was killed when all was done
        raise ConfigError(f"{options.out} already holds a checkpoint: choose another folder, or delete it first.")
    print(f"written to {options.out}")


def _same_model(one: WVAE, other: WVAE) -> bool:
    weights = other.state_dict()
    return one.config == other.config and all(value.equal(weights[name]) for name, value in one.state_dict().items())


def info_command(options: argparse.Namespace) -> None:
    load_checkpoint(options.checkpoint)
    print(json.dumps(read_config(options.checkpoint), indent=2))


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
