import numpy as np
import pytest

from wvae.errors import DataError
from wvae.likeness import most_alike


def people(count: int, digits: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of writers 100, 101 and so on, whose means are as far apart as points by one writer, times ``apart``."""
    rng = np.random.default_rng(0)
    writers = np.repeat(np.arange(100, 100 + count), digits)
    means = apart * rng.standard_normal((count, 3))
    return means[writers - 100] + rng.standard_normal((len(writers), 3)), writers


def test_the_writer_of_the_digits_is_found() -> None:
    points, writers = people(30, 40, apart=3)
    own = np.flatnonzero(writers == 117)[:10]
    alike = most_alike(points[own], np.delete(points, own, 0), np.delete(writers, own), standardise=False)
    assert alike.writers[0] == 117
    assert alike.shares[0] > 0.9
    assert alike.compared == 30
    assert alike.found > 0.9
    assert alike.shares.sum() == pytest.approx(1)


def test_where_writers_do_not_differ_the_search_finds_one_by_chance() -> None:
    points, writers = people(40, 40, apart=0)
    alike = most_alike(points[:10], points, writers, standardise=False)
    assert alike.found < 0.1  # 1 in 40; a writer's own mean does not know the digits asked about


def test_an_axis_in_another_unit_counts_alike() -> None:
    points, writers = people(20, 40, apart=3)
    noise = 1e4 * np.random.default_rng(1).standard_normal((len(points), 1))
    wide = np.concatenate([points, noise], axis=1)
    plain, standardised = (most_alike(wide[:10], wide, writers, standardise=each) for each in (False, True))
    assert plain.found < 0.3
    assert standardised.found > 0.8


def test_writers_with_too_few_digits_take_no_part() -> None:
    points, writers = people(5, 20, apart=3)
    rows = (writers != 102) | (np.arange(len(writers)) % 2 == 0)
    assert most_alike(points[:10], points[rows], writers[rows], standardise=False).compared == 4
    with pytest.raises(DataError, match="at least 22"):
        most_alike(points[:11], points, writers, standardise=False)
    with pytest.raises(DataError, match="To compare 0 digits"):
        most_alike(points[:0], points, writers, standardise=False)
