import numpy as np
import pytest

from wvae.digits import DigitSet
from wvae.morphometry import (
    AT_ONCE,
    FEATURES,
    height,
    ink,
    orientation,
    scale_within_digit,
    sharpness,
    slant,
    thickness,
    width,
    within_digit,
)


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


def rectangle(height: int, width: int, grey: int = 255) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[6 : 6 + height, 9 : 9 + width] = grey
    return image


def test_width_height_and_ink_of_a_rectangle() -> None:
    image = rectangle(14, 5, grey=51)[None]
    assert width(image)[0] == pytest.approx(5, rel=1e-4)
    assert height(image)[0] == pytest.approx(14, rel=1e-4)
    assert ink(image)[0] == pytest.approx(14 * 5 / 5)
    assert ink(image / 255)[0] == pytest.approx(14 * 5 / 5)


@pytest.mark.parametrize("degrees", [0, 20, 45])
def test_orientation_of_a_stroke_is_the_squared_cosine_of_its_angle(degrees: float) -> None:
    stroke = bar(degrees, 2)
    for image, part in ((stroke, np.cos(np.radians(degrees)) ** 2), (stroke.T, np.sin(np.radians(degrees)) ** 2)):
        # The two ends of the stroke stand across it.
        assert orientation(image[None])[0] == pytest.approx(part, abs=0.13)


@pytest.mark.parametrize("pixels", [1, 2, 4])
def test_sharpness_of_an_edge_that_takes_some_pixels(pixels: int) -> None:
    ramp = np.clip(np.arange(28) - 8, 0, pixels) / pixels * np.clip(22 - np.arange(28), 0, pixels) / pixels
    image = np.zeros((28, 28), np.float32)
    image[4:24] = 0.6 * ramp
    image[4:24, :] *= np.clip(np.minimum(np.arange(20) + 1, 20 - np.arange(20)), 0, pixels)[:, None] / pixels
    assert sharpness(image[None])[0] == pytest.approx(1 / pixels, rel=0.15)


def test_measures_do_not_depend_on_the_scale_of_grey() -> None:
    image = bar(20, 3)[None]
    for measure in FEATURES.values():
        assert measure(image / 255)[0] == pytest.approx(measure(image)[0], rel=1e-4)


def test_a_blank_image_has_no_measure() -> None:
    blank = np.zeros((2, 28, 28), np.uint8)
    for measure in FEATURES.values():
        assert measure(blank).tolist() == [0, 0]


def test_measures_are_one_float_an_image(synthetic: DigitSet) -> None:
    for measure in FEATURES.values():
        values = measure(synthetic.images[:50])
        assert values.shape == (50,)
        assert values.dtype == np.float32
        assert values[7] == pytest.approx(measure(synthetic.images[7:8])[0], rel=1e-5)


def test_measures_do_not_depend_on_what_is_measured_at_once(synthetic: DigitSet) -> None:
    images = synthetic.images[: AT_ONCE + 1]
    for measure in FEATURES.values():
        assert measure(images)[-1:] == pytest.approx(measure(images[-1:]), rel=1e-5)
        assert measure(images[:0]).shape == (0,)


def test_measures_distinguish_real_writers(qmnist: DigitSet) -> None:
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


def test_z_scores_are_by_the_mean_and_deviation_of_each_digit() -> None:
    """Digit 4 has mean 2 and deviation 1, digit 7 mean 15 and deviation 5; all four have mean 8.5."""
    scale = scale_within_digit(np.array([1.0, 3.0, 10.0, 20.0]), np.array([4, 4, 7, 7]))
    assert scale.z_scores(np.array([4.0, 2.0, 5.0]), np.array([4, 4, 7])).tolist() == [2, 0, -2]
    assert scale.z_scores(np.array([8.5]), np.array([0])).tolist() == [0]


def test_a_measure_that_does_not_vary_has_z_scores_of_0() -> None:
    scale = scale_within_digit(np.full(1000, 0.1, np.float32), np.zeros(1000, int))
    assert scale.z_scores(np.array([0.1, 3]), np.array([0, 0])).tolist() == [0, 0]
