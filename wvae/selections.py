"""Selections of a source's digits, kept on disk by short names, which a link can carry."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wvae.arrays import read_arrays
from wvae.errors import ConfigError, DataError
from wvae.files import atomic_write, remove_oldest

Rows = NDArray[np.int64]

NAME = re.compile("#[0-9a-f]{8}")
"""Names of selections: a digest of what is selected, so that equal selections have equal names."""


LARGEST = 100
"""Megabytes of a selection."""

MOST_KEPT = 100
"""Megabytes of all selections in a folder; beyond, those that were kept longest ago are removed."""


def keep(folder: Path, source: str, version: int, rows: Rows) -> str:
    """Keep ``rows`` ``(n,)`` of a source's digits; returns their name.

    Raises:
        WvaeError: the folder cannot be written.
    """
    name = _name(source, version, rows)
    path = _path(folder, name)
    with atomic_write(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, source=source, version=version, rows=rows)
    remove_oldest(folder, MOST_KEPT, path)
    return name


def kept(folder: Path, name: str, source: str, version: int) -> Rows:
    """The rows that have the name.

    Raises:
        ConfigError: there are none, or they are rows of other digits.
    """
    try:
        found = read_arrays(_path(folder, name), LARGEST)
        of, rows = (found["source"].item(), found["version"].item()), found["rows"]
    except (DataError, ValueError, KeyError):
        raise ConfigError(f"There is no selection {name} here.") from None
    if _name(*of, rows) != name:
        raise ConfigError(f"The selection {name} is damaged: select its digits again.")
    if of != (source, version):
        raise ConfigError(f"Selection {name} is of other digits: {of[0]}{' as it was' * (of[0] == source)}.")
    return rows


def _name(source: object, version: object, rows: NDArray[Any]) -> str:
    sha = hashlib.sha256(f"{source} {version} ".encode() + rows.tobytes())
    return f"#{sha.hexdigest()[:8]}"


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name.removeprefix('#')}.npz"
