from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from wvae.digits import DigitSet
from wvae.errors import DataError
from wvae.latents import Latents
from wvae.model import WVAE, ModelConfig, build_model
from wvae.morphometry import scale_within_digit, slant
from wvae.writer_directions import Directions, directions_of_pictures, directions_of_writers

SetB = Callable[[NDArray[np.float64]], None]


@pytest.fixture
def model() -> WVAE:
    return build_model(ModelConfig(10, 3, hidden=16, writer_dimensions=4)).eval()


@pytest.fixture
def set_b(monkeypatch: pytest.MonkeyPatch, synthetic: DigitSet) -> SetB:
    """Say what B of the digits is; A says which digit each is."""

    def to(b: NDArray[np.float64]) -> None:
        a = np.eye(10, dtype=np.float32)[synthetic.digits]
        latents = Latents(a, np.zeros_like(a), b.astype(np.float32), np.zeros_like(b))
        monkeypatch.setattr("wvae.writer_directions.encode", lambda model, images: latents)
        monkeypatch.setattr("wvae.writer_directions.digit_probabilities", lambda model, a: a)

    return to


def test_what_says_how_pictures_look_counts(model: WVAE, synthetic: DigitSet, set_b: SetB) -> None:
    """The slant is in another axis of B of even digits than of odd ones; what no picture shows counts little."""
    leaning = slant(synthetic.images)
    z = scale_within_digit(leaning, synthetic.digits).z_scores(leaning, synthetic.digits)
    noise, is_odd = np.random.default_rng(0).standard_normal((len(z), 2)), synthetic.digits % 2 == 1
    set_b(np.column_stack([noise[:, 0], np.where(is_odd, z, noise[:, 1]), np.where(is_odd, noise[:, 1], z)]))
    found = directions_of_pictures(model, synthetic)
    assert found.maps.shape == (10, 4, 3)
    assert 0.05 < found.explained < 0.9
    for digit, map_ in enumerate(found.maps):
        lengths = np.linalg.norm(map_, axis=0)
        assert lengths[1 if digit % 2 else 2] > 2 * np.delete(lengths, 1 if digit % 2 else 2).max()
    slants = found.maps[:, 0][np.arange(10), [2, 1] * 5]  # one direction of the space, for all digits
    assert (slants > 0).all() or (slants < 0).all()


def test_what_tells_writers_apart_counts(model: WVAE, synthetic: DigitSet, set_b: SetB) -> None:
    """Each digit has the writer in another axis of B: its map brings it to where that of the others is."""
    rng = np.random.default_rng(0)
    of_writer = rng.standard_normal(int(synthetic.writers.max()) + 1)[synthetic.writers]
    b = 5 * rng.standard_normal((len(of_writer), 3))
    axis, rows = synthetic.digits % 3, np.arange(len(b))
    b[rows, axis] = of_writer + 0.5 * rng.standard_normal(len(b))
    set_b(b)
    found = directions_of_writers(model, synthetic)
    assert found.maps.shape == (10, 4, 3)
    assert found.explained > 0.8
    points = np.einsum("nkb,nb->nk", found.maps[synthetic.digits], b)
    assert abs(np.corrcoef(points[:, 0], of_writer)[0, 1]) > 0.8
    assert points[:, 0].var() > 5 * points[:, 1:].var(0).max()


@pytest.mark.parametrize("directions", [directions_of_pictures, directions_of_writers])
def test_a_digit_that_does_not_occur_has_the_mean_of_the_others_maps(
    directions: Callable[[WVAE, DigitSet], Directions], model: WVAE, synthetic: DigitSet
) -> None:
    some = synthetic[synthetic.digits != 3]
    with torch.no_grad():
        model.classifier.bias[3] = -1e3  # type: ignore[union-attr, index]
    maps = directions(model, some).maps
    assert maps[3] == pytest.approx(np.delete(maps, 3, axis=0).mean(0), abs=1e-5)


@pytest.mark.parametrize("directions", [directions_of_pictures, directions_of_writers])
def test_a_model_that_reads_no_digit_has_one_map(
    directions: Callable[[WVAE, DigitSet], Directions], synthetic: DigitSet
) -> None:
    reads_none = build_model(ModelConfig(2, 3, hidden=16, classifier="none", writer_dimensions=2)).eval()
    maps = directions(reads_none, synthetic).maps
    assert (maps == maps[:1]).all()
    assert maps.any()


def test_equal_pictures_say_nothing(model: WVAE, synthetic: DigitSet) -> None:
    same = synthetic[np.zeros(20, np.int64)]
    with pytest.raises(DataError, match="images of each digit are equal"):
        directions_of_pictures(model, same)
