"""How far a picture is from all digits that a model knows: its score as an outlier.

The score is a part of the loss that preset wvae is trained on, at the posterior means and in nats: what the
reconstruction leaves unexplained, which is the KL divergence of its pixels from the picture's, and |B|², which is twice
-log p(b) but for a constant. The reconstruction error alone would count the greys at the edges of every stroke, which
no reconstruction explains, and so take blurred digits for outliers; and it passes what is drawn well in a style that
nobody has.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from wvae.latents import Latents
from wvae.model import WVAE
from wvae.reconstruction import reconstruction_errors

USUAL = 99.5
"""Percentage of real digits whose score is at most what is usual."""


def outlier_scores(model: WVAE, images: NDArray[np.uint8], latents: Latents) -> NDArray[np.float32]:
    """The score of each image, ``(n,)`` nats, 0 or more.

    Args:
        images: uint8 ``(n, 28, 28)``.
        latents: of these images.
    """
    pixels = images.reshape(len(images), -1) / np.float32(255)
    entropies = (entr(pixels) + entr(1 - pixels)).sum(1)
    return reconstruction_errors(model, images, latents) - entropies + (latents.mean_b**2).sum(1)


def usual_score(model: WVAE, images: NDArray[np.uint8], latents: Latents) -> float:
    """The score that nearly all of these images, real digits, stay below; arguments as of :func:`outlier_scores`."""
    return float(np.percentile(outlier_scores(model, images, latents), USUAL))
