"""The training page through Streamlit's own test driver, with real runs."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.waiting import wait_until
from wvae.errors import ConfigError
from wvae.jobs import Status, folder_lock, read_status, stop, write_job
from wvae.model import ModelConfig
from wvae.objective import LossWeights
from wvae.presets import PRESETS
from wvae.training_config import TrainingConfig
from wvae.training_job import KIND, start_run
from wvae.training_queue import enqueue
from wvae.training_run import TrainingJob, TrainingRun, list_runs, read_run
from wvae.ui.page_bodies.training_form import PRESET_WORDS, SETTINGS, with_labels
from wvae.ui.page_bodies.training_runs import duration, kept_and_lost

HERE = Path(__file__).resolve().parents[2]
SHIPPED = HERE / "checkpoints/synthetic-10d"
Show = Callable[..., AppTest]
RUN = TrainingRun("article", ModelConfig(hidden=16), TrainingConfig(100_000, 50), "synthetic:12", 4)


@pytest.fixture
def runs(house: Path):
    """The folder of runs, all of which are stopped after the test."""
    yield house / "runs"
    for run in list_runs(house / "runs"):
        stop(run.folder)
        wait_until(run.folder)


def test_every_setting_and_preset_has_a_sentence() -> None:
    names = {field.name for kind in (ModelConfig, TrainingConfig, LossWeights, TrainingRun) for field in fields(kind)}
    parts = {"encoder", "style_flow", "decoder", "prior"}  # a preset chooses these
    assert set(SETTINGS) == names - {"weights", "preset", "model", "training", "source"} - parts
    assert set(PRESET_WORDS) == set(PRESETS)


def test_a_preset_brings_its_settings(show: Show) -> None:
    app = show("training")
    assert "The preset wvae is a good first choice" in app.info[0].value
    assert app.radio(key="preset").value == "wvae"
    assert all("article's" in PRESET_WORDS[preset] for preset in PRESETS if preset.startswith("article"))
    for preset, (model, training) in PRESETS.items():
        app.radio(key="preset").set_value(preset).run()
        assert not app.exception
        assert app.number_input(key=f"training {preset} epochs").value == training.epochs
        assert app.number_input(key=f"training {preset} kl_b").value == training.weights.kl_b
        shown = {widget.key for widget in [*app.segmented_control, *app.number_input]}
        flow = model.style_flow != "identity"
        assert (f"training {preset} flow_epochs" in shown) == flow
        assert (f"training {preset} classifier" in shown) == (not flow)
        if not flow:
            assert app.segmented_control(key=f"training {preset} classifier").value == model.classifier


def test_the_form_starts_what_it_says(show: Show, runs: Path) -> None:
    app = show("training", preset="article")
    app.text_input(key="training name").set_value("mine")
    for name, value in {
        "latent_b": 3,
        "hidden": 16,
        "epochs": 2,
        "learning_rate": 2e-3,
        "evaluation_writers": 4,
    }.items():
        app.number_input(key=f"training article {name}").set_value(value)
    app.button(key="training start").click().run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="run").value == "mine"
    expected = PRESETS["article"]
    training = replace(expected.training, epochs=2, learning_rate=2e-3)
    assert read_run(runs / "mine") == TrainingRun("article", ModelConfig(1, 3, 16), training, "synthetic", 4)
    app.button(key="training start").click().run()
    assert "choose another name" in app.error[0].value
    assert [run.name for run in list_runs(runs)] == ["mine"]


def test_a_finished_run_is_shown_with_its_reconstructions(show: Show, runs: Path) -> None:
    shutil.copytree(SHIPPED, runs / "mine")
    (runs / "mine/status.json").write_text(json.dumps({"state": "finished", "message": "69.6 nats"}))
    app = show("training")
    assert not app.exception
    assert not app.error
    assert "mine" in app.sidebar.selectbox(key="model").options
    assert "after all its training" in app.image[0].proto.imgs[0].caption
    assert not any(button.key in ("training stop", "training resume") for button in app.button)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("training name", "../elsewhere", "A name has"),
        ("training name", "synthetic-10d", "choose another name"),
        ("training article batch_size", 0, "**Batch** must be a whole number from 1"),
        ("training article latent_a", 0, "**Latent A** must be a whole number from 1"),
    ],
)
def test_what_cannot_be_started_is_said(key: str, value: object, says: str, show: Show, runs: Path) -> None:
    app = show("training", preset="article")
    widget = app.text_input(key=key) if key == "training name" else app.number_input(key=key)
    widget.set_value(value)
    app.button(key="training start").click().run()
    assert says in app.error[0].value
    assert not runs.exists()


def test_digits_that_are_not_here_can_be_downloaded(house: Path) -> None:
    app = AppTest.from_file(str(HERE / "dashboard.py"), default_timeout=60)
    app.switch_page(str(HERE / "pages/training.py"))
    app.session_state["training digits"] = "qmnist:test"  # as if it was typed, which the test driver cannot do
    app.run()
    assert app.error[0].value == "The digits of qmnist:test are not here yet."
    assert app.button(key="download missing qmnist:test form").label == "Download qmnist:test"
    assert app.button(key="training start").disabled


def test_a_run_is_stopped_resumed_and_deleted(show: Show, runs: Path) -> None:
    start_run(RUN, runs / "long", device="cpu")
    wait_until(runs / "long", lambda run: run.number("epoch") > 2)
    app = show("training")
    assert any("Stop now **keeps** epoch " in text.value for text in app.markdown)
    app.button(key="training stop after epoch").click().run()
    stopped = wait_until(runs / "long")
    assert (stopped.state, stopped.number("done")) == ("stopped", 480 * stopped.number("epoch"))
    app.run()
    assert any(f"epoch {stopped.number('epoch')} of 100000 is kept" in text.value for text in app.markdown)
    app.button(key="training resume").click().run()
    app.button(key="training stop").click().run()
    assert wait_until(runs / "long").state == "stopped"
    app.run()
    app.button(key="training resume").click().run()
    assert not app.error
    assert read_status(runs / "long").alive
    assert app.button(key="training stop")
    stop(runs / "long")
    wait_until(runs / "long")
    app.run()
    app.button(key="training delete").click().run()
    assert not app.exception
    assert not (runs / "long").exists()
    assert "No model has been trained here yet" in app.info[0].value
    assert not app.warning  # as of a link to a run that is gone


def test_an_error_about_a_weight_has_its_label() -> None:
    with pytest.raises(ConfigError) as error:
        LossWeights(kl_a=-1)
    assert with_labels(str(error.value)).startswith("**Weight: KL of A** must be a number")
    assert with_labels("A name must be short.") == "A name must be short."


def test_a_run_that_failed_names_the_curve(show: Show, runs: Path) -> None:
    (runs / "mine").mkdir(parents=True)
    message = "The loss term kl_b became nan in epoch 3 after 50 images; the state after epoch 2 is kept."
    (runs / "mine/status.json").write_text(json.dumps({"state": "failed", "message": message}))
    app = show("training")
    said = message.replace("kl_b", "KL of B")
    assert any(text.value == said for text in app.markdown)
    assert app.dataframe[0].value["message"].tolist() == [said]


def test_damaged_runs_among_others(show: Show, runs: Path) -> None:
    for name in ("a", "b"):
        (runs / name).mkdir(parents=True)
        (runs / name / "status.json").write_text(json.dumps({"state": "finished", "message": "10 nats", "epoch": 2}))
        (runs / name / "metrics.jsonl").write_text('{"epoch": 1, "seconds": 1, "reconstruction": 2}\n')
    (runs / "a/metrics.jsonl").write_text("nonsense\n")
    (runs / "a/model.safetensors").write_bytes(b"nonsense")
    app = show("training", run="a")
    app.selectbox(key="run").set_value("a").run()
    assert not app.exception
    assert len(app.error) == 2
    app.selectbox(key="run").set_value("b").run()
    assert not app.exception
    assert not app.error
    for file in (runs / "b").iterdir():
        file.unlink()
    (runs / "b").rmdir()
    app.run()
    assert not app.exception
    assert app.selectbox(key="run").value == "a"


def test_one_can_train_where_there_is_no_model(house: Path, show: Show) -> None:
    (house / "checkpoints").unlink()
    app = show("training")
    assert not app.exception
    assert "There is no trained model" in app.error[0].value
    assert app.button(key="training start")


@pytest.mark.parametrize(
    ("done", "says"),
    [
        (0, "keeps** no epoch yet, and **loses** nothing."),
        (30, "keeps** no epoch yet, and **loses** epoch 1, of which 30% is done."),
        (100, "keeps** epoch 1 of 3, from which *Resume* goes on, and **loses** nothing."),
        (262, "keeps** epoch 2 of 3, from which *Resume* goes on, and **loses** epoch 3, of which 62% is done."),
        (300, "keeps** the trained model and **loses** its figures, which *Resume* measures anew."),
    ],
)
def test_what_a_stop_keeps_and_loses(done: int, says: str) -> None:
    run = Status(Path("run"), "running", "", {"done": done, "total": 300, "epochs": 3})
    assert kept_and_lost(run) == f"Stop now **{says}"


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_disk_that_cannot_be_written_leaves_the_page_alive(show: Show, house: Path, small_disk: Path) -> None:
    (house / "runs").symlink_to(small_disk)
    with folder_lock(small_disk / "mine"):
        write_job(small_disk / "mine", KIND, TrainingJob(RUN, device="cpu"))
        enqueue(small_disk / "mine", "cpu")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    app = show("training")
    assert not app.exception
    assert "could not be written" in app.error[0].value
    app.button(key="training stop").click().run()
    assert not app.exception
    assert "could not be written" in app.toast[0].value
