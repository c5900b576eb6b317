"""Runs and downloads in the background: real processes, real files."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.waiting import wait_until
from wvae.checkpoint import load_checkpoint, read_config
from wvae.errors import ConfigError, RunError, WvaeError
from wvae.jobs import Status, delete_folder, is_alive, read_status, stop
from wvae.model import ModelConfig
from wvae.objective import LossWeights
from wvae.runs import (
    TrainingRun,
    fetch_folder,
    list_runs,
    read_metrics,
    read_run,
    resume_run,
    run_fetch,
    run_training,
    start_fetch,
    start_run,
)
from wvae.sources import emnist, identity, load_digits
from wvae.sources.download import CHUNK
from wvae.training import TrainingConfig, read_snapshot

HERE = Path(__file__).parent.parent
SHORT = TrainingRun(
    "article",
    ModelConfig(2, 3, hidden=16),
    TrainingConfig(3, 50, weights=LossWeights(classification=2.5)),
    "synthetic:12",
    evaluation_writers=4,
)
LONG = replace(SHORT, training=replace(SHORT.training, epochs=100_000))


def two_epochs_done(status: Status) -> bool:
    assert status.alive, status
    return status.number("epoch") > 2


@pytest.fixture
def home(tmp_path: Path):
    """A folder for runs, all of which are stopped after the test."""
    yield tmp_path / "runs"
    for run in list_runs(tmp_path / "runs"):
        stop(run.folder)
        wait_until(run.folder)


def test_runs_outlive_the_process_that_started_them_and_wait_for_each_other(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests'); from test_runs import LONG, SHORT;"
        f"from wvae.runs import start_run; start_run(LONG, Path({str(home / 'first')!r}), device='cpu')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=HERE, check=True, timeout=60)
    assert is_alive(home / "first")
    wait_until(home / "first", lambda status: status.state == "running")
    start_run(SHORT, home / "mine", device="cpu")
    waiting = wait_until(home / "mine", lambda status: status.state == "waiting")
    assert "first has the device cpu" in waiting.message
    assert waiting.alive
    assert not read_metrics(home / "mine")
    assert {(run.name, run.alive) for run in list_runs(home)} == {("first", True), ("mine", True)}
    stop(home / "first")
    status = wait_until(home / "mine")
    assert read_status(home / "first").state == "stopped"

    assert status.state == "finished", status
    assert status.share == 1
    assert (status.number("epoch"), status.number("epochs"), status.number("total")) == (3, 3, 3 * 480)
    assert load_checkpoint(home / "mine").config == SHORT.model
    assert read_run(home / "mine") == SHORT
    assert read_config(home / "mine")["data"]["digest"] == identity(SHORT.source, load_digits(SHORT.source))
    assert [line["epoch"] for line in read_metrics(home / "mine")] == [1, 2, 3]
    with pytest.raises(ConfigError, match="choose another name"):
        start_run(SHORT, home / "mine", device="cpu")
    with pytest.raises(RunError, match="nothing to resume"):
        resume_run(home / "mine")
    assert read_status(home / "mine") == status


def test_a_stopped_run_and_a_killed_one_go_on_to_the_weights_of_an_unbroken_one(home: Path) -> None:
    run = replace(SHORT, training=replace(SHORT.training, epochs=80))
    run_training(run, home / "unbroken", device="cpu")
    start_run(run, home / "broken", device="cpu")
    wait_until(home / "broken", two_epochs_done)
    with pytest.raises(RunError, match="still going on"):
        delete_folder(home / "broken")
    with pytest.raises(RunError, match="Another process"):
        resume_run(home / "broken")
    stop(home / "broken")
    stopped = wait_until(home / "broken")
    assert stopped.state == "stopped"
    snapshot = read_snapshot(home / "broken" / "last")
    assert snapshot.model.config == run.model
    assert snapshot.epochs_done in (stopped.number("epoch"), stopped.number("epoch") - 1)

    config = read_config(home / "broken")
    with pytest.raises(RunError, match="was begun with latent_b 3, not 4: resume it as it was begun"):
        run_training(replace(run, model=replace(run.model, latent_b=4)), home / "broken", resume=True)
    other_weights = replace(run.training, weights=LossWeights(classification=3))
    with pytest.raises(RunError, match=r"was begun with classification 2\.5, not 3"):
        run_training(replace(run, training=other_weights), home / "broken", resume=True)
    assert read_config(home / "broken") == config

    resume_run(home / "broken")
    wait_until(home / "broken", lambda status: status.number("epoch") > stopped.number("epoch") + 2)
    os.kill(int((home / "broken/lock").read_text()), signal.SIGKILL)
    killed = wait_until(home / "broken")
    assert (killed.state, killed.message) == ("stopped", "its process is gone")
    assert json.loads((home / "broken/status.json").read_text())["state"] == "running"

    resume_run(home / "broken")
    assert wait_until(home / "broken").state == "finished"
    expected, found = (load_checkpoint(home / name).state_dict() for name in ("unbroken", "broken"))
    assert all(torch.equal(value, found[name]) for name, value in expected.items())
    delete_folder(home / "broken")
    assert [run.name for run in list_runs(home)] == ["unbroken"]


def test_a_run_that_cannot_start_says_why(home: Path) -> None:
    start_run(replace(SHORT, evaluation_writers=100), home / "many", device="cpu")
    status = wait_until(home / "many")
    assert status.state == "failed"
    assert "only 12 of 12 writers" in status.message


def test_a_disk_that_fills_during_a_run(small_disk: Path) -> None:
    run = replace(SHORT, model=ModelConfig(2, 3, hidden=500))
    start_run(run, small_disk / "full", device="cpu")
    status = wait_until(small_disk / "full")
    assert status.state == "failed"
    assert "No space left on device" in status.message
    os.waitpid(int((status.folder / "lock").read_text()), 0)  # it still has the disk open


@pytest.mark.parametrize(
    ("section", "value", "says"),
    [
        ("preset", None, "preset"),
        ("training", {"epochs": 3}, "weights"),
        ("training", {"epochs": 3, "weights": {}, "colour": 1}, "colour"),
        ("training", {"epochs": 0, "weights": {}}, "epochs must be"),
        ("model", {"latent_a": 2, "depth": 3}, "depth"),
        ("data", [], "what to train"),
        ("data", {"source": "synthetic:12"}, "split"),
    ],
)
def test_a_config_with_a_missing_or_foreign_field(section: str, value: object, says: str, home: Path) -> None:
    sections = {
        "format_version": 1,
        "preset": "article",
        "model": {"latent_a": 2, "latent_b": 3, "hidden": 16, "classifier": True},
        "training": {"epochs": 3, "weights": {}},
        "data": {"source": "synthetic:12", "split": {"evaluation_writers": 4, "seed": 0}},
    }
    (home / "x").mkdir(parents=True)
    (home / "x/config.json").write_text(json.dumps(sections))
    read_run(home / "x")
    sections[section] = value
    if value is None:
        del sections[section]
    (home / "x/config.json").write_text(json.dumps(sections))
    with pytest.raises(WvaeError, match=says):
        resume_run(home / "x")
    assert not is_alive(home / "x")


def test_damaged_metrics_are_said(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"epoch": 1}\nnonsense\n{"epo')
    with pytest.raises(RunError, match="cannot be read"):
        read_metrics(tmp_path)
    (tmp_path / "metrics.jsonl").write_text('{"epoch": 1}\n{"epo')
    assert read_metrics(tmp_path) == [{"epoch": 1}]


@pytest.fixture
def nist(file_server, monkeypatch: pytest.MonkeyPatch):
    """A stand-in for NIST's server, reached as a proxy, that stops after two chunks and waits."""
    monkeypatch.setenv("http_proxy", file_server.address)
    monkeypatch.setenv("https_proxy", file_server.address)
    monkeypatch.setattr("urllib.request._opener", None)  # one that was made before knows no proxy
    file_server.files[emnist.URLS[1]] = bytes(5 * CHUNK)
    file_server.hold = 2 * CHUNK
    return file_server


