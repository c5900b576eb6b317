import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import product
from math import sqrt
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn import metrics
from sklearn.cluster import KMeans

from wvae.clustering import (
    CLUSTERERS,
    FITS,
    METRICS,
    Estimate,
    Result,
    Row,
    benchmark,
    best_possible,
    environment,
    estimate,
    parallel,
    purity,
    read_result,
    scores,
    summarise,
    write_result,
)
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.errors import ConfigError, DataError, WvaeError
from wvae.representations import RAW_PIXELS, Features, morphometry, pixels, representations
from wvae.sources import load_digits
from wvae.sources.synthetic import writer_log_likelihoods, writer_styles

WRITERS = np.repeat(np.arange(6), 10)
CHEAP = {RAW_PIXELS: Features(pixels), "measures": Features(morphometry)}
SEEDS = 2


def hands(digits: DigitSet) -> np.ndarray:
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
    return benchmark(CHEAP, digits, split, seeds=SEEDS)


def made(rows: list[Row]) -> list[Row]:
    """The rows that a clusterer made."""
    return [row for row in rows if row.clusterer != "none"]


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


def test_an_estimate_by_hand() -> None:
    """Of 1 to 5 the deviation is the root of 10/4, and Student's t of 4 degrees of freedom is 2.776 in the table."""
    half = 2.776 * sqrt(10 / 4) / sqrt(5)
    found = estimate([1, 2, 3, 4, 5])
    assert (found.mean, found.low, found.high) == pytest.approx((3, 3 - half, 3 + half), abs=1e-3)


def test_a_single_value_has_no_interval() -> None:
    assert estimate([0.25]) == Estimate(0.25, None, None)


def row(representation: str, ami: float, seed: int = 0, clusterer: str = "k-means", **others: Any) -> Row:
    """A row all of whose metrics are ``ami``."""
    figures = dict.fromkeys(METRICS, ami) | {"purity_chance": 0.5, "seconds": 1.0} | others
    return Row(representation, clusterer, "transductive", "disjoint", seed, labels=[0, 1], **figures)


def test_the_interval_of_one_draw_is_over_its_seeds() -> None:
    (line,) = summarise([row("B", value, seed) for seed, value in enumerate([0.1, 0.2, 0.6])])
    assert line.n == 3
    assert line.metrics == dict.fromkeys(METRICS, estimate([0.1, 0.2, 0.6]))


def test_the_interval_of_several_draws_is_over_their_means() -> None:
    """Draws that agree have no interval, however much their seeds vary."""
    draws = [[row("B", mean - 0.125, 0), row("B", mean + 0.125, 1)] for mean in (0.25, 0.5, 0.75)]
    (line,) = summarise(*draws)
    assert (line.n, line.metrics["ami"]) == (3, estimate([0.25, 0.5, 0.75]))
    (line,) = summarise(draws[0], draws[0])
    assert (line.n, line.metrics["ami"]) == (2, Estimate(0.25, 0.25, 0.25))


def test_the_difference_to_raw_pixels_is_paired() -> None:
    """B is better by exactly 1/8 on each seed: the difference is sure, though the values are not."""
    values = [0.25, 0.5, 0.75]
    rows = [row(RAW_PIXELS, value, seed) for seed, value in enumerate(values)]
    rows += [row("B", value + 0.125, seed) for seed, value in reversed(list(enumerate(values)))]
    raw, line = summarise(rows)
    assert line.difference == dict.fromkeys(METRICS, Estimate(0.125, 0.125, 0.125))
    assert line.metrics["ami"].high - line.metrics["ami"].low > 0.5
    assert line.ratio == pytest.approx(0.625 / 0.5)
    assert (raw.difference["ami"], raw.ratio) == (Estimate(0, 0, 0), 1)


def test_the_difference_is_paired_within_each_draw() -> None:
    draws = [[row(RAW_PIXELS, value), row("B", value + 0.125)] for value in (0.25, 0.5)]
    assert summarise(*draws)[1].difference["ami"] == Estimate(0.125, 0.125, 0.125)


def test_the_difference_is_to_raw_pixels_in_the_same_clusterer() -> None:
    rows = [row(RAW_PIXELS, 0.5), row(RAW_PIXELS, 0.25, clusterer="ward"), row("B", 0.75, clusterer="ward")]
    line = summarise(rows)[2]
    assert (line.difference["ami"].mean, line.ratio) == (0.5, 3)
    assert summarise([row(RAW_PIXELS, 0.5), row("B", 0.75, clusterer="ward")])[1].difference is None


