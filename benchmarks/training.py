"""How many images a second training takes, beside the usual loop and beside what the matrix products alone allow.

    PYTHONPATH=. python benchmarks/training.py

The article's model with 10 + 10 dimensions on the 60,000 digits of qmnist:train, which lie where ``WVAE_DATA`` says:
with wvae; with the loop that is usual, torchvision's ``QMNIST`` with ``ToTensor`` and a ``DataLoader`` with the best of
0, 1 and 2 workers; and nothing but the matrix products of a step, in float32. One epoch of each in turn, five times;
ratios are within a turn. Then each stage of the presets wvae and wvae-writer on 10,000 of the digits, and where there
is a GPU the article's schedule on it: 50 epochs of 240,000 images, with one seed and with 32 as one batched model.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision.datasets import QMNIST
from torchvision.transforms import ToTensor

from benchmarks.measured import Table, seconds
from wvae.digits import DigitSet
from wvae.ensemble import Ensemble
from wvae.model import build_model
from wvae.precision import multiplies_bfloat16
from wvae.presets import preset
from wvae.sources import data_root, load_digits
from wvae.training import Progress, fit
from wvae.training_stages import training_stages

TURNS, BATCH, LATENT, HIDDEN, PIXELS = 5, 256, 10, 500, 784
WORKERS = 0, 1, 2
STAGE_DIGITS, GPU_SEEDS = 10_000, 32
PRODUCTS = [(PIXELS, HIDDEN), *[(HIDDEN, LATENT)] * 4, *[(LATENT, HIDDEN)] * 2, (HIDDEN, PIXELS), (LATENT, 10)]
"""Inputs and outputs of each linear map of the model."""


class UsualModel(nn.Module):
    """The article's model as one would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(PIXELS, HIDDEN)
        self.mean_a, self.log_variance_a = nn.Linear(HIDDEN, LATENT), nn.Linear(HIDDEN, LATENT)
        self.mean_b, self.log_variance_b = nn.Linear(HIDDEN, LATENT), nn.Linear(HIDDEN, LATENT)
        self.a, self.b = nn.Linear(LATENT, HIDDEN), nn.Linear(LATENT, HIDDEN)
        self.pixels = nn.Linear(HIDDEN, PIXELS)
        self.classifier = nn.Linear(LATENT, 10)

    def loss(self, images: Tensor, digits: Tensor, weight: float) -> Tensor:
        flat = images.flatten(1)
        hidden = torch.tanh(self.hidden(flat))
        mean_a, log_variance_a = self.mean_a(hidden), self.log_variance_a(hidden)
        mean_b, log_variance_b = self.mean_b(hidden), self.log_variance_b(hidden)
        a = mean_a + torch.exp(0.5 * log_variance_a) * torch.randn_like(mean_a)
        b = mean_b + torch.exp(0.5 * log_variance_b) * torch.randn_like(mean_b)
        logits = self.pixels(torch.tanh(self.a(a)) + torch.tanh(self.b(b)))
        nats = functional.binary_cross_entropy_with_logits(logits, flat, reduction="sum")
        for mean, log_variance in ((mean_a, log_variance_a), (mean_b, log_variance_b)):
            nats = nats + 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum()
        return nats / len(flat) + weight * functional.cross_entropy(self.classifier(a), digits)


def usual_epoch(model: UsualModel, optimizer: torch.optim.Optimizer, weight: float, workers: int) -> None:
    digits = QMNIST(data_root(), "train", transform=ToTensor())
    for images, labels in DataLoader(digits, BATCH, shuffle=True, num_workers=workers):
        optimizer.zero_grad()
        model.loss(images, labels, weight).backward()
        optimizer.step()


def our_epoch(digits: DigitSet) -> float:
    """Seconds of the second of two epochs."""
    article, ends = preset("article"), []

    def note(progress: Progress) -> None:
        if progress.images == progress.n_images:
            ends.append(perf_counter())

    model = build_model(replace(article.model, latent_a=LATENT, latent_b=LATENT))
    fit(model, replace(article.training, epochs=2), digits, report=note)
    return ends[1] - ends[0]


