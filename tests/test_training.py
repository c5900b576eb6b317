import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from wvae.checkpoint import read_tensors, write_tensors
from wvae.digits import DigitSet
from wvae.errors import CheckpointError, ConfigError, RunError
from wvae.model import WVAE, ModelConfig, build_model
from wvae.objective import LossWeights
from wvae.presets import preset
from wvae.training import Progress, fit
from wvae.training_config import TrainingConfig

FIXTURES = Path(__file__).parent / "fixtures"
MODEL = ModelConfig(2, 2, hidden=32)
CONFIG = TrainingConfig(epochs=3, batch_size=100, weights=LossWeights(classification=40))


@pytest.fixture(scope="module")
def digits(synthetic: DigitSet) -> DigitSet:
    return synthetic[:1010]


def new(seed: int = 0) -> WVAE:
    return build_model(MODEL, seed)


def same(one: WVAE, other: WVAE) -> bool:
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


class Unplugged(Exception):
    pass


def unplug_in_epoch(epoch: int):  # type: ignore[no-untyped-def]
    def report(progress: Progress) -> None:
        if progress.epoch == epoch:
            raise Unplugged

    return report


def test_the_seed_decides_the_weights(digits: DigitSet) -> None:
    torch.manual_seed(1)
    first = fit(new(), CONFIG, digits)
    torch.manual_seed(2)  # the seed of anything else is of no account
    assert same(first, fit(new(), CONFIG, digits))
    assert not same(first, fit(new(1), CONFIG, digits))
    assert not same(first, fit(new(), replace(CONFIG, seed=1), digits))
    assert not first.training


def test_losses_fall_and_progress_adds_up(digits: DigitSet) -> None:
    seen: list[Progress] = []
    fit(new(), replace(CONFIG, batch_size=10), digits, report=seen.append)
    ends = [progress for progress in seen if progress.images == progress.n_images]
    assert [(progress.epoch, progress.images) for progress in seen[:3]] == [(1, 500), (1, 1000), (1, 1010)]
    assert [progress.epoch for progress in ends] == [1, 2, 3]
    assert ends[2].terms["reconstruction"] < ends[0].terms["reconstruction"]
    assert ends[2].terms["classification"] < ends[0].terms["classification"]
    assert ends[2].seconds_left == 0
    assert ends[1].seconds_left == pytest.approx(1010 / ends[1].images_per_second)


def test_a_resumed_run_gives_the_weights_of_an_unbroken_one(digits: DigitSet, tmp_path: Path) -> None:
    unbroken = fit(new(), CONFIG, digits)
    with pytest.raises(Unplugged):
        fit(new(), CONFIG, digits, state_folder=tmp_path, report=unplug_in_epoch(3))
    epochs: list[int] = []
    resumed = fit(new(), CONFIG, digits, state_folder=tmp_path, report=lambda progress: epochs.append(progress.epoch))
    assert set(epochs) == {3}
    assert same(unbroken, resumed)


def test_a_state_of_another_run_is_refused(digits: DigitSet, tmp_path: Path) -> None:
    with pytest.raises(Unplugged):
        fit(new(), CONFIG, digits, state_folder=tmp_path, report=unplug_in_epoch(2))
    with pytest.raises(RunError, match="another training"):
        fit(new(), replace(CONFIG, seed=5), digits, state_folder=tmp_path)
    with pytest.raises(RunError, match="another model"):
        fit(build_model(ModelConfig(1, 1, hidden=32)), CONFIG, digits, state_folder=tmp_path)
    with pytest.raises(RunError, match="another data digest"):
        fit(new(), CONFIG, digits[1:], state_folder=tmp_path)
    state = tmp_path / "state.safetensors"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="truncated or corrupt"):
        fit(new(), CONFIG, digits, state_folder=tmp_path)


@pytest.mark.parametrize(
    "name", ["model.decoder.b.bias", "adam.3.exp_avg", "adam.0.step", "order", "noise", "epochs_done"]
)
@pytest.mark.parametrize("damage", ["missing", "of another shape"])
def test_a_damaged_state_is_said(digits: DigitSet, tmp_path: Path, name: str, damage: str) -> None:
    with pytest.raises(Unplugged):
        fit(new(), CONFIG, digits[:200], state_folder=tmp_path, report=unplug_in_epoch(2))
    state = tmp_path / "state.safetensors"
    tensors, config = read_tensors(state, dict[str, Any])
    part = config if name in config else tensors
    if damage == "missing":
        del part[name]
    else:
        part[name] = "three" if name in config else torch.zeros(7)
    write_tensors(state, tensors, config)
    with pytest.raises(CheckpointError, match=r"state\.safetensors (lacks a part or has one|cannot be read)"):
        fit(new(), CONFIG, digits[:200], state_folder=tmp_path)


def test_a_loss_that_is_not_finite_stops_training_and_keeps_the_last_state(digits: DigitSet, tmp_path: Path) -> None:
    """A number overflows in the second epoch: the state after the first is as it was."""
    with pytest.raises(Unplugged):
        fit(new(), CONFIG, digits, state_folder=tmp_path, report=unplug_in_epoch(2))
    state = tmp_path / "state.safetensors"
    tensors, config = read_tensors(state, dict[str, Any])
    tensors["model.decoder.pixels.bias"][0] = torch.inf
    write_tensors(state, tensors, config)
    kept = state.read_bytes()
    with pytest.raises(RunError, match=r"reconstruction became (nan|inf) in epoch 2 .* state after epoch 1 is kept"):
        fit(new(), CONFIG, digits, state_folder=tmp_path)
    assert state.read_bytes() == kept


def test_a_learning_rate_that_is_too_high_is_said(digits: DigitSet) -> None:
    with pytest.raises(RunError, match=r"in epoch 1 .* Try a lower learning rate"):
        fit(new(), replace(CONFIG, learning_rate=1e20), digits)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="There is no preset 'vae'; there are: article"):
        preset("vae")
    for name, value in (("epochs", 0), ("batch_size", -1), ("seed", -1), ("learning_rate", 0.0)):
        with pytest.raises(ConfigError, match=name):
            TrainingConfig(**{name: value})


def test_no_images_to_train_on(digits: DigitSet) -> None:
    with pytest.raises(RunError, match="no images"):
        fit(new(), CONFIG, digits[:0])


def test_a_state_of_format_version_1_is_resumed(digits: DigitSet, tmp_path: Path) -> None:
    """It names weights otherwise, and its settings lack what has been added since: here a weight of the loss, too."""
    shutil.copytree(FIXTURES / "state-format-1", tmp_path / "last")
    state = tmp_path / "last/state.safetensors"
    tensors, config = read_tensors(state, dict[str, Any])
    model, training = build_model(ModelConfig(2, 3, hidden=4)), TrainingConfig(epochs=2, batch_size=50)
    assert config["training"]["weights"].pop("covariance") == 0
    write_tensors(state, tensors, config | {"data_digest": digits[:100].digest()})
    epochs: list[int] = []
    fit(model, training, digits[:100], state_folder=state.parent, report=lambda progress: epochs.append(progress.epoch))
    assert epochs == [2]
    write_tensors(state, tensors, config | {"training": config["training"] | {"weights": {"adversary": 1}}})
    with pytest.raises(CheckpointError, match=r"training\.weights has a field that is not known here, 'adversary'"):
        fit(model, training, digits[:100], state_folder=state.parent)
