"""Jobs that are killed just before each of their writes, or begun by several processes at once: a script.

``python -m tests.killed_jobs`` loads everything once. Then it reads a case, a folder and what else the case asks for
from each line, a JSON list; does the case in a child of its own, and prints the child's exit status. A case forks a
child for each job: it counts its own writes (by an audit hook, which is called before they happen) and kills itself at
the n-th. The next child resumes what it left. Nothing in the jobs knows of it.
"""

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.forked import BENCHMARK, REFUSED, TRAINING, in_child, wait
from tests.random_kills import kill_at_random_instants
from wvae import benchmark_job, training_job
from wvae.benchmark_job import part_folder, run_benchmark
from wvae.checkpoint import WEIGHTS
from wvae.errors import ConfigError, RunError
from wvae.files import TEMPORARY
from wvae.jobs import JOB, STATUS, folder_lock
from wvae.training_job import run_training, start_run

LOADED_ONCE = ("sklearn.neural_network", "wvae.evaluation", "wvae.clustering")
"""Modules that each child would otherwise load anew."""
MOST_SECONDS = 300
"""How long a case may take before it is killed."""

MOST_WRITES = 60


def train(folder: Path, resume: bool = False) -> None:
    run_training(TRAINING, folder / "run", device="cpu", resume=resume)


def start_training(folder: Path) -> None:
    start_run(TRAINING, folder / "run", device="cpu")


def resume_training(folder: Path) -> None:
    run = folder / "run"
    if not (run / JOB).exists():
        train(folder)
    else:
        written = (run / WEIGHTS).stat().st_mtime_ns if (run / WEIGHTS).exists() else None
        training_job.run_job(run)
        assert written in (None, (run / WEIGHTS).stat().st_mtime_ns), "a finished run was trained again"


def cluster(folder: Path) -> None:
    run_benchmark(BENCHMARK, folder / "result.json")


def resume_clustering(folder: Path) -> None:
    file = folder / "result.json"
    if (part_folder(file) / JOB).exists():
        benchmark_job.run_job(part_folder(file))
    elif not file.exists():
        cluster(folder)


def count_writes(home: Path, last: int) -> None:
    """Kill this process before it writes under a folder for the so-many-th time, from 1."""
    writes = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal writes
        if event in ("open", "os.rename", "os.remove", "os.rmdir"):
            path = str(arguments[event == "os.rename"])  # what a rename makes
            within = path.startswith(str(home)) or "/" not in path  # rmtree names a file without its folder
            opened = event != "open" or arguments[1] in ("a", "a+", "w")
            # The status is written as time goes by; temporary files are seen when they are renamed.
            counts = within and opened and not path.endswith((STATUS, TEMPORARY))
        else:
            counts = event == "subprocess.Popen"
        writes += counts
        if counts and writes == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def kill_at_each_write(home: Path, begin: Callable[[Path], None], resume: Callable[[Path], None]) -> None:
    """A folder for each write of a job that was killed there and then resumed, and a last one of an unbroken job."""
    for number in range(1, MOST_WRITES):
        folder = home / f"{number:02}"

        def broken(folder: Path = folder, number: int = number) -> None:
            count_writes(folder, number)
            begin(folder)

        folder.mkdir()
        ended = wait(in_child(broken))
        if ended == 0:
            return
        assert ended == -signal.SIGKILL, (number, ended)
        assert wait(in_child(lambda folder=folder: resume(folder))) == 0, number
    raise AssertionError("there is no end of writes")


def at_once(home: Path, processes: int, work: Callable[[], None]) -> list[int]:
    """Exit statuses of processes that all begin when the last of them is ready."""
    ready, go = os.pipe()

    def worker() -> None:
        os.close(go)
        os.read(ready, 1)  # until nobody can write any more
        work()

    children = [in_child(worker) for _ in range(processes)]
    os.close(go)
    os.close(ready)
    return sorted(wait(child) for child in children)


def race(home: Path) -> None:
    """Of processes that begin one training at once, one does it and the others are refused."""
    ended = at_once(home, 3, lambda: train(home))
    assert ended == [0, REFUSED, REFUSED], ended


def train_as_another_ends(home: Path) -> None:
    """While one process ends a training, others begin it, anew or to resume it: none trains it again.

    Each of them waits a moment for the lock of the folder, and so gets it as soon as the first lets go of it.
    """
    first = in_child(lambda: train(home))
    while not (home / "run" / JOB).exists():
        time.sleep(0.01)
    ended = []
    while 0 not in ended:  # until one that resumes is told how good the finished model is
        resume = bool(len(ended) % 2)
        ended += at_once(home, 3, lambda resume=resume: train(home, resume))
    assert wait(first) == 0
    assert set(ended) <= {0, REFUSED}, ended


def race_for_locks(home: Path) -> None:
    """One process at a time holds the lock of a folder, though each holder removes the folder."""

    def work() -> None:
        held = 0
        while held < 40:
            try:
                with folder_lock(home / "job"):
                    os.close(os.open(home / "busy", os.O_CREAT | os.O_EXCL))
                    (home / "busy").unlink()
                    held += 1
                    raise ConfigError("there is nothing to do")
            except (ConfigError, RunError):
                pass

    assert at_once(home, 4, work) == [0, 0, 0, 0]
    assert not list(home.iterdir())


CASES: dict[str, Callable[..., None]] = {
    "random": kill_at_random_instants,
    "training": lambda home: kill_at_each_write(home, train, resume_training),
    "start": lambda home: kill_at_each_write(home, start_training, resume_training),
    "benchmark": lambda home: kill_at_each_write(home, cluster, resume_clustering),
    "race": race,
    "ending": train_as_another_ends,
    "locks": race_for_locks,
}


def do_case(name: str, home: str, *details: object) -> None:
    signal.alarm(MOST_SECONDS)
    CASES[name](Path(home), *details)


if __name__ == "__main__":
    for module in LOADED_ONCE:
        importlib.import_module(module)
    for line in sys.stdin:
        print(wait(in_child(partial(do_case, *json.loads(line)))), flush=True)
