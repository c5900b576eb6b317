"""The job of clustering images by writer, which keeps each row as it is made; see :mod:`wvae.jobs`.

It works in a folder beside the file of its result, and beside what every job writes it keeps there::

    rows-DIGEST.jsonl   the rows made so far; the digest is of the writers, images and weights they were made of

Rows of other writers, images or weights are in a file of their own, so that none is taken for another. When the
result has been written, the folder is removed.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from wvae.checkpoint import load_checkpoint, read_config, weights_digest
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.errors import WvaeError
from wvae.files import remove_temporaries
from wvae.jobs import LOCK, folder_lock, read_job, remove_folder, start, write_job
from wvae.journal import Journal
from wvae.json_lines import append_line, read_lines
from wvae.protocol import check_protocol
from wvae.record import Protocol
from wvae.schema import Setting, Text, Word, check_fields
from wvae.sources import data_root, identity, load_digits

if TYPE_CHECKING:
    from wvae.benchmark_results import Result, Row

KIND = "benchmark"

MOST_SEEDS = 1000


@dataclass(frozen=True)
class BenchmarkRun:
    """What to cluster, whose digits, in which ways; see :func:`wvae.clustering.benchmark`.

    Attributes:
        checkpoint: the model's folder.
        source: a source string such as "qmnist:train".
        writers: how many evaluation writers.
        split_seed: which ones.
        protocol: one of :data:`wvae.digits.PROTOCOLS`.
        representations: by name; empty for all.
        clusterers, fits: by name.
        seeds: starts of each clusterer.
    """

    checkpoint: Text
    source: Text
    writers: Setting
    split_seed: Setting
    protocol: Protocol
    representations: tuple[Word, ...]
    clusterers: tuple[Word, ...]
    fits: tuple[Word, ...]
    seeds: Annotated[int, Meta(ge=1, le=MOST_SEEDS)]

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class BenchmarkJob:
    """A benchmark, and where the source's files lie: None for the usual place."""

    run: BenchmarkRun
    root: Text | None = None

    def __post_init__(self) -> None:
        check_fields(self)


def run_benchmark(
    run: BenchmarkRun,
    file: Path | None = None,
    *,
    root: str | Path | None = None,
    report: Callable[["Row", float], None] = lambda row, fraction: None,
) -> "Result":
    """Run a benchmark, and write its result to ``file``.

    While it goes on it works in a folder beside ``file``, where others can watch and stop it, and where
    what has been finished is kept: the same call after a kill goes on from there.

    Args:
        report: called with each new row and the fraction that is done.

    Raises:
        RunError: the folder is in use, or a finished row there cannot be read.
        WvaeError: settings, data or disk are not as they must be, or the model does not keep the protocol.
    """
    from wvae.benchmark_results import write_result  # with scikit-learn, which nothing else of jobs needs

    if file is None:
        return _Benchmark(run, root).result([], report)
    folder = part_folder(file)
    with folder_lock(folder):
        new = [path.name for path in folder.iterdir()] == [LOCK]
        benchmark = _Benchmark(run, root)
        kept = folder / benchmark.rows_name
        done = _finished_rows(kept)
        write_job(folder, KIND, BenchmarkJob(run, str(data_root(root))))
        journal = Journal(folder, done=0, total=100)

        def keep(row: "Row", fraction: float) -> None:
            append_line(kept, asdict(row))
            journal.note(False, message=f"{row.representation}, {row.clusterer}, {row.fit}", done=100 * fraction)
            report(row, fraction)

        try:
            journal.say("running", f"clustering with {run.checkpoint}, {len(done)} rows done before")
            result = benchmark.result(done, keep)
            remove_temporaries(file.parent, f"{file.name}.")
            write_result(file, result)
        except BaseException as error:
            if new and isinstance(error, WvaeError) and not kept.exists():
                remove_folder(folder)  # whoever called is told, and there is nothing to go on with
            else:
                journal.say_why_it_ended(error, lambda: f"rows that are kept: {len(_finished_rows(kept))}")
            raise
        remove_folder(folder)
    return result


class _Benchmark:
    """A benchmark with all it needs loaded and checked."""

    def __init__(self, run: BenchmarkRun, root: str | Path | None) -> None:
        from wvae.representations import representations

        model, config = load_checkpoint(run.checkpoint), read_config(run.checkpoint)
        self.run = run
        self.digits = load_digits(run.source, root)
        self.split = writer_split(self.digits, run.writers, run.split_seed, run.protocol)
        check_protocol(config, run.source, self.digits, self.split)
        self.representations = representations(model, run.representations)
        self.config = asdict(run) | {
            "data_digest": identity(run.source, self.digits),
            "weights_digest": weights_digest(run.checkpoint),
        }

    @property
    def rows_name(self) -> str:
        """The file of the rows: with other representations, clusterers, fits or seeds they are as good."""
        varies = ("representations", "clusterers", "fits", "seeds")
        same = {name: value for name, value in self.config.items() if name not in varies}
        digest = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
        return f"rows-{digest[:16]}.jsonl"

    def result(self, done: "list[Row]", report: "Callable[[Row, float], None]") -> "Result":
        from wvae.benchmark_results import Result, ResultConfig, environment
        from wvae.clustering import benchmark, oracle_row

        run, tested = self.run, self.digits[self.split.test]
        how: dict[str, Any] = {"clusterers": run.clusterers, "fits": run.fits, "seeds": run.seeds}
        rows = benchmark(self.representations, self.digits, self.split, **how, done=done, report=report)
        if tested.factors:
            likely = true_log_likelihoods(tested, self.digits, self.split)
            rows = [oracle_row(likely, tested.writers, run.protocol), *rows]
        return Result(cast(ResultConfig, self.config), environment(), tested.writers, rows)


def run_job(folder: Path) -> None:
    """Do what the ``job.json`` of a folder says, from where an earlier process left off.

    Raises:
        WvaeError: as :func:`run_benchmark`, or ``job.json`` is missing or damaged.
    """
    job = read_job(folder, BenchmarkJob)
    run_benchmark(job.run, folder.with_suffix(""), root=job.root)


def true_log_likelihoods(images: DigitSet, digits: DigitSet, split: WriterSplit) -> NDArray[np.float32]:
    """Log-likelihood of each synthetic image under each evaluation writer's true style: ``(n, writers)``."""
    from wvae.sources import synthetic

    styles = synthetic.writer_styles(int(digits.writers.max()) + 1)
    among = {name: style[split.evaluation_writers] for name, style in styles.items()}
    return synthetic.writer_log_likelihoods(images, among)


def part_folder(file: Path) -> Path:
    """Where a benchmark works until its result is written to ``file``."""
    return file.with_name(f"{file.name}.part")


def _finished_rows(path: Path) -> "list[Row]":
    """The rows that an earlier call has made of the same writers, images and weights."""
    from wvae.benchmark_results import Row

    return read_lines(path, Row)


def start_benchmark(run: BenchmarkRun, file: Path, *, root: str | Path | None = None) -> None:
    """Run a benchmark in a process of its own.

    Raises:
        WvaeError: it is under way already, or the folder cannot be written.
    """
    folder = part_folder(file)
    with folder_lock(folder) as lock:
        write_job(folder, KIND, BenchmarkJob(run, str(data_root(root))))
        start(folder, lock)


def resume_benchmark(folder: Path) -> None:
    """Go on, in a process of its own, with a benchmark that was broken off in its part folder.

    Raises:
        WvaeError: it is under way, its settings are damaged, or the folder cannot be written.
    """
    with folder_lock(folder) as lock:
        read_job(folder, BenchmarkJob)
        start(folder, lock)
