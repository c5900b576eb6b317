"""An architecture that differs from the article's in encoder and decoder: nothing but its own file knows of it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import wvae
from tests.convolutional import CONFIG
from wvae.cli import main
from wvae.digits import DigitSet
from wvae.model import build_model
from wvae.objective import Batch, LossWeights, draw_noise, loss_terms
from wvae.processes import Share
from wvae.training_config import TrainingConfig
from wvae.training_job import run_training
from wvae.training_run import TrainingRun


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of that architecture, trained as any other."""
    folder = tmp_path_factory.mktemp("runs") / "convolutional"
    training = TrainingConfig(epochs=20, batch_size=64, weights=LossWeights(classification=40))
    run_training(TrainingRun("article", CONFIG, training, "synthetic:40", 10), folder, device="cpu")
    return folder


def test_it_is_trained_and_evaluated(trained: Path, tmp_path: Path) -> None:
    figures = wvae.checkpoint.read_config(trained)["figures"]
    assert figures["reconstruction"]["reconstruction"] < 160  # nats; the mean picture costs over 200
    assert figures["digit_accuracy"] > 0.6
    again = tmp_path / "again.json"
    assert main(["evaluate", str(trained), "--data", "synthetic:40", "--json", str(again)]) == 0
    measured = json.loads(again.read_text())
    assert measured["reconstruction"] == pytest.approx(figures["reconstruction"], rel=1e-4)


def test_it_is_saved_and_loaded(trained: Path, synthetic: DigitSet) -> None:
    model = wvae.load_checkpoint(trained)
    assert model.config == CONFIG
    latents = wvae.encode(model, synthetic.images[:50])
    assert (latents.mean_a.shape, latents.mean_b.shape) == ((50, 3), (50, 4))
    assert wvae.decode(model, latents.mean_a, latents.mean_b).std() > 0.1


def test_its_logits_are_no_sum_of_what_a_and_b_give(trained: Path) -> None:
    model = wvae.load_checkpoint(trained)
    a, b, no_a, no_b = torch.randn(4, 3), torch.randn(4, 4), torch.zeros(4, 3), torch.zeros(4, 4)
    with torch.inference_mode():
        both = model.decode(a, b) + model.decode(no_a, no_b)
        assert (both - model.decode(a, no_b) - model.decode(no_a, b)).abs().max() > 1


def test_weights_start_alike_in_every_kind_of_layer() -> None:
    features = build_model(CONFIG).encoder.features
    for layer in (features[0], features[2]):
        assert layer.weight.std().item() == pytest.approx(layer.weight[0].numel() ** -0.5, rel=0.2)
        assert not layer.bias.any()


def test_gradient_reaches_every_parameter() -> None:
    model = build_model(CONFIG)
    batch = Batch(torch.rand(16, 28, 28), torch.arange(16) % 10, torch.arange(16))
    terms = loss_terms(model, batch, draw_noise(model, Share(16), torch.Generator().manual_seed(0)))
    terms.total(LossWeights(classification=1)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_who_does_not_know_it_says_so(trained: Path) -> None:
    asked = subprocess.run([sys.executable, "-m", "wvae", "info", trained], capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "encoder must be one of mlp, conditional, not 'test convolutional'" in asked.stderr


def test_the_layers_give_what_the_decoder_gives(trained: Path) -> None:
    model = wvae.load_checkpoint(trained)
    rng = np.random.default_rng(0)
    a, b = (torch.from_numpy(rng.standard_normal((5, size), dtype=np.float32)) for size in (3, 4))
    with torch.inference_mode():
        layers = model.decoder.layers()
        logits = run(layers.joint, run(layers.from_a, a) + run(layers.from_b, b))
        assert torch.allclose(logits.unflatten(1, (28, 28)), model.decode(a, b), atol=1e-5)


def run(layers: list, values: torch.Tensor) -> torch.Tensor:
    for kind, weight, bias, _ in layers:
        values = torch.tanh(values) if kind == "tanh" else torch.nn.functional.linear(values, weight, bias)
    return values
