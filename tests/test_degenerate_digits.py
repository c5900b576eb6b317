"""Digits and settings with which numbers go wrong: the command line trains a model or says why not, in a sentence."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wvae import commands, training_job
from wvae.cli import main
from wvae.digits import DigitSet
from wvae.presets import preset

PRESETS = "article", "wvae"

Train = Callable[..., str]


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Train:
    """Trains a preset for an epoch of each stage on some digits; what the command line says, "" if all went well."""

    def trained(name: str, digits: DigitSet, *options: str, **settings: float) -> str:
        chosen = preset(name)
        short = replace(chosen.training, batch_size=50, flow_epochs=min(1, chosen.training.flow_epochs), **settings)
        monkeypatch.setattr(commands, "preset", lambda name: chosen._replace(training=short))
        monkeypatch.setattr(training_job, "load_digits", lambda source, root: digits)
        arguments = ("--preset", name, "--data", "folder:mine", "--epochs", "1", "--writers", "1", "--device", "cpu")
        status = main(["train", *arguments, "--out", str(tmp_path / "run"), *options])
        said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("wvae: ")]
        assert (status, len(said)) in ((0, 0), (2, 1))
        if status == 0:
            config = json.loads((tmp_path / "run/config.json").read_text())
            json.dumps(config["figures"], allow_nan=False)
        return "".join(said)

    return trained


@pytest.fixture(scope="module")
def digits(synthetic: DigitSet) -> DigitSet:
    """300 digits by 5 writers."""
    return synthetic[synthetic.writers < 5]


@pytest.mark.parametrize("name", PRESETS)
def test_a_loss_that_is_not_finite(name: str, train: Train, digits: DigitSet) -> None:
    assert "became nan in epoch 1" in train(name, digits, learning_rate=1e30)


@pytest.mark.parametrize(("name", "says"), [("article", ""), ("wvae", "images of each digit are equal")])
def test_images_that_are_all_equal(name: str, says: str, train: Train, digits: DigitSet) -> None:
    said = train(name, replace(digits, images=np.repeat(digits.images[:1], len(digits), 0)))
    assert says in said if says else not said


@pytest.mark.parametrize("name", PRESETS)
def test_one_digit(name: str, train: Train, digits: DigitSet) -> None:
    assert train(name, replace(digits, digits=np.full(len(digits), 3))) == ""


@pytest.mark.parametrize("name", PRESETS)
def test_one_writer(name: str, train: Train, digits: DigitSet) -> None:
    assert "or digits by more writers" in train(name, replace(digits, writers=np.zeros(len(digits), np.int64)))


@pytest.mark.parametrize("name", PRESETS)
def test_latents_of_64(name: str, train: Train, digits: DigitSet) -> None:
    assert train(name, digits, "--latent-a", "64", "--latent-b", "64") == ""
