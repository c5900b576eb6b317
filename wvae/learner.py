"""What the stages of a training share: the images, an optimiser with its generators, and reports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar, cast

import torch
from torch import Tensor
from torch.optim.adam import adam  # torch.optim.Adam would load torch's compiler first, which takes over a second

from wvae.digits import DigitSet
from wvae.errors import RunError
from wvae.model import WVAE
from wvae.processes import Share, averaging, mean_over_processes, own_share
from wvae.training_config import SCHEDULES

T = TypeVar("T")

REPORT_EVERY = 50
"""Batches between two reports; the losses are also checked then, so that a GPU is not held up at each batch."""


class Report(NamedTuple):
    """How many images of an epoch are done, and the mean of each term of the loss so far."""

    images: int
    terms: dict[str, float]


class TrainingData:
    """The training images on the device of the model.

    Raises:
        RunError: there are none.
    """

    def __init__(self, model: WVAE, digits: DigitSet) -> None:
        if len(digits) == 0:
            raise RunError(
                "There are no images to train on: choose fewer evaluation writers, or digits by more writers."
            )
        self.device = next(model.parameters()).device
        self.images = torch.from_numpy(digits.images).to(self.device)  # uint8 (n, 28, 28), a byte a pixel
        self.digits = torch.from_numpy(digits.digits).to(self.device)
        self.writers = torch.from_numpy(digits.writers).to(self.device)

    def __len__(self) -> int:
        return len(self.images)

    def floats(self, rows: Tensor) -> Tensor:
        """The images of some rows, ``(..., n)``, in 0..1: ``(..., n, 28, 28)``."""
        chosen = self.images.index_select(0, rows.flatten())  # by all cores, as images[rows] is not
        return chosen.view(*rows.shape, *chosen.shape[1:]) / 255


def mean_terms(done: int, sums: Tensor, names: Sequence[str]) -> Report:
    """A report from the ``sums`` of terms over ``done`` images, ``(terms,)``, of which each process has its own."""
    return Report(done, dict(zip(names, (mean_over_processes(sums) / done).tolist(), strict=True)))


class Rows(NamedTuple):
    """The ``rows`` of a batch that are this process's ``share`` of it, int64 ``(n,)``, how many images are ``done``
    before it and ``seen`` after it, and whether it is one that ``reports``."""

    rows: Tensor
    share: Share
    done: int
    seen: int
    reports: bool


class Learner:
    """Parameters, what makes them better, and the generators of a stage."""

    def __init__(self, parameters: Sequence[Tensor], rate: float, schedule: str, seed: int, device: torch.device):
        self.parameters = parameters
        self.highest_rate, self.schedule = rate, SCHEDULES[schedule]
        self.rate: float | Tensor = torch.zeros((), device=device) if device.type == "cuda" else 0.0
        self.means, self.squares = ([torch.zeros_like(parameter) for parameter in parameters] for _ in range(2))
        self.steps = [torch.zeros((), device=parameter.device) for parameter in parameters]
        self.order = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator(device).manual_seed(seed)

    def batches(self, count: int, size: int) -> Iterator["Rows"]:
        """The rows of images in random order, in batches."""
        batches = torch.split(self.shuffled(count), size)
        done = 0
        for number, batch in enumerate(batches, start=1):
            last = number == len(batches)
            share = own_share(len(batch))
            yield Rows(batch[share.own], share, done, done + len(batch), last or number % REPORT_EVERY == 0)
            done += len(batch)

    def shuffled(self, count: int) -> Tensor:
        """The rows of images in random order: int64 ``(count,)``, on the device."""
        return torch.randperm(count, generator=self.order).to(self.noise.device)

    def learns(self, function: Callable[..., T]) -> Callable[..., T]:
        """A function of the parameters by which they are made better, in all processes alike."""
        return averaging(self.parameters, function)

    def share_memory(self, stacked: "Learner", number: int) -> None:
        """Have as parameters and moments those of one model among the ``stacked`` ones of several, which have that
        dimension more in front."""
        for own, of_all in zip(self.parameters, stacked.parameters, strict=True):
            own.data = of_all.data[number]
        self.means = [of_all[number] for of_all in stacked.means]
        self.squares = [of_all[number] for of_all in stacked.squares]
        self.steps = stacked.steps

    def set_rate(self, done: float) -> None:
        """Choose the learning rate for when a fraction of the stage is ``done``."""
        rate = self.highest_rate * self.schedule(done)
        if isinstance(self.rate, Tensor):
            self.rate.fill_(rate)  # where a CUDA graph reads it
        else:
            self.rate = rate

    def step(self, loss: Tensor) -> None:
        """Make a loss smaller, at the rate that was set."""
        for parameter in self.parameters:
            parameter.grad = None
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [cast(Tensor, parameter.grad) for parameter in self.parameters]
        with torch.no_grad():
            adam(
                list(self.parameters), gradients, self.means, self.squares, [], self.steps,
                lr=self.rate, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0,
                amsgrad=False, maximize=False, fused=True,
            )  # fmt: skip

    def state(self) -> dict[str, Tensor]:
        tensors = {"order": self.order.get_state(), "noise": self.noise.get_state()}
        for name, values in self._moments().items():
            tensors |= {f"adam.{number}.{name}": value for number, value in enumerate(values)}
        return tensors

    def _moments(self) -> dict[str, list[Tensor]]:
        """What Adam keeps of each parameter, by the names that torch.optim.Adam has for it."""
        return {"step": self.steps, "exp_avg": self.means, "exp_avg_sq": self.squares}

    def load_state(self, tensors: Mapping[str, Tensor]) -> None:
        for name, values in self._moments().items():
            for number, value in enumerate(values):
                value.copy_(tensors[f"adam.{number}.{name}"].view(value.shape))
        self.order.set_state(tensors["order"])
        self.noise.set_state(tensors["noise"])
