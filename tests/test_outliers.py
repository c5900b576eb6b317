from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

import wvae
from tests.non_digits import non_digits
from tests.strokes import drawn
from wvae.digits import DigitSet, writer_split
from wvae.outliers import outlier_scores, usual_score
from wvae.sources.folder import to_mnist_form

CHECKPOINTS = Path(__file__).parent.parent / "checkpoints"
KNOWN = 5000

Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def others() -> Images:
    """400 pictures of no digit."""
    return non_digits(400, np.random.default_rng(0))


class Rule:
    """The scores of a model, and what is usual among real digits that it knows."""

    def __init__(self, name: str, known: DigitSet) -> None:
        self.model = wvae.load_checkpoint(CHECKPOINTS / name)
        images = known.images[np.linspace(0, len(known) - 1, KNOWN, dtype=int)]
        self.usual = usual_score(self.model, images, wvae.encode(self.model, images))

    def outliers(self, images: Images) -> float:
        """The fraction of images that are called no digit."""
        return float((outlier_scores(self.model, images, wvae.encode(self.model, images)) > self.usual).mean())


def test_the_score_is_a_divergence_and_a_squared_distance(synthetic: DigitSet) -> None:
    model, images = wvae.load_checkpoint(CHECKPOINTS / "synthetic-style"), synthetic.images[:50]
    latents = wvae.encode(model, images)
    seen, ink = (
        np.clip(each.astype(float), 1e-12, 1 - 1e-12)
        for each in (wvae.decode(model, latents.mean_a, latents.mean_b), images / 255)
    )
    divergence = (ink * np.log(ink / seen) + (1 - ink) * np.log((1 - ink) / (1 - seen))).sum((1, 2))
    expected = divergence + (latents.mean_b.astype(float) ** 2).sum(1)
    assert np.allclose(outlier_scores(model, images, latents), expected, rtol=1e-3, atol=0.01)


@pytest.mark.parametrize(("name", "found"), [("synthetic-style", 0.93), ("synthetic-10d", 0.79)])
def test_what_is_no_digit_is_found(name: str, found: float, synthetic: DigitSet, others: Images) -> None:
    rng = np.random.default_rng(0)
    digits = np.stack([to_mnist_form(Image.fromarray(drawn(number % 10, rng))) for number in range(200)])
    by_some, by_others = (synthetic[synthetic.writers % 2 == half] for half in (0, 1))
    rule = Rule(name, by_some)
    assert rule.outliers(by_others.images) <= 0.01
    assert rule.outliers(digits) <= 0.02  # drawn with a mouse
    assert rule.outliers(others) >= found


@pytest.mark.parametrize(("name", "found"), [("qmnist-style", 0.83), ("qmnist-writer", 0.82), ("qmnist-10d", 0.54)])
def test_what_is_no_digit_is_found_among_real_ones(name: str, found: float, qmnist: DigitSet, others: Images) -> None:
    rule, held_out = Rule(name, qmnist), qmnist[writer_split(qmnist).evaluation]
    blurred = gaussian_filter(held_out.images[::5], (0, 0.7, 0.7))
    assert rule.outliers(held_out.images) <= 0.025
    assert rule.outliers(blurred) <= 0.025
    assert rule.outliers(others) >= found
