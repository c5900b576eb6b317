"""Handwritten digits with their writers, and the split into development and evaluation writers."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.errors import ConfigError, DataError

IMAGE_SIZE = 28
"""Height and width of every image, in pixels."""

N_DIGITS = 10

MIN_IMAGES = 60
"""Images a writer needs to be drawn as an evaluation writer."""

TEST_FRACTION = 0.106
"""Part of each evaluation writer's images that is kept for testing (the article's 1,030 of 9,700)."""


@dataclass(frozen=True, eq=False)
class DigitSet:
    """Images of single digits, what they say and who wrote them.

    Attributes:
        images: uint8 ``(n, 28, 28)``, upright, row by row, white ink (255) on black (0).
        digits: int64 ``(n,)``, 0 to 9.
        writers: int64 ``(n,)``, 0 or more; arbitrary numbers, equal for the same writer.
        factors: the true style of each image by name, ``(n,)`` each, where it is known
            (synthetic digits); else empty.

    Raises:
        DataError: the arrays do not fit each other, or a digit or writer is out of range.
    """

    images: NDArray[np.uint8]
    digits: NDArray[np.int64]
    writers: NDArray[np.int64]
    factors: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.images)
        if self.images.shape != (n, IMAGE_SIZE, IMAGE_SIZE) or self.images.dtype != np.uint8:
            raise DataError(
                f"images must be uint8 (n, {IMAGE_SIZE}, {IMAGE_SIZE}), not {self.images.dtype} {self.images.shape}."
            )
        columns: dict[str, NDArray[Any]] = {"digits": self.digits, "writers": self.writers, **self.factors}
        for name, column in columns.items():
            if column.shape != (n,):
                raise DataError(f"{name} must have one value for each of {n} images, not shape {column.shape}.")
        if n and not 0 <= self.digits.min() <= self.digits.max() <= 9:
            raise DataError(f"digits must be 0 to 9, not {self.digits.min()} to {self.digits.max()}.")
        if n and self.writers.min() < 0:
            raise DataError(f"writers must be 0 or more, not {self.writers.min()}.")

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: Any) -> "DigitSet":
        """The images that a mask, slice or array of row numbers selects."""
        return DigitSet(
            self.images[rows],
            self.digits[rows],
            self.writers[rows],
            {name: values[rows] for name, values in self.factors.items()},
        )

    def digest(self) -> str:
        """SHA-256 of images, digits and writers: the same data give the same digest."""
        sha = hashlib.sha256()
        for array in (self.images, self.digits, self.writers):
            sha.update(np.ascontiguousarray(array).data)
        return sha.hexdigest()


PROTOCOLS = ("disjoint", "article")
"""What a representation is trained on: other writers than those it is tested on, or, as in the article, other
images of the same writers."""


class WriterSplit(NamedTuple):
    """Development and evaluation writers, and the protocol that training keeps to; masks are bool ``(n,)``.

    ``development`` holds the images of the development writers; ``train`` and ``test`` divide the images of the
    evaluation writers. ``protocol`` is one of :data:`PROTOCOLS`.
    """

    evaluation_writers: NDArray[np.int64]
    development: NDArray[np.bool_]
    train: NDArray[np.bool_]
    test: NDArray[np.bool_]
    protocol: str = PROTOCOLS[0]

    @property
    def evaluation(self) -> NDArray[np.bool_]:
        """All images of the evaluation writers."""
        return ~self.development

    @property
    def training(self) -> NDArray[np.bool_]:
        """The images that a representation is trained on under the protocol: under "disjoint" all by the
        development writers, under "article" the training images of the evaluation writers."""
        return self.development if self.protocol == "disjoint" else self.train

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """The images of evaluation writers that such a representation was not trained on."""
        return self.evaluation if self.protocol == "disjoint" else self.test


def eligible_writers(digits: DigitSet) -> NDArray[np.int64]:
    """The writers with at least 60 images: the evaluation writers are drawn among them."""
    writers, counts = np.unique(digits.writers, return_counts=True)
    return writers[counts >= MIN_IMAGES]


def writer_split(digits: DigitSet, n_writers: int = 100, seed: int = 0, protocol: str = PROTOCOLS[0]) -> WriterSplit:
    """Draw the evaluation writers, and the test images among theirs.

    ``n_writers`` are drawn among the writers with at least 60 images; 10.6 % of each one's
    images, at least one, are test images. All other writers are development writers.

    Raises:
        ConfigError: ``n_writers`` or ``seed`` is below 0, or there is no such protocol.
        DataError: fewer than ``n_writers`` writers have 60 images.
    """
    if protocol not in PROTOCOLS:
        raise ConfigError(f"There is no protocol {protocol!r}; there are: {', '.join(PROTOCOLS)}.")
    if n_writers < 0 or seed < 0:
        raise ConfigError(f"The number of evaluation writers and the seed must be 0 or more, not {n_writers}, {seed}.")
    eligible = eligible_writers(digits)
    if len(eligible) < n_writers:
        raise DataError(
            f"{n_writers} evaluation writers were asked for, but only {len(eligible)} of "
            f"{len(np.unique(digits.writers))} writers "
            f"have at least {MIN_IMAGES} images: ask for fewer writers, or use more data."
        )
    rng = np.random.default_rng(seed)
    evaluation_writers = np.sort(rng.choice(eligible, n_writers, replace=False))
    test = np.zeros(len(digits), dtype=bool)
    for writer in evaluation_writers:
        rows = np.flatnonzero(digits.writers == writer)
        test[rng.permutation(rows)[: max(1, round(TEST_FRACTION * len(rows)))]] = True
    evaluation = np.isin(digits.writers, evaluation_writers)
    return WriterSplit(evaluation_writers, ~evaluation, evaluation & ~test, test, protocol)
