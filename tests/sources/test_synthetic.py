"""Synthetic digits: their form, their known variances, and the best that can be said of their writers."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import multivariate_normal, norm
from sklearn.neighbors import KNeighborsClassifier

from wvae.digits import DigitSet
from wvae.errors import ConfigError
from wvae.sources import synthetic
from wvae.sources.synthetic import DEFAULT_STYLE, StyleFactor

WRITERS, EACH = 200, 30
CONTINUOUS = [factor for factor in DEFAULT_STYLE if factor.name != "shape"]


def styled(between: float = 1.0, within: float = 1.0, **changes: dict[str, float]) -> tuple[StyleFactor, ...]:
    """The default style with its deviations multiplied, or fields of a named factor replaced."""
    return tuple(
        replace(f, **{"between": f.between * between, "within": f.within * within, **changes.get(f.name, {})})
        for f in DEFAULT_STYLE
    )


@pytest.fixture(scope="module")
def digits() -> DigitSet:
    return synthetic.load(WRITERS, EACH)


def intraclass_correlation(factor: StyleFactor) -> float:
    """The writer's share of a factor's variance, which is the correlation of two images of one writer."""
    return factor.between**2 / (factor.between**2 + factor.within**2)


def identification_accuracy(log_likelihoods: np.ndarray, writers: np.ndarray, images: int = 1) -> float:
    """Top-1 accuracy of naming the writer of so many images of one writer by the greatest likelihood.

    Column ``w`` is writer ``w``; each writer's images are taken in their order, in groups that do not overlap.
    """
    correct: list[bool] = []
    for writer in np.unique(writers):
        own = log_likelihoods[writers == writer]
        groups = own[: len(own) // images * images].reshape(-1, images, own.shape[1]).sum(1)
        correct.extend(groups.argmax(1) == writer)
    return float(np.mean(correct))


def ink_slant(images: np.ndarray) -> np.ndarray:
    """Slant of the ink's moments, in degrees to the right."""
    ink = images / images.sum((1, 2), keepdims=True)
    pixels = np.arange(28)
    x = pixels - (ink.sum(1) @ pixels)[:, None]
    y = pixels - (ink.sum(2) @ pixels)[:, None]
    return np.degrees(np.arctan(-np.einsum("nij,ni,nj->n", ink, y, x) / (ink.sum(2) * y**2).sum(1)))


def ink_thickness(images: np.ndarray) -> np.ndarray:
    """Twice the ink over its edge, in pixels."""
    ink = np.pad(images / 255, ((0, 0), (2, 2), (2, 2)))
    down, across = np.gradient(ink, axis=(1, 2))
    return 2 * ink.sum((1, 2)) / np.hypot(down, across).sum((1, 2))


def longest_side(images: np.ndarray) -> np.ndarray:
    inked = images > 30
    sides = [
        any_ink.shape[1] - any_ink.argmax(1) - any_ink[:, ::-1].argmax(1) for any_ink in (inked.any(1), inked.any(2))
    ]
    return np.maximum(*sides)


