from pathlib import Path

import numpy as np

from wvae.checkpoint import load_checkpoint
from wvae.digits import DigitSet
from wvae.latents import BATCH, decode, encode
from wvae.reconstruction import reconstruction_errors

CHECKPOINT = Path(__file__).parent.parent / "checkpoints/synthetic-10d"


def test_errors_are_the_likelihood_of_the_decoded_pixels(synthetic: DigitSet) -> None:
    model, images = load_checkpoint(CHECKPOINT), synthetic.images[: BATCH + 3]  # a second, short batch
    latents = encode(model, images)
    found = reconstruction_errors(model, images, latents)
    for rows in (slice(20), slice(BATCH - 3, None)):
        seen, ink = (each[rows].astype(float) for each in (decode(model, latents.mean_a, latents.mean_b), images / 255))
        expected = -(ink * np.log(seen) + (1 - ink) * np.log(1 - seen)).sum((1, 2))
        assert np.allclose(found[rows], expected, rtol=1e-3)


def test_no_images_have_no_errors(synthetic: DigitSet) -> None:
    model, none = load_checkpoint(CHECKPOINT), synthetic.images[:0]
    assert reconstruction_errors(model, none, encode(model, none)).shape == (0,)
