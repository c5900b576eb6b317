"""The progress bars of the command line, on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from wvae.sources.download import Report
from wvae.training import Progress


@contextmanager
def fraction_bar() -> Iterator[Callable[..., None]]:
    """A bar, and what shows on it the fraction that is done, 0 to 1, and what is being done."""
    with _bar(total=1, bar_format="{percentage:3.0f}%|{bar}| {elapsed}<{remaining} {desc}") as bar:

        def show(fraction: float, doing: str = "") -> None:
            bar.set_description_str(doing, refresh=False)
            bar.update(fraction - bar.n)

        yield show


@contextmanager
def download_bar(source: str) -> Iterator[Report]:
    """A bar of bytes, and what shows on it how many are here; it has no end while their number is not known."""
    with _bar(unit="B", unit_scale=True, desc=source) as bar:

        def watch(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield watch


class TrainingBar(NamedTuple):
    """What shows the progress of a training, and the name of the run that it waits for."""

    watch: Callable[[Progress], None]
    waiting: Callable[[str], None]


@contextmanager
def training_bar() -> Iterator[TrainingBar]:
    """A bar of images over all epochs, with the loss terms of the epoch."""
    with _bar(unit="image", unit_scale=True) as bar:

        def watch(progress: Progress) -> None:
            bar.total = progress.epochs * progress.n_images
            seen = (progress.epoch - 1) * progress.n_images + progress.images
            if bar.n == 0:
                bar.initial = bar.n = seen - progress.images  # epochs of an earlier run are no speed of this one
            bar.set_description(f"epoch {progress.epoch}/{progress.epochs}", refresh=False)
            bar.set_postfix({name: f"{value:.4g}" for name, value in progress.terms.items()}, refresh=False)
            bar.update(seen - bar.n)

        def waiting(holder: str) -> None:
            bar.write(f"waiting until {holder} has finished on this device", file=sys.stderr)

        yield TrainingBar(watch, waiting)


def _bar(**settings: Any) -> Any:
    from tqdm import tqdm

    return tqdm(file=sys.stderr, dynamic_ncols=True, smoothing=0.1, **settings)
