"""Trainings that wait for a device: files, not processes, each of which would take most of a gigabyte.

A run that waits has a file ``queued`` in its folder. Whoever ends, asks for a training or looks at the list starts the
next one of each device on which none is at work; so does the server of the dashboard, so that a queue goes on after a
kill, too.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path

from wvae.errors import RunError, WvaeError
from wvae.files import atomic_write, modified
from wvae.jobs import JOB, QUEUED, folder_lock, is_alive, read_job, start, stop
from wvae.journal import Journal
from wvae.locks import take_lock
from wvae.training_run import TrainingJob

QUEUE_LOCK = ".queue.lock"
"""Locked by the process that looks which run is the next."""


def enqueue(folder: Path, device: str) -> None:
    """Have the run of a folder, whose lock is held here, wait for its turn; then call :func:`start_next`.

    Raises:
        WvaeError: the folder cannot be written.
    """
    with atomic_write(folder / QUEUED):
        pass
    Journal(folder, device=device).say("waiting", f"waits for the device {device}")


def start_next(home: Path) -> None:
    """Start the run that has waited longest for each device on which none of the runs in ``home`` is at work.

    Raises:
        WvaeError: a folder cannot be written.
    """
    if not any(home.glob(f"*/{QUEUED}")):
        return
    with suppress(RunError), take_lock(home / QUEUE_LOCK):  # else another process is about to
        waiting = sorted((path.parent for path in home.glob(f"*/{QUEUED}")), key=lambda run: modified(run / QUEUED))
        busy = {_device(lock.parent): lock.parent for lock in home.glob(f"*/{JOB}") if is_alive(lock.parent)}
        for folder in waiting:
            device = _device(folder)
            if device in busy:
                message = f"waits for the device {device}, on which {busy[device].name} is at work"
                Journal(folder, device=device).note(True, state="waiting", message=message)
                continue
            with suppress(RunError), folder_lock(folder) as lock:
                if not (folder / QUEUED).exists():
                    raise RunError(f"{folder} was taken out of the queue at this moment.")
                start(folder, lock)
                busy[device] = folder


def watch_queue(home: Path, seconds: float = 5) -> None:
    """Call :func:`start_next` every so many seconds, in a thread that lasts as long as the process.

    Who is killed cannot start the next run, and nobody may be looking at the list.
    """

    def watch() -> None:
        while True:
            with suppress(WvaeError):  # a full disk: there may be room later
                start_next(home)
            time.sleep(seconds)

    threading.Thread(target=watch, name="queue of trainings", daemon=True).start()


def stop_run(folder: Path) -> None:
    """Stop a run, or take it out of the queue.

    Raises:
        WvaeError: the folder cannot be written.
    """
    if is_alive(folder) or not (folder / QUEUED).exists():
        stop(folder)
        return
    with folder_lock(folder):
        (folder / QUEUED).unlink(missing_ok=True)
        Journal(folder, device=_device(folder)).say("stopped", "before its turn had come")


def _device(folder: Path) -> str:
    """The device of a run, "" where its settings are damaged."""
    try:
        return read_job(folder, TrainingJob).device
    except WvaeError:
        return ""
