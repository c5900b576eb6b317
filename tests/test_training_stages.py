from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wvae.digits import DigitSet
from wvae.latents import decode, encode
from wvae.model import WVAE, ModelConfig, build_model
from wvae.objective import LossWeights
from wvae.presets import PRESETS
from wvae.training import Progress, fit
from wvae.training_config import SCHEDULES, TrainingConfig
from wvae.training_stages import stage_epochs, training_stages

MODEL = replace(PRESETS["wvae"].model, latent_a=2, latent_b=6, hidden=32, flow_hidden=6, writer_dimensions=4)
CONFIG = TrainingConfig(
    content_epochs=1,
    epochs=2,
    batch_size=100,
    learning_rate=3e-3,
    schedule="one cycle",
    flow_epochs=3,
    flow_batch_size=300,
    weights=PRESETS["wvae"].training.weights,
)
WRITERS = replace(CONFIG, weights=replace(CONFIG.weights, writer=1.0))
JITTERED = replace(CONFIG, flow_jitter=0.3)
STAGES = ["content"] + ["autoencoder"] * 2 + ["style flow"] * 3 + ["writer projection"]


@pytest.fixture(scope="module")
def digits(synthetic: DigitSet) -> DigitSet:
    return synthetic[:1500]


class Unplugged(Exception):
    pass


def trained(digits: DigitSet, config: TrainingConfig = CONFIG, model: ModelConfig = MODEL) -> WVAE:
    return fit(build_model(model), config, digits)


def test_stages_come_in_turn_and_losses_fall(digits: DigitSet) -> None:
    seen: list[Progress] = []
    fit(build_model(MODEL), CONFIG, digits, report=seen.append)
    ends = [progress for progress in seen if progress.images == progress.n_images]
    assert [progress.stage for progress in ends] == STAGES
    assert {progress.epochs for progress in ends} == {7} == {sum(stage_epochs(MODEL, CONFIG).values())}
    assert ends[2].terms["reconstruction"] < ends[1].terms["reconstruction"]
    assert ends[5].terms["style_flow"] < ends[3].terms["style_flow"]
    assert 0 < ends[6].terms["explained"] < 1


@pytest.mark.parametrize("config", [CONFIG, WRITERS, JITTERED], ids=["wvae", "wvae-writer", "jittered"])
def test_a_run_resumed_in_any_stage_gives_the_weights_of_an_unbroken_one(
    digits: DigitSet, tmp_path: Path, config: TrainingConfig
) -> None:
    unbroken = trained(digits[:600], config).state_dict()
    for epoch in (2, 4, 5, 7):
        resumed = broken_off_and_resumed(digits[:600], tmp_path / str(epoch), config, epoch).state_dict()
        assert all(torch.equal(value, unbroken[name]) for name, value in resumed.items()), epoch


def broken_off_and_resumed(digits: DigitSet, folder: Path, config: TrainingConfig, epoch: int) -> WVAE:
    """A model whose training is broken off in an epoch, and gone on with from what is kept of it."""

    def unplug(progress: Progress) -> None:
        if progress.epoch == epoch:
            raise Unplugged

    with pytest.raises(Unplugged):
        fit(build_model(MODEL), config, digits, state_folder=folder, report=unplug)
    epochs: list[int] = []
    resumed = fit(
        build_model(MODEL), config, digits, state_folder=folder, report=lambda progress: epochs.append(progress.epoch)
    )
    assert min(epochs) == epoch
    return resumed


def test_the_end_of_a_jittered_flow_sees_the_pictures_as_they_are(digits: DigitSet) -> None:
    configs = (replace(config, flow_epochs=4) for config in (CONFIG, JITTERED))
    plain, jittered = (training_stages(build_model(MODEL), config, digits)[2] for config in configs)
    for stage in (plain, jittered):
        list(stage.run_epoch(3))  # the last of four
    assert len(plain.variants) == 1 < len(jittered.variants)
    for name, value in plain.model.style_flow.state_dict().items():
        assert torch.equal(value, jittered.model.style_flow.state_dict()[name]), name
    for stage in (plain, jittered):
        list(stage.run_epoch(1))
    assert not torch.equal(plain.model.style_flow.steps[1].knots, jittered.model.style_flow.steps[1].knots)


def test_b_is_about_standard_normal_in_each_digit(digits: DigitSet) -> None:
    b = encode(trained(digits, replace(CONFIG, content_epochs=8, flow_epochs=15)), digits.images).mean_b
    for digit in range(10):
        own = b[digits.digits == digit]
        assert np.abs(own.mean(0)).max() < 0.5
        assert ((own.std(0) > 0.6) & (own.std(0) < 1.5)).all()


def test_a_digit_that_does_not_occur_and_one_that_occurs_once(digits: DigitSet) -> None:
    rows = (digits.digits != 3) & ((digits.digits != 5) | (np.cumsum(digits.digits == 5) == 1))
    model = trained(digits[rows])
    assert (digits.digits[rows] == 5).sum() == 1
    assert np.isfinite(encode(model, digits.images).mean_b).all()
    b = np.random.default_rng(0).standard_normal((10, 6)).astype(np.float32)
    a = model.prior.centres.numpy()
    assert np.isfinite(decode(model, a, 10 * b)).all()


def test_one_and_one_has_only_the_first_measure(digits: DigitSet) -> None:
    model = trained(digits, model=replace(MODEL, latent_a=1, latent_b=1))
    assert [axis.name for axis in model.named_axes] == ["slant"]
    assert encode(model, digits.images[:3]).mean_b.shape == (3, 1)


def test_only_writers_labels_tell_writers(digits: DigitSet) -> None:
    digits = digits[:600]
    shuffled = replace(digits, writers=np.random.default_rng(0).permutation(digits.writers))
    without = [trained(some).state_dict() for some in (digits, shuffled)]
    assert all(torch.equal(value, without[1][name]) for name, value in without[0].items())
    with_labels = [trained(some, WRITERS).state_dict() for some in (digits, shuffled)]
    assert not torch.equal(*(state["writer_projection.matrix"] for state in with_labels))
    assert not torch.equal(*(state["encoder.style.mean.weight"] for state in with_labels))


def test_schedules_end_at_nothing_or_stay() -> None:
    done = np.linspace(0, 1, 101)
    cycle = [SCHEDULES["one cycle"](fraction) for fraction in done]
    assert 8 <= int(np.argmax(cycle)) <= 12
    assert max(cycle) == pytest.approx(1, abs=0.01)
    assert cycle[-1] == pytest.approx(SCHEDULES["cosine"](1.0), abs=1e-9) == pytest.approx(0, abs=1e-9)
    assert {SCHEDULES["constant"](fraction) for fraction in done} == {1}


def test_weights_of_terms_that_do_not_apply_change_nothing(digits: DigitSet) -> None:
    """A model of the article's kind has no named axes: no noise is drawn for them."""
    article = ModelConfig(2, 2, hidden=16)
    config = TrainingConfig(epochs=1, weights=LossWeights(classification=40))
    one = fit(build_model(article), config, digits).state_dict()
    more = replace(config, weights=LossWeights(classification=40, measures=1, legibility=5))
    other = fit(build_model(article), more, digits).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())
