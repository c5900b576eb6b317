"""QMNIST: MNIST's digits made again from NIST's, with the writer of each.

C. Yadav and L. Bottou, "Cold Case: The Lost MNIST Digits", 2019, https://arxiv.org/abs/1905.10498
"""

import gzip
import lzma
import math
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wvae.digits import IMAGE_SIZE, DigitSet
from wvae.errors import ConfigError, DataError, MissingDigits
from wvae.files import atomic_write, read_file
from wvae.sources.download import Report, download

PARTS = {
    "train": "MNIST's 60,000 training digits with their 539 writers.",
    "test": "60,000 digits by other writers, MNIST's 10,000 test digits first.",
    "nist": "All 402,953 digits of NIST's database by 3,579 writers, the two other parts among them.",
}
"""What each part holds, in a sentence."""

LARGEST = 1000
"""Megabytes of a file; the images of NIST's 402,953 digits have 316."""

LABEL_COLUMNS = 8
DIGIT, WRITER = 0, 2
"""Columns of the labels."""

IDX_KINDS: dict[type[np.number], int] = {np.uint8: 8, np.int32: 12}
"""How an IDX file names the kinds of its numbers."""


def present(part: str, root: Path) -> bool:
    """Whether the files of one part lie under ``root``."""
    return all(path.exists() for path in _files(part, root))


def load(part: str, root: Path) -> DigitSet:
    """One part of QMNIST, from ``root/QMNIST/raw``, where torchvision keeps it too.

    Raises:
        ConfigError: there is no such part.
        MissingDigits: its files are missing.
        DataError: they are damaged.
    """
    images_file, labels_file = _files(part, root)
    source = f"qmnist:{part}"
    images = _read(images_file, np.uint8, (IMAGE_SIZE, IMAGE_SIZE), source)
    labels = _read(labels_file, np.int32, (LABEL_COLUMNS,), source).astype(np.int64)
    if len(images) != len(labels):
        raise DataError(
            f"{labels_file} has {len(labels)} labels for {len(images)} images: delete both files and fetch {source}."
        )
    try:
        return DigitSet(images, labels[:, DIGIT].copy(), labels[:, WRITER].copy())
    except DataError as error:
        raise DataError(
            f"{labels_file} is damaged ({str(error).rstrip('.')}): delete it and fetch {source} again."
        ) from error


def fetch(part: str, root: Path, report: Report | None = None) -> None:
    """Download the files of one part that are not in ``root/QMNIST/raw`` yet.

    Raises:
        ConfigError: there is no such part.
        DataError: no address gave the file that was published.
        WvaeError: the disk is full or cannot be written.
    """
    files = _files(part, root)
    from torchvision.datasets import QMNIST

    for path, (url, md5) in zip(files, QMNIST.resources[part], strict=True):
        if path.exists():
            continue
        packed = path.with_name(PurePosixPath(url).name)
        download([url], packed, digest=f"md5:{md5}", report=report)
        unpack: Any = lzma.open if packed.suffix == ".xz" else gzip.open
        with atomic_write(path) as whole, unpack(packed) as source, open(whole, "wb") as target:
            shutil.copyfileobj(source, target)
        packed.unlink()


def _files(part: str, root: Path) -> tuple[Path, Path]:
    """The images and the labels, where torchvision looks for them."""
    if part not in PARTS:
        raise ConfigError(f"QMNIST has no part {part!r}: the known ones are qmnist:{', qmnist:'.join(PARTS)}.")
    stem = "xnist" if part == "nist" else f"qmnist-{part}"
    raw = root / "QMNIST" / "raw"
    return raw / f"{stem}-images-idx3-ubyte", raw / f"{stem}-labels-idx2-int"


def _read(path: Path, kind: type[np.number], row_shape: tuple[int, ...], source: str) -> NDArray[Any]:
    """The images or labels in an IDX file: ``(n, *row_shape)``, of the kind of numbers asked for.

    An IDX file is a magic number (kind of the numbers, number of dimensions), the dimensions as four bytes each,
    and the numbers, all of them with the highest byte first.

    Raises:
        MissingDigits: the file is missing.
        DataError: its head or its size are not what they must be.
    """
    if not path.exists():
        raise MissingDigits(f"{path} is missing: fetch {source}.", source)
    try:
        content = read_file(path, LARGEST)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): delete it and fetch {source} again.") from error
    n = int.from_bytes(content[4:8])
    head = bytes([0, 0, IDX_KINDS[kind], 1 + len(row_shape)]) + b"".join(side.to_bytes(4) for side in (n, *row_shape))
    stored = np.dtype(kind).newbyteorder(">")
    if not n or content[: len(head)] != head or len(content) != len(head) + n * math.prod(row_shape) * stored.itemsize:
        raise DataError(f"{path} is damaged or cut short: delete it and fetch {source} again.")
    return np.frombuffer(content, stored, offset=len(head)).reshape(n, *row_shape).astype(kind)
