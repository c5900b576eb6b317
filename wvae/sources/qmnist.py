"""QMNIST: MNIST's digits made again from NIST's, with the writer of each.

C. Yadav and L. Bottou, "Cold Case: The Lost MNIST Digits", 2019, https://arxiv.org/abs/1905.10498
"""

import gzip
import lzma
import math
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from wvae.digits import IMAGE_SIZE, DigitSet
from wvae.errors import ConfigError, DataError
from wvae.files import atomic_write
from wvae.sources.download import Report, download

PARTS = {
    "train": "MNIST's 60,000 training digits with their 539 writers.",
    "test": "60,000 digits by other writers, MNIST's 10,000 test digits first.",
    "nist": "All 402,953 digits of NIST's database by 3,579 writers, the two other parts among them.",
}
"""What each part holds, in a sentence."""

LABEL_COLUMNS = 8
DIGIT, WRITER = 0, 2
"""Columns of the labels."""


def present(part: str, root: Path) -> bool:
    """Whether the files of one part lie under ``root``."""
    return all(path.exists() for path in _files(part, root))


def load(part: str, root: Path) -> DigitSet:
    """One part of QMNIST, through torchvision, from ``root/QMNIST/raw``.

    Raises:
        ConfigError: there is no such part.
        DataError: its files are missing or damaged.
    """
    images_file, labels_file = _files(part, root)
    remedy = f"fetch it with `python -m wvae data fetch qmnist:{part}`."
    n_images = _rows(images_file, b"\0\0\x08\x03", 1, (IMAGE_SIZE, IMAGE_SIZE), remedy)
    n_labels = _rows(labels_file, b"\0\0\x0c\x02", 4, (LABEL_COLUMNS,), remedy)
    if n_images != n_labels:
        raise DataError(f"{labels_file} has {n_labels} labels for {n_images} images: delete both files and {remedy}")
    from torchvision.datasets import QMNIST

    data = QMNIST(root, what=part, compat=False)
    labels = data.targets.numpy()
    try:
        return DigitSet(data.data.numpy(), labels[:, DIGIT].copy(), labels[:, WRITER].copy())
    except DataError as error:
        raise DataError(f"{labels_file} is damaged ({str(error).rstrip('.')}): delete it and {remedy}") from error


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


def _rows(path: Path, magic: bytes, value_bytes: int, row_shape: tuple[int, ...], remedy: str) -> int:
    """How many images or labels an IDX file has, once its head and its size are what they must be.

    An IDX file is a magic number (type of the values, number of dimensions), the dimensions as
    four bytes each, and the values.
    """
    if not path.exists():
        raise DataError(f"{path} is missing: {remedy}")
    head_bytes = 4 * (2 + len(row_shape))
    try:
        with open(path, "rb") as file:
            head = file.read(head_bytes)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): delete it and {remedy}") from error
    n = int.from_bytes(head[4:8])
    size = head_bytes + n * math.prod(row_shape) * value_bytes
    expected_head = magic + b"".join(side.to_bytes(4) for side in (n, *row_shape))
    if not n or head != expected_head or path.stat().st_size != size:
        raise DataError(f"{path} is damaged or cut short: delete it and {remedy}")
    return n