def test_types_and_who_wrote_what(digits: DigitSet) -> None:
    assert digits.images.shape == (WRITERS * EACH, 28, 28)
    assert digits.images.dtype == np.uint8
    assert digits.digits.dtype == digits.writers.dtype == np.int64
    assert set(digits.factors) == {f.name for f in DEFAULT_STYLE}
    assert all(values.dtype == np.float32 for values in digits.factors.values())
    counts = np.zeros((WRITERS, 10), int)
    np.add.at(counts, (digits.writers, digits.digits), 1)
    assert (counts == EACH // 10).all()
    assert len({tuple(row) for row in digits.digits.reshape(WRITERS, EACH)}) > WRITERS - 5  # each in another order


def test_a_remainder_falls_on_the_same_digits_for_every_writer() -> None:
    digits = synthetic.load(7, 13)
    for writer in range(7):
        assert np.bincount(digits.digits[digits.writers == writer]).tolist() == [2, 2, 2, 1, 1, 1, 1, 1, 1, 1]


def test_same_seed_same_digits_another_seed_others() -> None:
    first, again, other = (synthetic.load(5, 20, seed) for seed in (0, 0, 1))
    assert first.digest() == again.digest()
    for name, values in first.factors.items():
        np.testing.assert_array_equal(values, again.factors[name])
        assert (values != other.factors[name]).any()
    assert (first.images != other.images).any((1, 2)).all()


RENDER = """
import numpy._core._multiarray_umath as built
from wvae.sources import synthetic
on = [name for name in built.__cpu_dispatch__ if built.__cpu_features__[name]]
print(synthetic.load(20).digest(), *on)
"""


def rendered_elsewhere(**variables: str) -> tuple[str, set[str]]:
    """Digest of some digits drawn in a process of its own, and the processor's features that NumPy uses there."""
    run = subprocess.run(
        [sys.executable, "-c", RENDER], env=os.environ | variables, capture_output=True, text=True, check=True
    )
    digest, *features = run.stdout.split()
    return digest, set(features)


def test_the_same_pictures_without_the_processors_vector_instructions() -> None:
    digest, features = rendered_elsewhere()
    if not features:
        pytest.skip("NumPy uses no instructions here but those of every processor")
    plain_digest, plain_features = rendered_elsewhere(NPY_DISABLE_CPU_FEATURES=" ".join(features))
    assert not plain_features
    assert plain_digest == digest == synthetic.load(20).digest()


@pytest.mark.parametrize("kernel", ["Prescott", "Nehalem", "Sandybridge", "Haswell"])
def test_the_same_pictures_with_another_matrix_product(kernel: str) -> None:
    """OpenBLAS has a kernel for each generation of processors, which sums in another order; other libraries ignore
    the variable."""
    assert rendered_elsewhere(OPENBLAS_CORETYPE=kernel)[0] == synthetic.load(20).digest()


def test_the_pictures_are_those_of_the_version() -> None:
    """Whoever changes this digest raises ``VERSION`` with it."""
    assert synthetic.VERSION == 2
    assert synthetic.load(20).digest() == "4af2d236636dd26daf233d6d248f2a0e64e5728bdda28edb598156df6f58aad5"


def test_exponential_logarithm_and_tangent() -> None:
    for size, accuracy in ((40, 1e-8), (10, 1e-11)):
        x = np.linspace(-size, size, 1001)
        np.testing.assert_allclose(synthetic._exp(x), np.exp(x), rtol=accuracy)
    x = np.logspace(-5, 0.5, 1001)
    np.testing.assert_allclose(synthetic._log(x), np.log(x), rtol=1e-10, atol=1e-10)
    x = np.radians(np.linspace(-60, 60, 1001))
    np.testing.assert_allclose(synthetic._tan(x), np.tan(x), rtol=1e-10)


def test_the_splines_are_natural() -> None:
    from scipy.interpolate import CubicSpline

    for at in ([0.0, 2], [0.0, 1, 3], [0.0, 1, 3, 4, 10, 11.5]):
        steps, unit = np.linspace(0, at[-1], 40), np.eye(len(at))
        lines, added = synthetic._interpolation(np.array(at), steps)
        np.testing.assert_allclose(lines, np.stack([np.interp(steps, at, row) for row in unit], 1), atol=1e-12)
        np.testing.assert_allclose(lines + added, CubicSpline(at, unit, bc_type="natural")(steps), atol=1e-12)


def test_no_draw_of_the_default_digits_lies_where_the_last_bit_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws from the tails keep clear of the middle between two multiples of 1/64 by some last bits (2**-21)."""
    steady, drawn = synthetic._steady_tails, []
    monkeypatch.setattr(synthetic, "_steady_tails", lambda draws: drawn.append(draws.ravel()) or steady(draws))
    synthetic.load()
    draws = np.concatenate(drawn).astype(float)
    tails = np.abs(draws[np.abs(draws) > synthetic.TAIL])
    assert len(tails) > 100
    assert np.abs(tails * 64 % 1 - 0.5).min() / 64 > 8 * 2**-21
    assert (steady(draws.astype(np.float32)) != draws).sum() == pytest.approx(len(tails), abs=5)


def test_images_differ_where_the_style_does_not() -> None:
    digits = synthetic.load(2, 20, style=styled(between=0, within=0))
    for digit in range(10):
        assert len(np.unique(digits.images[digits.digits == digit], axis=0)) == 4


def test_500_writers_take_less_than_10_seconds_and_1_gigabyte() -> None:
    """Of the processor, as on a machine that does nothing else."""
    measure = """
import resource, time
from wvae.sources import synthetic
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
assert len(synthetic.load()) == 30_000
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True, check=True)
    seconds, kilobytes = map(float, run.stdout.split())
    assert seconds < 10
    assert kilobytes < 1e6


