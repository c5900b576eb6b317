"""Figures of a benchmark: medians of some measurements with their spread, as a Markdown table and as a JSON file."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy
import sklearn
import torch

from wvae.files import atomic_write

FOLDER = Path("runs/bench")


class Table:
    """A table that is printed line by line, and written to :data:`FOLDER` with the machine when it is complete."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        print("| what | median | least to most | target |\n|---|---|---|---|", flush=True)
        return self

    def add(self, what: str, values: Sequence[float], unit: str, target: str = "") -> float:
        """A line of some measurements of one figure; their median."""
        median = statistics.median(values)
        spread = f"{_short(min(values))} to {_short(max(values))}" if len(values) > 1 else ""
        print(f"| {what} | {_short(median)} {unit} | {spread} | {target} |", flush=True)
        self.rows.append({"what": what, "unit": unit, "median": median, "values": list(values), "target": target})
        return median

    def skip(self, what: str, why: str, target: str = "") -> None:
        """A line of a figure that cannot be measured here."""
        print(f"| {what} | not measured: {why} |  | {target} |", flush=True)
        self.rows.append({"what": what, "skipped": why, "target": target})

    def __exit__(self, error: type[BaseException] | None, *more: object) -> None:
        if error is None:
            FOLDER.mkdir(parents=True, exist_ok=True)
            content = {"command": sys.argv, "machine": machine(), "rows": self.rows}
            with atomic_write(FOLDER / f"{self.name}.json") as temporary:
                temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """The processor, its cores, and the versions that figures were measured with."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if sys.platform == "linux" else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    libraries = {"torch": torch.__version__, "numpy": numpy.__version__, "scikit-learn": sklearn.__version__}
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "instructions": sorted(name for name, has in torch.cpu.get_capabilities().items() if has is True),
        "python": platform.python_version(),
        **libraries,
    }


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Cost(NamedTuple):
    """What a process took: wall-clock time, time of all processors, and the most memory in megabytes; what it said."""

    seconds: float
    processor_seconds: float
    megabytes: float
    said: str


def cost(*arguments: str) -> Cost:
    """Run Python with some arguments in a process of its own.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(status, arguments)
    most = usage.ru_maxrss / (1000 if sys.platform == "linux" else 1_000_000)
    return Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, most, said)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
