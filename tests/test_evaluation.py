import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from wvae.classifiers import LinearClassifier
from wvae.digits import DigitSet, writer_split
from wvae.evaluation import Swap, evaluate, measure_named_axes, reconstruct, swap
from wvae.latents import Latents, encode
from wvae.model import PARTS, WVAE, ModelConfig, build_model
from wvae.morphometry import slant, thickness
from wvae.posterior import Posterior
from wvae.priors import StandardNormal
from wvae.tables import print_evaluation
from wvae.training import fit
from wvae.training_config import TrainingConfig


def test_a_model_that_knows_nothing(synthetic: DigitSet) -> None:
    """With all weights 0 each pixel costs ln 2 and the posterior is the prior; all images count, not one batch."""
    model = build_model(ModelConfig(2, 3))
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    found = reconstruct(model, synthetic, encode(model, synthetic.images))
    assert len(synthetic) % 4096
    assert found.reconstruction == pytest.approx(784 * math.log(2), rel=1e-5)
    assert found.kl_a == found.kl_b == 0
    assert found.elbo == pytest.approx(-784 * math.log(2), rel=1e-5)


def test_figures_are_means_over_all_images(synthetic: DigitSet) -> None:
    torch.manual_seed(0)
    model = build_model(ModelConfig(2, 3)).eval()

    def nats(digits: DigitSet) -> float:
        return reconstruct(model, digits, encode(model, digits.images)).reconstruction

    parts = [nats(synthetic[start : start + 1500]) for start in (0, 1500)]
    assert nats(synthetic[:3000]) == pytest.approx(np.mean(parts), rel=1e-6)


class Toy(WVAE):
    """A model whose encoding and decoding are functions of a test."""

    def __init__(self, latents: int) -> None:
        parts = {"prior": StandardNormal(latents, latents), "classifier": LinearClassifier(latents)}
        super().__init__(ModelConfig(latents, latents), **dict.fromkeys(PARTS) | parts)


