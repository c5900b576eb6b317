from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wvae
from wvae.digits import DigitSet, writer_split
from wvae.errors import ConfigError
from wvae.representations import (
    Features,
    WithinDigit,
    check_protocol,
    morphometry,
    own_protocol,
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


def trained(digits: DigitSet, seed: int = 0, source: str = SOURCE, **protocol: str) -> dict[str, Any]:
    """The config of a model that was trained on the digits, 6 writers set apart."""
    split = {"evaluation_writers": 6, "seed": seed}
    return {"data": {"source": source, "digest": digits.digest(), "split": split, **protocol}}


@pytest.mark.parametrize("said", [{}, {"protocol": "disjoint"}])
def test_disjoint_holds_on_the_split_of_the_training(digits: DigitSet, said: dict[str, str]) -> None:
    check_protocol(trained(digits, **said), SOURCE, digits, writer_split(digits, 6), "disjoint")


def test_disjoint_is_refused_on_another_split_and_says_how_many_writers_are_known(digits: DigitSet) -> None:
    split, other = writer_split(digits, 6, seed=0), writer_split(digits, 6, seed=1)
    known = len(set(other.evaluation_writers) - set(split.evaluation_writers))
    assert 0 < known < 6
    with pytest.raises(ConfigError, match=f"digits by {known} of the 6 evaluation writers"):
        check_protocol(trained(digits), SOURCE, digits, other, "disjoint")


def test_disjoint_is_refused_for_a_model_of_the_evaluation_writers_own_digits(digits: DigitSet) -> None:
    with pytest.raises(ConfigError, match="digits by 6 of the 6 evaluation writers"):
        check_protocol(trained(digits, protocol="article"), SOURCE, digits, writer_split(digits, 6), "disjoint")


def test_article_holds_for_a_model_of_the_same_training_images(digits: DigitSet) -> None:
    check_protocol(trained(digits, protocol="article"), SOURCE, digits, writer_split(digits, 6), "article")


def test_article_is_refused_where_the_training_images_are_others(digits: DigitSet) -> None:
    disjoint, other_split = trained(digits), trained(digits, seed=1, protocol="article")
    for config in (disjoint, other_split):
        with pytest.raises(ConfigError, match="train one under the protocol article"):
            check_protocol(config, SOURCE, digits, writer_split(digits, 6), "article")


def test_article_is_refused_for_a_model_that_learned_from_the_test_images(digits: DigitSet) -> None:
    """The model set one writer apart and learned from all images of the others, the tested ones among them."""
    config = trained(digits)
    config["data"]["split"]["evaluation_writers"] = 1
    (apart,) = writer_split(digits, 1).evaluation_writers
    split = next(split for split in (writer_split(digits, 6, s) for s in range(9)) if apart not in split[0])
    with pytest.raises(ConfigError, match="not on their test images"):
        check_protocol(config, SOURCE, digits, split, "article")


PERHAPS_KNOWN = "perhaps by the evaluation writers of .* too"
UNKNOWN_TO_IT = "no writer of .*: choose the (protocol disjoint|disjoint protocol)"


@pytest.mark.parametrize(
    ("trained_on", "source", "refused", "says"),
    [
        ("imported", "qmnist:train", "disjoint", PERHAPS_KNOWN),
        ("imported", "emnist:train:digits.mat", "disjoint", PERHAPS_KNOWN),
        ("imported", "synthetic", "article", UNKNOWN_TO_IT),
        ("imported", "folder:mine", "article", UNKNOWN_TO_IT),
        ("unknown", "qmnist:train", "disjoint", "trained on unknown digits, " + PERHAPS_KNOWN),
        ("unknown", "synthetic", "disjoint", "trained on unknown digits, " + PERHAPS_KNOWN),
        ("synthetic", "qmnist:train", "article", UNKNOWN_TO_IT),
        ("qmnist:train", "synthetic", "article", UNKNOWN_TO_IT),
        ("qmnist:train", "qmnist:test", "disjoint", PERHAPS_KNOWN),
        ("emnist:train", "qmnist:train", "disjoint", PERHAPS_KNOWN),
        ("folder:mine", "folder:mine", "disjoint", PERHAPS_KNOWN),
    ],
)
def test_a_model_of_other_data_holds_to_just_one_protocol(
    trained_on: str, source: str, refused: str, says: str, digits: DigitSet
) -> None:
    """The digits of the source are not those it was trained on: they may be by the same people, or cannot be."""
    configs: dict[str, dict[str, Any]] = {"imported": {"imported": {"file": "model1.npz"}}, "unknown": {}}
    config = configs.get(trained_on, trained(digits[:-1], source=trained_on))
    split = writer_split(digits, 6)
    with pytest.raises(ConfigError, match=says):
        check_protocol(config, source, digits, split, refused)
    check_protocol(config, source, digits, split, "article" if refused == "disjoint" else "disjoint")


def test_a_models_own_protocol_is_what_it_was_trained_under(digits: DigitSet) -> None:
    assert own_protocol(trained(digits, protocol="article")) == "article"
    assert own_protocol(trained(digits)) == "disjoint"
    assert own_protocol({"imported": {"file": "model1.npz"}}) == "article"
    assert own_protocol({}) == "disjoint"
