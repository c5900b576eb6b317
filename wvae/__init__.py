"""wvae disentangles content (latent A: the digit) and style (latent B: how it is written) of handwritten digits."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wvae.checkpoint import load_checkpoint as load_checkpoint
    from wvae.digits import DigitSet as DigitSet
    from wvae.digits import writer_split as writer_split
    from wvae.errors import WvaeError as WvaeError
    from wvae.latents import Latents as Latents
    from wvae.latents import decode as decode
    from wvae.latents import digit_probabilities as digit_probabilities
    from wvae.latents import encode as encode
    from wvae.latents import writer_projection as writer_projection
    from wvae.model import WVAE as WVAE
    from wvae.model import ModelConfig as ModelConfig
    from wvae.model import build_model as build_model
    from wvae.sources import load_digits as load_digits

__version__ = "0.1.0"

_MODULES = {
    "WVAE": "model",
    "DigitSet": "digits",
    "Latents": "latents",
    "ModelConfig": "model",
    "WvaeError": "errors",
    "build_model": "model",
    "decode": "latents",
    "digit_probabilities": "latents",
    "encode": "latents",
    "load_checkpoint": "checkpoint",
    "load_digits": "sources",
    "writer_projection": "latents",
    "writer_split": "digits",
}
"""Where each public name is."""

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    """A public name when it is first asked for: who uses a module of wvae that needs no torch does not load it."""
    if name not in _MODULES:
        raise AttributeError(f"module 'wvae' has no attribute {name!r}")
    return getattr(import_module(f"wvae.{_MODULES[name]}"), name)
