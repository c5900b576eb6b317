import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.sources.test_synthetic import identification_accuracy
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.errors import ConfigError, DataError
from wvae.intervals import Estimate
from wvae.latents import Latents, encode
from wvae.model import WVAE, ModelConfig, build_model
from wvae.representations import ORACLE, Features, representations
from wvae.retrieval import Retrieval, retrieve, retrieve_by_oracle
from wvae.sources.synthetic import writer_log_likelihoods, writer_styles

WRITERS, TESTED = 60, 40


def people(counts: list[int] | None = None) -> tuple[DigitSet, WriterSplit]:
    """Blank images by 60 writers, of whom the first 40 are tested; ``counts`` are the images of each.

    Each image has two numbers: ``signal`` is its writer's, as much again of its own; ``noise`` has only that.
    """
    rng = np.random.default_rng(0)
    writers = rng.permutation(np.repeat(np.arange(WRITERS), counts or [20] * WRITERS))
    n = len(writers)
    signal = rng.normal(size=WRITERS)[writers] + rng.normal(size=n)
    factors = {"signal": signal.astype(np.float32), "noise": rng.normal(size=n).astype(np.float32)}
    digits = DigitSet(np.zeros((n, 28, 28), np.uint8), np.zeros(n, np.int64), writers, factors)
    evaluation = writers < TESTED
    test = evaluation & (np.arange(n) % 2 == 0)
    return digits, WriterSplit(np.arange(TESTED), ~evaluation, evaluation & ~test, test)


DIGITS, SPLIT = people()


def columns(*names: str) -> Features:
    return Features(lambda digits: np.stack([digits.factors[name] for name in names], axis=1))


PERFECT = Features(lambda digits: np.eye(WRITERS, dtype=np.float32)[digits.writers])


def only(found: list[Retrieval]) -> Retrieval:
    assert len(found) == 1
    return found[0]


def find(representation: Any, size: int = 5, protocol: str = "disjoint", **options: Any) -> Retrieval:
    return only(retrieve({"it": representation}, DIGITS, SPLIT._replace(protocol=protocol), sizes=[size], **options))


def test_the_writer_itself_is_always_found() -> None:
    found = find(PERFECT)
    assert found == Retrieval("it", 5, Estimate(1, 1, 1), Estimate(1, 1, 1), TESTED, 1 / TESTED, 5 / TESTED)


@pytest.mark.parametrize("size", [1, 10])
def test_noise_finds_at_chance(size: int) -> None:
    """With 10 a side every image takes part, so a side that shared images with the other would be found by them."""
    found = find(columns("noise"), size, draws=100)
    assert found.top1.mean == pytest.approx(found.chance1, abs=0.01)
    assert found.top5.mean == pytest.approx(found.chance5, abs=0.02)


