"""The writer-clustering benchmark: do the images of one writer fall into one cluster?

A representation (:mod:`wvae.representations`) turns images into rows of numbers, a clusterer divides the rows into
as many clusters as there are writers, and purity, ARI and AMI (:mod:`wvae.agreement`) say how far clusters and
writers agree. A clusterer is anything with scikit-learn's ``fit_predict``; to add one is to add a line to
:data:`CLUSTERERS`.
"""

import math
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, groupby, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans, SpectralClustering
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import threadpool_limits

from wvae.benchmark_results import Key, Row, scored_row
from wvae.digits import DigitSet, WriterSplit
from wvae.errors import ConfigError, DataError
from wvae.mixture import DiagonalMixture
from wvae.representations import ORACLE
from wvae.starting_centres import starting_rows

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

FITS = ("transductive", "inductive")
"""Fitted on the test images, or on the evaluation writers' training images, to predict the test images."""

K_MEANS = "k-means"
"""The clusterer whose starting centres are drawn beforehand, for all seeds together."""

CLUSTERERS: dict[str, Callable[[int, int], Any]] = {
    K_MEANS: lambda k, seed: KMeans(k, n_init=1, random_state=seed),
    "gaussian mixture": DiagonalMixture,
    "full gaussian mixture": lambda k, seed: GaussianMixture(k, reg_covar=1e-3, random_state=seed),
    "ward": lambda k, seed: AgglomerativeClustering(k),
    "hdbscan": lambda k, seed: HDBSCAN(copy=True),
    "spectral": lambda k, seed: SpectralClustering(k, affinity="nearest_neighbors", random_state=seed),
}
"""Makes each clusterer of a number of clusters and a seed; Ward and HDBSCAN are deterministic.

The plain Gaussian mixture has diagonal covariances. A full covariance of the dozen images of one writer is
singular, so that mixture adds 0.001 to its diagonal: a thirtieth of a grey value's range, squared.
"""

DEFAULT_CLUSTERERS = (K_MEANS, "gaussian mixture")

CHANCE, BY_DIGIT = "chance", "the digit"
"""Rows that no clusterer made: random clusters, and a cluster for each digit."""

FEWEST = 10
"""Training images below which there is no PCA of ten dimensions."""


