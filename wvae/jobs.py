"""Work in processes of their own: started, watched and stopped through a folder each, whoever looks.

Each folder is written as the work goes on::

    status.json     state (waiting, running, finished, stopped, failed), what is done, speed, time left
    log.txt         what happened when
    console.txt     what the process said, if it was started by another and so has no terminal
    lock            locked by the process that works here, and its number

The lock ends with its process, however that ends, so it says for sure who is alive.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from wvae.errors import ConfigError, RunError, WvaeError
from wvae.files import atomic_write

STATUS = "status.json"
CONSOLE = "console.txt"
LOCK = "lock"

STATUS_EVERY = 0.5
"""Seconds between two writings of the status."""

TURN_EVERY = 0.5
"""Seconds between two looks whether a device has become free."""

ALIVE = ("starting", "waiting", "running")
"""The states of a process that is there."""


@dataclass(frozen=True)
class Status:
    """How the work in a folder stands.

    Attributes:
        folder: where it works.
        state: "starting", "waiting" for the device, "running"; then "finished", "stopped" or "failed".
        message: what is done, for whom it waits, or why it ended.
        fields: what else it wrote: ``done`` of ``total``; of a training run, which counts images over all epochs,
            also ``epoch``, ``epochs``, ``images_per_second``, ``seconds_left`` and ``device``; of a download, which
            counts bytes, also ``source``.
    """

    folder: Path
    state: str
    message: str
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def alive(self) -> bool:
        return self.state in ALIVE

    def number(self, field: str) -> float:
        """One of the fields, 0 while it is not known."""
        value = self.fields.get(field)
        return value if isinstance(value, int | float) else 0

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return 1.0 if self.state == "finished" else min(1.0, self.number("done") / max(1, self.number("total")))


def read_status(folder: Path) -> Status:
    """How the work in a folder stands, as its process wrote and as its lock says."""
    alive = is_alive(folder)  # asked first: who ends after this has written all it had to say
    try:
        fields = json.loads((folder / STATUS).read_text(encoding="utf-8"))
        state, message = str(fields.pop("state")), str(fields.pop("message"))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        fields, state, message = {}, "starting", "getting ready"
    if state in ALIVE and not alive:
        state, message = _last_words(folder)
    return Status(folder, state, message, fields)


def _last_words(folder: Path) -> tuple[str, str]:
    """State and message of a process that ended without writing them."""
    try:
        lines = (folder / CONSOLE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in reversed(lines):
        if line.startswith("wvae: "):
            return "failed", line.removeprefix("wvae: ")
    return "stopped", "its process is gone"


def is_alive(folder: Path) -> bool:
    """Whether a process works in a folder."""
    try:
        with open(folder / LOCK, encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def new_folder(name: str, home: Path, *others: Path) -> Path:
    """The folder in ``home`` of a new run or model; it is not made.

    Raises:
        ConfigError: the name is not made of letters, digits, '.', '_' and '-', or ``home`` or one
            of the ``others`` has it already.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ConfigError(
            f"A name has up to 64 letters, digits, '.', '_' and '-', a letter or digit first, unlike {name[:80]!r}."
        )
    for folder in (home, *others):
        if os.path.lexists(folder / name):
            raise ConfigError(f"There is a {folder / name} already: choose another name.")
    return home / name


def stop(folder: Path) -> None:
    """Ask the process that works in a folder to stop; a run keeps the state of its last whole epoch."""
    if is_alive(folder):
        with suppress(OSError, ValueError):
            os.kill(int((folder / LOCK).read_text(encoding="utf-8")), signal.SIGTERM)


def delete_folder(folder: Path) -> None:
    """Delete the folder of a run or a model with all its files.

    Raises:
        RunError: a process works there.
        WvaeError: it cannot be deleted.
    """
    if is_alive(folder):
        raise RunError(f"Work in {folder} is still going on: stop it first.")
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise WvaeError(f"{folder} could not be deleted: {error.strerror}.") from error


