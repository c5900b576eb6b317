"""Locks that end with the process that holds them, however it ends; each is a file that says who holds it.

A lock file may be removed by its holder, together with the folder it lies in. Whoever then gets the lock of the
removed file notices that it is no longer there, and looks again: so one process at most holds the lock of a path.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from wvae.errors import RunError, WvaeError

DEVICE_LOCK_EVERY = 0.5
"""Seconds between two attempts to lock a device."""

ATTEMPTS = 10
"""Attempts to take a lock: whoever asks whether it is held holds it for a moment."""


def is_locked(path: Path) -> bool:
    """Whether a process holds a lock."""
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def take_lock(path: Path) -> FileIO:
    """Take a lock, or the one that the parent process took and handed down as standard input.

    Returns:
        The open lock file: the lock is held until it is closed, here and in every process it is handed down to.

    Raises:
        RunError: another process holds it.
        WvaeError: it cannot be written.
    """
    if inherited := _inherited(path):
        return inherited
    for _ in range(ATTEMPTS):
        with suppress(FileNotFoundError):  # its folder was removed at this very moment
            lock = _open(path)
            if _try(lock) and _lies_at(lock, path):
                return lock
            lock.close()
        time.sleep(0.05)
    raise RunError(f"Another process works in {path.parent}: wait until it has finished, or stop it.")


def write_holder(lock: FileIO, path: Path, holder: object) -> None:
    """Write who holds a lock.

    Raises:
        WvaeError: the disk is full.
    """
    try:
        lock.truncate(0)
        lock.write(str(holder).encode())
    except OSError as error:
        raise _not_written(path, error) from error


@contextmanager
def device_lock(home: Path, device: str, holder: str, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a device among the folders in ``home``, as soon as it is free.

    Args:
        holder: the name that the others are told.
        waiting: called with the name of the holder whenever another one is waited for.

    Raises:
        WvaeError: the lock cannot be written.
    """
    path = home / f".{device}.lock"
    try:
        lock = _open(path)
    except FileNotFoundError as error:  # its folder was removed at this very moment
        raise _not_written(path, error) from error
    with lock:
        told = None
        while not _try(lock):
            other = _holder(path) or "another run"
            if other != told:
                told = other
                waiting(other)
            time.sleep(DEVICE_LOCK_EVERY)
        write_holder(lock, path, holder)
        yield


def _holder(path: Path) -> str:
    """Who holds a lock, "" if the file does not tell or is gone."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _open(path: Path) -> FileIO:
    """The open file of a lock, not buffered: a full disk is noticed where it is written.

    Raises:
        FileNotFoundError: its folder was removed at this very moment.
        WvaeError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileIO(path, "a+")
    except FileNotFoundError:
        raise
    except OSError as error:
        removed = isinstance(error, FileExistsError) and not (path.parent.is_file() or path.parent.is_symlink())
        if removed:  # after mkdir had found it there, and before it looked whether it is a folder
            raise FileNotFoundError(path) from error
        raise _not_written(path, error) from error


def _try(lock: FileIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # of a network's disk, which may know no locks
        raise WvaeError(f"{lock.name!r} could not be locked: {error.strerror}.") from error
    return True


def _lies_at(lock: FileIO | int, path: Path) -> bool:
    """Whether an open lock file is still the one at its path."""
    try:
        return os.path.samestat(os.fstat(lock if isinstance(lock, int) else lock.fileno()), path.stat())
    except OSError:
        return False


def _inherited(path: Path) -> FileIO | None:
    """The lock that the parent took, if it is our standard input."""
    if not _lies_at(0, path):
        return None
    lock = FileIO(os.dup(0), "a+")
    with open(os.devnull) as nothing:  # or our own children would inherit the lock
        os.dup2(nothing.fileno(), 0)
    return lock


def _not_written(path: Path, error: OSError) -> WvaeError:
    return WvaeError(f"{path} could not be written: {error.strerror or error}.")
