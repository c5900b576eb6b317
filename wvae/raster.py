"""Grey pictures made of pixels: tiles, sheets, and PNG files of them."""

import base64
import io

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def ink(images: NDArray[np.uint8]) -> Floats:
    """The ink of pictures in 0..255, float32 in 0..1."""
    return images.astype(np.float32) / np.float32(255)


def png(picture: Floats, scale: int = 1) -> bytes:
    """A PNG of a grey picture ``(height, width)`` in 0..1, each pixel a square of ``scale``."""
    from PIL import Image

    file = io.BytesIO()
    greys = (picture * 255).round().astype(np.uint8)
    Image.fromarray(greys.repeat(scale, axis=0).repeat(scale, axis=1)).save(file, "png")
    return file.getvalue()


def picture_uri(picture: Floats) -> str:
    """A grey picture ``(height, width)`` in 0..1 as the address of a PNG."""
    return "data:image/png;base64," + base64.b64encode(png(picture)).decode()


def tile(images: Floats) -> Floats:
    """One picture ``(rows 28, columns 28)`` of images ``(rows, columns, 28, 28)``."""
    rows, columns, height, width = images.shape
    return images.swapaxes(1, 2).reshape(rows * height, columns * width)


def transfer_sheet(rows: Floats, columns: Floats, images: Floats) -> Floats:
    """One picture of a grid of pictures with its margins: the content of each row, the style of each column.

    ``rows`` ``(r, 28, 28)`` go to the left, ``columns`` ``(c, 28, 28)`` to the top, ``images``
    ``(r, c, 28, 28)`` between them, a grey line apart; all in 0..1.
    """
    n_rows, n_columns, height, width = images.shape
    line = 2
    sheet = np.full(((n_rows + 1) * height + line, (n_columns + 1) * width + line), 0.5, dtype=np.float32)
    sheet[:height, :width] = 0
    sheet[:height, width + line :] = tile(columns[None])
    sheet[height + line :, :width] = tile(rows[:, None])
    sheet[height + line :, width + line :] = tile(images)
    return sheet
