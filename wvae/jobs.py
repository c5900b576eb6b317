"""Jobs: work in a process of its own, that is started, watched, stopped and resumed through its folder.

A training, a benchmark and a download are jobs. Each has a folder, which is written as the work goes on::

    job.json        what to do, with all settings
    status.json     state (waiting, running, finished, stopped, failed), what is done, speed, time left
    log.txt         what happened when
    console.txt     what the process printed, if it was started in the background and so has no terminal
    lock            locked by the process that works here, and its number

The lock ends with its process, however that ends, so it says for sure whether the job is alive. It is taken before
anything in the folder is looked at.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar

from wvae.errors import ConfigError, RunError, WvaeError
from wvae.files import atomic_write, remove_temporaries
from wvae.locks import is_locked, take_lock, write_holder
from wvae.schema import Count, Finite, Setting, Text, Word, config_from, read_json

T = TypeVar("T")

JOB = "job.json"
STATUS = "status.json"
CONSOLE = "console.txt"
LOCK = "lock"
QUEUED = "queued"
"""A file in the folder of a job that waits for its turn without a process; see :mod:`wvae.training_queue`."""

ALIVE = ("starting", "waiting", "running")
"""The states of a process that is there."""


class StatusFields(TypedDict, total=False):
    """What a process writes of its work beside state and message, see :class:`Status`."""

    done: Finite
    total: Count | None
    epoch: Setting
    epochs: Setting
    images_per_second: Finite
    seconds_left: Finite
    device: Word
    source: Text


class StatusFile(StatusFields, total=False):
    """What ``status.json`` holds."""

    state: Literal["starting", "waiting", "running", "finished", "stopped", "failed"]
    message: Text


@dataclass(frozen=True)
class Status:
    """How the work in a folder stands.

    Attributes:
        folder: where it works.
        state: "starting", "waiting" for the device, "running"; then "finished", "stopped" or "failed".
        message: what is done, what it waits for, or why it ended.
        fields: what else it wrote: ``done`` of ``total``; of a training run, which counts images over all epochs,
            also ``epoch``, ``epochs``, ``images_per_second``, ``seconds_left`` and ``device``; of a download, which
            counts bytes, also ``source``.
    """

    folder: Path
    state: str
    message: str
    fields: StatusFields

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def alive(self) -> bool:
        return self.state in ALIVE

    def number(self, field: Literal["done", "total", "epoch", "epochs", "images_per_second", "seconds_left"]) -> float:
        """One of the fields, 0 while it is not known."""
        return self.fields.get(field) or 0

    @property
    def progress(self) -> float | None:
        """The fraction that is done, 0 to 1; None while it is not known how much there is to do."""
        if self.state == "finished":
            return 1.0
        total = self.number("total")
        return min(1.0, max(0.0, self.number("done") / total)) if total > 0 else None


def read_status(folder: Path) -> Status:
    """How the work in a folder stands, as its process wrote and as its lock says."""
    alive = is_alive(folder)  # asked first: who ends after this has written all it had to say
    state: str = "starting"
    message, fields = "getting ready", StatusFields()
    with suppress(RunError):  # none yet; a damaged one tells nothing either
        found = read_json(folder / STATUS, StatusFile, RunError)
        state, message = found.pop("state", state), found.pop("message", message)
        fields = found
    if state in ALIVE and not alive and not (state == "waiting" and (folder / QUEUED).exists()):
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
    return is_locked(folder / LOCK)


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
    """Delete the folder of a job or a model with all its files.

    Raises:
        RunError: a process works there.
        WvaeError: it cannot be deleted.
    """
    if is_alive(folder):
        raise RunError(f"Work in {folder} is still going on: stop it first.")
    with take_lock(folder / LOCK):  # without a word of who holds it: on a full disk there is no room for that
        remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Delete a folder whose lock is held here: ``job.json`` last, so that until then the job can be resumed.

    Raises:
        WvaeError: it cannot be deleted.
    """
    try:
        if folder.is_symlink():
            raise OSError("it is a link to another folder")
        for path in sorted(folder.iterdir(), key=lambda path: path.name == JOB):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != LOCK:
                path.unlink()
        _remove_lock(folder)
    except OSError as error:
        raise WvaeError(f"{folder} could not be deleted: {error.strerror or error}.") from error


@contextmanager
def folder_lock(folder: Path) -> Iterator[FileIO]:
    """Hold the lock of a folder, which is made if it is not there.

    If the block fails before there is a job, the lock is removed, and the folder if it is empty.

    Raises:
        RunError: another process holds it.
        WvaeError: it cannot be written.
    """
    with take_lock(folder / LOCK) as lock:
        try:
            write_holder(lock, folder / LOCK, os.getpid())
            remove_temporaries(folder)
            yield lock
        except BaseException:
            if not (folder / JOB).exists():
                with suppress(OSError):  # it must not hide why the block failed
                    _remove_lock(folder)
            raise


def _remove_lock(folder: Path) -> None:
    (folder / LOCK).unlink(missing_ok=True)
    with suppress(OSError):  # there are other files, or another process has just begun here
        folder.rmdir()


def write_job(folder: Path, kind: str, job: Any) -> None:
    """Write what a job is to do.

    Args:
        kind: "training", "benchmark" or "download".
        job: a dataclass with all its settings.

    Raises:
        WvaeError: the disk is full or the folder cannot be written.
    """
    with atomic_write(folder / JOB) as temporary:
        temporary.write_text(json.dumps({"kind": kind, **asdict(job)}, indent=2) + "\n", encoding="utf-8")


def job_kind(folder: Path) -> str:
    """What kind of job a folder holds.

    Raises:
        RunError: its ``job.json`` is missing or damaged.
    """
    return _read_job(folder)[0]


def read_job(folder: Path, job: type[T]) -> T:
    """What the job in a folder is to do, as :func:`write_job` wrote it in this or an earlier version.

    Raises:
        RunError: ``job.json`` is missing or damaged.
        CheckpointError: it has an unknown field, lacks one that has no default, or a value is out of range.
    """
    return config_from(job, _read_job(folder)[1], str(folder / JOB))


def _read_job(folder: Path) -> tuple[str, dict[str, Any]]:
    """Kind and settings."""
    job = read_json(folder / JOB, dict[str, Any], RunError)
    kind = job.pop("kind", None)
    if not isinstance(kind, str):
        raise RunError(f"{folder / JOB} does not say what to do: start anew.")
    return kind, job


def start(folder: Path, lock: FileIO) -> None:
    """Run the job of a folder in a process of its own, which goes on when this one ends.

    Args:
        lock: of the folder. It is handed down, so that there is no moment at which the process is on its way and
            nobody can see it.

    Raises:
        WvaeError: the folder cannot be written.
    """
    package = Path(__file__).parent.parent
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "wvae", "job", str(folder)]
    try:
        (folder / STATUS).unlink(missing_ok=True)
        (folder / QUEUED).unlink(missing_ok=True)
        with open(folder / CONSOLE, "wb") as console:
            process = subprocess.Popen(
                command, stdin=lock, stdout=console, stderr=console, env=environment, start_new_session=True
            )
    except OSError as error:
        raise WvaeError(f"{folder} could not be written: {error.strerror or error}.") from error
    try:
        write_holder(lock, folder / LOCK, process.pid)
    except WvaeError:  # it could not be stopped by anybody
        process.kill()
        process.wait()
        raise
