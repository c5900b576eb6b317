from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.conditional import CONFIG, conditional_model
from wvae.checkpoint import load_checkpoint
from wvae.digits import DigitSet
from wvae.directions import (
    Axes,
    SampledStyles,
    complete,
    digit_means,
    effects,
    farthest,
    line_up,
    measured_axes,
    names_of,
    raw_axes,
    sample_styles,
    spread,
    styles_of_writers,
)
from wvae.latents import Latents, decode, encode
from wvae.model import WVAE, ModelConfig, build_model
from wvae.morphometry import FEATURES, slant

EYE = np.eye(4, dtype=np.float32)


def styles(n: int = 500, dimensions: int = 4) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((n, dimensions)).astype(np.float32)


def sample_with(drawn: np.ndarray, **features: np.ndarray) -> SampledStyles:
    """A sample in which some features are known and the others do not vary."""
    columns = [features.get(name, np.zeros(len(drawn))) for name in FEATURES]
    return SampledStyles(np.zeros(len(drawn), np.int64), drawn, np.stack(columns, axis=1).astype(np.float32))


@pytest.fixture(scope="module")
def seen(synthetic: DigitSet) -> tuple[WVAE, Latents, DigitSet]:
    model = load_checkpoint("checkpoints/synthetic-10d")
    return model, encode(model, synthetic.images), synthetic


@pytest.mark.parametrize("dimensions", [1, 2, 7])
def test_complete_gives_an_orthogonal_matrix_with_the_given_rows(dimensions: int) -> None:
    turned = np.linalg.qr(np.random.default_rng(1).standard_normal((dimensions, dimensions)))[0].astype(np.float32)
    for given in range(dimensions + 1):
        whole = complete(turned[:given])
        assert whole.dtype == np.float32
        assert np.array_equal(whole[:given], turned[:given])
        assert np.allclose(whole @ whole.T, np.eye(dimensions), atol=1e-5)


def test_a_direction_is_named_after_what_it_changes_most() -> None:
    drawn = styles()
    noise = np.random.default_rng(1).standard_normal(len(drawn))
    sample = sample_with(
        drawn, slant=-3 * drawn[:, 0], thickness=drawn[:, 0] + 0.3 * noise, ink=drawn[:, 2] + 4 * noise
    )
    first, second, third, fourth = names_of(EYE, sample)
    assert first is not None
    assert first.feature == "slant"
    assert first.correlation == pytest.approx(-1, abs=1e-4)
    assert second is third is fourth is None  # ink follows the third with r = .24 only


def test_lined_up_directions_are_the_fits_one_after_the_other() -> None:
    drawn = styles()
    sample = sample_with(drawn, slant=drawn @ [3, 0, 4, 0], thickness=drawn @ [1, 0, 0, 0], ink=drawn @ [3, 0, 4, 0])
    directions, names = line_up(sample)
    assert directions == pytest.approx(np.array([[0.6, 0, 0.8, 0], [0.8, 0, -0.6, 0]]), abs=1e-3)
    assert [name.feature for name in names] == ["slant", "thickness"]  # ink has nothing left of its own
    assert names[0].correlation == pytest.approx(1, abs=1e-4)
    assert names[1].correlation == pytest.approx(0.8, abs=0.05)


def test_features_that_b_does_not_change_line_nothing_up() -> None:
    drawn = styles()
    noise = np.random.default_rng(1).standard_normal(len(drawn))
    directions, names = line_up(sample_with(drawn, slant=noise, width=drawn[:, 0] + 4 * noise))
    assert directions.shape == (0, 4)
    assert names == []


def test_more_features_than_dimensions() -> None:
    drawn = styles(dimensions=1)
    directions, names = line_up(sample_with(drawn, **dict.fromkeys(FEATURES, -drawn[:, 0])))
    assert directions.tolist() == [[-1]]
    assert [name.feature for name in names] == ["slant"]


def test_effects_tell_idle_dimensions_from_busy_ones() -> None:
    torch.manual_seed(0)
    model = build_model(ModelConfig(2, 3, 20)).eval()
    with torch.no_grad():
        model.decoder.b.weight.copy_(torch.tensor([0.1, 0.0, 1.0]) * torch.ones(20, 1))
    a, b = np.zeros((2, 2), np.float32), spread(styles(dimensions=3))
    change = effects(model, a, b, np.eye(3, dtype=np.float32))
    assert change[1] == 0
    assert change[2] > 3 * change[0] > 0
    axes = raw_axes(model, a, b)
    assert axes.directions.tolist() == np.eye(3)[[2, 0, 1]].tolist()
    assert axes.names[2] is None