def test_form_of_mnist(digits: DigitSet) -> None:
    ink = digits.images / digits.images.sum((1, 2), keepdims=True)
    centres = np.stack([ink.sum(axis) @ np.arange(28) for axis in (1, 2)])
    np.testing.assert_allclose(centres.mean(1), 14, atol=0.15)
    assert np.abs(centres - 14).max() < 2.5
    sides = longest_side(digits.images)
    assert sides.mean() == pytest.approx(20, abs=0.4)
    assert ((sides >= 17) & (sides <= 24)).all()
    border = np.pad(np.zeros((26, 26), bool), 1, constant_values=True)
    assert (digits.images[:, border] > 128).any(1).mean() < 0.03  # some long 7s and 9s are cut: in MNIST 0.01
    assert (digits.images == 255).any((1, 2)).mean() > 0.99  # white cores
    grey = (digits.images > 0) & (digits.images < 250)
    assert 0.08 < grey.mean() < 0.15  # MNIST: 0.12
    assert 0.05 < (digits.images >= 250).mean() < 0.1  # MNIST: 0.07


@pytest.mark.parametrize("factor", CONTINUOUS, ids=lambda factor: factor.name)
def test_factors_vary_between_and_within_writers_as_asked(digits: DigitSet, factor: StyleFactor) -> None:
    values = digits.factors[factor.name].reshape(WRITERS, EACH).astype(float)
    within = values.var(1, ddof=1).mean()
    between = values.mean(1).var(ddof=1) - within / EACH
    assert values.mean() == pytest.approx(factor.mean, abs=4 * factor.between / np.sqrt(WRITERS))
    assert np.sqrt(within) == pytest.approx(factor.within, rel=0.04)
    assert np.sqrt(between) == pytest.approx(factor.between, rel=0.15)
    assert between / (between + within) == pytest.approx(intraclass_correlation(factor), abs=0.06)


def test_shapes_are_as_common_and_as_constant_as_asked(digits: DigitSet) -> None:
    shape, icc = digits.factors["shape"], intraclass_correlation(DEFAULT_STYLE[-1])
    for digit, shapes in enumerate(synthetic.SHAPES):
        assert sum(shapes.values()) == pytest.approx(1)
        by_writer = shape[digits.digits == digit].reshape(WRITERS, 3)
        for number, frequency in enumerate(shapes.values()):
            assert (by_writer == number).mean() == pytest.approx(frequency, abs=0.1)
        first = next(iter(shapes.values()))
        both_first = multivariate_normal.cdf([norm.ppf(first)] * 2, cov=[[1, icc], [icc, 1]])
        agree = ((by_writer[:, :2] == 0).all(1)).mean()
        assert agree == pytest.approx(both_first, abs=0.1)


def test_a_writer_without_inner_variance_keeps_to_one_shape() -> None:
    digits = synthetic.load(20, 40, style=styled(within=0))
    shape = digits.factors["shape"]
    chosen = [shape[(digits.writers == w) & (digits.digits == 7)] for w in range(20)]
    assert all(len(set(shapes)) == 1 for shapes in chosen)
    assert len({shapes[0] for shapes in chosen}) > 1


@pytest.mark.parametrize(
    ("name", "measure", "least"),
    [("slant", ink_slant, 0.75), ("thickness", ink_thickness, 0.85), ("size", longest_side, 0.7)],
)
def test_pictures_show_the_factors(digits: DigitSet, name: str, measure, least: float) -> None:
    measured = measure(digits.images)
    for digit in range(10):
        rows = digits.digits == digit
        assert np.corrcoef(measured[rows], digits.factors[name][rows])[0, 1] > least


def test_slant_is_in_degrees_and_thickness_in_pixels() -> None:
    upright = {"mean": 0.0, "between": 0.0, "within": 0.0}
    strokes = {}
    for pen in (2.0, 4.0):
        style = styled(slant=upright, thickness={"mean": pen, "between": 0.0, "within": 0.0})
        digits = synthetic.load(40, 10, style=style)
        strokes[pen] = digits[(digits.digits == 1) & (digits.factors["shape"] == 0)].images
        assert (strokes[pen] / 255).sum((1, 2)) / longest_side(strokes[pen]) == pytest.approx(pen, rel=0.25)
        assert (strokes[pen] / 255).sum((1, 2)).mean() / 20 == pytest.approx(pen, rel=0.08)
    slanted = synthetic.load(300, 2)
    ones = slanted[(slanted.digits == 1) & (slanted.factors["shape"] == 0)]
    assert np.polyfit(ones.factors["slant"], ink_slant(ones.images), 1)[0] == pytest.approx(1, abs=0.08)


