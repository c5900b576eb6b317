import numpy as np

from wvae.neighbours import nearest


def test_neighbours_come_nearest_first_without_the_row_itself() -> None:
    latents = np.array([[0, 0], [3, 4], [0, 1], [0, 0], [6, 8]], np.float32)
    near = nearest(latents, 0, 3)
    assert near.rows.tolist() == [3, 2, 1]
    assert near.distances.tolist() == [0, 1, 5]


def test_there_are_no_more_neighbours_than_others() -> None:
    latents = np.array([[0.0], [2.0]], np.float32)
    assert nearest(latents, 1, 10).rows.tolist() == [0]
    assert nearest(latents[:1], 0, 10).rows.tolist() == []
