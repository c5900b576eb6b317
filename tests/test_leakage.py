import numpy as np
import pytest

from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.latents import Latents
from wvae.leakage import MLP, leakage, probe_class, probe_measure
from wvae.morphometry import slant, within_digit

N = 3000
TRAIN = np.arange(N) < N // 2
DIGITS = np.random.default_rng(0).integers(0, 10, N)
NOISE = np.random.default_rng(1).normal(size=(N, 3)).astype(np.float32)


def test_a_latent_that_is_the_label_is_read_by_every_probe() -> None:
    scores = probe_class(np.eye(10, dtype=np.float32)[DIGITS], DIGITS, TRAIN, ~TRAIN)
    assert (scores.logistic, scores.mlp, scores.nearest_neighbours) == (1, 1, 1)


def test_noise_and_a_constant_are_read_at_chance() -> None:
    assert probe_class(NOISE, DIGITS, TRAIN, ~TRAIN).strongest == pytest.approx(0.1, abs=0.04)
    assert probe_class(np.zeros_like(NOISE), DIGITS, TRAIN, ~TRAIN).strongest == pytest.approx(0.1, abs=0.04)


def test_relabelling_changes_nothing() -> None:
    """Four clusters of two crossed labels: a straight line cannot separate them, the other probes can."""
    corners = np.random.default_rng(2).integers(0, 2, (N, 2))
    latent = (corners * 4 + NOISE[:, :2] * 0.3).astype(np.float32)
    label = corners[:, 0] ^ corners[:, 1]
    scores = probe_class(latent, label, TRAIN, ~TRAIN)
    assert scores.logistic < 0.8
    assert scores.mlp > 0.99
    assert probe_class(latent, 1 - label, TRAIN, ~TRAIN).nearest_neighbours == scores.nearest_neighbours


def test_a_measure_is_read_where_it_is() -> None:
    assert probe_measure(NOISE, NOISE[:, 0] ** 2, TRAIN, ~TRAIN).r2 > 0.9
    other = np.random.default_rng(3).normal(size=N).astype(np.float32)
    assert abs(probe_measure(NOISE, other, TRAIN, ~TRAIN).r2) < 0.05


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_a_probe_that_reached_its_iteration_limit_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    latent = np.eye(10, dtype=np.float32)[DIGITS]
    assert probe_class(latent, DIGITS, TRAIN, ~TRAIN).not_converged == ()
    assert probe_measure(NOISE, NOISE[:, 0], TRAIN, ~TRAIN).converged
    monkeypatch.setitem(MLP, "max_iter", 2)
    found = probe_class(latent, DIGITS, TRAIN, ~TRAIN)
    assert found.not_converged == ("mlp",)
    assert found.strongest == found.logistic == 1 > found.mlp
    assert not probe_measure(NOISE, NOISE[:, 0], TRAIN, ~TRAIN).converged


@pytest.fixture(scope="module")
def split(synthetic: DigitSet) -> WriterSplit:
    return writer_split(synthetic, 20)


def test_each_latent_is_probed_for_itself(synthetic: DigitSet, split: WriterSplit) -> None:
    """A that is the digit, B that is the writer: all the digit in A and none in B, and the other way round."""
    a = np.eye(10, dtype=np.float32)[synthetic.digits]
    b = np.random.default_rng(0).normal(size=(synthetic.writers.max() + 1, 4)).astype(np.float32)[synthetic.writers]
    found = leakage(Latents(a, a, b, b), synthetic, split)
    assert found.digit_from_a.strongest == 1
    assert found.digit_from_b.strongest < 0.15
    assert found.writer_from_b.strongest > 0.95
    assert found.writer_from_a.strongest < 0.2
    assert abs(found.slant_from_a) < 0.05
    assert found.digit_chance == pytest.approx(0.1, abs=0.02)


def test_a_latent_that_is_the_slant_gives_it_away(synthetic: DigitSet, split: WriterSplit) -> None:
    measured = within_digit(slant(synthetic.images), synthetic.digits)[:, None]
    found = leakage(Latents(measured, measured, measured, measured), synthetic, split)
    assert found.slant_from_a > 0.95
    assert found.thickness_from_a < 0.5


def test_every_probe_that_did_not_converge_is_named(
    synthetic: DigitSet, split: WriterSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = slant(synthetic.images)[:, None]
    noise = np.random.default_rng(0).normal(size=(len(synthetic), 2)).astype(np.float32)
    monkeypatch.setitem(MLP, "max_iter", 1)
    found = leakage(Latents(measured, measured, noise, noise), synthetic, split)
    accuracies = [f"{what}_from_{latent}, mlp" for what in ("digit", "writer") for latent in "ab"]
    assert found.under_reported == [*accuracies, "slant_from_a", "thickness_from_a"]
