"""How well a model reconstructs each image."""

import numpy as np
import torch
from numpy.typing import NDArray

from wvae.latents import BATCH, Latents, to_floats
from wvae.likelihood import reconstruction_nats
from wvae.model import WVAE


def reconstruction_errors(model: WVAE, images: NDArray[np.uint8], latents: Latents) -> NDArray[np.float32]:
    """Bernoulli negative log-likelihood of each image at the posterior mean, ``(n,)`` nats.

    Args:
        images: uint8 ``(n, 28, 28)``.
        latents: of these images.
    """
    device = next(model.parameters()).device
    nats = np.empty(len(images), np.float32)
    with torch.inference_mode():
        for start in range(0, len(images), BATCH):
            rows = slice(start, start + BATCH)
            a, b = (torch.from_numpy(mean[rows]).to(device) for mean in (latents.mean_a, latents.mean_b))
            nats[rows] = reconstruction_nats(model.decode(a, b), to_floats(images[rows], device)).cpu().numpy()
    return nats
