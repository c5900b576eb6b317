import math

import numpy as np
import pytest
import torch
from torch import nn

from wvae.classifiers import LinearClassifier
from wvae.digits import DigitSet, writer_split
from wvae.evaluation import evaluate, reconstruct, swap
from wvae.model import PARTS, WVAE, ModelConfig, build_model
from wvae.posterior import Posterior
from wvae.priors import StandardNormal
from wvae.training import TrainingConfig, fit


def test_a_model_that_knows_nothing(synthetic: DigitSet) -> None:
    """With all weights 0 each pixel costs ln 2 and the posterior is the prior; all images count, not one batch."""
    model = build_model(ModelConfig(2, 3))
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    found = reconstruct(model, synthetic)
    assert len(synthetic) % 4096
    assert found.reconstruction == pytest.approx(784 * math.log(2), rel=1e-5)
    assert found.kl_a == found.kl_b == 0
    assert found.elbo == pytest.approx(-784 * math.log(2), rel=1e-5)


def test_figures_are_means_over_all_images(synthetic: DigitSet) -> None:
    torch.manual_seed(0)
    model = build_model(ModelConfig(2, 3)).eval()
    parts = [reconstruct(model, synthetic[start : start + 1500]) for start in (0, 1500)]
    assert reconstruct(model, synthetic[:3000]).reconstruction == pytest.approx(
        np.mean([part.reconstruction for part in parts]), rel=1e-6
    )


class Copier(WVAE):
    """A and B of an image are the image itself; the decoder draws one of them whatever the other says."""

    def __init__(self, draws: str) -> None:
        parts = dict.fromkeys(PARTS) | {"prior": StandardNormal(784, 784), "classifier": LinearClassifier(784)}
        super().__init__(ModelConfig(784, 784), **parts)
        self.draws = draws

    def encode(self, images: torch.Tensor) -> Posterior:
        flat = images.flatten(1)
        return Posterior(flat, flat, flat, flat)

    def decode(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        drawn = a if self.draws == "a" else b
        return torch.logit(drawn.clamp(1e-6, 1 - 1e-6)).unflatten(1, (28, 28))


def test_swapping_into_a_copier_of_b_keeps_the_hand_and_no_digit(synthetic: DigitSet) -> None:
    split = writer_split(synthetic, 20)
    found = swap(Copier("b"), synthetic[split.development], synthetic[split.evaluation])
    assert found.digit_read > 0.9
    assert found.digit_kept == pytest.approx(0.1, abs=0.03)
    # Not 1: the hand asked for is measured within the digit of B's image, the picture's within that of A's.
    assert found.slant_followed > 0.85
    assert found.thickness_followed > 0.85


def test_swapping_into_a_copier_of_a_keeps_the_digit_and_no_hand(synthetic: DigitSet) -> None:
    split = writer_split(synthetic, 20)
    found = swap(Copier("a"), synthetic[split.development], synthetic[split.evaluation])
    assert found.digit_kept == found.digit_read
    assert found.slant_followed < 0.05
    assert found.thickness_followed < 0.05


def test_a_classifier_that_always_says_3_reads_the_threes(synthetic: DigitSet) -> None:
    model = build_model(ModelConfig()).eval()
    assert model.classifier is not None
    nn.init.zeros_(model.classifier.weight)
    with torch.no_grad():
        model.classifier.bias[3] = 1
    few_others = synthetic[(synthetic.digits == 3) | (synthetic.digits == 8) & (synthetic.writers < 50)]
    found = evaluate(model, few_others, writer_split(few_others, 0))
    assert found.digit_accuracy == pytest.approx(2 / 3)


def test_evaluation_of_a_trained_model(synthetic: DigitSet) -> None:
    split = writer_split(synthetic, 20)
    config = TrainingConfig(epochs=3)
    model = fit(build_model(ModelConfig(5, 5, hidden=100, classifier="none")), config, synthetic[split.development])
    found = evaluate(model, synthetic, split)
    assert found.images == split.evaluation.sum()
    assert found.digit_accuracy is None
    assert found.reconstruction.elbo < -found.reconstruction.reconstruction
    assert found.leakage is not None
    assert found.swap is not None


@pytest.mark.parametrize(("apart", "rows"), [(1, slice(None)), (2, slice(0, 150))])
def test_with_too_few_people_no_probe_is_trained(apart: int, rows: slice, synthetic: DigitSet) -> None:
    few = synthetic[rows]
    found = evaluate(build_model(ModelConfig()).eval(), few, writer_split(few, apart))
    assert found.leakage is found.swap is None


def test_without_evaluation_writers_only_reconstruction_is_measured(synthetic: DigitSet) -> None:
    model = build_model(ModelConfig()).eval()
    found = evaluate(model, synthetic, writer_split(synthetic, 0))
    assert found.images == len(synthetic)
    assert found.leakage is found.swap is None
    assert found.digit_accuracy == pytest.approx(0.1, abs=0.1)