def test_digits_can_be_read_in_hands_never_seen(digits: DigitSet) -> None:
    pixels = digits.images.reshape(len(digits), -1) / 255.0
    train = digits.writers < WRITERS * 3 // 4
    reader = KNeighborsClassifier(1).fit(pixels[train], digits.digits[train])
    right = reader.predict(pixels[~train]) == digits.digits[~train]
    assert right.mean() > 0.95
    assert min(right[digits.digits[~train] == digit].mean() for digit in range(10)) > 0.88


def test_the_best_guess_knows_how_sure_it_is(digits: DigitSet) -> None:
    """Where likelihoods are right, the mean posterior of the best guess is the share of guesses that are right."""
    log_likelihoods = synthetic.writer_log_likelihoods(digits, synthetic.writer_styles(WRITERS))
    assert log_likelihoods.shape == (len(digits), WRITERS)
    assert log_likelihoods.dtype == np.float32
    accuracy = identification_accuracy(log_likelihoods, digits.writers)
    assert 0.2 < accuracy < 0.6
    assert np.exp(log_softmax(log_likelihoods, axis=1)).max(1).mean() == pytest.approx(accuracy, abs=0.02)


@pytest.mark.parametrize("name", ["slant", "shape"])
def test_two_writers_who_differ_in_one_factor(name: str) -> None:
    """Two normals are told apart with probability Phi(distance / 2 deviations); two shapes by their shares."""
    style = tuple(f if f.name == name else replace(f, between=0.0) for f in styled(between=0.5))
    digits = synthetic.load(2, 1500, seed=3, style=style)
    hands = synthetic.writer_styles(2, seed=3, style=style)
    factor = next(f for f in style if f.name == name)
    if name == "slant":
        best = norm.cdf(abs(hands["slant"][0] - hands["slant"][1]) / (2 * factor.within))
    else:
        spread = np.hypot(factor.between, factor.within)
        per_digit = []
        for digit, shapes in enumerate(synthetic.SHAPES):
            cuts = factor.mean + spread * norm.ppf(np.r_[0, np.cumsum(list(shapes.values())[:-1]), 1])
            shares = np.diff(norm.cdf((cuts[:, None] - hands["shape"][:, digit]) / factor.within), axis=0)
            per_digit.append(shares.max(1).sum() / 2)
        best = np.mean(per_digit)
    accuracy = identification_accuracy(synthetic.writer_log_likelihoods(digits, hands, style), digits.writers)
    assert 0.55 < best < 0.98
    assert accuracy == pytest.approx(best, abs=0.03)


@pytest.mark.parametrize(("between", "within", "expected"), [(0, 1, 1 / 30), (0, 0, 1 / 30), (1, 1e-3, 1), (1, 0, 1)])
def test_identification_at_its_ends(between: float, within: float, expected: float) -> None:
    style = styled(between, within)
    digits = synthetic.load(30, 10, style=style)
    log_likelihoods = synthetic.writer_log_likelihoods(digits, synthetic.writer_styles(30, style=style), style)
    assert np.isfinite(log_likelihoods).all()
    for images in (1, 5):
        accuracy = identification_accuracy(log_likelihoods, digits.writers, images)
        assert accuracy == pytest.approx(expected)


def test_more_digits_say_more(digits: DigitSet) -> None:
    log_likelihoods = synthetic.writer_log_likelihoods(digits, synthetic.writer_styles(WRITERS))
    accuracies = [identification_accuracy(log_likelihoods, digits.writers, n) for n in (1, 2, 5, 10)]
    assert accuracies == sorted(accuracies)
    assert accuracies[1] > accuracies[0] + 0.1
    assert accuracies[3] > 0.98


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"writers": 0}, "number of writers must be 1 or more, not 0"),
        ({"digits_per_writer": 0}, "digits per writer must be 1 or more, not 0"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"style": styled(slant={"between": -1.0})}, "deviations of slant must be 0 or more, not -1.0 between"),
        ({"style": styled(width={"within": -2.0})}, "deviations of width must be 0 or more.* -2.0 within"),
        ({"style": DEFAULT_STYLE[1:]}, "each once, not curvature, shape, size, thickness, width"),
        ({"style": (*DEFAULT_STYLE, DEFAULT_STYLE[0])}, "slant, slant"),
        ({"style": ()}, "each once, not none"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        synthetic.load(**{"writers": 2, "digits_per_writer": 10, **arguments})
