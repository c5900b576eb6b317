import numpy as np
import pytest

from wvae.digits import DigitSet
from wvae.model import WVAE, ModelConfig, build_model
from wvae.writer_directions import FLOOR, directions_of_measures, directions_of_writers


@pytest.fixture
def model() -> WVAE:
    return build_model(ModelConfig(2, 3, hidden=16, writer_dimensions=2)).eval()


@pytest.fixture
def set_b(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Say what B of the digits is."""

    def to(b: np.ndarray) -> None:
        class Encoded:
            mean_b = b.astype(np.float32)

        monkeypatch.setattr("wvae.writer_directions.encode", lambda model, images: Encoded)

    return to


def test_what_says_a_measure_counts_and_the_rest_a_little(model: WVAE, synthetic: DigitSet, set_b) -> None:  # type: ignore[no-untyped-def]
    from wvae.morphometry import scale_within_digit, slant

    leaning = slant(synthetic.images)
    z = scale_within_digit(leaning, synthetic.digits).z_scores(leaning, synthetic.digits)
    noise = np.random.default_rng(0).standard_normal((len(z), 2))
    set_b(np.column_stack([noise[:, 0], z, noise[:, 1]]))
    matrix, explained = directions_of_measures(model, synthetic)
    assert matrix.shape == (2, 3)
    assert abs(matrix[0, 1]) > 1
    assert abs(matrix[0, [0, 2]]).max() < 0.1
    assert np.linalg.norm(matrix[1]) == pytest.approx(FLOOR**0.5, rel=0.1)
    assert 0.1 < explained < 0.9


def test_what_tells_writers_apart_counts(model: WVAE, synthetic: DigitSet, set_b) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    of_writer = rng.standard_normal(int(synthetic.writers.max()) + 1)[synthetic.writers]
    noise = rng.standard_normal((len(of_writer), 3))
    set_b(np.column_stack([5 * noise[:, 0], of_writer + 0.5 * noise[:, 1], noise[:, 2]]))
    matrix, explained = directions_of_writers(model, synthetic)
    assert matrix.shape == (2, 3)
    assert abs(matrix[0, 1]) > 10 * abs(matrix[0, [0, 2]]).max()
    assert np.linalg.norm(matrix[1]) < 0.2 * np.linalg.norm(matrix[0])
    assert explained > 0.95
