"""Several seeds trained as one batched model, against each trained alone."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from wvae import precision
from wvae.digits import DigitSet
from wvae.ensemble import Ensemble, can_be_batched
from wvae.model import ModelConfig, build_model
from wvae.objective import LossTerms
from wvae.presets import PRESETS
from wvae.training import Progress, fit

SEEDS = 3, 0, 8
ARTICLES = "article", "article-covariance", "article-no-classifier"


@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding is then small, and a mistake is not."""
    monkeypatch.setattr(precision, "BFLOAT16", ())


@pytest.mark.parametrize("name", ARTICLES)
def test_each_seed_learns_what_it_learns_alone(name: str, synthetic: DigitSet) -> None:
    digits = synthetic[:310]  # the last batch is smaller
    model = replace(PRESETS[name].model, latent_a=2, latent_b=3, hidden=20)
    training = replace(PRESETS[name].training, epochs=3, batch_size=100, schedule="one cycle")
    models = [build_model(model, seed) for seed in SEEDS]
    ensemble = Ensemble(models, training, SEEDS, digits)
    terms = torch.stack([ensemble.run_epoch(epoch) for epoch in range(training.epochs)])

    for number, seed in enumerate(SEEDS):
        ends: list[Progress] = []

        def note(progress: Progress, ends: list[Progress] = ends) -> None:
            if progress.images == progress.n_images:
                ends.append(progress)

        alone = fit(build_model(model, seed), replace(training, seed=seed), digits, report=note)
        assert_alike(models[number], alone)
        assert [list(end.terms) for end in ends] == [list(LossTerms._fields)] * training.epochs
        expected = torch.tensor([list(end.terms.values()) for end in ends])
        torch.testing.assert_close(terms[:, number], expected, rtol=1e-3, atol=1e-4)
    assert not torch.equal(models[0].decoder.pixels.weight, models[1].decoder.pixels.weight)


def test_what_is_kept_of_a_seed_goes_on_alone(synthetic: DigitSet) -> None:
    model, training = ModelConfig(2, 3, hidden=20), replace(PRESETS["article"].training, epochs=2, batch_size=100)
    digits = synthetic[:250]
    models = [build_model(model, seed) for seed in SEEDS]
    ensemble = Ensemble(models, training, SEEDS, digits)
    ensemble.run_epoch(0)
    state = {name: value.clone() for name, value in ensemble.stages[1].state().items()}
    halfway = {name: value.clone() for name, value in models[1].state_dict().items()}
    ensemble.run_epoch(1)

    alone = Ensemble([build_model(model)], training, SEEDS[1:2], digits)
    alone.stages[0].model.load_state_dict(halfway)
    alone.stages[0].load_state(state)
    alone.run_epoch(1)
    assert_alike(models[1], alone.stages[0].model)


def assert_alike(one: nn.Module, other: nn.Module) -> None:
    for name, value in one.state_dict().items():
        torch.testing.assert_close(value, other.state_dict()[name], rtol=1e-3, atol=1e-4, msg=name)


def test_which_models_can_be_batched() -> None:
    assert [name for name, preset in PRESETS.items() if can_be_batched(preset.model, preset.training)] == [*ARTICLES]
