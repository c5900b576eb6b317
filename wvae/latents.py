"""From images to latents and back, in numpy arrays and in batches that fit in memory."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wvae.digits import IMAGE_SIZE, N_DIGITS
from wvae.errors import DataError
from wvae.model import WVAE
from wvae.priors import LINE, ClassConditionalNormal

BATCH = 8192

LARGEST_PRODUCT = 50_000_000
"""Digits times dimensions, whose latents take 800 MB while they are gathered."""

LARGEST_LATENT = 1e6
"""Of a trained model latents are below 100; of numbers beyond all measure no map can be drawn."""

Floats = NDArray[np.float32]


class Latents(NamedTuple):
    """Posterior means and log variances: float32 ``(n, latent_a)`` and ``(n, latent_b)``."""

    mean_a: Floats
    log_variance_a: Floats
    mean_b: Floats
    log_variance_b: Floats

    def columns(self) -> dict[str, Floats]:
        """Each dimension at the posterior mean, ``(n,)``, by its name: A1, A2 and so on, then B1 and so on."""
        means = (("A", self.mean_a), ("B", self.mean_b))
        return {f"{letter}{d + 1}": mean[:, d] for letter, mean in means for d in range(mean.shape[1])}


def encode(model: WVAE, images: NDArray[np.uint8]) -> Latents:
    """Latents of upright images, uint8 ``(n, 28, 28)``, white ink on black.

    Raises:
        DataError: the images have another shape or type or are too many, or the model encodes them as no numbers.
    """
    if images.ndim != 3 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or images.dtype != np.uint8:
        raise DataError(f"Images must be uint8 (n, {IMAGE_SIZE}, {IMAGE_SIZE}), not {images.dtype} {images.shape}.")
    dimensions = model.config.latent_a + model.config.latent_b
    if len(images) * dimensions > LARGEST_PRODUCT:
        raise DataError(
            f"The latents of {len(images):,} digits in {dimensions} dimensions would not fit in memory: "
            "choose fewer digits, or a model of fewer dimensions."
        )
    device = next(model.parameters()).device
    with torch.inference_mode():
        batches = [
            model.encode(to_floats(images[start : start + BATCH], device))
            for start in range(0, max(len(images), 1), BATCH)
        ]
        latents = Latents(*(torch.cat(arrays).cpu().numpy() for arrays in zip(*batches, strict=True)))
    if not all(np.abs(values).max(initial=0) <= LARGEST_LATENT for values in latents):
        raise DataError("The model encodes these digits as numbers beyond all measure: train it anew, or take another.")
    return latents


def decode(model: WVAE, a: Floats, b: Floats) -> Floats:
    """Images ``(n, 28, 28)`` in 0..1 from latents ``(n, latent_a)`` and ``(n, latent_b)``.

    Raises:
        DataError: the latents do not fit the model or each other.
    """
    _check_latents(a, model.config.latent_a, "A")
    _check_latents(b, model.config.latent_b, "B")
    if len(a) != len(b):
        raise DataError(f"There are {len(a)} rows of latent A and {len(b)} of latent B; they must be as many.")
    device = next(model.parameters()).device
    images = np.empty((len(a), IMAGE_SIZE, IMAGE_SIZE), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(a), BATCH):
            rows = slice(start, start + BATCH)
            logits = model.decode(_to_tensor(a[rows], device), _to_tensor(b[rows], device))
            images[rows] = torch.sigmoid(logits).cpu().numpy()
    return images


def digit_probabilities(model: WVAE, a: Floats) -> Floats:
    """Probability of each digit, ``(n, 10)``, from latent A ``(n, latent_a)``.

    Raises:
        ConfigError: the model has no classifier.
        DataError: the latents do not fit the model.
    """
    _check_latents(a, model.config.latent_a, "A")
    with torch.inference_mode():
        return model.classify(_to_tensor(a, next(model.parameters()).device)).softmax(1).cpu().numpy()


def writer_projection(model: WVAE, b: Floats, a: Floats | None = None) -> Floats:
    """Latents B ``(n, latent_b)`` in the space where writers are compared: ``(n, k)``; B itself where a model has none.

    Args:
        a: ``(n, latent_a)``, of the same images: each digit has a map of its own. Without it the mean of the maps is
            taken, which finds fewer writers.

    Raises:
        DataError: the latents do not fit the model.
    """
    _check_latents(b, model.config.latent_b, "B")
    if a is not None:
        _check_latents(a, model.config.latent_a, "A")
    with torch.inference_mode():
        device = next(model.parameters()).device
        return model.project(_to_tensor(b, device), None if a is None else _to_tensor(a, device)).cpu().numpy()


def transfer(model: WVAE, a: Floats, b: Floats) -> Floats:
    """Every content in every style: images ``(rows, columns, 28, 28)`` in 0..1.

    Args:
        a: the contents, ``(rows, latent_a)``.
        b: the styles, ``(columns, latent_b)``.

    Raises:
        DataError: the latents do not fit the model.
    """
    rows, columns = len(a), len(b)
    images = decode(model, np.repeat(a, columns, axis=0), np.tile(b, (rows, 1)))
    return images.reshape(rows, columns, IMAGE_SIZE, IMAGE_SIZE)


class DecodedPlane(NamedTuple):
    """Pictures over a grid of one dimension of A and one of B.

    ``a`` ``(columns,)`` grows to the right, ``b`` ``(rows,)`` falls downwards, as on paper; ``images``
    is float32 ``(rows, columns, 28, 28)`` in 0..1.
    """

    a: Floats
    b: Floats
    images: Floats


def decode_plane(model: WVAE, a: Floats, b: Floats, dimension_a: int = 0, dimension_b: int = 0) -> DecodedPlane:
    """Decode a plane of latents; all other dimensions stay at the prior's mean.

    Args:
        a: values ``(columns,)`` of A's dimension.
        b: values ``(rows,)`` of B's dimension.
        dimension_a: which dimension of A, from 0.
        dimension_b: which dimension of B, from 0.
    """
    latent_a, latent_b = (np.tile(mean.cpu().numpy(), (len(b), len(a), 1)) for mean in model.prior.mean())
    a, b = np.sort(a), np.sort(b)[::-1]
    latent_a[:, :, dimension_a] = a
    latent_b[:, :, dimension_b] = b[:, None]
    images = decode(model, latent_a.reshape(-1, model.config.latent_a), latent_b.reshape(-1, model.config.latent_b))
    return DecodedPlane(a, b, images.reshape(len(b), len(a), IMAGE_SIZE, IMAGE_SIZE))


def decode_digits(model: WVAE, b: Floats) -> Floats | None:
    """Every digit, at its centre of A, along the first axis of B: images ``(n, 10, 28, 28)`` in 0..1, a style a row.

    The digits are in the order in which A has them if it is a line, else from 0 to 9. None where the prior has no
    centre for each digit.

    Args:
        b: values ``(n,)`` of the first axis; all others stay at the prior's mean.
    """
    if not isinstance(model.prior, ClassConditionalNormal):
        return None
    order = LINE if model.config.latent_a == 1 else range(N_DIGITS)
    centres = model.prior.centres[list(order)].cpu().numpy()
    styles = np.tile(model.prior.mean().b.cpu().numpy(), (len(b), 1))
    styles[:, 0] = b
    return transfer(model, centres, styles).swapaxes(0, 1)


def to_floats(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """What the model sees: float32 ``(n, 28, 28)`` in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device) / 255


def _check_latents(latents: Floats, dimensions: int, name: str) -> None:
    if latents.ndim != 2 or latents.shape[1] != dimensions:
        raise DataError(f"Latent {name} of this model has shape (n, {dimensions}), not {latents.shape}.")


def _to_tensor(latents: Floats, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(latents, np.float32)).to(device)
