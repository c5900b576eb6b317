import numpy as np

from wvae.neighbours import nearest, nearest_of_each


def test_neighbours_come_nearest_first_without_the_row_itself() -> None:
    latents = np.array([[0, 0], [3, 4], [0, 1], [0, 0], [6, 8]], np.float32)
    near = nearest(latents, 0, 3)
    assert near.rows.tolist() == [3, 2, 1]
    assert near.distances.tolist() == [0, 1, 5]


def test_there_are_no_more_neighbours_than_others() -> None:
    latents = np.array([[0.0], [2.0]], np.float32)
    assert nearest(latents, 1, 10).rows.tolist() == [0]
    assert nearest(latents[:1], 0, 10).rows.tolist() == []


def test_the_nearest_of_each_are_those_of_any_row() -> None:
    latents = np.random.default_rng(0).normal(size=(200, 12)).astype(np.float32)
    near = nearest_of_each(latents, latents, 6)
    assert near.rows[:, 0].tolist() == list(range(200))  # itself
    for row in range(0, 200, 20):
        alone = nearest(latents, row, 5)
        assert near.rows[row, 1:].tolist() == alone.rows.tolist()
        assert np.allclose(near.distances[row, 1:], alone.distances, rtol=1e-4)
