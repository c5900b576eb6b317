"""What k-means++ draws from several seeds at once, against scikit-learn, which draws from one."""

import numpy as np
import pytest
from sklearn.cluster import KMeans, kmeans_plusplus

from wvae import starting_centres
from wvae.starting_centres import AT_ONCE, starting_rows

SEEDS = 0, 7, 3


@pytest.mark.parametrize("held", [starting_centres.HELD, 1])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_each_seed_draws_what_it_draws_alone(kind: type, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting_centres, "HELD", held)
    rows = np.random.default_rng(0).normal(5, 1, (AT_ONCE + 40, 6)).astype(kind)
    found = starting_rows(rows, 12, SEEDS)
    assert found.shape == (3, 12)
    for seed, start in zip(SEEDS, found, strict=True):
        _, alone = kmeans_plusplus(rows - rows.mean(0), 12, random_state=seed)
        assert start.tolist() == alone.tolist()
        by_itself = KMeans(12, n_init=1, random_state=seed).fit(rows)
        assert KMeans(12, n_init=1, init=rows[start]).fit(rows).labels_.tolist() == by_itself.labels_.tolist()
    assert len({tuple(start) for start in found}) == 3


def test_more_centres_than_places() -> None:
    rows = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    assert {row // 10 for row in starting_rows(rows, 2, [0])[0]} == {0, 1}
    assert starting_rows(rows, 4, [0, 1]).shape == (2, 4)