def benchmark(
    representations: Mapping[str, Any],
    digits: DigitSet,
    split: WriterSplit,
    *,
    clusterers: Sequence[str] = DEFAULT_CLUSTERERS,
    fits: Sequence[str] = FITS,
    seeds: int = 10,
    done: Iterable[Row] = (),
    report: Callable[[Row, float], None] = lambda row, fraction: None,
) -> list[Row]:
    """Cluster the test images of the evaluation writers in every way that is asked for.

    What is not yet done runs in parallel through joblib: in threads, or where :func:`wvae.compute_backend.parallel`
    says. A clusterer without ``predict`` has only the transductive fit.

    Args:
        representations: transformers by name, as of :func:`wvae.representations.representations`.
        split: its protocol says whose images the representations are fitted on.
        clusterers: names of :data:`CLUSTERERS`.
        fits: of :data:`FITS`.
        seeds: how many starts of each clusterer, from seed 0; one of those that are deterministic.
        done: rows of an earlier run of the same benchmark, which are not made again.
        report: called with each new row, in the order they are ready, and the fraction that is done, up to 1.

    Returns:
        All rows, with those of chance and of one cluster a digit, in the order of the arguments.

    Raises:
        ConfigError: a clusterer or fit does not exist, there are no seeds, or nothing can be fitted so.
        DataError: there are too few writers or images, or a representation is constant or not finite.
    """
    _check(clusterers, fits, seeds, split)
    images = _Images(digits[split.training], digits[split.train], digits[split.test], split.protocol)
    if len(images.training) < FEWEST:
        raise DataError(
            f"There are {len(images.training)} training images, and {FEWEST} are needed: choose fewer evaluation "
            "writers, or the article protocol."
        )
    k = len(split.evaluation_writers)
    rows = {row.key: row for row in done}
    wanted = [
        (*way, seed)
        for way in product(representations, dict.fromkeys(clusterers), dict.fromkeys(fits))
        if way[2] == "transductive" or hasattr(CLUSTERERS[way[1]](2, 0), "predict")
        for seed in range(seeds if _has_starts(way[1]) else 1)
    ]
    if not wanted:
        raise ConfigError(f"{', '.join(clusterers)} cannot predict: choose the transductive fit.")
    writers = images.test.writers
    references = {
        _reference(CHANCE, seed): np.random.default_rng(seed).integers(k, size=len(writers)) for seed in range(seeds)
    }
    references[_reference(BY_DIGIT)] = images.test.digits
    for key, labels in references.items():
        rows[key] = scored_row(key, split.protocol, labels, writers)
    missing = [key for key in wanted if key not in rows]
    with warnings.catch_warnings():  # scikit-learn's Parallel hands the filters on to processes and clusters
        warnings.simplefilter("ignore", ConvergenceWarning)  # the row says it, in its note
        warnings.filterwarnings("ignore", "Graph is not fully connected")
        with threadpool_limits(1):  # several tasks at once keep all processors busy
            prepared = Parallel(n_jobs=-1, require="sharedmem")(
                delayed(_tasks)(list(keys), representations[name], images, k)
                for name, keys in groupby(missing, key=lambda key: key[0])
            )
            tasks = sorted(chain.from_iterable(prepared), key=lambda task: -task.fitted.size)  # the longest first
            ready = Parallel(n_jobs=-1, prefer="threads", return_as="generator_unordered")(
                delayed(_rows)(task) for task in tasks
            )
            for row in chain.from_iterable(ready):
                rows[row.key] = row
                missing.remove(row.key)
                report(row, 1 - len(missing) / len(wanted))
    return [rows[key] for key in [*references, *wanted]]


def oracle_row(log_likelihoods: Floats, writers: Integers, protocol: str) -> Row:
    """The row of the most likely writer of each image by the writers' true styles: an upper bound, up to chance.

    Args:
        log_likelihoods: ``(n, writers)`` of the test images under the evaluation writers alone, as of
            :func:`wvae.sources.synthetic.writer_log_likelihoods`.
        writers: ``(n,)``.
    """
    return scored_row(_reference(ORACLE), protocol, log_likelihoods.argmax(1), writers)


def _reference(name: str, seed: int = 0) -> Key:
    return name, "none", "none", seed


def _check(clusterers: Sequence[str], fits: Sequence[str], seeds: int, split: WriterSplit) -> None:
    for kind, names, known in (("clusterer", clusterers, CLUSTERERS), ("fit", fits, FITS)):
        for name in names:
            if name not in known:
                raise ConfigError(f"There is no {kind} {name!r}; there are: {', '.join(known)}.")
    if seeds < 1:
        raise ConfigError(f"The number of seeds must be 1 or more, not {seeds}.")
    writers, images = len(split.evaluation_writers), int(split.test.sum())
    if writers < 2:
        raise DataError(f"Clusters of writers need 2 evaluation writers or more, not {writers}.")
    if images <= writers:
        raise DataError(
            f"There are {writers} clusters to make of {images} test images: choose fewer writers, or writers with "
            "more images."
        )


def _has_starts(clusterer: str) -> bool:
    return hasattr(CLUSTERERS[clusterer](2, 0), "random_state")


def _finite(rows: Floats, name: str) -> Floats:
    if not np.isfinite(rows).all():
        raise DataError(f"The representation {name!r} has values that are not numbers: it cannot be clustered.")
    return rows


