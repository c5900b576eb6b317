"""Benchmarks that are watched, broken off and gone on with: real processes, real files."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from tests.waiting import wait_until
from wvae.benchmark_job import BenchmarkRun, part_folder, resume_benchmark, run_benchmark, start_benchmark
from wvae.benchmark_results import Row, read_result
from wvae.cli import main
from wvae.clustering import FITS
from wvae.digits import writer_split
from wvae.errors import ConfigError, RunError, WvaeError
from wvae.jobs import JOB, Status, is_alive, read_status, stop
from wvae.representations import ORACLE
from wvae.sources import load_digits, synthetic

CHECKPOINT = Path(__file__).parent.parent / "checkpoints/synthetic-10d"
RUN = BenchmarkRun(
    str(CHECKPOINT), "synthetic:12", 4, 0, "disjoint",
    ("raw pixels", "latent B"), ("k-means", "gaussian mixture"), FITS, 1,
)  # fmt: skip
MADE = 8  # rows that clusterers make of each seed: two representations, two clusterers, two fits


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """Where a result goes; whoever still works on it after the test is stopped."""
    path = tmp_path / "results" / "mine.json"
    yield path
    stop(part_folder(path))
    wait_until(part_folder(path))


def three_rows_kept(status: Status) -> bool:
    assert status.alive, status
    return len(kept(status.folder)) >= 3


def rows_file(file: Path) -> Path:
    """Where the rows of the one benchmark are kept that works on a result."""
    (rows,) = part_folder(file).glob("rows-*.jsonl")
    return rows


def kept(folder: Path) -> list[Row]:
    lines = [line for file in folder.glob("rows-*.jsonl") for line in file.read_text().splitlines(keepends=True)]
    return [Row(**json.loads(line)) for line in lines if line.endswith("\n")]


def broken_off(run: BenchmarkRun, file: Path) -> list[Row]:
    """What is kept of a run that is interrupted after three rows."""
    made = []

    def interrupt(row: Row, share: float) -> None:
        made.append(row)
        if len(made) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_benchmark(run, file, report=interrupt)
    status = read_status(part_folder(file))
    assert (status.state, status.message) == ("stopped", "rows that are kept: 3")
    assert kept(part_folder(file)) == made
    return made


def test_a_result_file_holds_what_its_labels_say(file: Path) -> None:
    returned = run_benchmark(RUN, file)
    assert list(file.parent.iterdir()) == [file]
    content = json.loads(file.read_text())
    assert content.keys() == {"config", "environment", "writers", "summary", "rows"}
    digits = load_digits(RUN.source)
    config = json.loads(json.dumps(asdict(RUN))) | {"data_digest": synthetic.identity(12)}
    assert {name: content["config"].get(name) for name in config} == config
    assert len(content["config"]["weights_digest"]) == 64
    writers = np.array(content["writers"])
    assert writers.tolist() == digits.writers[writer_split(digits, 4).test].tolist()
    assert len(content["summary"]) == len(content["rows"]) == 3 + MADE
    for row in content["rows"]:
        labels = np.array(row["labels"])
        commonest = [np.bincount(writers[labels == cluster]).max() for cluster in np.unique(labels)]
        scores = sum(commonest) / len(writers), adjusted_rand_score(writers, labels)
        scores += (adjusted_mutual_info_score(writers, labels),)
        assert (row["purity"], row["ari"], row["ami"]) == pytest.approx(scores, abs=5e-5)
        assert (row["protocol"], row["seed"], len(labels)) == ("disjoint", 0, 24)
    made = [row for row in content["rows"] if row["clusterer"] != "none"]
    assert [(row["representation"], row["clusterer"], row["fit"]) for row in made] == [
        (representation, clusterer, fit)
        for representation in RUN.representations
        for clusterer in RUN.clusterers
        for fit in FITS
    ]
    assert all(row["seconds"] > 0 for row in made)
    best = content["rows"][0]
    assert best["representation"] == ORACLE
    assert best["ami"] > max(row["ami"] for row in content["rows"][1:])
    assert read_result(file).rows == returned.rows


def test_a_killed_benchmark_goes_on_with_the_rows_it_had(file: Path) -> None:
    seeds, folder = 20, part_folder(file)
    start_benchmark(replace(RUN, seeds=seeds), file)
    running = wait_until(part_folder(file), three_rows_kept)
    with pytest.raises(RunError, match="Another process"):
        resume_benchmark(folder)
    os.kill(int((running.folder / "lock").read_text()), signal.SIGKILL)
    killed = wait_until(part_folder(file))
    assert (killed.state, killed.message) == ("stopped", "its process is gone")
    before = kept(folder)
    assert 3 <= len(before) < seeds * MADE
    assert not file.exists()

    resume_benchmark(folder)
    wait_until(part_folder(file), lambda status: not folder.exists())
    assert list(file.parent.iterdir()) == [file]
    rows = {row.key: row for row in read_result(file).rows}
    assert sum(row.clusterer != "none" for row in rows.values()) == seeds * MADE
    assert [rows[row.key] for row in before] == before  # their times too, which would differ if they were made anew


@pytest.mark.filterwarnings("ignore:.* tasks (which were still being processed|have been successfully)")
def test_a_stopped_benchmark_leaves_its_folder(file: Path) -> None:
    """The command line in this process: its handler turns the signal into an exit."""
    folder = part_folder(file)

    def stop_soon() -> None:
        wait_until(part_folder(file), lambda status: len(kept(folder)) >= 3)
        stop(folder)

    thread = threading.Thread(target=stop_soon)
    thread.start()
    names = ",".join(RUN.representations)
    options = ["--writers", "4", "--representations", names, "--seeds", "40"]
    with pytest.raises(SystemExit, match="130"):
        main(["benchmark", RUN.checkpoint, "--data", RUN.source, *options, "--json", str(file)])
    thread.join()
    status = read_status(folder)
    assert (status.state, status.message) == ("stopped", f"rows that are kept: {len(kept(folder))}")
    assert 0 < (status.progress or 0) < 1
    assert 3 <= len(kept(folder)) < 40 * MADE
    assert not file.exists()


@pytest.mark.filterwarnings("ignore:.* tasks (which were still being processed|have been successfully)")
@pytest.mark.parametrize(("change", "taken"), [({}, 3), ({"seeds": 2}, 3), ({"split_seed": 1}, 0)])
def test_rows_are_taken_over_from_the_same_writers_only(change: dict[str, int], taken: int, file: Path) -> None:
    before = broken_off(RUN, file)
    with open(rows_file(file), "a") as rows:
        rows.write('{"representation": "raw pix')  # as a kill in the middle of a line would leave it
    run, made = replace(RUN, **change), []
    result = run_benchmark(run, file, report=lambda row, share: made.append((row, share)))
    assert len(made) == MADE * run.seeds - taken
    assert made[-1][1] == 1
    assert [row in result.rows for row in before] == [taken > 0] * 3
    digits = load_digits(run.source)
    assert result.writers.tolist() == digits.writers[writer_split(digits, 4, run.split_seed).test].tolist()
    assert list(file.parent.iterdir()) == [file]


def test_a_protocol_that_the_model_does_not_keep_is_said(file: Path) -> None:
    start_benchmark(replace(RUN, protocol="article"), file)
    status = wait_until(part_folder(file))
    assert status.state == "failed"
    assert "knows no writer of synthetic:12: choose the disjoint protocol" in status.message
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read"),
        ("", "cannot be read"),
        ("nonsense", "cannot be read"),
        ("[]", "cannot be read"),
        ("{}", "does not say what to do"),
        ('{"kind": "benchmark", "run": {"seeds": 1, "colour": 2}}', "not known here, 'colour'"),
        ('{"kind": "benchmark", "run": {"seeds": 1}}', "checkpoint"),
    ],
)
def test_a_damaged_job_is_said(text: str | None, says: str, file: Path) -> None:
    folder = part_folder(file)
    folder.mkdir(parents=True)
    if text is not None:
        (folder / JOB).write_text(text)
    with pytest.raises(WvaeError, match=says):
        resume_benchmark(folder)
    assert not is_alive(folder)


@pytest.mark.filterwarnings("ignore:.* tasks (which were still being processed|have been successfully)")
def test_a_row_that_cannot_be_read_is_named_and_kept(file: Path) -> None:
    broken_off(RUN, file)
    rows = rows_file(file)
    first, second, third = rows.read_text().splitlines()
    for line, number in ((second[:40], 2), ('{"colour": 2}', 2), ("[]", 2)):
        rows.write_text("\n".join([first, line, third]) + "\n")
        content = rows.read_bytes()
        with pytest.raises(RunError, match=rf"Line {number} of .*{rows.name} cannot be read"):
            run_benchmark(RUN, file)
        assert rows.read_bytes() == content
        assert not file.exists()
    rows.write_text("\n".join([first, second, third]) + "\n")
    made = []
    run_benchmark(RUN, file, report=lambda row, share: made.append(row))
    assert len(made) == MADE - 3


@pytest.mark.parametrize("wrong", [{"clusterers": ("dbscan",)}, {"representations": ("latent C",)}])
def test_a_misspelt_name_leaves_nothing(wrong: dict[str, tuple[str, ...]], file: Path) -> None:
    file.parent.mkdir()
    with pytest.raises(ConfigError, match=r"dbscan|latent C"):
        run_benchmark(replace(RUN, **wrong), file)
    assert not list(file.parent.iterdir())


@pytest.mark.filterwarnings("ignore:.* tasks (which were still being processed|have been successfully)")
def test_a_misspelt_name_costs_no_rows(file: Path) -> None:
    before = broken_off(RUN, file)
    with pytest.raises(ConfigError, match="dbscan"):
        run_benchmark(replace(RUN, clusterers=("dbscan",)), file)
    assert kept(part_folder(file)) == before