def test_a_summary_tells_means_and_the_note() -> None:
    rows = [row("B", 0.5, 0, seconds=1.0), row("B", 0.5, 1, seconds=2.0, purity_chance=0.25, note="careful")]
    (line,) = summarise(rows)
    assert (line.seconds, line.purity_chance, line.note) == (1.5, 0.375, "careful")


def test_there_is_no_ratio_to_raw_pixels_that_score_0() -> None:
    assert summarise([row(RAW_PIXELS, 0.0), row("B", 0.5)])[1].ratio is None


def test_all_rows_are_there_in_the_order_of_the_arguments(rows: list[Row]) -> None:
    assert [row.key for row in rows] == [
        ("chance", "none", "none", 0),
        ("chance", "none", "none", 1),
        ("the digit", "none", "none", 0),
        *product(CHEAP, ("k-means", "gaussian mixture"), ("transductive", "inductive"), range(SEEDS)),
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
    again = benchmark(CHEAP, digits, split, seeds=SEEDS)
    assert [row.labels for row in again] == [row.labels for row in rows]
    assert rows[3].labels != rows[4].labels


def test_what_is_done_is_not_made_again(rows: list[Row], digits: DigitSet, split: WriterSplit) -> None:
    done = [replace(row, purity=2) for row in made(rows) if row.representation == RAW_PIXELS]
    reported: list[tuple[Row, float]] = []
    untouched: dict[str, Any] = CHEAP | {RAW_PIXELS: None}  # which cannot be fitted
    again = benchmark(
        untouched, digits, split, seeds=SEEDS, done=done, report=lambda row, share: reported.append((row, share))
    )
    assert [row.key for row in again] == [row.key for row in rows]
    assert [row for row in again if row.purity == 2] == done
    assert sorted(row.key for row, _ in reported) == sorted(r.key for r in made(rows) if r.representation == "measures")
    assert [share for _, share in reported] == pytest.approx(np.arange(9, 17) / 16)


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
def test_a_representation_learns_from_whom_the_protocol_says(
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
    rows = made(benchmark({"hands": Features(hands)}, digits, split, clusterers=["ten starts"], seeds=1))
    assert [row.key[1:3] for row in rows] == [("ten starts", "transductive"), ("ten starts", "inductive")]
    assert [row.ami for row in rows] == pytest.approx([1, 1])


@pytest.mark.parametrize("name", CLUSTERERS)
def test_every_clusterer_finds_hands_that_lie_apart(name: str, digits: DigitSet, split: WriterSplit) -> None:
    many = split._replace(train=split.test, test=split.train)
    best = max(
        made(benchmark({"hands": Features(hands)}, digits, many, clusterers=[name], fits=["transductive"], seeds=3)),
        key=lambda row: row.ami,
    )
    assert best.ami == pytest.approx(1)
    assert best.note == ""


@pytest.mark.parametrize("name", ["ward", "hdbscan", "spectral"])
def test_a_clusterer_without_predict_has_only_the_transductive_fit(
    name: str, digits: DigitSet, split: WriterSplit
) -> None:
    rows = made(benchmark({"hands": Features(hands)}, digits, split, clusterers=[name], seeds=1))
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
        benchmark(CHEAP, digits, split, **options)


def test_a_single_writer_is_refused(digits: DigitSet) -> None:
    with pytest.raises(DataError, match="2 evaluation writers or more, not 1"):
        benchmark(CHEAP, digits, writer_split(digits, 1))


def test_as_many_clusters_as_images_are_refused(digits: DigitSet, split: WriterSplit) -> None:
    test = np.zeros(len(digits), bool)
    test[[np.argmax(digits.writers == writer) for writer in split.evaluation_writers]] = True
    with pytest.raises(DataError, match="6 clusters to make of 6 test images: choose fewer writers"):
        benchmark(CHEAP, digits, split._replace(test=test, train=split.evaluation & ~test))


def test_nobody_to_learn_from_is_refused(digits: DigitSet) -> None:
    with pytest.raises(DataError, match="writers"):
        benchmark(representations(None, ["PCA"]), digits, writer_split(digits, 12), seeds=1)


class OneCluster:
    def fit_predict(self, rows: np.ndarray) -> np.ndarray:
        return np.zeros(len(rows), int)


def test_a_clusterer_that_finds_one_cluster_keeps_its_row_and_says_so(
    digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLUSTERERS, "one", lambda k, seed: OneCluster())
    (row,) = made(benchmark({"hands": Features(hands)}, digits, split, clusterers=["one"], seeds=1))
    assert (row.ami, row.ari, row.purity) == (0, 0, pytest.approx(1 / 6))
    assert row.note == "one cluster holds every image"


def test_clusters_that_were_not_found_are_noted(digits: DigitSet, split: WriterSplit) -> None:
    def two_places(digits: DigitSet) -> np.ndarray:
        return np.float32(digits.writers % 2)[:, None]

    rows = made(benchmark({"it": Features(two_places)}, digits, split, clusterers=["k-means"], seeds=1))
    assert [row.note for row in rows] == ["2 clusters of 6 asked for"] * 2


class Helpless:
    def fit_predict(self, rows: np.ndarray) -> np.ndarray:
        raise ValueError("too flat")


def test_a_clusterer_that_gives_up_says_on_what(
    digits: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLUSTERERS, "helpless", lambda k, seed: Helpless())
    with pytest.raises(DataError, match="helpless cannot part 'hands' into 6 clusters: too flat"):
        benchmark({"hands": Features(hands)}, digits, split, clusterers=["helpless"], seeds=1)


def test_the_best_possible_row_is_the_most_likely_writer() -> None:
    row = best_possible(np.eye(6, dtype=np.float32)[WRITERS], WRITERS, "article")
    assert (row.key, row.protocol) == (("best possible", "none", "none", 0), "article")
    assert (row.labels, row.purity, row.ami, row.note) == (WRITERS.tolist(), 1, pytest.approx(1), "")


def test_no_clustering_of_pictures_is_above_the_best_possible(
    rows: list[Row], digits: DigitSet, split: WriterSplit
) -> None:
    styles = {name: style[split.evaluation_writers] for name, style in writer_styles(12).items()}
    test = digits[split.test]
    best = best_possible(writer_log_likelihoods(test, styles), test.writers, "disjoint")
    assert best.ami > max(row.ami for row in rows)


def test_rows_are_made_where_it_was_said() -> None:
    for backend in ("threading", "loky"):
        with parallel(backend):
            assert backend in type(joblib.parallel.get_active_backend()[0]).__name__.lower()


@pytest.mark.parametrize(
    ("backend", "scheduler", "says"),
    [("mpi", None, "no backend 'mpi'"), ("dask", None, "name both"), ("loky", "tcp://127.0.0.1:1", "name both")],
)
def test_a_backend_that_does_not_exist_is_refused(backend: str, scheduler: str | None, says: str) -> None:
    with pytest.raises(ConfigError, match=says), parallel(backend, scheduler):
        pass


@pytest.fixture
def result(rows: list[Row], digits: DigitSet, split: WriterSplit) -> Result:
    return Result({"source": "synthetic:12"}, environment(), digits.writers[split.test], rows)


def test_a_result_is_read_as_it_was_written(result: Result, tmp_path: Path) -> None:
    write_result(tmp_path / "below" / "result.json", result)
    again = read_result(tmp_path / "below" / "result.json")
    assert (again.config, again.environment, again.rows) == (result.config, result.environment, result.rows)
    assert np.array_equal(again.writers, result.writers)


def test_a_result_file_has_what_its_format_says(result: Result, tmp_path: Path) -> None:
    write_result(tmp_path / "result.json", result)
    content = json.loads((tmp_path / "result.json").read_text())
    assert content.keys() == {"config", "environment", "writers", "rows", "summary"}
    assert content["environment"]["numpy"] == np.__version__
    named = {"representation", "clusterer", "fit", "protocol", "seed", "purity", "ari", "ami", "seconds", "labels"}
    assert named <= content["rows"][-1].keys()
    line = summarise(result.rows)[-1]
    assert content["summary"][-1]["metrics"]["ami"] == asdict(line.metrics["ami"])
    assert content["summary"][-1]["difference"]["ami"] == asdict(line.difference["ami"])
    assert content["summary"][0]["difference"] is None


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b'{"config": {}, "environment": {}, "writers": [1',
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b'{"format_version": 1, "model": {}}',
        b'{"config": {}, "environment": {}, "writers": [], "rows": [{"purity": 1}]}',
        b'{"config": {}, "environment": {}, "writers": ["me"], "rows": []}',
    ],
)
def test_a_missing_damaged_or_foreign_file_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"result\.json cannot be read as the result of a benchmark"):
        read_result(path)


def test_a_full_disk_leaves_nothing(small_disk: Path) -> None:
    large = replace(row("B", 0.5), labels=[100_000] * 200_000)
    with pytest.raises(WvaeError, match="No space left on device"):
        write_result(small_disk / "result.json", Result({}, {}, np.zeros(1, np.int64), [large]))
    assert list(small_disk.iterdir()) == []


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
