"""Writer retrieval: some images by one writer against as many other images by every writer.

The mean representation of ``n`` images of each evaluation writer, the query, is compared with the mean of ``n``
other images of every evaluation writer, the gallery. Top-1 is how often the writer's own gallery is the nearest
one, top-5 how often it is among the nearest five.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches

from wvae.digits import DigitSet, WriterSplit
from wvae.errors import ConfigError, DataError
from wvae.intervals import Estimate, estimate
from wvae.representations import ORACLE

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

SIZES = (1, 5, 10, 25, 40)
"""Images a side."""

BATCH = 10_000
"""Training images transformed at once: the scaler's copies in double precision would not fit with all of EMNIST."""


@dataclass(frozen=True)
class Retrieval:
    """How often the writer of some images is found among all writers.

    Attributes:
        representation: by name.
        images: how many a side.
        top1, top5: fraction of writers found, 0..1; the interval is over draws of images by the same writers.
        writers: how many had twice as many images as ``images``; the others took no part, on either side.
        chance1, chance5: top1 and top5 of a guess.
    """

    representation: str
    images: int
    top1: Estimate
    top5: Estimate
    writers: int
    chance1: float
    chance5: float


def retrieve(
    representations: Mapping[str, Any],
    digits: DigitSet,
    split: WriterSplit,
    *,
    sizes: Sequence[int] = SIZES,
    draws: int = 20,
    seed: int = 0,
    report: Callable[[float], None] = lambda fraction: None,
) -> list[Retrieval]:
    """Find the evaluation writers by each representation, in Euclidean distance.

    Features are standardised by mean and standard deviation of the training images; those that are constant there,
    and those of a representation that is weighted, are only shifted. All representations get the same draws of query
    and gallery.

    Args:
        representations: transformers by name, as of :func:`wvae.representations.representations`.
        split: its protocol says whose images they are fitted on; under "article" only the few test images take part.
        sizes: numbers of images a side.
        draws: how often query and gallery are drawn anew.
        report: called after each row with the fraction that is done, up to 1.

    Returns:
        A row for each representation and, ascending, each size that at least two writers have the images for.

    Raises:
        ConfigError: a size, the number of draws or the seed is too low.
        DataError: there are too few writers or images, or a representation is not finite.
    """
    training, held_out = digits[split.training], digits[split.held_out]
    tasks = _tasks(held_out.writers, sizes, draws, seed)
    if not len(training):
        raise DataError("Every writer is an evaluation writer, so there are no training images: choose fewer.")
    batches = [training[batch] for batch in gen_batches(len(training), BATCH)]  # encoded once for all representations
    found: list[Retrieval] = []
    for name, representation in representations.items():
        representation.fit(training)
        scaler = StandardScaler(with_std=not getattr(representation, "weighted", False))
        for batch in batches:
            scaler.partial_fit(_finite(representation.transform(batch), name))
        rows = scaler.transform(_finite(representation.transform(held_out), name))
        for task in tasks:
            drawn = zip(task.queries, task.galleries, strict=True)
            distances = (cdist(rows[query].mean(1), rows[gallery].mean(1)) for query, gallery in drawn)
            found.append(_retrieval(name, task, distances))
            report(len(found) / (len(representations) * len(tasks)))
    return found


def retrieve_by_oracle(
    log_likelihoods: Floats, writers: Integers, *, sizes: Sequence[int] = SIZES, draws: int = 20, seed: int = 0
) -> list[Retrieval]:
    """The same task done by likelihood under each writer's true style: an upper bound, up to chance.

    Args:
        log_likelihoods: ``(n, writers)``, in nats, of the held-out images in their order in ``digits``, for the same
            draws as in :func:`retrieve`; a column for each evaluation writer in ascending order, as of
            :func:`wvae.sources.synthetic.writer_log_likelihoods`.
        writers: ``(n,)``.

    Raises:
        ConfigError: a size, the number of draws or the seed is too low.
        DataError: there are too few writers or images, or the log-likelihoods are not theirs or not finite.
    """
    tasks = _tasks(writers, sizes, draws, seed)
    expected = len(writers), len(np.unique(writers))
    if log_likelihoods.shape != expected:
        raise DataError(f"Log-likelihoods must be (images, writers), here {expected}, not {log_likelihoods.shape}.")
    _finite(log_likelihoods, ORACLE)
    return [
        _retrieval(ORACLE, task, (-log_likelihoods[query].sum(1)[:, task.present] for query in task.queries))
        for task in tasks
    ]


class _Task(NamedTuple):
    """Queries and galleries of one size: rows of images ``(draws, present writers, size)`` on either side.

    ``present`` ``(writers,)`` says which writers, in ascending order, have the images to take part.
    """

    size: int
    present: NDArray[np.bool_]
    queries: Integers
    galleries: Integers


def _tasks(writers: Integers, sizes: Sequence[int], draws: int, seed: int) -> list[_Task]:
    for what, value, least in (
        ("number of images a side", min(sizes, default=1), 1),
        ("number of draws", draws, 1),
        ("seed", seed, 0),
    ):
        if value < least:
            raise ConfigError(f"The {what} must be {least} or more, not {value}.")
    names, firsts, counts = np.unique(np.sort(writers), return_index=True, return_counts=True)
    if len(names) < 2:
        raise DataError(f"Writer retrieval needs 2 evaluation writers or more, not {len(names)}.")
    tasks = []
    for size in sorted(set(sizes)):
        present = counts >= 2 * size
        if present.sum() < 2:
            continue
        # Each image gets a random place, whoever wrote it: so neither the writers' numbers nor who sits out matter.
        places = [np.random.default_rng([seed, size, draw]).random(len(writers)) for draw in range(draws)]
        orders = np.stack([np.lexsort((place, writers)) for place in places])
        rows = orders[:, firsts[present, None] + np.arange(2 * size)]
        tasks.append(_Task(size, present, rows[..., :size], rows[..., size:]))
    if not tasks:
        asked = " or ".join(map(str, sorted(set(sizes)))) or "no"
        raise DataError(
            f"No two evaluation writers have the images for {asked} a side, which takes twice as many of each: ask for "
            f"other sizes, of up to {np.sort(counts)[-2] // 2}."
        )
    return tasks


def _retrieval(name: str, task: _Task, distances: Iterable[NDArray[Any]]) -> Retrieval:
    """The row of one distance matrix ``(queries, galleries)`` a draw, both in the order of the present writers."""
    # A gallery that is just as near comes first: what does not distinguish writers has not found any.
    ranks = np.stack([(matrix <= matrix.diagonal()[:, None]).sum(1) for matrix in distances])
    writers = int(task.present.sum())
    top1, top5 = (estimate((ranks <= k).mean(1)) for k in (1, 5))
    return Retrieval(name, task.size, top1, top5, writers, 1 / writers, min(5, writers) / writers)


def _finite(rows: Floats, name: str) -> Floats:
    if not np.isfinite(rows).all():
        raise DataError(f"The representation {name!r} has values that are not finite: it cannot find writers.")
    return rows