class Copier(Toy):
    """A and B of an image are the image itself at half the size; the decoder draws one of them whatever the other
    says."""

    def __init__(self, draws: str) -> None:
        super().__init__(14 * 14)
        self.draws = draws

    def encode(self, images: torch.Tensor) -> Posterior:
        flat = functional.avg_pool2d(images, 2).flatten(1)
        return Posterior(flat, flat, flat, flat)

    def decode(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        drawn = a if self.draws == "a" else b
        drawn = drawn.unflatten(1, (14, 14)).repeat_interleave(2, 1).repeat_interleave(2, 2)
        return torch.logit(drawn.clamp(1e-6, 1 - 1e-6))


def swapped(draws: str, digits: DigitSet) -> Swap:
    coarse = digits.images[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)  # which half the size loses nothing of
    digits, model = replace(digits, images=coarse), Copier(draws)
    return swap(model, digits, encode(model, digits.images), writer_split(digits, 20))


def test_swapping_into_a_copier_of_b_keeps_no_digit(synthetic: DigitSet) -> None:
    found = swapped("b", synthetic)
    assert found.digit_read > 0.9
    assert found.digit_kept == pytest.approx(0.1, abs=0.03)


def test_swapping_into_a_copier_of_b_keeps_the_style_within_one_digit(synthetic: DigitSet) -> None:
    """Within one digit the swapped picture is B's own reconstruction; across digits its z-score is another."""
    found = swapped("b", replace(synthetic, digits=np.full(len(synthetic), 3)))
    assert (found.slant_followed, found.thickness_followed) == (1, 1)


def test_swapping_into_a_copier_of_a_keeps_the_digit_and_another_style(synthetic: DigitSet) -> None:
    """Two independent z-scores differ by twice their variance."""
    found = swapped("a", synthetic)
    assert found.digit_kept == found.digit_read
    assert found.slant_followed == pytest.approx(-1, abs=0.15)
    assert found.thickness_followed == pytest.approx(-1, abs=0.15)


class Strokes(Toy):
    """Draws a slanted stroke: A says which image and digit it is of, B of which image the style is and how it is.

    A's digit has a slant that is usual for it, ``10 digit - 20`` degrees, and a spread of ``2 + digit`` degrees per
    unit of style. A picture with its own style follows that whole, one with another's ``follows`` of it.
    """

    def __init__(self, follows: float) -> None:
        super().__init__(2)
        self.follows = follows

    def decode(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        digit = a[:, 1]
        style = torch.where(a[:, 0] == b[:, 0], b[:, 1], self.follows * b[:, 1])
        slant = torch.deg2rad(10 * digit - 20 + (2 + digit) * style)
        y = torch.arange(-9.0, 10)
        x = 14 - torch.tan(slant)[:, None] * y  # (n, rows); ink divided over two pixels has its mean at x exactly
        images = torch.zeros(len(a), 28, 28)
        left = x.floor().long()
        images[:, 5:24].scatter_(2, left[..., None], (left + 1 - x)[..., None])
        images[:, 5:24].scatter_(2, left[..., None] + 1, (x - left)[..., None])
        return torch.logit(images)


def stroke_latents(digits: DigitSet, style: np.ndarray) -> Latents:
    a = np.stack([np.arange(len(digits)), digits.digits % 5], 1).astype(np.float32)
    b = np.stack([np.arange(len(digits)), style], 1).astype(np.float32)
    return Latents(a, 0 * a, b, 0 * b)


@pytest.mark.parametrize("follows", [1, 0.5, 0.1, 0, -1])
def test_the_style_followed_is_a_true_r2(follows: float, synthetic: DigitSet) -> None:
    """Asked for z, shown f z: sum (f z - z)² / sum z² is (1 - f)², whatever is usual for either digit.

    The squared correlation would be 1 for a tenth of the style, and for its opposite.
    """
    style = np.random.default_rng(1).normal(size=len(synthetic))
    found = swap(Strokes(follows), synthetic, stroke_latents(synthetic, style), writer_split(synthetic, 20))
    assert found.slant_followed == pytest.approx(1 - (1 - follows) ** 2, abs=0.01)


def test_a_decoder_without_style_has_none_to_follow(synthetic: DigitSet) -> None:
    found = swap(
        Strokes(1), synthetic, stroke_latents(synthetic, np.zeros(len(synthetic))), writer_split(synthetic, 20)
    )
    assert (found.slant_followed, found.thickness_followed) == (0, 0)


def test_z_scores_are_of_development_images_alone(synthetic: DigitSet) -> None:
    """A style that is shifted in held-out images is asked for and shown as one that is unusual."""
    split = writer_split(synthetic, 20)
    style = np.random.default_rng(1).normal(size=len(synthetic))
    shifted = style + 2 * split.held_out
    found = swap(Strokes(0.5), synthetic, stroke_latents(synthetic, shifted), split)
    assert found.slant_followed == pytest.approx(1 - 0.25 * (1 + 2**2), abs=0.05)


def z_scores(measure: np.ndarray, digits: DigitSet, known: np.ndarray) -> np.ndarray:
    """Within the digit, by mean and standard deviation of the images ``known``."""
    groups = [measure[known & (digits.digits == digit)] for digit in digits.digits]
    return (measure - [group.mean() for group in groups]) / [group.std() for group in groups]


def test_a_named_axis_is_compared_with_the_z_score_of_its_measure(synthetic: DigitSet) -> None:
    """Sign and unit do not matter, noise does, and an axis that is constant has nothing of its measure."""
    digits = synthetic[:3000]
    split = writer_split(digits, 20)
    slants, thicknesses = (z_scores(of(digits.images), digits, split.development) for of in (slant, thickness))
    noise = np.random.default_rng(0).normal(size=len(digits))
    b = np.stack([7 - 3 * slants, thicknesses + noise, 0 * noise], 1).astype(np.float32)
    latents = Latents(b, b, b, b)
    found = measure_named_axes(
        build_model(ModelConfig(3, 3, named_axes=3, encoder="conditional")), digits, latents, split
    )
    assert list(found) == ["slant", "thickness", "width"]
    assert found["slant"] == pytest.approx(1, abs=1e-5)
    tested = split.held_out
    expected = np.corrcoef(thicknesses[tested], (thicknesses + noise)[tested])[0, 1] ** 2
    assert found["thickness"] == pytest.approx(expected, abs=1e-5)
    assert found["width"] == 0


def test_probes_of_a_digit_that_occurs_once_are_left_out(synthetic: DigitSet) -> None:
    few = synthetic[synthetic.writers < 6]
    split, digits = writer_split(few, 2), few.digits.copy()
    rows = np.flatnonzero(split.development)
    digits[rows] = 1
    model = build_model(ModelConfig(2, 2, 20)).eval()
    for sevens, probed in ((1, False), (2, True)):
        digits[rows[:sevens]] = 7
        found = evaluate(model, replace(few, digits=digits), split)
        assert (found.leakage is not None, found.swap is not None) == (probed, probed)
        assert found.reconstruction.reconstruction > 0


def test_named_axes_are_evaluated_where_a_model_has_them(
    synthetic: DigitSet, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are built, the axes measure on one scale for all digits: much of the z-score, not all."""
    few, split = synthetic[:1200], writer_split(synthetic[:1200], 8)
    parts = {"encoder": "conditional", "style_flow": "triangular", "decoder": "conditional"}
    parts |= {"prior": "class-conditional", "classifier": "bayes"}
    found = evaluate(build_model(ModelConfig(2, 6, 20, named_axes=4, **parts)).eval(), few, split)
    assert list(found.named_axes) == ["slant", "thickness", "width", "height"]
    assert all(0.05 < r2 < 0.99 for r2 in found.named_axes.values())
    print_evaluation(found)
    shown = ", ".join(f"{name} {r2:.3f}" for name, r2 in found.named_axes.items())
    assert f"  R2: {shown}\n" in capsys.readouterr().out
    without = evaluate(build_model(ModelConfig(2, 6, 20)).eval(), few, split)
    assert without.named_axes == {}
    print_evaluation(without)
    assert "named axes" not in capsys.readouterr().out


def test_every_image_is_encoded_once(synthetic: DigitSet) -> None:
    model, encoded = build_model(ModelConfig(2, 2, hidden=20)).eval(), []
    model.encoder.register_forward_hook(lambda _, inputs, __: encoded.append(len(inputs[0])))
    found = evaluate(model, synthetic, writer_split(synthetic, 20))
    assert found.leakage
    assert found.swap
    assert sum(encoded) == len(synthetic)


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
    assert found.named_axes == {}


def test_without_evaluation_writers_only_reconstruction_is_measured(synthetic: DigitSet) -> None:
    model = build_model(ModelConfig()).eval()
    found = evaluate(model, synthetic, writer_split(synthetic, 0))
    assert found.images == len(synthetic)
    assert found.leakage is found.swap is None
    assert found.digit_accuracy == pytest.approx(0.1, abs=0.1)
