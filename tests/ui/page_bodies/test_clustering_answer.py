"""What the clustering page says a result answers."""

from dataclasses import replace

import numpy as np
import pytest

from wvae.benchmark_results import Result, Summary, scored_row, summarise
from wvae.intervals import Estimate
from wvae.ui.page_bodies.clustering_answer import BARS, answer, headline, verdict

WRITERS = np.repeat(np.arange(4), 6)


def line(name: str, ami: float, low: float | None, high: float | None) -> Summary:
    """A line with an AMI, whose difference from raw pixels lies between ``low`` and ``high``."""
    row = scored_row((name, "k-means", "transductive", 0), "disjoint", WRITERS, WRITERS)
    (summary,) = summarise([row])
    less = None if low is None and high is None else {"ami": Estimate(0.0, low, high)}
    return replace(summary, metrics=summary.metrics | {"ami": Estimate(ami, None, None)}, difference=less)


RAW = line("raw pixels", 0.065, 0, 0)


@pytest.mark.parametrize(
    ("name", "low", "high", "said", "judged"),
    [
        (
            "latent B, writer projection",
            0.01,
            0.02,
            "**Yes, a little**: clusters of latent B, in its writer projection, ",
            "good",
        ),
        (
            "latent B",
            -0.02,
            -0.01,
            "**No**: clusters of latent B agree with the writers less well than ",
            "[poor] clearly below",
        ),
        (
            "latent B",
            -0.01,
            0.01,
            "**Not clearly**: clusters of latent B agree with the writers about as ",
            "[fair] not clearly",
        ),
        ("latent B", None, None, "**Not certain**: clusters of latent B need several seeds ", "several seeds"),
    ],
)
def test_the_answer_goes_by_the_interval(
    name: str, low: float | None, high: float | None, said: str, judged: str
) -> None:
    found = line(name, 0.083, low, high)
    assert answer({"raw pixels": RAW, name: found}).startswith(said)
    assert "AMI 0.083 against 0.065" in answer({"raw pixels": RAW, name: found})
    assert judged in verdict(found)


def test_the_writer_projection_answers_for_latent_b() -> None:
    poor, good = line("latent B", 0.05, -0.02, -0.01), line("latent B, writer projection", 0.08, 0.01, 0.02)
    assert answer({"raw pixels": RAW, "latent B": poor, good.representation: good}).startswith("**Yes, a")
    much = line(good.representation, 0.5, 0.01, 0.02)
    assert answer({"raw pixels": RAW, much.representation: much}).startswith("**Yes**: ")
    assert "does not say" in answer({"latent B": poor})
    assert "does not say" in answer({"raw pixels": RAW})


def test_the_bars_are_of_one_clusterer_and_fit() -> None:
    def rows(*ways: tuple[str, str]) -> list:
        keys = [("chance", "none", "none", 0)]
        keys += [(name, *way, 0) for way in ways for name in ("PCA", "latent B", "raw pixels", "morphometry")]
        return [scored_row(key, "disjoint", WRITERS, WRITERS) for key in keys]

    both = headline(Result({}, {}, WRITERS, rows(("ward", "transductive"), ("k-means", "transductive"))))
    assert (both.clusterer, both.fit) == ("k-means", "transductive")
    assert list(both.lines) == [name for name in BARS if name != "latent B, writer projection"]
    assert {each.clusterer for each in both.lines.values()} == {"k-means", "none"}
    other = headline(Result({}, {}, WRITERS, rows(("ward", "transductive"))))
    assert other.clusterer == "ward"
    assert len(other.lines) == 4
