"""EMNIST's digits with their writers, which only NIST's MATLAB form has.

G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
letters", 2017, https://arxiv.org/abs/1702.05373
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wvae.arrays import unpack_arrays
from wvae.digits import IMAGE_SIZE, DigitSet
from wvae.errors import ConfigError, DataError, MissingDigits
from wvae.files import atomic_write
from wvae.sources import read_matlab
from wvae.sources.download import Report, download
from wvae.sources.read_matlab import MAT, from_archive

PARTS = {
    "train": "EMNIST's 240,000 training digits with their writers, more and bolder than MNIST's.",
    "test": "EMNIST's 40,000 test digits with their writers.",
}
"""What each part holds, in a sentence."""

ARCHIVE = "matlab.zip"

URLS = (
    "https://biometrics.nist.gov/cs_links/EMNIST/matlab.zip",
    "http://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/matlab.zip",
    "https://s3-us-west-2.amazonaws.com/fsdl-public-assets/matlab.zip",
)
"""NIST's two addresses and a copy that Full Stack Deep Learning keeps, tried in turn."""

TIMEOUT = 120.0
"""Seconds that a file may take to be read on a busy machine."""

# Published with the same archive by MLDatasets.jl and by Full Stack Deep Learning's text recognizer project.
DIGEST = "sha256:e1fa805cdeae699a52da0b77c2db17f6feb77eed125f9b45c022e7990444df95"


def present(root: Path) -> bool:
    """Whether ``emnist-digits.mat``, or the archive that holds it, lies in ``root``."""
    return (root / MAT).exists() or (root / ARCHIVE).exists()


def load(part: str, root: Path, file: Path | None = None) -> DigitSet:
    """One part of EMNIST's digits, from ``file`` or else ``root``: ``emnist-digits.mat`` or ``matlab.zip``.

    Raises:
        ConfigError: there is no such part.
        MissingDigits: the file is missing.
        DataError: it is damaged, has no writers or holds more than digits.
    """
    _check_part(part)
    path = file or (root / ARCHIVE if not (root / MAT).exists() and (root / ARCHIVE).exists() else root / MAT)
    if not path.exists():
        source = f"emnist:{part}"
        raise MissingDigits(f"{path} is missing: fetch {source}, or name your own copy as {source}:FILE.mat.", source)
    half = _half(path, part)
    try:
        # MATLAB goes down the columns first, so a row read along is the picture turned about its diagonal.
        images = half["images"].reshape(-1, IMAGE_SIZE, IMAGE_SIZE).transpose(0, 2, 1)
        digits, writers = half["labels"], half["writers"]
        return DigitSet(np.ascontiguousarray(images), digits.astype(np.int64), writers.astype(np.int64))
    except (ValueError, DataError) as error:
        raise DataError(f"{path} does not hold EMNIST's digits ({str(error).rstrip('.')}): take {MAT}.") from error


def fetch(part: str, root: Path, report: Report | None = None) -> None:
    """Download NIST's archive, unless the digits are there, and keep its ``emnist-digits.mat`` in ``root``.

    Raises:
        ConfigError: there is no such part, or it names a file.
        DataError: no address gave the file that was published.
        WvaeError: the disk is full or cannot be written.
    """
    if ":" in part:
        raise ConfigError(f"emnist:{part} needs no download: it names a file of your own.")
    _check_part(part)
    if present(root):
        return
    archive = root / ARCHIVE
    try:
        download(URLS, archive, digest=DIGEST, report=report)
    except DataError as error:
        raise DataError(f"{error} If you have the file, name it instead: emnist:{part}:FILE.mat.") from error
    with atomic_write(root / MAT) as whole:
        whole.write_bytes(from_archive(archive))
    archive.unlink()


def _check_part(part: str) -> None:
    if part not in PARTS:
        raise ConfigError(f"EMNIST has no part {part!r}: the known ones are emnist:{', emnist:'.join(PARTS)}.")


def _half(path: Path, part: str) -> dict[str, NDArray[Any]]:
    """Images, labels and writers of a part, of a ``.mat`` file or of the one in the archive."""
    damaged = f"{path} is damaged, cut short or not NIST's {MAT}: delete it and get it again."
    if not path.is_file():  # a pipe or a device would never end
        raise DataError(damaged)
    command = [sys.executable, "-I", read_matlab.__file__, str(path.absolute()), part]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # whose threads each take memory of the little there is
    try:
        read = subprocess.run(command, capture_output=True, timeout=TIMEOUT, env=environment, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(damaged) from error
    if read.returncode == read_matlab.INCOMPLETE and b"writers" in read.stderr:
        raise DataError(
            f"{path} has no writers: take {MAT} of NIST's {ARCHIVE}, since EMNIST's other forms "
            "(torchvision's, gzip, CSV) leave the writers out."
        )
    if read.returncode == read_matlab.INCOMPLETE:
        raise DataError(f"{path} does not hold EMNIST's digits (no {read.stderr.decode().strip()}): take {MAT}.")
    try:
        return unpack_arrays(read.stdout, read_matlab.MEGABYTES)
    except ValueError as error:
        raise DataError(damaged) from error
