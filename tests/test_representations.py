from pathlib import Path

import numpy as np
import pytest
import torch

import wvae
from wvae.digits import DigitSet
from wvae.errors import ConfigError
from wvae.model import ModelConfig, build_model
from wvae.representations import (
    WRITER_PROJECTION,
    Features,
    WithinDigit,
    morphometry,
    pixels,
    representations,
)
from wvae.sources import load_digits

CHECKPOINT = Path(__file__).parent.parent / "checkpoints" / "synthetic-10d"
SOURCE = "synthetic:12"


@pytest.fixture(scope="module")
def digits() -> DigitSet:
    return load_digits(SOURCE)


@pytest.fixture(scope="module")
def model() -> wvae.WVAE:
    return wvae.load_checkpoint(CHECKPOINT)


def test_each_representation_gives_a_row_of_its_length_for_each_image(digits: DigitSet, model: wvae.WVAE) -> None:
    learned, others = digits[:360], digits[360:400]
    rows = {name: transformer.fit(learned).transform(others) for name, transformer in representations(model).items()}
    assert {name: row.shape for name, row in rows.items()} == {
        "raw pixels": (40, 784),
        "raw pixels less the digit's mean": (40, 784),
        "PCA": (40, 10),
        "morphometry": (40, 7),
        "latent A": (40, 10),
        "latent B": (40, 10),
        "A and B": (40, 20),
    }
    assert all(np.isfinite(row).all() for row in rows.values())


def test_without_a_model_there_are_no_latents() -> None:
    assert list(representations(None)) == ["raw pixels", "raw pixels less the digit's mean", "PCA", "morphometry"]


def test_representations_are_chosen_by_name(model: wvae.WVAE) -> None:
    assert set(representations(model, ["latent B", "PCA"])) == {"PCA", "latent B"}
    with pytest.raises(ConfigError, match="no representation 'latent B'; there are: raw pixels, "):
        representations(None, ["PCA", "latent B"])


def test_latents_are_the_posterior_means(digits: DigitSet, model: wvae.WVAE) -> None:
    known = representations(model)
    latents = wvae.encode(model, digits.images)
    assert np.array_equal(known["latent A"].fit(digits).transform(digits), latents.mean_a)
    assert np.array_equal(known["latent B"].fit(digits).transform(digits), latents.mean_b)
    assert np.array_equal(known["A and B"].fit(digits).transform(digits), np.hstack([latents.mean_a, latents.mean_b]))


def test_the_writer_projection_is_a_representation_of_models_that_have_one(digits: DigitSet, model: wvae.WVAE) -> None:
    assert WRITER_PROJECTION not in representations(model)
    projecting = build_model(ModelConfig(2, 5, writer_dimensions=3)).eval()
    maps = np.random.default_rng(0).normal(size=(10, 3, 5)).astype(np.float32)
    projecting.writer_projection.matrix.copy_(torch.from_numpy(maps))
    known = representations(projecting)
    rows = known[WRITER_PROJECTION].fit(digits).transform(digits)
    a, b = (means := wvae.encode(projecting, digits.images)).mean_a, means.mean_b
    read = wvae.digit_probabilities(projecting, a).argmax(1)
    assert len(np.unique(read)) > 1
    assert rows == pytest.approx(np.einsum("nkb,nb->nk", maps[read], b), abs=1e-5)
    assert wvae.writer_projection(projecting, b) == pytest.approx(b @ maps.mean(0).T, abs=1e-5)
    assert [name for name, row in known.items() if getattr(row, "weighted", False)] == [WRITER_PROJECTION]


def test_pixels_are_grey_values_from_0_to_1(digits: DigitSet) -> None:
    rows = Features(pixels).fit(digits).transform(digits)
    assert (rows.dtype, rows.min(), rows.max()) == (np.float32, 0, 1)
    assert rows[3].reshape(28, 28) == pytest.approx(digits.images[3] / 255)


def test_pca_is_centred_on_what_it_was_fitted_on(digits: DigitSet) -> None:
    """Its spreads fall from the first component on, and it knows the mean of the learned digits, not the others'."""
    pca = representations(None)["PCA"].fit(digits[:360])
    learned, others = pca.transform(digits[:360]), pca.transform(digits[360:])
    assert learned.mean(0) == pytest.approx(0, abs=1e-4)
    assert (np.diff(learned.std(0)) < 0).all()
    assert abs(others.mean(0)).max() > 0.05


@pytest.mark.parametrize("scale", [False, True])
def test_within_digit_has_mean_0_and_when_scaled_spread_1_in_each_digit(digits: DigitSet, scale: bool) -> None:
    rows = WithinDigit(morphometry, scale).fit(digits).transform(digits)
    plain = morphometry(digits)
    for digit in range(10):
        mine = digits.digits == digit
        assert rows[mine].mean(0) == pytest.approx(0, abs=1e-3)
        assert rows[mine].std(0) == pytest.approx(1 if scale else plain[mine].std(0), rel=1e-3)


def numbered(digits: list[int], values: list[int]) -> DigitSet:
    """Digits whose only feature, :func:`number`, has these values."""
    return DigitSet(np.zeros((len(digits), 28, 28), np.uint8), np.array(digits), np.array(values))


def number(digits: DigitSet) -> np.ndarray:
    return digits.writers[:, None].astype(np.float32)


def test_other_digits_are_measured_by_the_mean_and_spread_that_were_learned() -> None:
    """Digit 0 has mean 4 and spread 2, digit 1 mean 10 and no spread; all three have mean 6 and spread root 32/3."""
    learned = numbered([0, 0, 1], [2, 6, 10])
    others = numbered([0, 1, 7], [8, 13, 8])
    plain, scaled = WithinDigit(number).fit(learned), WithinDigit(number, scale=True).fit(learned)
    assert plain.transform(learned).ravel() == pytest.approx([-2, 2, 0])
    assert plain.transform(others).ravel() == pytest.approx([4, 3, 2])
    assert scaled.transform(learned).ravel() == pytest.approx([-1, 1, 0])
    assert scaled.transform(others).ravel() == pytest.approx([2, 3, 2 / np.sqrt(32 / 3)])


@pytest.mark.parametrize("scale", [False, True])
def test_pixels_without_ink_and_a_digit_that_was_not_learned_stay_finite(digits: DigitSet, scale: bool) -> None:
    within = WithinDigit(pixels, scale).fit(digits[digits.digits != 3])
    assert np.isfinite(within.transform(digits)).all()
