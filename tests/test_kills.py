"""What is left of jobs that are killed at any of their writes goes on to the result of an unbroken one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.killed_jobs import TRAINING
from tests.waiting import wait_until
from wvae.benchmark_job import part_folder
from wvae.benchmark_results import read_result
from wvae.checkpoint import load_checkpoint, read_config
from wvae.jobs import LOCK, read_status
from wvae.training_run import list_runs, read_metrics, read_run

HERE = Path(__file__).parent.parent


def run(case: str, home: Path) -> None:
    command = [sys.executable, "-m", "tests.killed_jobs", case, str(home)]
    ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]


@pytest.mark.parametrize(("case", "gaps"), [("training", 14), ("start", 4)])
def test_a_training_killed_before_any_write(case: str, gaps: int, tmp_path: Path) -> None:
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


def test_a_benchmark_killed_before_any_write(tmp_path: Path) -> None:
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
def test_of_processes_that_begin_at_once_one_works(case: str, tmp_path: Path) -> None:
    run(case, tmp_path)
