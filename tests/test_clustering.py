from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from wvae.benchmark_results import Row, summarise
from wvae.clustering import CLUSTERERS, FITS, benchmark, oracle_row
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.errors import ConfigError, DataError
from wvae.representations import RAW_PIXELS, Features, morphometry, pixels, representations
from wvae.sources import load_digits
from wvae.sources.synthetic import writer_log_likelihoods, writer_styles

WRITERS = np.repeat(np.arange(6), 10)
QUICK = {RAW_PIXELS: Features(pixels), "measures": Features(morphometry)}
SEEDS = 2


def styles(digits: DigitSet) -> np.ndarray:
    """Points that lie around the place of their writer, far from the other writers'."""
    angles = digits.writers / 12 * 2 * np.pi
    return 100 * np.stack([np.cos(angles), np.sin(angles)], 1) + np.random.default_rng(0).normal(size=(len(digits), 2))


@pytest.fixture(scope="module")
def digits() -> DigitSet:
    return load_digits("synthetic:12")


@pytest.fixture(scope="module")
def split(digits: DigitSet) -> WriterSplit:
    return writer_split(digits, 6)


@pytest.fixture(scope="module")
def rows(digits: DigitSet, split: WriterSplit) -> list[Row]:
    return benchmark(QUICK, digits, split, seeds=SEEDS)


def made(rows: list[Row]) -> list[Row]:
    """The rows that a clusterer made."""
    return [row for row in rows if row.clusterer != "none"]


def test_all_rows_are_there_in_the_order_of_the_arguments(rows: list[Row]) -> None:
    assert [row.key for row in rows] == [
        ("chance", "none", "none", 0),
        ("chance", "none", "none", 1),
        ("the digit", "none", "none", 0),
        *product(QUICK, ("k-means", "gaussian mixture"), ("transductive", "inductive"), range(SEEDS)),
    ]


def test_figures_are_those_of_the_labels(rows: list[Row], digits: DigitSet, split: WriterSplit) -> None:
    writers = digits.writers[split.test]
    for row in rows:
        labels = np.array(row.labels)
        assert labels.shape == writers.shape
        pure = sum(np.bincount(writers[labels == label]).max() for label in set(row.labels)) / len(writers)
        shared, of_writers, of_clusters = (
            metrics.mutual_info_score(*pair) for pair in ((writers, labels), (writers, writers), (labels, labels))
        )
        assert asdict(row) == asdict(row) | {
            "purity": pytest.approx(pure),
            "ari": pytest.approx(metrics.adjusted_rand_score(writers, labels)),
            "ami": pytest.approx(metrics.adjusted_mutual_info_score(writers, labels)),
            "homogeneity": pytest.approx(shared / of_writers),
            "completeness": pytest.approx(shared / of_clusters),
        }


def test_reference_rows_know_nothing_but_the_digit(rows: list[Row], digits: DigitSet, split: WriterSplit) -> None:
    *chance, by_digit = rows[: 1 + SEEDS]
    assert by_digit.labels == digits.digits[split.test].tolist()
    assert chance[0].labels != chance[1].labels
    assert {label for row in chance for label in row.labels} == set(range(6))
    assert all(line.difference is line.ratio is None for line in summarise(rows)[:2])


def test_the_same_call_gives_the_same_labels_and_another_seed_others(
    rows: list[Row], digits: DigitSet, split: WriterSplit
) -> None:
    again = benchmark(QUICK, digits, split, seeds=SEEDS)
    assert [row.labels for row in again] == [row.labels for row in rows]
    assert rows[3].labels != rows[4].labels


def test_what_is_done_is_not_made_again(rows: list[Row], digits: DigitSet, split: WriterSplit) -> None:
    done = [replace(row, purity=2) for row in made(rows) if row.representation == RAW_PIXELS]
    reported: list[tuple[Row, float]] = []
    untouched: dict[str, Any] = QUICK | {RAW_PIXELS: None}  # which cannot be fitted
    again = benchmark(
        untouched, digits, split, seeds=SEEDS, done=done, report=lambda row, fraction: reported.append((row, fraction))
    )
    assert [row.key for row in again] == [row.key for row in rows]
    assert [row for row in again if row.purity == 2] == done
    assert sorted(row.key for row, _ in reported) == sorted(r.key for r in made(rows) if r.representation == "measures")
    assert [fraction for _, fraction in reported] == pytest.approx(np.arange(9, 17) / 16)


