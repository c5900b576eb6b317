from dataclasses import replace

import pytest
import torch

from tests.conditional import CONFIG, conditional_model
from wvae.errors import ConfigError
from wvae.model import ENCODED_AT_ONCE, ModelConfig, build_model
from wvae.objective import Batch, draw_noise, loss_terms
from wvae.presets import PRESETS
from wvae.processes import Share


@pytest.mark.parametrize(("latent_a", "latent_b"), [(1, 1), (3, 7)])
def test_shapes(latent_a: int, latent_b: int) -> None:
    model = build_model(ModelConfig(latent_a, latent_b))
    posterior = model.encode(torch.rand(5, 28, 28))
    assert posterior.mean_a.shape == posterior.log_variance_a.shape == (5, latent_a)
    assert posterior.mean_b.shape == posterior.log_variance_b.shape == (5, latent_b)
    assert model.decode(posterior.mean_a, posterior.mean_b).shape == (5, 28, 28)
    assert model.classify(posterior.mean_a).shape == (5, 10)


def test_images_that_are_not_encoded_at_once_are_encoded_alike() -> None:
    images, labels = torch.rand(ENCODED_AT_ONCE + 2, 28, 28), torch.arange(ENCODED_AT_ONCE + 2) % 10
    model = conditional_model()
    for digits in (None, labels):
        whole = model.encode(images, digits)
        last = model.encode(images[-3:], None if digits is None else digits[-3:])
        for one, other in zip(whole, last, strict=True):
            assert torch.allclose(one[-3:], other, atol=1e-4)


def test_all_axes_may_be_named() -> None:
    model = conditional_model(replace(CONFIG, latent_a=1, latent_b=1))
    assert [axis.name for axis in model.named_axes] == ["slant"]
    posterior = model.encode(torch.rand(5, 28, 28))
    assert model.decode(posterior.mean_a, posterior.mean_b).shape == (5, 28, 28)


@pytest.mark.parametrize("name", PRESETS)
def test_gradient_reaches_every_parameter(name: str) -> None:
    preset = PRESETS[name]
    torch.manual_seed(0)
    model = build_model(replace(preset.model, latent_a=2, latent_b=5))
    batch = Batch(torch.rand(16, 28, 28), torch.arange(16) % 10, torch.arange(16))
    terms = loss_terms(model, batch, draw_noise(model, Share(16), torch.Generator().manual_seed(0)))
    terms.total(preset.training.weights).backward()
    for parameter_name, parameter in model.named_parameters():
        if parameter_name.startswith(("style_flow.", "encoder.content.")):  # trained by themselves
            continue
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.abs().max() > 0, parameter_name


def test_the_decoder_adds_what_a_and_b_say() -> None:
    model = build_model(ModelConfig(2, 3, hidden=40))
    a, b, no_a, no_b = torch.randn(4, 2), torch.randn(4, 3), torch.zeros(4, 2), torch.zeros(4, 3)
    both = model.decode(a, b) + model.decode(no_a, no_b)  # biases start at 0, so the last picture is empty
    assert torch.allclose(both, model.decode(a, no_b) + model.decode(no_a, b), atol=1e-5)


@pytest.mark.parametrize(
    "sizes",
    [
        {"latent_a": 0},
        {"latent_b": -1},
        {"hidden": 0},
        {"hidden": 10**11},
        {"latent_b": 257},
        {"latent_a": True},
        {"latent_a": 1.5},
    ],
)
def test_sizes_out_of_range_are_refused(sizes: dict) -> None:
    with pytest.raises(ConfigError, match=f"{next(iter(sizes))} must be"):
        ModelConfig(**sizes)


def test_a_model_without_classifier_says_so() -> None:
    with pytest.raises(ConfigError, match="no classifier"):
        build_model(ModelConfig(classifier="none")).classify(torch.zeros(1, 1))
