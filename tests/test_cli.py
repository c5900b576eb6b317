"""The command line as a person calls it: real processes, real files."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from wvae.checkpoint import read_config
from wvae.cli import main
from wvae.jobs import read_metrics

HERE = Path(__file__).parent.parent
TRAIN = ("train", "--preset", "article", "--data", "synthetic:30", "--writers", "10", "--epochs", "4", "--batch", "50")


def wvae(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wvae", *map(str, arguments)]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False, **settings)  # type: ignore[call-overload]


def assert_refused(process: subprocess.CompletedProcess[str], *says: str) -> None:
    """Exit status 2 and one sentence, after whatever progress was shown."""
    assert process.returncode == 2, process.stderr
    assert "Traceback" not in process.stderr
    last = process.stderr.strip().splitlines()[-1]
    assert last.startswith("wvae: ")
    for words in says:
        assert words in last


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "model"
    process = wvae(*TRAIN, "--latent-a", 2, "--latent-b", 3, "--out", folder)
    assert process.returncode == 0, process.stderr
    assert "nats per image" in process.stdout
    assert "epoch 4/4" in process.stderr
    return folder


def test_a_checkpoint_records_how_it_was_made(trained: Path) -> None:
    config = read_config(trained)
    assert config["preset"] == "article"
    assert (config["model"]["latent_a"], config["model"]["latent_b"]) == (2, 3)
    assert config["training"]["epochs"] == 4
    assert config["training"]["seed"] == 0
    assert config["data"]["source"] == "synthetic:30"
    assert config["data"]["images"] == 1200
    assert config["data"]["split"] == {"evaluation_writers": 10, "seed": 0}
    assert len(config["data"]["digest"]) == 64
    assert config["record"]["seconds"] > 0
    assert config["figures"]["reconstruction"]["reconstruction"] > 0
    assert [line["epoch"] for line in read_metrics(trained)] == [1, 2, 3, 4]
    assert json.loads((trained / "status.json").read_text())["state"] == "finished"
    assert not (trained / "last").exists()


def test_evaluate_gives_the_figures_of_training(trained: Path, tmp_path: Path) -> None:
    process = wvae("evaluate", trained, "--data", "synthetic:30", "--json", tmp_path / "out.json")
    assert process.returncode == 0, process.stderr
    found = json.loads((tmp_path / "out.json").read_text())
    figures = read_config(trained)["figures"]
    assert found["split"] == {"evaluation_writers": 10, "seed": 0}
    assert found["images"] == figures["images"] == 600
    assert found["reconstruction"]["reconstruction"] == pytest.approx(figures["reconstruction"]["reconstruction"])
    assert found["digit_accuracy"] == figures["digit_accuracy"]
    assert f"{figures['reconstruction']['reconstruction']:.2f} nats" in process.stdout


def test_a_finished_checkpoint_is_not_overwritten(trained: Path) -> None:
    before = (trained / "model.safetensors").read_bytes()
    assert_refused(wvae(*TRAIN, "--out", trained), "already holds a finished checkpoint")
    assert (trained / "model.safetensors").read_bytes() == before


def test_import_and_info(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(shared / "original/model1.npz"), "--out", str(tmp_path / "article-1")]) == 0
    capsys.readouterr()
    assert main(["info", str(tmp_path / "article-1")]) == 0
    assert json.loads(capsys.readouterr().out)["imported"] == {"file": "model1.npz"}


def test_data_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list"]) == 0
    listed = capsys.readouterr().out
    assert "qmnist:train" in listed
    assert "synthetic" in listed
    assert main(["data", "show", "synthetic:20"]) == 0
    assert "1200 images by 20 writers, 60 to 60 each" in capsys.readouterr().out


def test_help_names_every_command() -> None:
    text = wvae("--help").stdout
    for command in ("data", "train", "evaluate", "import", "info"):
        assert command in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "--preset", "vae", "--data", "synthetic", "--out", "{tmp}/x"), ["no preset 'vae'", "article"]),
        ((*TRAIN, "--latent-b", "0", "--out", "{tmp}/x"), ["latent_b must be a whole number, 1 or more, not 0"]),
        (("train", "--data", "mnist", "--out", "{tmp}/x"), ["'mnist'", "qmnist:train"]),
        (("train", "--data", "synthetic:30", "--out", "{tmp}/x"), ["only 30 of 30 writers"]),
        (("train", "--data", "qmnist:nist", "--root", "{tmp}", "--out", "{tmp}/x"), ["data fetch qmnist:nist"]),
        (("evaluate", "{tmp}/absent", "--data", "synthetic"), ["no checkpoint"]),
        (("info", "{tmp}"), ["no model.safetensors"]),
        (("import", "{tmp}/absent.npz", "--out", "{tmp}/x"), ["no file"]),
        (("data", "fetch"), ["Name a source"]),
        (("data", "fetch", "synthetic"), ["synthetic"]),
    ],
)
def test_errors_are_one_sentence(
    arguments: tuple[str, ...], says: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(tmp=tmp_path) for argument in arguments]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("wvae: ")
    for words in says:
        assert words in error
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRAIN, "--device", "cuda", "--out", str(tmp_path / "x")]) == 2
    assert "no CUDA device" in capsys.readouterr().err


def test_public_names() -> None:
    """The names that other programs call, as the README shows them."""
    import wvae

    digits = wvae.load_digits("synthetic:3")
    model = wvae.load_checkpoint("checkpoints/synthetic-10d")
    latents = wvae.encode(model, digits.images)
    images = wvae.decode(model, latents.mean_a, latents.mean_b)
    scores = wvae.digit_probabilities(model, latents.mean_a)
    assert images.shape == (180, 28, 28)
    assert np.abs(images - digits.images / 255).mean() < 0.1
    assert (scores.argmax(1) == digits.digits).mean() > 0.9


def test_an_unfinished_run_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "model/last/state.safetensors"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"what an earlier run kept")
    assert main([*TRAIN, "--out", str(tmp_path / "model")]) == 2
    assert "holds an unfinished run: resume it (--resume)" in capsys.readouterr().err
    assert state.read_bytes() == b"what an earlier run kept"
