import json
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wvae.agreement import METRICS
from wvae.benchmark_results import Result, Row, environment, read_result, scored_row, summarise, write_result
from wvae.errors import DataError, WvaeError
from wvae.intervals import Estimate, estimate
from wvae.representations import ORACLE, RAW_PIXELS

CONFIG = {"checkpoint": "runs/mine", "source": "synthetic:12", "writers": 6, "split_seed": 0, "protocol": "disjoint"}
EMPTY = {"config": CONFIG, "environment": {}, "writers": [], "rows": []}


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


def test_a_summary_tells_means_and_every_note() -> None:
    rows = [row("B", 0.5, 0, seconds=1.0), row("B", 0.5, 1, seconds=2.0, purity_chance=0.25, note="careful")]
    rows += [row("B", 0.5, 2, seconds=1.5, purity_chance=0.375, note="did not converge")]
    (line,) = summarise(rows)
    assert (line.seconds, line.purity_chance, line.note) == (1.5, 0.375, "careful; did not converge")


def test_there_is_no_ratio_to_raw_pixels_that_score_0() -> None:
    assert summarise([row(RAW_PIXELS, 0.0), row("B", 0.5)])[1].ratio is None


@pytest.fixture
def result() -> Result:
    """Random clusterings of 60 images by 6 writers, and the rows that no clusterer made."""
    writers, rng = np.repeat(np.arange(6), 10), np.random.default_rng(0)
    keys = [(ORACLE, "none", "none", 0), ("chance", "none", "none", 0)]
    keys += product((RAW_PIXELS, "latent B"), ("k-means",), ("transductive", "inductive"), range(2))
    rows = [scored_row(key, "disjoint", rng.integers(0, 6, 60), writers, seconds=0.5) for key in keys]
    return Result(CONFIG, environment(), writers, rows)


def test_a_row_notes_clusters_that_are_missing_and_what_else_there_is_to_say() -> None:
    writers, key = np.repeat(np.arange(6), 10), ("latent B", "k-means", "transductive", 0)
    assert scored_row(key, "disjoint", writers, writers).note == ""
    assert scored_row(key, "disjoint", writers // 2, writers).note == "3 clusters of 6 asked for"
    said = scored_row(key, "disjoint", 0 * writers, writers, note="did not converge").note
    assert said == "one cluster holds every image; did not converge"


def test_the_oracle_of_an_earlier_file_is_read_by_its_name_of_today(result: Result, tmp_path: Path) -> None:
    write_result(tmp_path / "result.json", result)
    text = (tmp_path / "result.json").read_text()
    assert '"oracle"' in text
    (tmp_path / "earlier.json").write_text(text.replace('"oracle"', '"best possible"'))
    assert read_result(tmp_path / "earlier.json").rows == result.rows


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
        json.dumps(EMPTY | {"rows": [{"purity": 1}]}).encode(),
        json.dumps(EMPTY | {"writers": ["me"]}).encode(),
    ],
)
def test_a_missing_damaged_or_foreign_file_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"result\.json cannot be read"):
        read_result(path)


@pytest.mark.parametrize("name", CONFIG)
def test_a_config_without_a_field_is_refused_by_its_name(name: str, result: Result, tmp_path: Path) -> None:
    without = {other: value for other, value in CONFIG.items() if other != name}
    for config in (without, CONFIG | {name: None}, CONFIG | {name: []}):
        write_result(tmp_path / "result.json", result._replace(config=config))
        with pytest.raises(DataError, match=f"cannot be read.*{name}"):
            read_result(tmp_path / "result.json")


def test_a_full_disk_leaves_nothing(small_disk: Path) -> None:
    large = replace(row("B", 0.5), labels=[100_000] * 200_000)
    with pytest.raises(WvaeError, match="No space left on device"):
        write_result(small_disk / "result.json", Result({}, {}, np.zeros(1, np.int64), [large]))
    assert list(small_disk.iterdir()) == []
