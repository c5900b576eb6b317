"""Layouts that ship with a checkpoint: t-SNE and UMAP of latents A and B of the digits it was trained on.

They only save the wait. One is used where its key says that the same model, digits and settings would give it; where
none fits, or the file is missing or damaged, the layout is computed.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wvae.arrays import read_arrays
from wvae.errors import DataError
from wvae.files import atomic_write
from wvae.projection import Projection, method_settings

FILE = "layouts.npz"
LARGEST = 10
"""Megabytes of such a file, unpacked."""
STEPS = 65535
"""Positions are kept as uint16: these steps along the longer side."""


def layout_key(weights: str, data: str, latent: str, method: str, rows: NDArray[np.int64]) -> str:
    """A name for a layout: equal names, equal layouts.

    Args:
        weights: digest of the model's weights, :func:`wvae.checkpoint.weights_digest`.
        data: identity of the digits, :func:`wvae.sources.identity`.
        latent: "A" or "B".
        method: "t-SNE" or "UMAP".
        rows: the rows ``(m,)`` that are laid out.
    """
    sha = hashlib.sha256(f"{weights} {data} {latent} {method} {method_settings(method, len(rows))} ".encode())
    sha.update(np.ascontiguousarray(rows, "<i8").data)
    return sha.hexdigest()[:32]


def read_layout(checkpoint: Path, key: str, rows: NDArray[np.int64]) -> Projection | None:
    """The layout of that name, which is of the ``rows`` ``(m,)``; None where the checkpoint has none that fits."""
    try:
        arrays = read_arrays(checkpoint / FILE, LARGEST)
        steps, area = arrays[key], arrays[f"{key} area"]
    except (DataError, KeyError):
        return None
    if steps.shape != (len(rows), 2) or steps.dtype != np.uint16 or area.shape != (3,) or not np.isfinite(area).all():
        return None
    return Projection(rows, (area[:2] + area[2] * steps).astype(np.float32))


def write_layouts(checkpoint: Path, layouts: Mapping[str, Projection]) -> None:
    """Write layouts by their names, to a precision of 1/65535 of their longer side."""
    arrays = {}
    for key, (_, positions) in layouts.items():
        low = positions.min(0)
        step = max(float((positions.max(0) - low).max()) / STEPS, np.finfo(np.float32).tiny)
        arrays[key] = np.round((positions - low) / step).astype(np.uint16)
        arrays[f"{key} area"] = np.array([*low, step], np.float32)
    with atomic_write(checkpoint / FILE) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)