@pytest.mark.parametrize("value", [0, 0.1, 1e6])
def test_what_does_not_distinguish_writers_finds_none(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor may rounding in the mean of a constant, or in that of several batches, become a feature."""
    monkeypatch.setattr("wvae.retrieval.BATCH", 70)
    found = find(Features(lambda digits: np.full((len(digits), 3), value, np.float32)))
    assert found.top1.mean == found.top5.mean == 0
    with_constant = Features(
        lambda digits: np.stack([digits.factors["signal"], np.full(len(digits), value, np.float32)], axis=1)
    )
    assert find(with_constant) == find(columns("signal"))


def test_more_images_find_more_and_rows_are_in_order() -> None:
    found = retrieve({"b": columns("signal"), "a": columns("noise")}, DIGITS, SPLIT, sizes=[10, 1, 4, 1], draws=60)
    assert [(row.representation, row.images) for row in found] == [(name, size) for name in "ba" for size in (1, 4, 10)]
    top1, top5 = ([row.top1.mean for row in found[:3]], [row.top5.mean for row in found[:3]])
    assert top1[0] + 0.01 < top1[1] < top1[2] - 0.02
    assert top5[0] + 0.05 < top5[1] < top5[2] - 0.05
    assert all(row.top1.low < row.top1.mean < row.top1.high for row in found)


def test_one_draw_has_no_interval() -> None:
    top1 = find(columns("signal"), draws=1).top1
    assert top1.low is top1.high is None


def test_relabelling_writers_changes_nothing() -> None:
    new = 7 * np.random.default_rng(5).permutation(WRITERS) + 3
    other = replace(DIGITS, writers=new[DIGITS.writers])
    split = SPLIT._replace(evaluation_writers=np.sort(new[:TESTED]))
    assert only(retrieve({"it": columns("signal")}, other, split, sizes=[5])) == find(columns("signal"))


def test_same_seed_same_figures_and_other_draws_by_another() -> None:
    assert find(columns("signal"), seed=1) == find(columns("signal"), seed=1)
    assert find(columns("signal"), seed=1).top5 != find(columns("signal"), seed=2).top5


def test_representations_and_sizes_do_not_change_each_other() -> None:
    together = retrieve({"noise": columns("noise"), "it": columns("signal")}, DIGITS, SPLIT, sizes=[2, 5])
    assert together[3] == find(columns("signal"))


def test_the_unit_of_a_feature_does_not_matter() -> None:
    scaled = Features(lambda digits: columns("signal", "noise").transform(digits) * [1, 1024] + [64, 0])
    assert find(scaled) == find(columns("signal", "noise"))
    assert find(columns("signal", "noise")) != find(columns("signal"))


def test_rows_that_are_weighted_are_not_rescaled() -> None:
    """Noise that weighs a thousandth of the signal hardly counts, then; where the mean is does not matter."""

    def rows(digits: DigitSet) -> np.ndarray[Any, Any]:
        return np.stack([digits.factors["signal"], digits.factors["noise"] / 1024 + 8], axis=1)

    assert find(Features(rows, weighted=True)).top5.mean == pytest.approx(find(columns("signal")).top5.mean, abs=0.01)
    assert find(Features(rows)) == find(columns("signal", "noise"))
    assert find(columns("signal")).top5.mean > find(columns("signal", "noise")).top5.mean + 0.02


def test_the_scaler_is_fitted_on_all_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    def top5() -> float:
        return find(columns("signal", "noise"), draws=1).top5.mean

    whole = top5()
    monkeypatch.setattr("wvae.retrieval.BATCH", 3)  # the last batch is the last image: it has no spread of its own
    assert SPLIT.development.sum() % 3 == 1
    assert top5() == whole


@pytest.mark.parametrize("protocol", ["disjoint", "article"])
def test_a_representation_is_fitted_on_the_training_images_of_the_protocol(protocol: str) -> None:
    class Watched(Features):
        def fit(self, digits: DigitSet, y: None = None) -> "Watched":
            self.seen = digits.factors["noise"]
            return self

    watched = Watched(PERFECT.features)
    find(watched, 1, protocol=protocol)
    assert np.array_equal(watched.seen, DIGITS.factors["noise"][SPLIT._replace(protocol=protocol).training])


@pytest.mark.parametrize("protocol", ["disjoint", "article"])
def test_the_spread_is_that_of_the_training_images(protocol: str) -> None:
    """Noise that is loud in the held-out images, and quiet in the training images, drowns the writer."""

    def rows(digits: DigitSet, loud: float) -> np.ndarray[Any, Any]:
        seen = np.isin(digits.factors["noise"], DIGITS.factors["noise"][SPLIT._replace(protocol=protocol).training])
        noise = np.where(seen, digits.factors["noise"], loud * digits.factors["noise"])
        return np.stack([10 * digits.writers, noise], axis=1)

    quiet, loud = (
        find(Features(lambda digits, loud=loud: rows(digits, loud)), 2, protocol=protocol) for loud in (0.01, 1000)
    )
    assert quiet.top1.mean > 0.9
    assert loud.top1.mean < 0.1


def test_the_article_protocol_asks_about_test_images_only() -> None:
    counts = np.bincount(DIGITS.writers[SPLIT.test])
    assert counts.min() < 10 < counts.max()
    told = Features(lambda digits: PERFECT.transform(digits) * np.isin(digits.factors["noise"], tested)[:, None])
    tested = DIGITS.factors["noise"][SPLIT.test]
    found = retrieve({"it": told}, DIGITS, SPLIT._replace(protocol="article"), sizes=[1, 5, 10])
    assert [row.images for row in found] == [1, 5]
    assert [row.top1.mean for row in found] == [1, 1]
    assert found[1].writers == (counts >= 10).sum() < TESTED


def test_writers_with_too_few_images_sit_out() -> None:
    """Three of 40 writers have the 20 images that 10 a side take; one has 22, but nobody to be told from."""
    digits, split = people([20, 22, 20] + [19] * (WRITERS - 3))
    found = retrieve({"it": PERFECT}, digits, split, sizes=[9, 10, 11])
    assert [(row.images, row.writers) for row in found] == [(9, TESTED), (10, 3)]
    assert [(row.top1.mean, row.chance1, row.chance5) for row in found] == [
        (1, 1 / TESTED, 5 / TESTED),
        (1, 1 / 3, 1),
    ]
    with pytest.raises(DataError, match="of up to 10"):
        retrieve({"it": PERFECT}, digits, split, sizes=[11])


def test_representations_of_a_model_encode_each_image_once(
    synthetic: DigitSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []

    def counting(model: WVAE, images: np.ndarray) -> Latents:
        encoded.append(len(images))
        return encode(model, images)

    monkeypatch.setattr("wvae.representations.encode", counting)
    monkeypatch.setattr("wvae.retrieval.BATCH", 500)
    digits = synthetic[:3000]
    split = writer_split(digits, 10)
    names = ["latent A", "latent B", "A and B"]
    retrieve(representations(build_model(ModelConfig()), names), digits, split, sizes=[1], draws=1)
    assert sum(encoded) == len(digits)


def test_progress_ends_at_one() -> None:
    shares: list[float] = []
    retrieve({"a": PERFECT, "b": PERFECT}, DIGITS, SPLIT, sizes=[1, 2, 99], draws=1, report=shares.append)
    assert shares == [0.25, 0.5, 0.75, 1]


NOT_FINITE = Features(lambda digits: np.where(digits.factors["signal"] > 2, np.inf, 0)[:, None])
ALL_TESTED = SPLIT._replace(
    development=np.zeros_like(SPLIT.development), train=SPLIT.train | SPLIT.development, test=SPLIT.test
)
ONE = SPLIT._replace(development=DIGITS.writers > 0)


@pytest.mark.parametrize(
    ("error", "sentence", "representation", "split", "options"),
    [
        (ConfigError, "images a side must be 1 or more, not 0", PERFECT, SPLIT, {"sizes": [5, 0]}),
        (ConfigError, "draws must be 1 or more, not 0", PERFECT, SPLIT, {"draws": 0}),
        (ConfigError, "seed must be 0 or more, not -1", PERFECT, SPLIT, {"seed": -1}),
        (DataError, "2 evaluation writers or more, not 1", PERFECT, ONE, {}),
        (DataError, "there are no training images", PERFECT, ALL_TESTED, {}),
        (DataError, "images for 11 or 12 a side.* up to 10", PERFECT, SPLIT, {"sizes": [12, 11]}),
        (DataError, "images for no a side", PERFECT, SPLIT, {"sizes": []}),
        (DataError, "'it' has values that are not finite", NOT_FINITE, SPLIT, {}),
    ],
)
def test_errors_say_what_is_wrong(
    error: type[Exception], sentence: str, representation: Any, split: WriterSplit, options: dict[str, Any]
) -> None:
    with pytest.raises(error, match=sentence):
        retrieve({"it": representation}, DIGITS, split, **options)


def likelihoods(of: Callable[[int, int], float], counts: list[int]) -> tuple[Any, Any]:
    writers = np.repeat(np.arange(len(counts)) * 3, counts)
    return np.array([[of(w, c) for c in range(len(counts))] for w in writers // 3], np.float32), writers


def test_the_most_likely_writer_is_found_and_ties_are_not() -> None:
    """The second writer has too few images: its column takes no part, or it would win."""
    counts = [6, 2, 6, 6, 6, 6, 6, 6]
    sure = retrieve_by_oracle(*likelihoods(lambda w, c: 5.0 * (c == 1) + (c == w), counts), sizes=[3, 1])
    assert [(row.representation, row.images, row.writers) for row in sure] == [
        (ORACLE, 1, 8),
        (ORACLE, 3, 7),
    ]
    assert sure[0].top1.mean == 1 / 8
    assert sure[0].top5.mean == sure[1].top1.mean == 1
    assert (sure[1].chance1, sure[1].chance5) == (1 / 7, 5 / 7)
    blind = retrieve_by_oracle(*likelihoods(lambda w, c: 0.0, counts), sizes=[1])
    assert blind[0].top1.mean == blind[0].top5.mean == 0


def test_errors_of_likelihoods() -> None:
    values, writers = likelihoods(lambda w, c: c == w, [6, 6, 6])
    with pytest.raises(DataError, match=r"here \(18, 3\), not \(18, 2\)"):
        retrieve_by_oracle(values[:, :2], writers)
    with pytest.raises(DataError, match="not finite"):
        retrieve_by_oracle(np.where(values > 0, np.nan, values), writers, sizes=[1])
    with pytest.raises(ConfigError, match="draws"):
        retrieve_by_oracle(values, writers, draws=0)


def test_no_representation_of_pictures_beats_the_true_styles(synthetic: DigitSet) -> None:
    split = writer_split(synthetic, 30)
    held_out = synthetic[split.held_out]
    styles = {name: values[split.evaluation_writers] for name, values in writer_styles(100).items()}
    log_likelihoods = writer_log_likelihoods(held_out, styles)
    best = retrieve_by_oracle(log_likelihoods, held_out.writers, sizes=[1, 3])
    known = np.searchsorted(split.evaluation_writers, held_out.writers)
    for row in best:
        assert row.top1.mean == pytest.approx(identification_accuracy(log_likelihoods, known, row.images), abs=0.04)
    found = retrieve(representations(None), synthetic, split, sizes=[1, 3])
    assert all(row.top5.mean > row.chance5 + 0.03 for row in found)
    for row, bound in itertools.product(found, best):
        if row.images == bound.images:
            assert row.top1.mean < bound.top1.mean + 0.02
            assert row.top5.mean < bound.top5.mean + 0.02
