"""Training runs in the background: real processes, real files."""

import json
import os
import signal
import subprocess
import sys
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
from wvae.sources import synthetic
from wvae.training import Progress, read_snapshot
from wvae.training_config import TrainingConfig
from wvae.training_job import resume_run, run_training, start_run
from wvae.training_queue import stop_run, watch_queue
from wvae.training_run import (
    TrainingRun,
    kept_message,
    list_runs,
    read_metrics,
    read_run,
    stop_after_epoch,
    stops_after_epoch,
)

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
        stop_run(run.folder)
        wait_until(run.folder)


def test_runs_outlive_the_process_that_started_them_and_wait_for_each_other(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests'); from test_training_job import LONG, SHORT;"
        f"from wvae.training_job import start_run; start_run(LONG, Path({str(home / 'first')!r}), device='cpu')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=HERE, check=True, timeout=60)
    assert is_alive(home / "first")
    wait_until(home / "first", lambda status: status.state == "running")
    start_run(SHORT, home / "mine", device="cpu")
    waiting = wait_until(home / "mine", lambda status: status.state == "waiting")
    assert waiting.message == "waits for the device cpu, on which first is at work"
    assert waiting.alive
    assert not is_alive(home / "mine")  # it waits without a process
    assert not read_metrics(home / "mine")
    assert {(run.name, run.alive) for run in list_runs(home)} == {("first", True), ("mine", True)}
    stop(home / "first")
    status = wait_until(home / "mine")
    assert read_status(home / "first").state == "stopped"

    assert status.state == "finished", status
    assert status.progress == 1
    assert (status.number("epoch"), status.number("epochs"), status.number("total")) == (3, 3, 3 * 480)
    assert load_checkpoint(home / "mine").config == SHORT.model
    assert read_run(home / "mine") == SHORT
    assert read_config(home / "mine")["data"]["digest"] == synthetic.identity(12)
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
    assert f"epoch {snapshot.epochs_done} of 80 is kept" in stopped.message
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


def test_a_run_stops_at_the_end_of_its_epoch_and_goes_on(home: Path) -> None:
    start_run(LONG, home / "mine", device="cpu")
    wait_until(home / "mine", two_epochs_done)
    stop_after_epoch(home / "mine")
    assert stops_after_epoch(home / "mine")
    status = wait_until(home / "mine")
    kept = read_snapshot(home / "mine" / "last").epochs_done
    assert (status.state, status.message) == ("stopped", kept_message(kept, 100_000))
    assert (status.number("epoch"), status.number("done")) == (kept, kept * 480)  # no part of an epoch is lost
    resume_run(home / "mine")
    wait_until(home / "mine", lambda status: status.alive and status.number("epoch") > kept + 2)


def test_a_run_stops_after_its_last_epoch_before_it_is_measured(home: Path) -> None:
    def ask(progress: Progress) -> None:
        if (progress.epoch, progress.images) == (2, progress.n_images):
            stop_after_epoch(home / "mine")

    with pytest.raises(KeyboardInterrupt):
        run_training(SHORT, home / "mine", device="cpu", report=ask)
    assert read_status(home / "mine").message == "all 3 epochs are kept; when it is resumed, it is measured"
    run_training(SHORT, home / "mine", device="cpu", resume=True)
    assert read_status(home / "mine").state == "finished"
    assert not stops_after_epoch(home / "mine")


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
        ("training", {"epochs": 3, "weights": {}, "colour": 1}, "colour"),
        ("training", {"epochs": 0, "weights": {}}, "epochs must be"),
        ("model", {"latent_a": 2, "depth": 3}, "depth"),
        ("data", [], "cannot be read"),
        ("data", {"source": "synthetic:12"}, "split"),
    ],
)
def test_a_config_with_a_missing_or_foreign_field(section: str, value: object, says: str, home: Path) -> None:
    sections = {
        "format_version": 1,
        "preset": "article",
        "model": {"latent_a": 2, "latent_b": 3, "hidden": 16, "classifier": True},
        "training": {"epochs": 3},
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
    with pytest.raises(RunError, match=r"Line 2 of .*metrics\.jsonl cannot be read"):
        read_metrics(tmp_path)
    (tmp_path / "metrics.jsonl").write_text('{"epoch": 1}\n{"epo')
    assert read_metrics(tmp_path) == [{"epoch": 1}]


def test_a_run_of_an_earlier_version_goes_on_from_its_config(home: Path) -> None:
    """It has no job.json, and its config says of the classifier only whether there is one."""

    def stop_it(progress: Progress) -> None:
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_training(SHORT, home / "old", device="cpu", report=stop_it)
    (home / "old/job.json").unlink()
    config = json.loads((home / "old/config.json").read_text())
    for name in set(config["model"]) - {"latent_a", "latent_b", "hidden"}:
        del config["model"][name]
    config |= {"format_version": 1, "model": config["model"] | {"classifier": True}}
    (home / "old/config.json").write_text(json.dumps(config))
    assert read_run(home / "old") == SHORT
    resume_run(home / "old")
    assert wait_until(home / "old").state == "finished"
    assert [line["epoch"] for line in read_metrics(home / "old")] == [1, 2, 3]
    run_training(SHORT, home / "unbroken", device="cpu")
    expected, found = (load_checkpoint(home / name).state_dict() for name in ("unbroken", "old"))
    assert all(torch.equal(value, found[name]) for name, value in expected.items())


@pytest.mark.parametrize(("fields", "says"), [({"epochs": 3}, None), ({"colour": 1}, "'colour'")])
def test_a_job_of_another_version(fields: dict[str, int], says: str | None, home: Path) -> None:
    job = {"kind": "training", "run": {"preset": "article", "model": {}, "training": fields, "source": "synthetic"}}
    (home / "x").mkdir(parents=True)
    (home / "x/job.json").write_text(json.dumps(job))
    if says is None:
        assert read_run(home / "x") == TrainingRun("article", ModelConfig(), TrainingConfig(3), "synthetic")
    else:
        with pytest.raises(WvaeError, match=says):
            resume_run(home / "x")


def test_a_finished_run_that_is_resumed_says_its_figures_and_is_not_trained_again(home: Path) -> None:
    """As when it was killed after it had written its weights."""
    trained = run_training(SHORT, home / "mine", device="cpu")
    written = (home / "mine/model.safetensors").read_bytes()
    (home / "mine/last").mkdir()
    (home / "mine/status.json").write_text('{"state": "running", "message": "measuring the trained model"}')
    assert run_training(SHORT, home / "mine", device="cpu", resume=True) == trained
    assert not (home / "mine/last").exists()
    assert read_status(home / "mine").state == "finished"
    assert (home / "mine/model.safetensors").read_bytes() == written
    with pytest.raises(RunError, match="already holds a finished checkpoint"):
        run_training(SHORT, home / "mine", device="cpu")


def test_runs_wait_in_a_queue_without_processes_and_come_in_turn(home: Path) -> None:
    start_run(LONG, home / "first", device="cpu")
    for name in ("a", "b", "c"):
        start_run(SHORT, home / name, device="cpu")
    assert [is_alive(home / name) for name in ("first", "a", "b", "c")] == [True, False, False, False]
    assert {run.name: run.state for run in list_runs(home)}.items() >= {"a": "waiting", "b": "waiting"}.items()
    stop_run(home / "b")
    assert read_status(home / "b").state == "stopped"
    os.kill(int((home / "first/lock").read_text()), signal.SIGKILL)
    wait_until(home / "first")
    assert not is_alive(home / "a")  # nobody could start it
    watch_queue(home, 0.1)  # as the server of the dashboard does
    wait_until(home / "a", lambda status: status.state == "running")
    assert wait_until(home / "a").state == "finished"
    assert wait_until(home / "c").state == "finished"
    ended = [(home / name / "model.safetensors").stat().st_mtime_ns for name in ("a", "c")]
    assert ended == sorted(ended)
    assert read_status(home / "b").state == "stopped"
    assert not list(home.glob("*/queued"))
