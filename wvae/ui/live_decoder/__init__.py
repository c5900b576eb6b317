"""The decoder in the browser: its weights and its script, for the components that draw with it."""

from pathlib import Path
from typing import NamedTuple

import torch

from wvae.model import WVAE

DECODER_JS = (Path(__file__).parent / "decoder.js").read_text(encoding="utf-8")
"""Defines ``makeDecoder``; components put it before their own script."""


class DecoderWeights(NamedTuple):
    """What ``makeDecoder`` takes: the weights as little-endian float32, and the sizes of the layers."""

    weights: bytes
    sizes: dict[str, int]


def decoder_weights(model: WVAE) -> DecoderWeights:
    """The decoder of a model, packed for the browser."""
    layers = model.decoder.layers()
    linear = (layers.from_a[0], layers.from_b[0], layers.from_b[2])
    arrays = [array.detach().cpu().flatten() for layer in linear for array in layer[1:] if array is not None]
    config = model.config
    sizes = {"latentA": config.latent_a, "latentB": config.latent_b, "hidden": config.hidden}
    return DecoderWeights(torch.cat(arrays).numpy().astype("<f4").tobytes(), sizes)