def start(folder: Path, *arguments: object) -> None:
    """Run a command of wvae that works in ``folder``, in a session of its own.

    The lock is taken here and handed down as standard input, so that there is no moment at
    which a process is on its way and nobody can see it.
    """
    package = Path(__file__).parent.parent
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "TQDM_DISABLE": "1"}
    with _open_lock(folder / LOCK) as lock:
        _take(lock, folder)
        with _said_in_a_sentence(folder), open(folder / CONSOLE, "wb") as console:
            (folder / STATUS).unlink(missing_ok=True)
            command = [sys.executable, "-m", "wvae", *map(str, arguments)]
            process = subprocess.Popen(
                command, stdin=lock, stdout=console, stderr=console, env=environment, start_new_session=True
            )
            _write(lock, folder / LOCK, process.pid)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        RunError: another process holds it.
    """
    with _handed_down(folder / LOCK) or _open_lock(folder / LOCK) as lock:
        _take(lock, folder)
        _write(lock, folder / LOCK, os.getpid())
        yield


@contextmanager
def turn(folder: Path, device: str, journal: "Journal", waiting: Callable[[str], None] | None) -> Iterator[None]:
    """Hold the lock of a device, for which the runs beside this one wait as well."""
    path = folder.parent / f".{device}.lock"
    with _open_lock(path) as lock:
        told = None
        while not _try(lock):
            holder = path.read_text(encoding="utf-8")
            if holder != told:
                told = holder
                journal.say("waiting", f"{holder} has the device {device}; this run is next when it is free")
                if waiting:
                    waiting(holder)
            time.sleep(TURN_EVERY)
        _write(lock, path, folder.name)
        yield


def _open_lock(path: Path) -> IO[str]:
    with _said_in_a_sentence(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return open(path, "a+", encoding="utf-8")


def _handed_down(path: Path) -> IO[str] | None:
    """The lock that the parent took, if it is our standard input; see :func:`start`."""
    try:
        if not os.path.samestat(os.fstat(0), path.stat()):
            return None
    except OSError:
        return None
    lock = os.fdopen(os.dup(0), "a+", encoding="utf-8")
    with open(os.devnull) as nothing:  # or our own children would inherit the lock
        os.dup2(nothing.fileno(), 0)
    return lock


def _take(lock: IO[str], folder: Path) -> None:
    for _ in range(10):  # whoever asks is_alive() holds it for a moment
        if _try(lock):
            return
        time.sleep(0.05)
    raise RunError(f"Another process works in {folder}: wait until it has finished, or stop it.")


def _try(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(lock: IO[str], path: Path, holder: object) -> None:
    with _said_in_a_sentence(path):
        lock.truncate(0)
        lock.write(str(holder))
        lock.flush()


@contextmanager
def _said_in_a_sentence(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WvaeError(f"{path} could not be written: {error.strerror or error}.") from error


class Journal:
    """Writes how the work in a folder stands."""

    def __init__(self, folder: Path, **fields: Any) -> None:
        self.folder = folder
        self.status = {"state": "running", "message": "", **fields}
        self.written = -STATUS_EVERY

    def say(self, state: str, message: str) -> None:
        self.note(True, state=state, message=message)
        self.append("log.txt", f"{datetime.now(UTC).isoformat(timespec='seconds')} {state}: {message}")

    def say_why_it_ended(self, error: BaseException) -> None:
        stopped = isinstance(error, KeyboardInterrupt | SystemExit)
        with suppress(WvaeError):  # a full disk must not hide the error that it caused
            self.say("stopped" if stopped else "failed", "by a signal" if stopped else str(error))

    def note(self, now: bool, **fields: Any) -> None:
        """Change the status; it is written ``now``, or when it has not been for a while."""
        self.status |= fields
        if now or time.monotonic() - self.written >= STATUS_EVERY:
            with atomic_write(self.folder / STATUS) as temporary:
                temporary.write_text(json.dumps(self.status), encoding="utf-8")
            self.written = time.monotonic()

    def append(self, name: str, line: str) -> None:
        with _said_in_a_sentence(self.folder / name), open(self.folder / name, "a", encoding="utf-8") as file:
            file.write(line + "\n")