class Recorder:
    """A clusterer, or a representation, that remembers what it was given."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    def fit(self, given: Any) -> "Recorder":
        self.seen["fit"] = given
        return self

    def transform(self, given: DigitSet) -> np.ndarray:
        return morphometry(given)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        self.seen["predict"] = rows
        return np.arange(len(rows)) % 6

    def fit_predict(self, rows: np.ndarray) -> np.ndarray:
        self.seen["fit_predict"] = rows
        return np.arange(len(rows)) % 6


def test_inductive_rows_are_fitted_on_the_training_images(
    digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    monkeypatch.setitem(CLUSTERERS, "recorder", lambda k, seed: recorder)
    benchmark({"measures": Features(morphometry)}, digits, split, clusterers=["recorder"], seeds=1)
    assert np.array_equal(recorder.seen["fit"], morphometry(digits[split.train]))
    assert np.array_equal(recorder.seen["predict"], morphometry(digits[split.test]))
    assert np.array_equal(recorder.seen["fit_predict"], morphometry(digits[split.test]))


@pytest.mark.parametrize(("protocol", "images"), [("disjoint", "development"), ("article", "train")])
def test_a_representation_is_fitted_on_the_training_images_of_the_protocol(
    protocol: str, images: str, digits: DigitSet, split: WriterSplit
) -> None:
    recorder = Recorder()
    rows = benchmark({"recorder": recorder}, digits, split._replace(protocol=protocol), clusterers=["k-means"], seeds=1)
    assert recorder.seen["fit"].digest() == digits[getattr(split, images)].digest()
    assert {row.protocol for row in rows} == {protocol}


def test_a_clusterer_is_added_by_one_line(
    digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLUSTERERS, "ten starts", lambda k, seed: KMeans(k, n_init=10, random_state=seed))
    rows = made(benchmark({"styles": Features(styles)}, digits, split, clusterers=["ten starts"], seeds=1))
    assert [row.key[1:3] for row in rows] == [("ten starts", "transductive"), ("ten starts", "inductive")]
    assert [row.ami for row in rows] == pytest.approx([1, 1])


@pytest.mark.parametrize("name", CLUSTERERS)
def test_every_clusterer_finds_styles_that_lie_far_apart(name: str, digits: DigitSet, split: WriterSplit) -> None:
    many = split._replace(train=split.test, test=split.train)
    best = max(
        made(benchmark({"styles": Features(styles)}, digits, many, clusterers=[name], fits=["transductive"], seeds=3)),
        key=lambda row: row.ami,
    )
    assert best.ami == pytest.approx(1)
    assert best.note == ""


@pytest.mark.parametrize("name", ["ward", "hdbscan", "spectral"])
def test_a_clusterer_without_predict_has_only_the_transductive_fit(
    name: str, digits: DigitSet, split: WriterSplit
) -> None:
    rows = made(benchmark({"styles": Features(styles)}, digits, split, clusterers=[name], seeds=1))
    assert [row.fit for row in rows] == ["transductive"]


def test_a_constant_feature_is_left_out_and_changes_nothing(
    digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_constant(digits: DigitSet) -> np.ndarray:
        return np.insert(morphometry(digits), 3, 7, axis=1)

    names = ("k-means", "full gaussian mixture")
    plain, other = (
        benchmark({"it": Features(features)}, digits, split, clusterers=names, seeds=1)
        for features in (morphometry, with_constant)
    )
    assert [row.labels for row in other] == [row.labels for row in plain]
    recorder = Recorder()
    monkeypatch.setitem(CLUSTERERS, "recorder", lambda k, seed: recorder)
    benchmark({"it": Features(with_constant)}, digits, split, clusterers=["recorder"], seeds=1)
    assert [rows.shape[1] for rows in recorder.seen.values()] == [7, 7, 7]


def nothing(digits: DigitSet) -> np.ndarray:
    return np.ones((len(digits), 3), np.float32)


def not_numbers(digits: DigitSet) -> np.ndarray:
    return np.where(np.arange(len(digits)) == 5, np.nan, nothing(digits).T).T


@pytest.mark.parametrize(
    ("features", "says"),
    [(nothing, "'it' is the same for all images"), (not_numbers, "'it' has values that are not numbers")],
)
@pytest.mark.parametrize("fit", FITS)
def test_a_representation_that_cannot_be_clustered_is_refused(
    features: Any, says: str, fit: str, digits: DigitSet, split: WriterSplit
) -> None:
    with pytest.raises(DataError, match=says):
        benchmark({"it": Features(features)}, digits, split, fits=[fit], seeds=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"clusterers": ["k-means", "dbscan"]}, "no clusterer 'dbscan'; there are: k-means, gaussian mixture"),
        ({"fits": ["deductive"]}, "no fit 'deductive'; there are: transductive, inductive"),
        ({"seeds": 0}, "seeds must be 1 or more, not 0"),
    ],
)
def test_settings_that_do_not_exist_are_refused(
    options: Mapping[str, Any], says: str, digits: DigitSet, split: WriterSplit
) -> None:
    with pytest.raises(ConfigError, match=says):
        benchmark(QUICK, digits, split, **options)


def test_a_single_writer_is_refused(digits: DigitSet) -> None:
    with pytest.raises(DataError, match="2 evaluation writers or more, not 1"):
        benchmark(QUICK, digits, writer_split(digits, 1))


def test_as_many_clusters_as_images_are_refused(digits: DigitSet, split: WriterSplit) -> None:
    test = np.zeros(len(digits), bool)
    test[[np.argmax(digits.writers == writer) for writer in split.evaluation_writers]] = True
    with pytest.raises(DataError, match="6 clusters to make of 6 test images: choose fewer writers"):
        benchmark(QUICK, digits, split._replace(test=test, train=split.evaluation & ~test))


def test_no_training_images_are_refused(digits: DigitSet) -> None:
    with pytest.raises(DataError, match="There are 0 training images, and 10 are needed"):
        benchmark(representations(None, ["PCA"]), digits, writer_split(digits, 12), seeds=1)


class OneCluster:
    def fit_predict(self, rows: np.ndarray) -> np.ndarray:
        return np.zeros(len(rows), int)


def test_a_clusterer_that_finds_one_cluster_keeps_its_row_and_says_so(
    digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLUSTERERS, "one", lambda k, seed: OneCluster())
    (row,) = made(benchmark({"styles": Features(styles)}, digits, split, clusterers=["one"], seeds=1))
    assert (row.ami, row.ari, row.purity) == (0, 0, pytest.approx(1 / 6))
    assert row.note == "one cluster holds every image"


def test_clusters_that_were_not_found_are_noted(digits: DigitSet, split: WriterSplit) -> None:
    def two_places(digits: DigitSet) -> np.ndarray:
        return np.float32(digits.writers % 2)[:, None]

    rows = made(benchmark({"it": Features(two_places)}, digits, split, clusterers=["k-means"], seeds=1))
    assert [row.note for row in rows] == ["2 clusters of 6 asked for"] * 2


@pytest.mark.parametrize(
    "limited",
    [
        lambda k, seed: KMeans(k, n_init=1, init="random", max_iter=1, random_state=seed),
        lambda k, seed: GaussianMixture(k, max_iter=1, covariance_type="diag", random_state=seed),
    ],
)
def test_a_clusterer_that_did_not_converge_is_marked(
    limited: Any, rows: list[Row], digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLUSTERERS, "limited", limited)
    found = made(benchmark({"it": Features(morphometry)}, digits, split, clusterers=["limited"], seeds=1))
    assert len(found) == 2
    assert all("did not converge" in row.note for row in found)
    assert not any("did not converge" in row.note for row in rows)


class Helpless:
    def fit_predict(self, rows: np.ndarray) -> np.ndarray:
        raise ValueError("too flat")


def test_a_clusterer_that_gives_up_says_on_what(
    digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLUSTERERS, "helpless", lambda k, seed: Helpless())
    with pytest.raises(DataError, match="helpless cannot find 6 clusters in 'styles': too flat"):
        benchmark({"styles": Features(styles)}, digits, split, clusterers=["helpless"], seeds=1)


def test_the_row_of_the_oracle_is_the_most_likely_writer() -> None:
    row = oracle_row(np.eye(6, dtype=np.float32)[WRITERS], WRITERS, "article")
    assert (row.key, row.protocol) == (("oracle", "none", "none", 0), "article")
    assert (row.labels, row.purity, row.ami, row.note) == (WRITERS.tolist(), 1, pytest.approx(1), "")


def test_no_clustering_of_pictures_is_above_the_oracle(rows: list[Row], digits: DigitSet, split: WriterSplit) -> None:
    true = {name: style[split.evaluation_writers] for name, style in writer_styles(12).items()}
    test = digits[split.test]
    best = oracle_row(writer_log_likelihoods(test, true), test.writers, "disjoint")
    assert best.ami > max(row.ami for row in rows)


def test_raw_pixels_of_real_digits_score_as_the_protocol_has_it(qmnist: DigitSet) -> None:
    rows = benchmark(
        {RAW_PIXELS: Features(pixels)},
        qmnist,
        writer_split(qmnist, 100, seed=0),
        clusterers=["k-means"],
        fits=["transductive"],
        seeds=5,
    )
    line = summarise(rows)[-1]
    assert (line.representation, line.n) == (RAW_PIXELS, 5)
    for metric, known in {"purity": 0.177, "ari": 0.023, "ami": 0.069}.items():
        assert line.metrics[metric].mean == pytest.approx(known, abs=0.012)