def _varying(rows: Floats, name: str) -> NDArray[np.bool_]:
    """Which features are not constant: the others change no clustering, but a full covariance of them takes long."""
    varies = np.ptp(rows, axis=0) > 0
    if not varies.any():
        raise DataError(f"The representation {name!r} is the same for all images: there is nothing to cluster.")
    return varies


class _Images(NamedTuple):
    """The images that representations are fitted on, and those of the evaluation writers that are clustered."""

    training: DigitSet
    train: DigitSet
    test: DigitSet
    protocol: str


class _Task(NamedTuple):
    """Rows of the result that have one representation, fit and seed: what is ``fitted`` and ``tested``, ``(n, d)``, and
    of what is fitted the rows that k-means starts from, ``(k,)``, if it is asked for."""

    keys: list[Key]
    protocol: str
    fitted: Floats
    tested: Floats
    writers: Integers
    start: Integers | None


def _tasks(asked: Sequence[Key], transformer: Any, images: _Images, k: int) -> list[_Task]:
    """What is to be done with a representation."""
    name, tasks = asked[0][0], []
    transformer = transformer.fit(images.training)
    tested = _finite(transformer.transform(images.test), name)
    for fit in dict.fromkeys(key[2] for key in asked):
        fitted = tested if fit == "transductive" else _finite(transformer.transform(images.train), name)
        varies = _varying(fitted, name)
        parts = np.ascontiguousarray(fitted[:, varies]), np.ascontiguousarray(tested[:, varies])
        by_seed: dict[int, list[Key]] = {}
        for key in asked:
            if key[2] == fit:
                by_seed.setdefault(key[3], []).append(key)
        seeds = [seed for seed, keys in by_seed.items() if any(key[1] == K_MEANS for key in keys)]
        starts = dict(zip(seeds, starting_rows(parts[0], k, seeds), strict=True)) if seeds else {}
        tasks += [
            _Task(keys, images.protocol, *parts, images.test.writers, starts.get(seed))
            for seed, keys in by_seed.items()
        ]
    return tasks


def _rows(task: _Task) -> list[Row]:
    """Cluster by each clusterer that a task asks for; this may run in another process.

    A mixture with diagonal covariances starts from a k-means of the same seed, as it does by itself: where that has
    just been done, from its clusters.
    """
    rows, k, clusters = [], len(np.unique(task.writers)), None
    fitted, tested = task.fitted, task.tested
    for key in task.keys:
        clusterer = CLUSTERERS[key[1]](k, key[3])
        if key[1] == K_MEANS:
            clusterer.set_params(init=fitted[task.start])
        if isinstance(clusterer, DiagonalMixture):
            clusterer.start = clusters
        began = time.perf_counter()
        try:
            labels = _clusters(clusterer, key[2], fitted, tested)
        except ValueError:  # rounding has made the variance of nearly equal rows negative
            clusterer = CLUSTERERS[key[1]](k, key[3])
            try:
                labels = _clusters(clusterer, key[2], fitted.astype(np.float64), tested.astype(np.float64))
            except ValueError as error:
                raise DataError(f"{key[1]} cannot find {k} clusters in {key[0]!r}: {error}") from error
        seconds = time.perf_counter() - began
        note = "" if _converged(clusterer) else "did not converge"
        rows.append(scored_row(key, task.protocol, labels, task.writers, seconds=seconds, note=note))
        if key[1] == K_MEANS:
            clusters = clusterer.labels_
    return rows


def _clusters(clusterer: Any, fit: str, fitted: NDArray[Any], tested: NDArray[Any]) -> Integers:
    labels: Integers = clusterer.fit_predict(fitted) if fit == "transductive" else clusterer.fit(fitted).predict(tested)
    return labels


def _converged(clusterer: Any) -> bool:
    """Whether a fitted clusterer ended before its iteration limit; one without such a limit always has."""
    if hasattr(clusterer, "converged_"):
        return bool(clusterer.converged_)
    return getattr(clusterer, "n_iter_", 0) < getattr(clusterer, "max_iter", math.inf)
