"""How time and memory grow with the number of digits and of writers; how soon many digits are encoded and decoded.

    PYTHONPATH=. python benchmarks/growth.py

Each figure is taken in a process of its own, which loads the digits before its time counts; its memory is all of it,
most of which libraries take. First 280,000 digits encoded and 10,000 decoded by checkpoints/qmnist-10d, five times.
Then, once each, 10,000 to 400,000 digits of qmnist:train, which lie where ``WVAE_DATA`` says: over and over, each time
by other writers, of whom 100 are clustered and retrieved (66 of the 10,000). Then digits that 100 to 3,579 writers have
drawn synthetically, all of whom are.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from benchmarks.measured import Table, cost, seconds
from wvae.checkpoint import load_checkpoint
from wvae.clustering import benchmark
from wvae.digits import DigitSet, WriterSplit, writer_split
from wvae.latents import decode, encode
from wvae.representations import representations
from wvae.retrieval import retrieve
from wvae.sources import load_digits

TURNS = 5
DIGITS = 10_000, 60_000, 280_000, 400_000
WRITERS = 100, 500, 3579
DEVELOPMENT_WRITERS = 50
CHECKPOINT = "checkpoints/qmnist-10d"


def repeated(count: int) -> DigitSet:
    """So many digits of qmnist:train, the writers' one after another, each time by writers with other numbers."""
    digits = load_digits("qmnist:train")
    digits = digits[np.argsort(digits.writers, kind="stable")]
    again = np.arange(count) // len(digits)
    rows = np.arange(count) % len(digits)
    return DigitSet(digits.images[rows], digits.digits[rows], digits.writers[rows] + 10_000 * again)


class Held(NamedTuple):
    digits: DigitSet
    split: WriterSplit


def of_digits(count: int) -> Held:
    digits = repeated(count)
    return Held(digits, writer_split(digits, min(100, count // 150)))


def of_writers(count: int) -> Held:
    digits = load_digits(f"synthetic:{count + DEVELOPMENT_WRITERS}")
    return Held(digits, writer_split(digits, count))


def rows(held: Held, fits: list[str], *names: str) -> Callable[[], object]:
    known = representations(load_checkpoint(CHECKPOINT), names)
    return lambda: benchmark(known, *held, fits=fits, seeds=1)


def retrieval(held: Held) -> Callable[[], object]:
    return lambda: retrieve(representations(load_checkpoint(CHECKPOINT), ["latent B"]), *held)


def encoding(count: int) -> Callable[[], object]:
    return partial(encode, load_checkpoint(CHECKPOINT), repeated(count).images)


def decoding(count: int) -> Callable[[], object]:
    model, latents = load_checkpoint(CHECKPOINT), np.random.default_rng(0).normal(size=(2, count, 10))
    return partial(decode, model, *latents.astype(np.float32))


WORK: dict[str, Callable[[int], Callable[[], object]]] = {
    "encode": encoding,
    "decode": decoding,
    "rows of PCA and latent B": lambda count: rows(of_digits(count), ["transductive", "inductive"], "PCA", "latent B"),
    "retrieval by latent B": lambda count: retrieval(of_digits(count)),
    "transductive rows of latent B": lambda count: rows(of_writers(count), ["transductive"], "latent B"),
    "retrieval of all by latent B": lambda count: retrieval(of_writers(count)),
}
"""Prepares some work on a number of digits or writers, and gives what is then timed."""

OF_DIGITS = "encode", "rows of PCA and latent B", "retrieval by latent B"
OF_WRITERS = "transductive rows of latent B", "retrieval of all by latent B"


def add(table: Table, name: str, count: int, turns: int = 1, target: str = "") -> None:
    costs = [cost(__file__, name, str(count)) for _ in range(turns)]
    what = f"{name}, {count:,} {'writers' if name in OF_WRITERS else 'digits'}"
    table.add(what, [float(one.said) for one in costs], "s", target)
    table.add(f"{what}: memory", [one.megabytes for one in costs], "MB")


def main() -> None:
    with Table("growth") as table:
        add(table, "encode", 280_000, TURNS, "2")
        add(table, "decode", 10_000, TURNS, ".2")
        for name in OF_DIGITS:
            for count in DIGITS:
                add(table, name, count)
        for name in OF_WRITERS:
            for count in WRITERS:
                add(table, name, count)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(seconds(WORK[sys.argv[1]](int(sys.argv[2]))))
    else:
        main()
