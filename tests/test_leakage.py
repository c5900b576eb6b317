from dataclasses import astuple

import numpy as np
import pytest

from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.latents import Latents
from wvae.leakage import ProbeAccuracy, leakage, probe_class, probe_measure
from wvae.morphometry import slant, within_digit

N = 3000
LEARN = np.arange(N) < N // 2
DIGITS = np.random.default_rng(0).integers(0, 10, N)
NOISE = np.random.default_rng(1).normal(size=(N, 3)).astype(np.float32)


def strongest(scores: ProbeAccuracy) -> float:
    return max(astuple(scores))


def test_a_latent_that_is_the_label_is_read_by_every_probe() -> None:
    scores = probe_class(np.eye(10, dtype=np.float32)[DIGITS], DIGITS, LEARN, ~LEARN)
    assert (scores.logistic, scores.mlp, scores.nearest_neighbours) == (1, 1, 1)


def test_noise_and_a_constant_are_read_at_chance() -> None:
    assert strongest(probe_class(NOISE, DIGITS, LEARN, ~LEARN)) == pytest.approx(0.1, abs=0.04)
    assert strongest(probe_class(np.zeros_like(NOISE), DIGITS, LEARN, ~LEARN)) == pytest.approx(0.1, abs=0.04)


def test_relabelling_changes_nothing() -> None:
    """Four clusters of two crossed labels: a straight line cannot part them, the other probes can."""
    corners = np.random.default_rng(2).integers(0, 2, (N, 2))
    latent = (corners * 4 + NOISE[:, :2] * 0.3).astype(np.float32)
    label = corners[:, 0] ^ corners[:, 1]
    scores = probe_class(latent, label, LEARN, ~LEARN)
    assert scores.logistic < 0.8
    assert scores.mlp > 0.99
    assert probe_class(latent, 1 - label, LEARN, ~LEARN).nearest_neighbours == scores.nearest_neighbours


def test_a_measure_is_read_where_it_is() -> None:
    assert probe_measure(NOISE, NOISE[:, 0] ** 2, LEARN, ~LEARN) > 0.9
    other = np.random.default_rng(3).normal(size=N).astype(np.float32)
    assert abs(probe_measure(NOISE, other, LEARN, ~LEARN)) < 0.05


@pytest.fixture(scope="module")
def split(synthetic: DigitSet) -> WriterSplit:
    return writer_split(synthetic, 20)


def test_each_latent_is_probed_for_itself(synthetic: DigitSet, split: WriterSplit) -> None:
    """A that is the digit, B that is the writer: all the digit in A and none in B, and the other way round."""
    a = np.eye(10, dtype=np.float32)[synthetic.digits]
    b = np.random.default_rng(0).normal(size=(synthetic.writers.max() + 1, 4)).astype(np.float32)[synthetic.writers]
    found = leakage(Latents(a, a, b, b), synthetic, split)
    assert strongest(found.digit_from_a) == 1
    assert strongest(found.digit_from_b) < 0.15
    assert strongest(found.writer_from_b) > 0.95
    assert strongest(found.writer_from_a) < 0.2
    assert abs(found.slant_from_a) < 0.05
    assert found.digit_chance == pytest.approx(0.1, abs=0.02)


def test_a_latent_that_is_the_slant_gives_it_away(synthetic: DigitSet, split: WriterSplit) -> None:
    measured = within_digit(slant(synthetic.images), synthetic.digits)[:, None]
    found = leakage(Latents(measured, measured, measured, measured), synthetic, split)
    assert found.slant_from_a > 0.95
    assert found.thickness_from_a < 0.5
