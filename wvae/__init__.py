"""wvae disentangles content (latent A: the digit) and style (latent B: how it is written) of handwritten digits."""

__version__ = "0.1.0"

from wvae.checkpoint import load_checkpoint
from wvae.digits import DigitSet, writer_split
from wvae.errors import WvaeError
from wvae.latents import Latents, decode, digit_probabilities, encode, writer_projection
from wvae.model import WVAE, ModelConfig, build_model
from wvae.sources import load_digits

__all__ = [
    "WVAE",
    "DigitSet",
    "Latents",
    "ModelConfig",
    "WvaeError",
    "build_model",
    "decode",
    "digit_probabilities",
    "encode",
    "load_checkpoint",
    "load_digits",
    "writer_projection",
    "writer_split",
]
