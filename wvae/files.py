"""Files that are either whole or not there, and when they were written."""

import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wvae.errors import ConfigError, WvaeError

TEMPORARY = ".wvae-tmp"
"""How the names of temporary files end."""

BLOCK = 4096
"""Bytes of disk that the smallest file takes."""


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
        temporary = Path(name)
        with _held(handle):
            yield temporary
            _sync(temporary)
            temporary.chmod(0o644)
            os.replace(temporary, path)
    except OSError as error:
        raise WvaeError(
            f"{path} could not be written: {error.strerror or error}. What was there is unchanged."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A temporary folder to write files to, which becomes ``path`` when the block ends well: of several that are
    written at once under one name, one comes to be, whole.

    Raises:
        ConfigError: there is something of that name already.
        WvaeError: the disk is full or the folder cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(TEMPORARY, f".{path.name}.", path.parent))
        with _held(os.open(temporary, os.O_RDONLY)):
            yield temporary
            for written in temporary.rglob("*"):
                if written.is_file():
                    _sync(written)
            temporary.chmod(0o755)
            if path.is_symlink():
                raise OSError(errno.EEXIST, "it is there already")
            os.rename(temporary, path)  # not onto a folder with files in it
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR) and os.path.lexists(path):
            raise ConfigError(f"There is a {path} already: choose another name.") from error
        raise WvaeError(f"{path} could not be written: {error.strerror or error}.") from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _held(handle: int, how: int = 0) -> Iterator[None]:
    """Hold the lock of a temporary file or folder, by which :func:`remove_temporaries` knows that it is at work."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def remove_temporaries(folder: Path, name: str = "", seconds: float = 0) -> None:
    """Remove what killed writers have left of a file of a folder, or of all that is in it.

    Args:
        name: of the file.
        seconds: how old it must be, where others may be writing: a moment passes between the making of a temporary
            file and the locking of it. One from the future is old: the clock was set back.
    """
    for path in folder.glob(f".*{TEMPORARY}"):
        with suppress(OSError):
            if path.name.startswith(f".{name}") and abs(time.time() - path.stat().st_mtime) >= seconds:
                with _held(os.open(path, os.O_RDONLY), fcntl.LOCK_NB):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_oldest(folder: Path, megabytes: float, new: Path) -> None:
    """Remove the files of a folder that were written longest ago, until the others take no more than ``megabytes``.

    The ``new`` one stays, though the clock may have been set back since others were written.
    """
    files = [path for path in folder.glob("[!.]*") if path != new and path.is_file()]
    room = megabytes * 1_000_000 - _size(new)
    for path in sorted(files, key=modified, reverse=True):
        room -= _size(path)
        if room < 0:
            with suppress(OSError):
                path.unlink()


def _size(path: Path) -> int:
    """Bytes of disk that a file takes: a small one takes a block; 0 if it is gone."""
    try:
        return max(BLOCK, path.stat().st_size)
    except OSError:
        return 0


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
