"""A person's own digits: a folder of pictures and a ``labels.csv`` with columns file, digit, writer."""

import io
import math
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wvae.digits import IMAGE_SIZE, DigitSet
from wvae.errors import DataError
from wvae.files import read_file
from wvae.sources.labels import COLUMNS, LABELS, read_labels

if TYPE_CHECKING:
    from PIL.Image import Image

INK_BOX = 20
"""Side of the square that the ink is fitted into, in pixels of the final image."""

LARGEST_SIDE = 1000
"""Longer side, in pixels, to which a larger picture is shrunk first."""

WORKING_SIDE = 160
"""Longer side at which ink is looked for, some five times MNIST's: fine enough, quick, and rid of most noise."""

MIN_CONTRAST = 16
"""Grey levels, of 255, that ink must stand out from its background."""

NOISE_LEVELS = 5
"""Standard deviations of the background's noise that ink must stand out from it."""


MOST_PIXELS = 40_000_000
"""Of a picture, more than cameras make of a page."""

LARGEST_PICTURE = 100
"""Megabytes of a file."""

TOO_LARGE = "the picture is too large to be one digit: scale it down."


def load(folder: Path) -> DigitSet:
    """The digits of a folder: PNG or JPEG files of any size, named by its ``labels.csv``.

    Raises:
        DataError: ``labels.csv`` or a picture is missing or cannot be read, a picture is blank
            or lies outside the folder, or a digit or writer is no number of its kind.
    """
    rows = read_labels(folder)
    if not rows:
        raise DataError(f"{folder / LABELS} has no rows: add one for each picture, with {', '.join(COLUMNS)}.")
    images = np.zeros((len(rows), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    for image, row in zip(images, rows, strict=True):
        try:
            image[:] = read_picture(row.picture)
        except DataError as error:
            raise DataError(f"{row.place}: {row.picture.name}: {error}") from error
    digits = np.array([row.digit for row in rows], dtype=np.int64)
    writers = np.array([row.writer for row in rows], dtype=np.int64)
    return DigitSet(images, digits, writers)


def read_picture(file: Path | IO[bytes]) -> NDArray[np.uint8]:
    """The digit in one PNG or JPEG file, in MNIST's form: uint8 ``(28, 28)``.

    Raises:
        DataError: the file is missing, is no such picture, is too large, or is blank.
    """
    from PIL import Image, ImageOps

    try:
        content = io.BytesIO(read_file(file, LARGEST_PICTURE)) if isinstance(file, Path) else file
        with Image.open(content, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:  # as its head says, before any memory is asked for
                raise DataError(TOO_LARGE)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
    except FileNotFoundError:
        raise DataError("there is no such file.") from None
    except Image.DecompressionBombError:
        raise DataError(TOO_LARGE) from None
    except DataError:
        raise
    except Exception as error:  # what a decoder meets in a damaged file has no common class
        raise DataError("this is not a PNG or JPEG picture, or it is damaged: save it again.") from error
    return to_mnist_form(upright)


def to_mnist_form(picture: "Image") -> NDArray[np.uint8]:
    """One digit in a picture of any size, dark on light or light on dark, in MNIST's form.

    The background, its uneven light and its noise are taken away and the ink becomes white on
    black; the ink is fitted into 20 x 20 pixels, keeping its shape, and placed in 28 x 28 with
    its centre of mass in the middle, as in "The MNIST database of handwritten digits",
    https://yann.lecun.com/exdb/mnist/. The background is what the border of the picture shows,
    so the digit must be alone and inside the picture.

    Returns:
        uint8 ``(28, 28)``, white ink (255) on black (0).

    Raises:
        DataError: no ink stands out from the background.
    """
    from PIL import Image

    whole = _grey(picture)
    ink = _ink(_shrunk(whole.crop(_surroundings(whole)), WORKING_SIDE))
    ink = ink.crop(_ink_box(ink))
    scale = INK_BOX / max(ink.size)
    width, height = (max(1, round(scale * side)) for side in ink.size)
    # First across, then down: Pillow's own order depends on its version, and its greys on the order.
    across = ink.resize((width, ink.height), Image.Resampling.LANCZOS)
    fitted = np.asarray(across.resize((width, height), Image.Resampling.LANCZOS), dtype=float)
    # A thin line pales where it is scaled down; MNIST's digits all reach white.
    return _centred(np.rint(fitted * (255 / fitted.max())).astype(np.uint8))


def _surroundings(picture: "Image") -> tuple[int, int, int, int]:
    """Where the digit is, with a third of its size around it: left, top, right, bottom."""
    small = _shrunk(picture, WORKING_SIDE)
    scale = max(picture.size) / max(small.size)
    left, top, right, bottom = (scale * edge for edge in _ink_box(_ink(small)))
    margin = max(right - left, bottom - top) / 3
    return (
        max(0, math.floor(left - margin)),
        max(0, math.floor(top - margin)),
        min(picture.width, math.ceil(right + margin)),
        min(picture.height, math.ceil(bottom + margin)),
    )


def _ink_box(ink: "Image") -> tuple[int, int, int, int]:
    """The rectangle of what is a quarter ink or more, specks apart: left, top, right, bottom."""
    rows, columns = np.nonzero(_without_specks(np.asarray(ink) >= 64))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def _grey(picture: "Image") -> "Image":
    """The picture opaque, grey and not too large."""
    from PIL import Image

    if picture.mode.startswith("I"):  # up to 16 bits a pixel, which Pillow would clip to 8 rather than scale
        values = np.array(picture, dtype=float)
        values *= 255 / max(1, values.max())
        picture = Image.fromarray(values.astype(np.uint8))
    if picture.mode == "L" and "transparency" not in picture.info:  # quicker than the same greys by way of colours
        return _shrunk(picture, LARGEST_SIDE)
    picture = _shrunk(picture.convert("RGBA"), LARGEST_SIDE)
    grey, opacity = np.asarray(picture.convert("L"), dtype=float), np.asarray(picture.getchannel("A")) / 255
    # Behind transparent ink lies what it stands out from: black behind light ink, else white.
    behind = 0 if (grey * opacity).sum() > 127.5 * opacity.sum() and opacity.min() < 1 else 255
    return Image.fromarray(np.rint(grey * opacity + behind * (1 - opacity)).astype(np.uint8))


def _shrunk(picture: "Image", size: int) -> "Image":
    """The picture with its longer side at most ``size``."""
    from PIL import Image

    picture = picture.copy()
    picture.thumbnail((size, size), Image.Resampling.BOX)
    return picture


def _ink(picture: "Image") -> "Image":
    """The ink of a grey picture, white on clean black.

    Raises:
        DataError: no ink stands out from the background.
    """
    from PIL import Image
    from scipy import ndimage

    grey = np.asarray(picture, dtype=float)
    background, noise = _background(grey)
    relief = grey - background
    # Ink is rare and stands out far, on one side of the background: the cube has its sign.
    if (relief**3).sum() < 0:
        # Shade dims paper and dark ink alike, so what counts is the part of the light that the ink takes.
        relief *= -background.max() / np.maximum(background, 1)
    relief = np.maximum(relief, 0)
    core = _without_specks(relief > _otsu_threshold(relief))
    level = np.percentile(relief[core], 90)
    if level < max(MIN_CONTRAST, NOISE_LEVELS * noise):
        raise DataError("the picture is blank: no ink stands out from its background.")
    # Around the sure ink, its grey edge: the width of two pixels of the final image.
    rows, columns = np.nonzero(core)
    reach = max(1, round(2 * max(np.ptp(rows) + 1, np.ptp(columns) + 1) / INK_BOX))
    near = ndimage.maximum_filter(core, size=2 * reach + 1)
    floor = max(0.02 * level, 3 * noise)
    ink = np.where(near & (relief > floor), np.minimum(relief * (255 / level), 255), 0)
    return Image.fromarray(np.rint(ink).astype(np.uint8))


def _background(grey: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The background, of the picture's shape, and the standard deviation of its noise.

    It is a surface of second degree, since light falls unevenly but smoothly, fitted to the
    border where that is not ink.
    """
    surface, border = _second_degree(*grey.shape)
    terms, values = surface[border], grey[border]
    rest = values - np.median(values)
    for _ in range(4):
        # 1.4826 median deviations are the standard deviation of a normal distribution.
        plain = abs(rest) <= 3 * max(1.0, 1.4826 * float(np.median(abs(rest))))
        fit = np.linalg.lstsq(terms[plain].T @ terms[plain], terms[plain].T @ values[plain])[0]
        rest = values - terms @ fit
    return surface @ fit, 1.4826 * float(np.median(abs(rest)))


@lru_cache(8)
def _second_degree(height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The terms of a surface of second degree ``(height, width, 6)``, and where its border is."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1), np.maximum(abs(x), abs(y)) >= 0.95


def _otsu_threshold(values: NDArray[np.float64]) -> float:
    """The threshold that parts values best in two: the largest variance between the parts.

    N. Otsu, "A threshold selection method from gray-level histograms", 1979,
    https://doi.org/10.1109/TSMC.1979.4310076
    """
    counts, edges = np.histogram(values, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below, sum_below = np.cumsum(counts)[:-1], np.cumsum(counts * centres)[:-1]
    above, sum_above = counts.sum() - below, (counts * centres).sum() - sum_below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num(below * above * (sum_below / below - sum_above / above) ** 2)
    return float(edges[1 + between.argmax()])


def _without_specks(core: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same without parts below a fiftieth of the largest: dust and grain, not a stroke apart."""
    from scipy import ndimage

    parts, _ = ndimage.label(core, structure=np.ones((3, 3)))
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return (areas >= areas.max() / 50)[parts]


def _centred(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ink of at most 20 x 20 pixels in 28 x 28, with its centre of mass at pixel (14, 14), where MNIST's lie."""
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    corner = []
    for axis, side in enumerate(ink.shape):
        centre = np.average(np.arange(side), weights=ink.sum(axis=1 - axis))
        corner.append(int(np.clip(round(IMAGE_SIZE / 2 - centre), 0, IMAGE_SIZE - side)))
    top, left = corner
    image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return image
