"""Processes that train one model together, as torchrun starts them; one that was started alone is the first of one.

Each works on its share of the rows of every batch, and the gradients are averaged by PyTorch's DistributedDataParallel
("PyTorch Distributed", https://arxiv.org/abs/2006.15704). So together they do what one process does, but for rounding.
Noise is drawn for the whole batch in each of them: the generators stay those of one process, and a state that was
written by some processes is resumed by any number. Only the first process writes.
"""

import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.parallel import DistributedDataParallel

from wvae.errors import RunError

T = TypeVar("T")

LONGEST_WAIT = timedelta(days=30)
"""For the first process, which may wait until a device is free; one that has ended is noticed at once."""


@contextmanager
def joined() -> Iterator[None]:
    """Be one of several processes until the block ends, if torchrun has started this one as such.

    The others end with the first one, and do not stop by themselves: so it says that it was stopped, and not that
    another one is gone.

    Raises:
        RunError: another process has ended.
    """
    if not is_one_of_several():
        yield
        return
    gpus, local_rank = torch.cuda.device_count(), int(os.environ["LOCAL_RANK"])
    if local_rank < gpus:
        torch.cuda.set_device(local_rank)
    with another_has_ended():
        dist.init_process_group("cpu:gloo,cuda:nccl" if gpus else "gloo", timeout=LONGEST_WAIT)
        if not is_first():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        yield
        dist.destroy_process_group()


def is_one_of_several() -> bool:
    """Whether torchrun has started other processes to train together with this one."""
    return dist.is_torchelastic_launched() and int(os.environ["WORLD_SIZE"]) > 1


@contextmanager
def another_has_ended() -> Iterator[None]:
    """Say it in a sentence if a process that this one waits for in the block is gone.

    Raises:
        RunError: it is.
    """
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and "gloo" not in str(error):
            raise
        reason = re.sub(r"^\[.*?\] ", "", str(error)).splitlines()[0].partition(". ")[0]
        raise RunError(
            f"Another of the processes that train together has ended ({reason}): see what it says. What is kept of the "
            "training can be resumed."
        ) from error


def process_count() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this is the process that writes."""
    return not dist.is_initialized() or dist.get_rank() == 0


def from_first(make: Callable[[], T]) -> T:
    """What the first process makes, in all of them."""
    if process_count() == 1:
        return make()
    box = [make() if is_first() else None]
    dist.broadcast_object_list(box, src=0)
    made: Any = box[0]
    return made


def mean_over_processes(values: Tensor) -> Tensor:
    """The mean of what each process has, without a gradient."""
    if process_count() == 1:
        return values
    values = values.detach().clone()
    dist.all_reduce(values)
    return values / process_count()


class Share(NamedTuple):
    """The rows of a batch that one of several processes works on: of ``rows``, each so-manieth from ``first`` on."""

    rows: int
    first: int = 0
    processes: int = 1

    @property
    def own(self) -> slice:
        return slice(self.first, None, self.processes)

    @property
    def own_rows(self) -> int:
        return len(range(self.rows)[self.own])

    def normal(self, width: int, generator: torch.Generator) -> Tensor:
        """The own rows of standard normal numbers that are drawn for the whole batch: ``(own rows, width)``."""
        return torch.randn(self.rows, width, generator=generator, device=generator.device)[self.own]

    def mean(self, values: Tensor) -> Tensor:
        """What this process adds to the mean over the rows of the batch, from the ``values`` of its own ``(n, ...)``:
        the mean over all processes, which is also taken of the gradients, is that over all rows."""
        return values.sum(0) / (self.rows / self.processes)

    def total(self, values: Tensor) -> Tensor:
        """The sum over all processes of what each has, with its gradient."""
        return values if self.processes == 1 else _Total.apply(values)


def own_share(rows: int) -> Share:
    """What this process does of a batch of so many rows."""
    return Share(rows, dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else Share(rows)


class _Total(Function):
    """Whatever a process makes of the sum has a gradient with respect to what each of them has added."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        dist.all_reduce(total)
        return total


def averaging(parameters: Sequence[Tensor], function: Callable[..., T]) -> Callable[..., T]:
    """The same ``function`` of some parameters, whose gradients then become the mean over all processes."""
    return function if process_count() == 1 else DistributedDataParallel(_Module(parameters, function))


class _Module(nn.Module):
    """Parameters and what is done with them, no more: other parts of a model have no gradient to wait for."""

    def __init__(self, parameters: Sequence[Tensor], function: Callable[..., Any]) -> None:
        super().__init__()
        self.used = nn.ParameterList(parameters)
        self.function = function

    def forward(self, *inputs: Any) -> Any:
        return self.function(*inputs)
