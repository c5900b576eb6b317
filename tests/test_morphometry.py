import numpy as np
import pytest

from wvae.digits import DigitSet
from wvae.morphometry import slant, thickness, within_digit


def bar(degrees: float, width: float) -> np.ndarray:
    """A straight stroke through the middle that leans to the right, drawn at eight times the size."""
    y, x = np.mgrid[0:224, 0:224] / 8 + 1 / 16 - 14
    along, across = y, x + np.tan(np.radians(degrees)) * y
    inside = (abs(along) < 9) & (abs(across) < width / 2 / np.cos(np.radians(degrees)))
    return (255 * inside.reshape(28, 8, 28, 8).mean((1, 3))).astype(np.uint8)


@pytest.mark.parametrize("degrees", [-35, -10, 0, 20, 40])
def test_slant_of_a_known_stroke(degrees: float) -> None:
    assert slant(bar(degrees, 3)[None])[0] == pytest.approx(degrees, abs=0.5)


@pytest.mark.parametrize("width", [1.5, 2, 3, 4])
def test_thickness_of_a_known_stroke(width: float) -> None:
    assert thickness(bar(15, width)[None])[0] == pytest.approx(width, rel=0.2)


def test_measures_do_not_depend_on_the_scale_of_grey() -> None:
    image = bar(20, 3)[None]
    assert thickness(image / 255)[0] == pytest.approx(thickness(image)[0], rel=1e-4)
    assert slant(image / 255)[0] == pytest.approx(slant(image)[0], rel=1e-4)


def test_a_blank_image_has_no_measure() -> None:
    blank = np.zeros((1, 28, 28), np.uint8)
    assert slant(blank).tolist() == thickness(blank).tolist() == [0]


def test_measures_tell_real_hands_apart(qmnist: DigitSet) -> None:
    """A writer's mean slant over one half of their digits predicts that over the other half."""
    writers = qmnist.writers[:20000]
    busy = [writer for writer, count in zip(*np.unique(writers, return_counts=True), strict=True) if count >= 40]
    for measure in (slant, thickness):
        rest = within_digit(measure(qmnist.images[:20000]), qmnist.digits[:20000])
        halves = [[rest[writers == writer][half::2].mean() for writer in busy] for half in (0, 1)]
        assert np.corrcoef(halves)[0, 1] > 0.8


def test_within_digit_takes_each_digits_mean_away() -> None:
    measure, digits = np.array([1.0, 3.0, 10.0, 20.0]), np.array([4, 4, 7, 7])
    assert within_digit(measure, digits).tolist() == [-1, 1, -5, 5]
