import time
from pathlib import Path

import numpy as np
import pytest

from wvae.errors import ConfigError, WvaeError
from wvae.projection import Projection, Projector, Waiting, place_all, project


def two_clusters(n: int = 120) -> np.ndarray:
    """Half of the rows lie 20 away from the others along a direction of ten dimensions."""
    latents = np.random.default_rng(1).normal(size=(n, 10)).astype(np.float32)
    latents[::2] += 20 / np.sqrt(10)
    return latents


def wait(projector: Projector, latents: np.ndarray, method: str = "t-SNE", n: int | None = None) -> Projection:
    until = time.monotonic() + 600  # its process lets all others go first
    while time.monotonic() < until:
        made = projector.ask(latents, method, n)
        if isinstance(made, Projection):
            return made
        time.sleep(0.1)
    pytest.fail("the projection was not done within ten minutes")


def test_rows_that_were_not_laid_out_are_placed_amid_their_nearest() -> None:
    latents = two_clusters()
    rows = np.arange(0, 120, 3)
    laid_out = np.where(rows[:, None] % 2, -10, 10) + np.random.default_rng(0).random((len(rows), 2))
    positions = place_all(Projection(rows, laid_out.astype(np.float32)), latents)
    assert positions.shape == (120, 2)
    assert np.array_equal(positions[rows], laid_out.astype(np.float32))
    assert (positions[::2] >= 10).all()
    assert (positions[1::2] <= -9).all()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Projector:
    """A projector with a process for all tests here, since the libraries take long to load."""
    return Projector(tmp_path_factory.mktemp("projections"))


@pytest.fixture
def projector(started: Projector, tmp_path: Path) -> Projector:
    """That projector, when it keeps its projections in the folder of the test."""
    started.folder = tmp_path
    return started


def test_pca_finds_the_direction_of_most_variance() -> None:
    latents = two_clusters()
    made = project(latents, "PCA")
    assert made.rows.tolist() == list(range(120))
    assert made.positions.shape == (120, 2)
    gap = made.positions[::2, 0].mean() - made.positions[1::2, 0].mean()
    assert abs(gap) == pytest.approx(20, rel=0.05)
    spread = made.positions.var(0)
    assert spread[0] > 50 * spread[1]


@pytest.mark.parametrize("method", ["t-SNE", "UMAP"])
def test_clusters_stay_separate(method: str, projector: Projector, tmp_path: Path) -> None:
    made = wait(projector, two_clusters(), method, n=100)
    assert len(made.rows) == len(np.unique(made.rows)) == 100
    even = made.positions[made.rows % 2 == 0]
    odd = made.positions[made.rows % 2 == 1]
    distance = np.linalg.norm(even.mean(0) - odd.mean(0))
    assert distance > 2 * max((each - each.mean(0)).std() for each in (even, odd))
    next(tmp_path.iterdir()).unlink()
    assert np.array_equal(made.positions, wait(projector, two_clusters(), method, n=100).positions)


@pytest.mark.parametrize("method", ["PCA", "t-SNE", "UMAP"])
def test_two_dimensions_or_one_are_not_projected(method: str) -> None:
    flat = two_clusters()[:, :2]
    assert np.array_equal(project(flat, method).positions, flat)
    line = project(flat[:, :1], method).positions
    assert np.array_equal(line[:, 0], flat[:, 0])
    assert not line[:, 1].any()


def test_what_cannot_be_projected_is_said() -> None:
    with pytest.raises(ConfigError, match="no projection 'LDA'"):
        project(two_clusters(), "LDA")
    with pytest.raises(ConfigError, match="5 digits or more, not 3"):
        project(two_clusters()[:3], "UMAP")
    assert project(two_clusters()[:3], "PCA").positions.shape == (3, 2)
    assert project(two_clusters()[:1], "PCA").positions.tolist() == [[0, 0]]


def test_a_projection_is_made_in_another_process_and_kept_on_disk(projector: Projector, tmp_path: Path) -> None:
    latents = two_clusters()
    assert projector.ask(latents, "t-SNE", 60) == Waiting(0.0)
    assert projector.ask(latents, "t-SNE", 50) == Waiting(None)  # its turn has not come
    made = wait(projector, latents, n=60)
    assert np.array_equal(made.positions, project(latents, "t-SNE", 60).positions)
    kept = Projector(tmp_path).ask(latents, "t-SNE", 60)
    assert isinstance(kept, Projection)
    assert np.array_equal(kept.positions, made.positions)
    latents[0] += 1  # other latents are another projection
    assert isinstance(Projector(tmp_path).ask(latents, "PCA", 60), Projection)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_projection_that_is_stopped_is_said_and_can_be_made_again(projector: Projector) -> None:
    latents = two_clusters()
    projector.ask(latents, "t-SNE")
    projector.stop(latents[1:], "t-SNE")  # it waits: the busy one goes on
    with pytest.raises(WvaeError, match="stopped before it was done"):
        projector.ask(latents[1:], "t-SNE")
    assert len(wait(projector, latents).rows) == 120
    latents += 1
    projector.ask(latents, "t-SNE")
    projector.stop(latents, "t-SNE")
    with pytest.raises(WvaeError, match="stopped before it was done"):
        wait(projector, latents)
    with pytest.raises(WvaeError, match="stopped before it was done"):
        projector.ask(latents, "t-SNE")
    projector.forgive()
    assert len(wait(projector, latents).rows) == 120


def test_how_long_a_projection_takes_is_measured_before_it_is_done(projector: Projector) -> None:
    latents = two_clusters(1500)
    asked = projector.ask(latents, "t-SNE")
    assert asked == Waiting(0.0)
    while isinstance(asked, Waiting) and asked.expected is None:
        time.sleep(0.01)
        asked = projector.ask(latents, "t-SNE")
    assert isinstance(asked, Waiting)
    assert asked.seconds is not None
    assert asked.expected is not None
    assert asked.seconds < asked.expected < 600
    wait(projector, latents)
    assert projector.ask(latents[1:], "t-SNE") == Waiting(0.0)  # what was expected of another is not said of it
    projector.stop(latents[1:], "t-SNE")


def test_a_damaged_file_is_made_again(projector: Projector, tmp_path: Path) -> None:
    latents = two_clusters()
    wait(projector, latents, n=40)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert isinstance(projector.ask(latents, "t-SNE", 40), Waiting)
    assert len(wait(projector, latents, n=40).rows) == 40


@pytest.mark.parametrize(
    "rows", [np.arange(40) + 1000, np.arange(40)[::-1], np.arange(39), np.arange(40.0), np.zeros(40, np.int64)]
)
def test_kept_rows_that_do_not_fit_are_made_again(rows: np.ndarray, projector: Projector, tmp_path: Path) -> None:
    latents = two_clusters()
    made = wait(projector, latents, n=40)
    (file,) = tmp_path.iterdir()
    np.savez(file, rows=rows, positions=made.positions)
    assert np.array_equal(wait(projector, latents, n=40).rows, made.rows)
