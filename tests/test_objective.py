import math

import numpy as np
import pytest
import torch

from wvae.activations import tanh
from wvae.errors import ConfigError
from wvae.likelihood import reconstruction_nats
from wvae.model import ModelConfig, build_model
from wvae.objective import Batch, LossTerms, LossWeights, cross_covariance, draw_noise, loss_terms
from wvae.processes import Share


def test_reconstruction_of_certain_and_of_ignorant_pixels() -> None:
    images = (torch.rand(2, 28, 28) > 0.5).float()
    assert reconstruction_nats(torch.zeros(2, 28, 28), images).tolist() == pytest.approx([784 * math.log(2)] * 2)
    right = (images * 2 - 1) * 50
    assert reconstruction_nats(right, images).max() < 1e-6
    assert reconstruction_nats(-right, images).tolist() == pytest.approx([784 * 50] * 2)


def test_reconstruction_and_its_gradient_are_those_of_torch() -> None:
    torch.manual_seed(0)
    images = torch.rand(50, 28, 28)
    logits = (torch.randn(50, 28, 28) * torch.logspace(-2, 2, 50)[:, None, None]).requires_grad_()
    other = logits.detach().clone().requires_grad_()
    weights = torch.rand(50)
    nats = reconstruction_nats(logits, images)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(other, images, reduction="none").sum((1, 2))
    (nats * weights).sum().backward()
    (expected * weights).sum().backward()
    assert torch.allclose(nats, expected, rtol=1e-5)
    assert logits.grad is not None
    assert other.grad is not None
    assert torch.allclose(logits.grad, other.grad, atol=1e-6)


def test_tanh_and_its_gradient_are_those_of_torch() -> None:
    for kind, tolerance in ((torch.float32, 2e-7), (torch.bfloat16, 2**-8)):
        x = torch.linspace(-12, 12, 5001).to(kind).requires_grad_()
        other = x.detach().clone().requires_grad_()
        tanh(x).sum().backward()
        torch.tanh(other).sum().backward()
        assert torch.allclose(tanh(x), torch.tanh(other), rtol=0, atol=tolerance)
        assert x.grad is not None
        assert other.grad is not None
        assert torch.allclose(x.grad, other.grad, rtol=0, atol=2 * tolerance)


def test_cross_covariance_against_numpy() -> None:
    a, b = torch.randn(50, 2), torch.randn(50, 3)
    expected = 0.5 * (np.cov(a.T, b.T, bias=True)[:2, 2:] ** 2).sum()
    assert cross_covariance(a, b).item() == pytest.approx(expected, rel=1e-4)
    assert cross_covariance(a, a[:, :1]).item() > cross_covariance(a, torch.ones(50, 1)).item() == 0


def test_the_total_weighs_each_term() -> None:
    terms = LossTerms(*(torch.tensor(10.0**power, dtype=torch.float64) for power in range(8)))
    weights = LossWeights(kl_a=2, kl_b=3, classification=4, covariance=5, measures=6, legibility=7, writer=8)
    assert terms.total(weights).item() == 87654321


def test_a_covariance_that_counts_nothing_has_no_gradient() -> None:
    terms = LossTerms(*(torch.tensor(1.0, requires_grad=True) for _ in LossTerms._fields))
    terms.total(LossWeights()).backward()
    assert terms.covariance.grad is None
    assert all(term.grad is not None for name, term in terms._asdict().items() if name != "covariance")


def test_without_classifier_the_classification_term_is_zero() -> None:
    model = build_model(ModelConfig(classifier="none"))
    labels = torch.zeros(4, dtype=torch.long)
    noise = draw_noise(model, Share(4), torch.Generator())
    terms = loss_terms(model, Batch(torch.rand(4, 28, 28), labels, labels), noise)
    assert terms.classification == 0
    assert terms.reconstruction > 0


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, "1"])
def test_weights_must_be_finite_and_not_negative(value: object) -> None:
    with pytest.raises(ConfigError, match="kl_b must be"):
        LossWeights(kl_b=value)  # type: ignore[arg-type]
