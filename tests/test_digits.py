import numpy as np
import pytest

from wvae.digits import DigitSet, writer_split
from wvae.errors import ConfigError, DataError


def make(counts: dict[int, int]) -> DigitSet:
    writers = np.repeat(list(counts), list(counts.values())).astype(np.int64)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (len(writers), 28, 28), dtype=np.uint8)
    return DigitSet(images, np.arange(len(writers)) % 10, writers)


def test_rows_are_selected_from_every_array() -> None:
    digits = make({3: 5, 8: 5})
    digits = DigitSet(digits.images, digits.digits, digits.writers, {"slant": np.arange(10, dtype=np.float32)})
    chosen = digits[digits.writers == 8]
    assert len(chosen) == 5
    assert set(chosen.writers) == {8}
    assert np.array_equal(chosen.images, digits.images[5:])
    assert np.array_equal(chosen.factors["slant"], np.arange(5, 10))


def test_digest_tells_sets_apart() -> None:
    digits = make({3: 5, 8: 5})
    assert digits.digest() == make({3: 5, 8: 5}).digest()
    assert digits.digest() != digits[1:].digest()
    other = DigitSet(digits.images, digits.digits, digits.writers + 1)
    assert digits.digest() != other.digest()


@pytest.mark.parametrize(
    ("images", "digits", "writers", "says"),
    [
        (np.zeros((2, 27, 28), np.uint8), [1, 2], [0, 0], "28, 28"),
        (np.zeros((2, 28, 28), np.float32), [1, 2], [0, 0], "uint8"),
        (np.zeros((2, 28, 28), np.uint8), [1, 10], [0, 0], "0 to 9, not 1 to 10"),
        (np.zeros((2, 28, 28), np.uint8), [1, -1], [0, 0], "0 to 9"),
        (np.zeros((2, 28, 28), np.uint8), [1, 2], [0, -3], "not -3"),
        (np.zeros((2, 28, 28), np.uint8), [1], [0, 0], "digits must have one value"),
    ],
)
def test_bad_arrays_are_refused(images: np.ndarray, digits: list[int], writers: list[int], says: str) -> None:
    with pytest.raises(DataError, match=says):
        DigitSet(images, np.array(digits), np.array(writers))


def test_split_parts_the_writers() -> None:
    digits = make({writer: 60 + writer for writer in range(30)} | {100: 59})
    split = writer_split(digits, n_writers=10, seed=3)
    assert len(split.evaluation_writers) == 10
    assert 100 not in split.evaluation_writers
    assert set(digits.writers[split.evaluation]) == set(split.evaluation_writers)
    assert not set(digits.writers[split.development]) & set(split.evaluation_writers)
    assert np.array_equal(split.development.astype(int) + split.train + split.test, np.ones(len(digits)))
    for writer in split.evaluation_writers:
        mine = digits.writers == writer
        assert (split.test & mine).sum() == round(0.106 * mine.sum())


def test_split_draws_as_the_protocol_says() -> None:
    digits = make(dict.fromkeys(range(0, 40, 2), 60))
    expected = np.random.default_rng(5).choice(np.arange(0, 40, 2), 7, replace=False)
    assert np.array_equal(writer_split(digits, 7, seed=5).evaluation_writers, np.sort(expected))
    assert not np.array_equal(writer_split(digits, 7, seed=6).evaluation_writers, np.sort(expected))


def test_split_of_the_real_digits(qmnist: DigitSet) -> None:
    split = writer_split(qmnist)
    assert split.test.sum() == 1163
    assert split.evaluation.sum() == 10977
    assert np.array_equal(split.training, split.development)
    assert np.array_equal(split.held_out, split.evaluation)
    article = writer_split(qmnist, protocol="article")
    assert np.array_equal(article.training, split.train)
    assert np.array_equal(article.held_out, split.test)
    with pytest.raises(ConfigError, match="no protocol 'both'; there are: disjoint, article"):
        writer_split(qmnist, protocol="both")


def test_split_needs_enough_writers() -> None:
    digits = make({1: 60, 2: 60, 3: 10})
    with pytest.raises(DataError, match="only 2 of 3 writers"):
        writer_split(digits, 3)
    with pytest.raises(ConfigError, match="0 or more"):
        writer_split(digits, -1)
    assert writer_split(digits, 0).development.all()
