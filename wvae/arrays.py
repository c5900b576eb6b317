"""Arrays from ``.npz`` files that anybody may have made: nothing is unpickled, and no more is read than there is.

NumPy's own reader believes an array's head: of a shape of 10^12 it asks for the memory.
"""

import io
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from wvae.errors import DataError
from wvae.files import read_file


def read_arrays(path: Path, megabytes: int) -> dict[str, NDArray[Any]]:
    """All arrays of a file by their names.

    Args:
        megabytes: how large the file and all that it unpacks to may be.

    Raises:
        DataError: it is missing, damaged, too large or holds other things than arrays of numbers or text.
    """
    try:
        return unpack_arrays(read_file(path, megabytes), megabytes)
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(f"{path} is no .npz file of numbers ({error}).") from error


def unpack_arrays(content: bytes, megabytes: int) -> dict[str, NDArray[Any]]:
    """As :func:`read_arrays`, of a file's content.

    Raises:
        ValueError: it is damaged, too large or holds other things.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) <= megabytes * 1_000_000:
                return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    except Exception as error:  # what the readers meet in a damaged file has no common class
        raise ValueError("it is truncated or corrupt") from error
    raise ValueError(f"it unpacks to more than {megabytes} MB")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("NumPy packs otherwise")
    content = io.BytesIO(archive.read(member))
    read_head = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[npy.read_magic(content)]
    shape, by_column, kind = read_head(content)
    numbers = content.read()
    if kind.hasobject or min(shape, default=0) < 0 or math.prod(shape) * kind.itemsize != len(numbers):
        raise ValueError("the head of an array does not fit its numbers")
    return np.frombuffer(numbers, kind).reshape(shape, order="F" if by_column else "C").copy()
