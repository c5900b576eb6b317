"""Files that are either whole or not there, and when they were written."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wvae.errors import WvaeError

TEMPORARY = ".wvae-tmp"
"""How the names of temporary files end."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path to write to, moved onto ``path`` when the block ends well.

    A killed process, an error or a full disk leaves ``path`` as it was.

    Raises:
        WvaeError: the disk is full or the folder cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(TEMPORARY, f".{path.name}.", path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise WvaeError(
            f"{path} could not be written: {error.strerror or error}. What was there is unchanged."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def remove_temporaries(folder: Path, name: str = "") -> None:
    """Remove what killed calls of :func:`atomic_write` have left of a file of a folder, or of all its files.

    Nobody else may be writing there.
    """
    for path in folder.glob(f".*{TEMPORARY}"):
        if path.name.startswith(f".{name}"):
            path.unlink(missing_ok=True)


def read_file(path: Path, megabytes: float) -> bytes:
    """The content of a file.

    Raises:
        OSError: it cannot be read, is no file (a device or a pipe would never end), or is larger than ``megabytes``.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # not blocked: a pipe would be waited for
    except ValueError as error:  # a name that no file can have
        raise OSError(errno.EINVAL, str(error)) from None
    with open(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        if found.st_size > megabytes * 1_000_000:
            raise OSError(errno.EFBIG, f"it is larger than {megabytes:g} MB")
        return file.read(int(megabytes * 1_000_000))


def modified(path: Path) -> int:
    """When a file was written, in ns; 0 if there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
