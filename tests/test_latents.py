from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

import wvae
from tests.conditional import CONFIG, conditional_model
from wvae.digits import DigitSet
from wvae.errors import ConfigError, DataError
from wvae.latents import BATCH, decode_digits, decode_plane, encode, transfer
from wvae.model import WVAE, ModelConfig, build_model
from wvae.priors import LINE, class_centres


@pytest.fixture
def model() -> WVAE:
    torch.manual_seed(0)
    return build_model(ModelConfig(2, 3)).eval()


def test_batches_make_no_difference(model: WVAE, synthetic: DigitSet) -> None:
    images = np.resize(synthetic.images, (BATCH + 3, 28, 28))
    latents = wvae.encode(model, images)
    assert latents.mean_a.shape == latents.log_variance_a.shape == (BATCH + 3, 2)
    assert latents.mean_b.shape == latents.log_variance_b.shape == (BATCH + 3, 3)
    assert np.allclose(latents.mean_b[-5:], wvae.encode(model, images[-5:]).mean_b, atol=1e-6)
    decoded = wvae.decode(model, latents.mean_a, latents.mean_b)
    assert decoded.shape == (BATCH + 3, 28, 28)
    assert decoded.dtype == np.float32
    assert 0 <= decoded.min() <= decoded.max() <= 1
    assert np.allclose(decoded[-5:], wvae.decode(model, latents.mean_a[-5:], latents.mean_b[-5:]), atol=1e-6)


def test_columns_have_the_names_of_their_dimensions(model: WVAE, synthetic: DigitSet) -> None:
    latents = wvae.encode(model, synthetic.images[:5])
    columns = latents.columns()
    assert list(columns) == ["A1", "A2", "B1", "B2", "B3"]
    assert np.array_equal(columns["A2"], latents.mean_a[:, 1])
    assert np.array_equal(columns["B3"], latents.mean_b[:, 2])


def test_no_image_gives_no_latent(model: WVAE) -> None:
    latents = wvae.encode(model, np.zeros((0, 28, 28), np.uint8))
    assert latents.mean_a.shape == (0, 2)
    assert wvae.decode(model, latents.mean_a, latents.mean_b).shape == (0, 28, 28)


def test_probabilities_sum_to_one(model: WVAE) -> None:
    scores = wvae.digit_probabilities(model, np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32))
    assert scores.shape == (6, 10)
    assert np.allclose(scores.sum(1), 1)


def test_the_decoded_plane_lies_as_on_paper(model: WVAE) -> None:
    """A grows to the right, B upwards, and dimensions that are not shown are 0."""
    plane = decode_plane(model, np.array([-1, 0, 2], np.float32), np.array([-3, 3], np.float32), 1, 2)
    assert plane.images.shape == (2, 3, 28, 28)
    assert plane.b.tolist() == [3, -3]
    top_right = wvae.decode(model, np.array([[0, 2]], np.float32), np.array([[0, 0, 3]], np.float32))[0]
    assert np.allclose(plane.images[0, 2], top_right, atol=1e-6)


def test_transfer_takes_content_from_rows_and_the_hand_from_columns(model: WVAE) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 2)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
    images = transfer(model, a, b)
    assert images.shape == (3, 4, 28, 28)
    assert np.allclose(images[2, 1], wvae.decode(model, a[2:], b[1:2])[0], atol=1e-6)


@pytest.mark.parametrize(("latent_a", "order"), [(1, LINE), (10, range(10))])
def test_every_digit_along_the_first_axis_of_b(latent_a: int, order: Sequence[int]) -> None:
    """A digit a column, as its centre of A is decoded, and a style a row, in the order that is given."""
    conditional = conditional_model(replace(CONFIG, latent_a=latent_a, latent_b=3))
    images = decode_digits(conditional, np.array([2, 0], np.float32))
    assert images is not None
    assert images.shape == (2, 10, 28, 28)
    for column, digit in enumerate(order):
        a = class_centres(latent_a)[digit : digit + 1].numpy()
        assert wvae.digit_probabilities(conditional, a).argmax() == digit
        assert np.allclose(
            images[0, column], wvae.decode(conditional, a, np.array([[2, 0, 0]], np.float32))[0], atol=1e-6
        )


def test_a_prior_without_centres_has_no_digits_to_decode(model: WVAE) -> None:
    assert decode_digits(model, np.zeros(1, np.float32)) is None


def test_what_does_not_fit_is_refused(model: WVAE) -> None:
    with pytest.raises(DataError, match=r"uint8 \(n, 28, 28\), not float32"):
        wvae.encode(model, np.zeros((2, 28, 28), np.float32))  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"not uint8 \(2, 32, 32\)"):
        wvae.encode(model, np.zeros((2, 32, 32), np.uint8))
    with pytest.raises(DataError, match=r"Latent B of this model has shape \(n, 3\)"):
        wvae.decode(model, np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32))
    with pytest.raises(DataError, match="as many"):
        wvae.decode(model, np.zeros((1, 2), np.float32), np.zeros((2, 3), np.float32))
    with pytest.raises(ConfigError, match="no classifier"):
        wvae.digit_probabilities(build_model(ModelConfig(classifier="none")), np.zeros((1, 1), np.float32))


def test_more_latents_than_fit_in_memory_are_refused_before_they_are_made() -> None:
    model = build_model(ModelConfig(256, 256, hidden=4))
    images = np.broadcast_to(np.zeros((28, 28), np.uint8), (100_000, 28, 28))
    with pytest.raises(DataError, match="100,000 digits in 512 dimensions would not fit in memory"):
        encode(model, images)


def test_latents_beyond_all_measure_are_refused() -> None:
    model = build_model(ModelConfig(hidden=4))
    for value in (1e30, np.nan):
        torch.nn.init.constant_(model.encoder.mean_b.bias, value)
        with pytest.raises(DataError, match="beyond all measure"):
            encode(model, np.zeros((1, 28, 28), np.uint8))
