import numpy as np

from wvae.digits import DigitSet
from wvae.sampling import commonest, sample_each, sample_one, sample_writer

VALUES = np.array([5, 5, 2, 9, 2, 5])


def test_the_commonest_first() -> None:
    values, counts = commonest(VALUES)
    assert values.tolist() == [5, 2, 9]
    assert counts.tolist() == [3, 2, 1]
    assert commonest(np.array([8, 3, 8, 3])).values.tolist() == [3, 8]
    assert commonest(VALUES[:0]).values.tolist() == []


def test_one_row_for_each_value() -> None:
    for seed in range(5):
        rows = sample_each(VALUES, 10, seed)
        assert VALUES[rows].tolist() == [2, 5, 9]
    assert len({tuple(sample_each(VALUES, 10, seed)) for seed in range(50)}) == 6
    assert len({tuple(VALUES[sample_each(VALUES, 2, seed)]) for seed in range(20)}) == 3
    assert sample_each(VALUES[:0], 3, 0).tolist() == []


def test_rows_of_one_value() -> None:
    assert sample_one(VALUES, 5, 10, seed=0).tolist() == [0, 1, 5]
    assert len(sample_one(VALUES, 5, 2, seed=0)) == 2
    assert sample_one(VALUES, 77, 2, seed=0).tolist() == []


def test_each_digit_of_one_writer(synthetic: DigitSet) -> None:
    rows = sample_writer(synthetic, 7, seed=1)
    assert set(synthetic.writers[rows]) == {7}
    assert synthetic.digits[rows].tolist() == list(range(10))
    assert sample_writer(synthetic, 12345, seed=1).tolist() == []
