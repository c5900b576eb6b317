"""Small jobs, and processes to do them in that have everything loaded: children of one that has."""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from wvae.benchmark_job import BenchmarkRun
from wvae.errors import WvaeError
from wvae.model import ModelConfig
from wvae.training_config import TrainingConfig
from wvae.training_run import TrainingRun

HERE = Path(__file__).parent.parent
TRAINING = TrainingRun("article", ModelConfig(2, 3, 16), TrainingConfig(2, 50), "synthetic:12", evaluation_writers=1)
BENCHMARK = BenchmarkRun(
    str(HERE / "checkpoints/synthetic-10d"), "synthetic:12", 4, 0, "disjoint",
    ("raw pixels",), ("k-means",), ("transductive",), 2,
)  # fmt: skip
REFUSED = 2
"""Exit status of a process that was told by one of our own errors that it cannot do its work."""


def in_child(work: Callable[[], None]) -> int:
    """Start a function in a process of its own; its number."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except WvaeError as error:
        print(error, file=sys.stderr)
        os._exit(REFUSED)
    except SystemExit as ended:
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def wait(child: int) -> int:
    """The exit status of a process, negative the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