def products(kind: torch.dtype) -> Callable[[], None]:
    """A step's matrix products alone: each map's own, and those of the gradients of its weights and inputs."""
    layers = [
        (torch.randn(BATCH, ins, dtype=kind), torch.randn(outs, ins, dtype=kind), torch.randn(BATCH, outs, dtype=kind))
        for ins, outs in PRODUCTS
    ]

    def step() -> None:
        for number, (values, weights, gradients) in enumerate(layers):
            values @ weights.T
            gradients.T @ values
            if number:  # images have no gradient
                gradients @ weights

    return step


def epoch_of(step: Callable[[], None], batches: int) -> float:
    step()
    return seconds(lambda: [step() for _ in range(batches)])


def article(table: Table, digits: DigitSet) -> None:
    n, batches = len(digits), -(-len(digits) // BATCH)
    weight = preset("article").training.weights.classification
    usual = UsualModel()
    optimizer = torch.optim.Adam(usual.parameters(), lr=1e-3)
    loops = {
        f"the usual loop, {workers} workers": partial(usual_epoch, usual, optimizer, weight, workers)
        for workers in WORKERS
    }
    tried = {name: table.add(f"{name}, tried once", [n / seconds(epoch)], "images/s") for name, epoch in loops.items()}
    best = max(tried, key=lambda name: tried[name])
    limit = "matrix products alone, float32"
    ways: dict[str, Callable[[], float]] = {
        "wvae": lambda: our_epoch(digits),
        best: partial(seconds, loops[best]),
        limit: partial(epoch_of, products(torch.float32), batches),
    }
    if multiplies_bfloat16(torch.device("cpu")):
        ways["matrix products alone, bfloat16"] = partial(epoch_of, products(torch.bfloat16), batches)
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, way in ways.items():
            speeds[name].append(n / way())
    for name, found in speeds.items():
        table.add(f"article 10 + 10: {name}", found, "images/s")
    for other, target in ((best, "3"), (limit, ".80")):
        ratios = [ours / theirs for ours, theirs in zip(speeds["wvae"], speeds[other], strict=True)]
        table.add(f"wvae over {other}", ratios, "", target)


def stages(table: Table, name: str, digits: DigitSet) -> None:
    """Each stage's epochs after the first, which also prepares what all need."""
    chosen = preset(name)
    for stage in training_stages(build_model(chosen.model), chosen.training, digits):
        epochs = 1 if stage.name == "writer projection" else TURNS + 1  # that stage is one step
        taken = [seconds(lambda epoch=epoch, stage=stage: list(stage.run_epoch(epoch))) for epoch in range(epochs)]
        table.add(f"{name}: {stage.name}", [len(digits) / time for time in taken[min(1, epochs - 1) :]], "images/s")


def gpu(table: Table, digits: DigitSet) -> None:
    """The article's schedule, whose 240,000 images are the digits four times over."""
    chosen, seeds = preset("article"), range(GPU_SEEDS)
    config, training = replace(chosen.model, latent_a=LATENT, latent_b=LATENT), chosen.training
    one, many = "article 10 + 10 on a GPU: its schedule", f"article 10 + 10 on a GPU: {GPU_SEEDS} seeds as one model"
    if not torch.cuda.is_available():
        table.skip(one, "there is no GPU", "10")
        table.skip(many, "there is no GPU", "30")
        return
    images = digits[np.tile(np.arange(len(digits)), 4)]

    def train_one() -> None:
        fit(build_model(config), training, images, device="cuda")

    def train_many() -> None:
        ensemble = Ensemble([build_model(config, seed).to("cuda") for seed in seeds], training, seeds, images)
        for epoch in range(training.epochs):
            assert ensemble.run_epoch(epoch).isfinite().all()

    table.add(one, [seconds(train_one) for _ in range(TURNS)], "s", "10")
    table.add(many, [seconds(train_many)], "s", "30")


def main() -> None:
    digits = load_digits("qmnist:train")
    with Table("training") as table:
        article(table, digits)
        for name in ("wvae", "wvae-writer"):
            stages(table, name, digits[:STAGE_DIGITS])
        gpu(table, digits)


if __name__ == "__main__":
    main()