def two_chunks_here(status: Status) -> bool:
    part = status.folder.parent / "matlab.zip.part"
    return part.exists() and part.stat().st_size == 2 * CHUNK


def test_a_download_in_the_background_is_watched_and_stopped(nist, tmp_path: Path) -> None:
    start_fetch("emnist:train", tmp_path)
    status = wait_until(fetch_folder(tmp_path), two_chunks_here)
    assert status.alive
    assert status.fields["source"] == "emnist:train"
    assert status.fields["total"] == 5 * CHUNK
    assert status.share in (0, 0.2, 0.4)  # it is not written at each chunk
    with pytest.raises(RunError, match="Another process"):
        start_fetch("emnist:test", tmp_path)
    stop(status.folder)
    assert wait_until(status.folder).state == "stopped"
    assert (tmp_path / "matlab.zip.part").stat().st_size == 2 * CHUNK


def test_a_download_is_seen_by_others_and_fails_with_its_sentence(nist, tmp_path: Path) -> None:
    errors = []

    def fetch() -> None:
        try:
            run_fetch("emnist:train", tmp_path)
        except WvaeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=fetch)
    thread.start()
    wait_until(fetch_folder(tmp_path), two_chunks_here)
    nist.hold = nist.cut = None
    nist.go_on.set()
    thread.join(60)
    assert "could not be fetched" in errors[0]
    status = read_status(fetch_folder(tmp_path))
    assert (status.state, status.message) == ("failed", errors[0])


def test_what_needs_no_download_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs no download"):
        run_fetch("synthetic", tmp_path)
    assert not list(tmp_path.iterdir())