def test_an_effect_is_the_root_mean_square_change_of_grey() -> None:
    """With no weights but a bias the picture does not change; with one unit it changes as its sigmoid does."""
    model = build_model(ModelConfig(1, 1, 1)).eval()
    with torch.no_grad():
        for layer in (model.decoder.a, model.decoder.b, model.decoder.pixels):
            layer.weight.zero_()
        model.decoder.b.weight.fill_(1e-3)
        model.decoder.pixels.weight.fill_(1)
    change = effects(model, np.zeros((1, 1), np.float32), spread(styles(dimensions=1)), np.ones((1, 1), np.float32))
    assert change[0] == pytest.approx(1e-3 * styles(dimensions=1).std() / 4, rel=0.01)


def test_named_axes_come_first() -> None:
    model = conditional_model(replace(CONFIG, latent_a=1, latent_b=6))
    b = spread(styles(dimensions=6))
    directions = raw_axes(model, np.float32([[0.4], [-1.2]]), b).directions
    assert np.array_equal(directions[:4], np.eye(6)[:4])
    unnamed = effects(model, np.float32([[0.4], [-1.2]]), b, directions)[4:]
    assert unnamed[0] > unnamed[1]


@pytest.mark.parametrize("of", [raw_axes, measured_axes])
def test_sliders_reach_every_style_and_come_back(of, seen) -> None:
    model, latents, digits = seen
    b = spread(latents.mean_b)
    a = digit_means(latents.mean_a, digits.digits)
    axes: Axes = of(model, a, b)
    assert np.allclose(axes.directions @ axes.directions.T, np.eye(10), atol=1e-5)
    values = ((latents.mean_b - b.mean) / b.deviation) @ axes.directions.T
    assert np.allclose(b.mean + b.deviation * (values @ axes.directions), latents.mean_b, atol=1e-4)
    assert len(axes.names) == 10
    change = effects(model, a, b, axes.directions).tolist()
    unnamed = [effect for effect, name in zip(change, axes.names, strict=True) if name is None or of is raw_axes]
    assert unnamed == sorted(unnamed, reverse=True)
    assert min(change) > 0.01


def test_the_slider_named_slant_makes_digits_lean(seen) -> None:
    model, latents, digits = seen
    a, b = digit_means(latents.mean_a, digits.digits), spread(latents.mean_b)
    axes = measured_axes(model, a, b)
    assert axes.names[0] is not None
    assert axes.names[0].feature == "slant"
    assert axes.names[0].correlation > 0.7
    left, middle, right = (
        slant(decode(model, a, np.tile(b.mean + step * b.deviation * axes.directions[0], (10, 1)))).mean()
        for step in np.float32([-1, 0, 1])
    )
    assert right - middle > 3
    assert middle - left > 3


def test_the_same_seed_draws_the_same_hands(seen) -> None:
    model, latents, digits = seen
    a, b = digit_means(latents.mean_a, digits.digits), spread(latents.mean_b)
    one, other = (sample_styles(model, a, b, styles=20) for _ in range(2))
    assert np.array_equal(one.features, other.features)
    assert one.styles.shape == (200, 10)
    assert one.features.shape == (200, len(FEATURES))
    assert one.features[one.digits == 3].mean(0) == pytest.approx(0, abs=1e-4)


def test_spread_of_equal_latents_is_that_of_the_prior() -> None:
    lie = spread(np.array([[1, 5], [3, 5]], np.float32))
    assert lie.mean.tolist() == [2, 5]
    assert lie.deviation.tolist() == [1, 1]
    assert spread(np.array([[7, 1]], np.float32)).deviation.tolist() == [1, 1]


def test_digit_means_say_where_there_is_none() -> None:
    means = digit_means(np.array([[1, 2], [3, 4], [9, 9]], np.float32), np.array([4, 4, 7]))
    assert means.shape == (10, 2)
    assert means[4].tolist() == [2, 3]
    assert means[7].tolist() == [9, 9]
    assert np.isnan(np.delete(means, [4, 7], axis=0)).all()


def test_hands_of_writers_and_the_farthest() -> None:
    b = np.array([[0, 0], [2, 0], [0, 1], [0, 3], [0, 8], [5, 5]], np.float32)
    found = styles_of_writers(b, np.array([30, 30, 7, 7, 7, 2]))
    assert list(found) == [7, 30, 2]
    assert found[7].b.tolist() == [0, 4]
    assert [hand.images for hand in found.values()] == [3, 2, 1]
    assert farthest(found, 7, spread(b)) == 2
    assert farthest(found, 2, spread(b)) == 30
