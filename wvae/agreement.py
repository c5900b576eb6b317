"""How well clusters agree with writers: purity, ARI, AMI, homogeneity and completeness."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, homogeneity_completeness_v_measure
from sklearn.metrics.cluster import contingency_matrix

Integers = NDArray[np.int64]

METRICS = ("purity", "ari", "ami", "homogeneity", "completeness")

PERMUTATIONS = 20
"""Random assignments that the chance value of a purity is the mean of."""


class Scores(NamedTuple):
    """How well clusters agree with writers.

    Attributes:
        purity: 0..1, fraction of images whose cluster's commonest writer wrote them ("Introduction to Information
            Retrieval", https://nlp.stanford.edu/IR-book/html/htmledition/evaluation-of-clustering-1.html).
        ari: adjusted Rand index, 1 at best and 0 by chance ("Comparing partitions",
            https://doi.org/10.1007/BF01908075).
        ami: adjusted mutual information, likewise ("Information Theoretic Measures for Clusterings Comparison",
            https://jmlr.org/papers/v11/vinh10a.html).
        homogeneity, completeness: 0..1 ("V-Measure", https://aclanthology.org/D07-1043/).
        purity_chance: mean purity of random clusters of the same sizes.
    """

    purity: float
    ari: float
    ami: float
    homogeneity: float
    completeness: float
    purity_chance: float


def purity(writers: Integers, labels: Integers) -> float:
    """Fraction of images ``(n,)`` that were written by the commonest writer of their cluster."""
    return float(contingency_matrix(writers, labels).max(0).sum() / len(writers))


def scores(writers: Integers, labels: Integers) -> Scores:
    """How well clusters ``(n,)`` agree with writers ``(n,)``; names on either side do not matter."""
    homogeneity, completeness, _ = homogeneity_completeness_v_measure(writers, labels)
    rng = np.random.default_rng(0)
    return Scores(
        purity(writers, labels),
        float(adjusted_rand_score(writers, labels)),
        float(adjusted_mutual_info_score(writers, labels)),
        float(homogeneity),
        float(completeness),
        purity_chance=float(np.mean([purity(writers, rng.permutation(labels)) for _ in range(PERMUTATIONS)])),
    )
