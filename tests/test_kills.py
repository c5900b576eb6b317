"""What is left of jobs that are killed at any of their writes goes on to the result of an unbroken one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.forked import TRAINING
from tests.random_kills import CONTENT
from tests.waiting import wait_until
from wvae.benchmark_job import part_folder
from wvae.benchmark_results import read_result
from wvae.checkpoint import load_checkpoint, read_config
from wvae.jobs import LOCK, read_status
from wvae.journal import LOG
from wvae.training_run import list_runs, read_metrics, read_run

HERE = Path(__file__).parent.parent


KILLS = int(os.environ.get("WVAE_KILLS", "20"))

RunCase = Callable[..., None]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunCase]:
    """Does a case of :mod:`tests.killed_jobs` in a folder."""
    errors = tmp_path_factory.mktemp("killed_jobs") / "errors.txt"
    command = [sys.executable, "-m", "tests.killed_jobs"]
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):

        def run_case(case: str, home: Path, *details: object) -> None:
            assert process.stdin
            assert process.stdout
            print(json.dumps([case, str(home), *details]), file=process.stdin, flush=True)
            assert process.stdout.readline() == "0\n", errors.read_text()[-3000:]

        yield run_case


@pytest.mark.parametrize(("case", "gaps"), [("training", 14), ("start", 4)])
def test_a_training_killed_before_any_write(case: str, gaps: int, run: RunCase, tmp_path: Path) -> None:
    run(case, tmp_path)
    *broken, unbroken = sorted(tmp_path.iterdir())
    wait_until(unbroken / "run")
    assert len(broken) >= gaps
    expected, figures = load_checkpoint(unbroken / "run").state_dict(), read_config(unbroken / "run")["figures"]
    for home in broken:
        folder = home / "run"
        assert read_run(folder) == TRAINING
        assert {path.name for path in folder.iterdir()} <= {path.name for path in (unbroken / "run").iterdir()}
        found = load_checkpoint(folder).state_dict()
        assert all(torch.equal(value, found[name]) for name, value in expected.items()), home
        assert read_config(folder)["figures"] == figures
        assert [line["epoch"] for line in read_metrics(folder)] == [1, 2]
        assert [status.state for status in list_runs(home)] == ["finished"]
        assert read_status(folder).message == read_status(unbroken / "run").message


def test_a_benchmark_killed_before_any_write(run: RunCase, tmp_path: Path) -> None:
    run("benchmark", tmp_path)
    *broken, unbroken = sorted(tmp_path.iterdir())
    assert len(broken) >= 9
    expected = read_result(unbroken / "result.json")
    assert os.listdir(unbroken) == ["result.json"]
    for home in broken:
        result = read_result(home / "result.json")
        assert [(row.key, row.labels) for row in result.rows] == [(row.key, row.labels) for row in expected.rows]
        assert {path.name for path in home.rglob("*")} <= {"result.json", "result.json.part", LOCK}
        assert not read_status(part_folder(home / "result.json")).alive


@pytest.mark.parametrize("case", ["race", "locks"])
def test_of_processes_that_begin_at_once_one_works(case: str, run: RunCase, tmp_path: Path) -> None:
    run(case, tmp_path)


def test_a_training_that_others_begin_as_it_ends_is_not_done_again(run: RunCase, tmp_path: Path) -> None:
    run("ending", tmp_path)
    assert (tmp_path / "run" / LOG).read_text().count("running: training on") == 1
    assert [status.state for status in list_runs(tmp_path)] == ["finished"]


def test_work_killed_at_random_instants(run: RunCase, file_server, tmp_path: Path) -> None:
    """Every file is whole, at most one epoch, row or chunk is lost, and the next start ends as an unbroken one."""
    file_server.files["file.bin"] = CONTENT
    run("random", tmp_path, file_server.url("file.bin"), KILLS)
    table = json.loads((tmp_path / "table.json").read_text())
    print("\n| killed | times | parts done at the kill | of them lost |\n|---|---|---|---|")
    for name, kills in table.items():
        done, lost = [kill["done"] for kill in kills], [max(0, kill["done"] - kill["kept"]) for kill in kills]
        print(f"| {name} | {len(kills)} | {min(done)} to {max(done)} | {max(lost)} at most |")
    assert sum(map(len, table.values())) == KILLS
