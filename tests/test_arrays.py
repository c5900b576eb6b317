"""Arrays are read from files that anybody may have made."""

import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from wvae.arrays import read_arrays
from wvae.errors import DataError


def archive(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        packed.writestr(name, content)
    return file.getvalue()


def head(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def locked() -> bytes:
    """An archive whose head says that it is encrypted."""
    content = bytearray(archive("a.npy", b"x"))
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(sign) + flags] |= 1
    return bytes(content)


def test_what_numpy_writes_is_read(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b/c": np.asfortranarray(np.ones((3, 2), np.int8)), "d": np.array("x")}
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)
        found = read_arrays(tmp_path / "a.npz", 1)
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == array.dtype


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        pickle.dumps([1]),
        archive("a.npy", b"nonsense"),
        archive("a.npy", head("{'descr': '<f4', 'fortran_order': False, 'shape': (10**12,)}")),
        archive("a.npy", head("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }\n") + bytes(8)),
        archive("a.npy", head("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }\n") + bytes(8)),
        archive("a.npy", head("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n") + pickle.dumps([1])),
        archive("a.npy", head("(" * 9000)),
        archive("a.npy", b"x", zipfile.ZIP_LZMA),
        archive("a.npy", b"x", zipfile.ZIP_BZIP2),
        locked(),
        archive("a.npy", bytes(2_000_000)),
    ],
)
def test_what_is_no_archive_of_numbers_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(
        DataError,
        match=r"a\.npz is no \.npz file of numbers \(it (is truncated|unpacks to more)",
    ):
        read_arrays(tmp_path / "a.npz", 1)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/zero"), tmp_path / "pipe", tmp_path, tmp_path / "absent", Path("a\0b")):
        with pytest.raises(DataError):
            read_arrays(path, 1)
