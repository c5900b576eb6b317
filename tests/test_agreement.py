import numpy as np
import pytest

from wvae.agreement import purity, scores

WRITERS = np.repeat(np.arange(6), 10)


def test_a_perfect_clustering_scores_1() -> None:
    found = scores(WRITERS, WRITERS)
    assert found[:5] == pytest.approx([1] * 5)
    assert found.purity_chance < 0.5


def test_a_single_cluster_scores_0_and_its_purity_is_that_of_chance() -> None:
    found = scores(WRITERS, np.zeros(60, int))
    assert found._asdict() == pytest.approx(
        {"purity": 1 / 6, "ari": 0, "ami": 0, "homogeneity": 0, "completeness": 1, "purity_chance": 1 / 6}
    )


def test_a_cluster_an_image_is_pure_and_worth_nothing() -> None:
    found = scores(WRITERS, np.arange(60))
    assert (found.purity, found.purity_chance) == (1, 1)
    assert (found.ari, found.ami) == pytest.approx((0, 0), abs=1e-9)
    assert found.homogeneity == pytest.approx(1)
    assert found.completeness == pytest.approx(np.log(6) / np.log(60))


def test_random_clusters_score_0_and_their_purity_is_that_of_chance() -> None:
    writers = np.repeat(np.arange(100), 10)
    found = scores(writers, np.random.default_rng(1).integers(0, 100, 1000))
    assert (found.ari, found.ami) == pytest.approx((0, 0), abs=0.01)
    assert found.purity == pytest.approx(found.purity_chance, abs=0.015)
    assert 0.1 < found.purity_chance < 0.2


def test_names_of_clusters_and_writers_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    labels, names = rng.integers(0, 6, 60), rng.permutation(6)
    found = scores(WRITERS, labels)
    assert scores(WRITERS, names[labels] - 1) == pytest.approx(found)
    assert scores(names[WRITERS] * 1000, labels) == pytest.approx(found)


def test_an_example_worked_by_hand() -> None:
    """That of figure 16.4 in "Introduction to Information Retrieval".

    Cluster 0 holds 5 images of writer 0 and 1 of writer 1; cluster 1 holds 1, 4 and 1 of writers 0, 1 and 2;
    cluster 2 holds 2 of writer 0 and 3 of writer 2: of 17 images 5 + 4 + 3 are their cluster's commonest writer's.

    Pairs together in both: C(5,2) + C(4,2) + C(2,2) + C(3,2) = 10 + 6 + 1 + 3 = 20; in a cluster, of 6, 6 and 5:
    15 + 15 + 10 = 40; by a writer, of 8, 5 and 4: 28 + 10 + 6 = 44; of all C(17,2) = 136. By chance 40 * 44 / 136 =
    220/17 are together in both, at best (40 + 44) / 2 = 42: ARI = (20 - 220/17) / (42 - 220/17) = 120/494.
    """
    writers = np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 2, 0, 0, 2, 2, 2])
    labels = np.repeat([0, 1, 2], [6, 6, 5])
    assert purity(writers, labels) == scores(writers, labels).purity == pytest.approx(12 / 17)
    assert scores(writers, labels).ari == pytest.approx(120 / 494)
