"""The writer-clustering benchmark: do the images of one hand fall into one cluster?

A representation (:mod:`wvae.representations`) turns images into rows of numbers, a clusterer parts the rows into
as many clusters as there are writers, and purity, ARI and AMI say how far clusters and writers agree. A clusterer
is anything with scikit-learn's ``fit_predict``; to add one is to add a line to :data:`CLUSTERERS`.
"""

import json
import os
import platform
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import groupby, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import parallel_config
from numpy.typing import NDArray
from scipy.special import stdtrit
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans, SpectralClustering
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, homogeneity_completeness_v_measure
from sklearn.metrics.cluster import contingency_matrix
from sklearn.mixture import GaussianMixture
from sklearn.utils.parallel import Parallel, delayed

from wvae import __version__
from wvae.digits import DigitSet, WriterSplit
from wvae.errors import ConfigError, DataError
from wvae.files import atomic_write
from wvae.representations import RAW_PIXELS

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

FITS = ("transductive", "inductive")
"""Fitted on the test images, or on the evaluation writers' training images, to predict the test images."""

CLUSTERERS: dict[str, Callable[[int, int], Any]] = {
    "k-means": lambda k, seed: KMeans(k, n_init=1, random_state=seed),
    "gaussian mixture": lambda k, seed: GaussianMixture(k, covariance_type="diag", random_state=seed),
    "full gaussian mixture": lambda k, seed: GaussianMixture(k, reg_covar=1e-3, random_state=seed),
    "ward": lambda k, seed: AgglomerativeClustering(k),
    "hdbscan": lambda k, seed: HDBSCAN(copy=True),
    "spectral": lambda k, seed: SpectralClustering(k, affinity="nearest_neighbors", random_state=seed),
}
"""Makes each clusterer of a number of clusters and a seed; Ward and HDBSCAN have no chance in them.

The plain Gaussian mixture has diagonal covariances. A full covariance of the dozen images of one writer is
singular, so that mixture adds 0.001 to its diagonal: a thirtieth of a grey value's range, squared.
"""

DEFAULT_CLUSTERERS = ("k-means", "gaussian mixture")

METRICS = ("purity", "ari", "ami", "homogeneity", "completeness")

CHANCE, BY_DIGIT, BEST_POSSIBLE = "chance", "the digit", "best possible"
"""Rows that no clusterer made: random clusters, a cluster a digit, and the most likely writer by the true style."""

PUBLISHED = (
    ("raw pixels", "k-means", 0.1893, 0.0204, 0.0580),
    ("raw pixels", "gaussian mixture", 0.1660, 0.0153, 0.0506),
    ("latent B", "k-means", 0.1971, 0.0275, 0.0736),
    ("latent B", "gaussian mixture", 0.1883, 0.0220, 0.0621),
)
"""Purity, ARI and AMI as the 2018 article printed them, of another sample: 1,030 EMNIST digits by 100 writers."""

_Key = tuple[str, str, str, int]
"""Representation, clusterer, fit and seed."""

_Place = tuple[int, int]
"""Number of the draw of writers, and seed."""

FEWEST = 10
"""Images to learn from below which there is no PCA of ten dimensions."""

PERMUTATIONS = 20
"""Random assignments that the chance value of a row's purity is the mean of."""


@dataclass(frozen=True)
class Row:
    """One clustering of the test images and how well it agrees with their writers.

    Attributes:
        representation, clusterer, fit, protocol: by name.
        seed: of the clusterer.
        purity: 0..1, share of images whose cluster's commonest writer wrote them ("Introduction to Information
            Retrieval", https://nlp.stanford.edu/IR-book/html/htmledition/evaluation-of-clustering-1.html).
        ari: adjusted Rand index, 1 at best and 0 by chance ("Comparing partitions",
            https://doi.org/10.1007/BF01908075).
        ami: adjusted mutual information, likewise ("Information Theoretic Measures for Clusterings Comparison",
            https://jmlr.org/papers/v11/vinh10a.html).
        homogeneity, completeness: 0..1 ("V-Measure", https://aclanthology.org/D07-1043/).
        purity_chance: the purity of clusters of the same sizes that know nothing.
        seconds: to fit and to predict.
        labels: the cluster of each test image; HDBSCAN calls those it leaves out -1, which counts as a cluster.
        note: what a reader should know, or nothing.
    """

    representation: str
    clusterer: str
    fit: str
    protocol: str
    seed: int
    purity: float
    ari: float
    ami: float
    homogeneity: float
    completeness: float
    purity_chance: float
    seconds: float
    labels: list[int]
    note: str = ""

    @property
    def key(self) -> _Key:
        """What tells the rows of one benchmark apart."""
        return self.representation, self.clusterer, self.fit, self.seed


def purity(writers: Integers, labels: Integers) -> float:
    """Share of images ``(n,)`` that were written by the commonest writer of their cluster."""
    return float(contingency_matrix(writers, labels).max(0).sum() / len(writers))


class Scores(NamedTuple):
    """The figures of a :class:`Row`."""

    purity: float
    ari: float
    ami: float
    homogeneity: float
    completeness: float
    purity_chance: float


def scores(writers: Integers, labels: Integers) -> Scores:
    """How well clusters ``(n,)`` agree with writers ``(n,)``; names on either side do not matter."""
    homogeneity, completeness, _ = homogeneity_completeness_v_measure(writers, labels)
    rng = np.random.default_rng(0)
    return Scores(
        purity(writers, labels),
        float(adjusted_rand_score(writers, labels)),
        float(adjusted_mutual_info_score(writers, labels)),
        float(homogeneity),
        float(completeness),
        purity_chance=float(np.mean([purity(writers, rng.permutation(labels)) for _ in range(PERMUTATIONS)])),
    )


def benchmark(
    representations: Mapping[str, Any],
    digits: DigitSet,
    split: WriterSplit,
    *,
    clusterers: Sequence[str] = DEFAULT_CLUSTERERS,
    fits: Sequence[str] = FITS,
    seeds: int = 10,
    done: Iterable[Row] = (),
    report: Callable[[Row, float], None] = lambda row, share: None,
) -> list[Row]:
    """Cluster the test images of the evaluation writers in every way that is asked for.

    What is not yet done runs in parallel through joblib: in threads, or where :func:`parallel` says. A clusterer
    without ``predict`` has only the transductive fit.

    Args:
        representations: transformers by name, as of :func:`wvae.representations.representations`.
        split: its protocol says whose images the representations are fitted on.
        clusterers: names of :data:`CLUSTERERS`.
        fits: of :data:`FITS`.
        seeds: how many starts of each clusterer, from seed 0; one of those that have no chance in them.
        done: rows of an earlier run of the same benchmark, which are not made again.
        report: called with each new row, in the order they are ready, and the share that is done, up to 1.

    Returns:
        All rows, with those of chance and of one cluster a digit, in the order of the arguments.

    Raises:
        ConfigError: a clusterer or fit does not exist, there are no seeds, or nothing can be fitted so.
        DataError: there are too few writers or images, or a representation is constant or not finite.
    """
    _check(clusterers, fits, seeds, split)
    learned, train, test = digits[split.training], digits[split.train], digits[split.test]
    if len(learned) < FEWEST:
        raise DataError(
            f"There are {len(learned)} images by other writers to learn from, and {FEWEST} are needed: choose fewer "
            "evaluation writers, or the article protocol."
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
    references = {
        _reference(CHANCE, seed): np.random.default_rng(seed).integers(k, size=len(test)) for seed in range(seeds)
    }
    references[_reference(BY_DIGIT)] = test.digits
    for key, labels in references.items():
        rows[key] = _scored(key, split.protocol, labels, test.writers)
    missing = [key for key in wanted if key not in rows]
    tasks = []
    for name, keys in groupby(missing, key=lambda key: key[0]):
        transformer = representations[name].fit(learned)
        tested = _finite(transformer.transform(test), name)
        asked = list(keys)
        for fit in dict.fromkeys(key[2] for key in asked):
            fitted = tested if fit == "transductive" else _finite(transformer.transform(train), name)
            varies = _varying(fitted, name)
            parts = fitted[:, varies], tested[:, varies]
            tasks += [delayed(_row)(key, split.protocol, *parts, test.writers) for key in asked if key[2] == fit]
    tasks.sort(key=lambda task: -task[1][2].size)  # the longest first, or the last would keep one processor busy
    with warnings.catch_warnings():  # scikit-learn's Parallel hands the filters on to processes and clusters
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Graph is not fully connected")
        ready = Parallel(n_jobs=-1, prefer="threads", return_as="generator_unordered")(tasks)
        for n, row in enumerate(ready, start=1):
            rows[row.key] = row
            report(row, 1 - (len(missing) - n) / len(wanted))
    return [rows[key] for key in [*references, *wanted]]


@contextmanager
def parallel(backend: str, scheduler: str | None = None) -> Iterator[None]:
    """Where the rows of :func:`benchmark` are made, within a ``with`` block.

    Args:
        backend: one of joblib's: "threading", which starts at once and is as fast on a few processors, "loky"
            (processes), or "dask", which needs the package distributed.
        scheduler: address of a dask cluster, such as "tcp://10.0.0.5:8786".

    Raises:
        ConfigError: there is no such backend, or no cluster answers there.
    """
    if (backend == "dask") != (scheduler is not None):
        raise ConfigError("The backend dask and the address of its scheduler belong together: name both, or neither.")
    if scheduler is not None:
        try:
            from distributed import Client

            client = Client(scheduler, timeout=5)
        except ImportError:
            raise ConfigError("The backend dask needs a package more: pip install distributed.") from None
        except (OSError, ValueError) as error:
            raise ConfigError(f"No dask scheduler answers at {scheduler} ({error}).") from None
        with client, parallel_config("dask"):
            yield
        return
    if backend not in ("loky", "threading"):
        raise ConfigError(f"There is no backend {backend!r}; there are: loky, threading, dask.")
    with parallel_config(backend):
        yield


def best_possible(log_likelihoods: Floats, writers: Integers, protocol: str) -> Row:
    """The row of the most likely writer of each image, by its true style: what no clustering can be above for long.

    Args:
        log_likelihoods: ``(n, writers)`` of the test images under the evaluation writers alone, as of
            :func:`wvae.sources.synthetic.writer_log_likelihoods`.
        writers: ``(n,)``.
    """
    return _scored(_reference(BEST_POSSIBLE), protocol, log_likelihoods.argmax(1), writers)


def _reference(name: str, seed: int = 0) -> _Key:
    return name, "none", "none", seed


@dataclass(frozen=True)
class Estimate:
    """A mean and its 95 % interval by Student's t; ``low`` and ``high`` are None of a single value."""

    mean: float
    low: float | None
    high: float | None


def estimate(values: Sequence[float]) -> Estimate:
    """Mean of independent values and its 95 % interval."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, None, None)
    half = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return Estimate(mean, mean - half, mean + half)


@dataclass(frozen=True)
class Summary:
    """The rows of one representation, clusterer and fit, over seeds, or over draws of writers.

    Attributes:
        n: how many values each estimate is made of.
        metrics: an estimate for each of :data:`METRICS`.
        difference: of each of them, less that of raw pixels on the same seed; None where there is none.
        ratio: mean AMI over that of raw pixels on the same seeds; None where theirs is not above 0.
        purity_chance: mean over rows.
        seconds: mean time of a row.
        note: of the rows, or nothing.
    """

    representation: str
    clusterer: str
    fit: str
    protocol: str
    n: int
    metrics: dict[str, Estimate]
    difference: dict[str, Estimate] | None
    ratio: float | None
    purity_chance: float
    seconds: float
    note: str


def summarise(*draws: Sequence[Row]) -> list[Summary]:
    """A line for each representation, clusterer and fit, in the order of the first draw's rows.

    Of one draw of writers, an interval is over seeds: how much the start of the clusterer matters. Of several, it
    is over the means of the draws, and so shows both: how much it would matter to ask other people, too.
    """
    groups: dict[tuple[str, str, str], dict[_Place, Row]] = {}
    for number, rows in enumerate(draws):
        for row in rows:
            groups.setdefault(row.key[:3], {})[number, row.seed] = row
    several = len(draws) > 1
    return [_summary(rows, groups.get((RAW_PIXELS, *key[1:]), {}), several) for key, rows in groups.items()]


def _summary(rows: dict[_Place, Row], raw: dict[_Place, Row], several: bool) -> Summary:
    paired = [place for place in rows if place in raw]
    first = next(iter(rows.values()))
    raw_ami = float(np.mean([raw[place].ami for place in paired])) if paired else 0.0

    def mean(measure: str) -> float:
        return float(np.mean([getattr(row, measure) for row in rows.values()]))

    def values(metric: str) -> list[float]:
        return _independent({place: getattr(row, metric) for place, row in rows.items()}, several)

    def differences(metric: str) -> list[float]:
        less = {place: getattr(rows[place], metric) - getattr(raw[place], metric) for place in paired}
        return _independent(less, several)

    return Summary(
        *first.key[:3],
        first.protocol,
        n=len(values("ami")),
        metrics={metric: estimate(values(metric)) for metric in METRICS},
        difference={metric: estimate(differences(metric)) for metric in METRICS} if paired else None,
        ratio=float(np.mean([rows[place].ami for place in paired])) / raw_ami if raw_ami > 0 else None,
        purity_chance=mean("purity_chance"),
        seconds=mean("seconds"),
        note=next((row.note for row in rows.values() if row.note), ""),
    )


def _independent(values: dict[_Place, float], several: bool) -> list[float]:
    """The values, or of several draws of writers the mean of each: a new start on the same people asks no new ones."""
    if not several:
        return list(values.values())
    draws = {draw: [value for (other, _), value in values.items() if other == draw] for draw, _ in values}
    return [float(np.mean(draw)) for draw in draws.values()]


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
    """Which features are not constant: the others move no image, but a full covariance of them takes long."""
    varies = np.ptp(rows, axis=0) > 0
    if not varies.any():
        raise DataError(f"The representation {name!r} is the same for all images: there is nothing to cluster.")
    return varies


def _row(key: _Key, protocol: str, fitted: Floats, tested: Floats, writers: Integers) -> Row:
    """Cluster once; this may run in another process."""
    _, name, fit, seed = key
    k = len(np.unique(writers))
    clusterer = CLUSTERERS[name](k, seed)
    began = time.perf_counter()
    try:
        labels = clusterer.fit_predict(fitted) if fit == "transductive" else clusterer.fit(fitted).predict(tested)
    except ValueError as error:
        raise DataError(f"{name} cannot part {key[0]!r} into {k} clusters: {error}") from error
    return _scored(key, protocol, labels, writers, time.perf_counter() - began)


def _scored(key: _Key, protocol: str, labels: Integers, writers: Integers, seconds: float = 0.0) -> Row:
    found, k = len(np.unique(labels)), len(np.unique(writers))
    note = "one cluster holds every image" if found == 1 else f"{found} clusters of {k} asked for" if found != k else ""
    return Row(*key[:3], protocol, key[3], *scores(writers, labels), seconds, labels.tolist(), note)


class Result(NamedTuple):
    """A benchmark as its file holds it.

    ``config`` says what was clustered how, ``environment`` with which versions on what machine; ``writers``
    ``(n,)`` are the true writers of the test images, in the order of each row's labels.
    """

    config: dict[str, Any]
    environment: dict[str, Any]
    writers: Integers
    rows: list[Row]


def environment() -> dict[str, Any]:
    """Versions and machine that figures and times were made with."""
    libraries = ("numpy", "scipy", "scikit-learn")
    return {
        "wvae": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in libraries},
        "machine": platform.machine(),
        "processors": os.cpu_count(),
    }


def write_result(path: Path, result: Result) -> None:
    """Write a result, with its summary, as one JSON file, whole or not at all.

    Raises:
        WvaeError: the disk is full or the folder cannot be written.
    """
    content = {
        "config": result.config,
        "environment": result.environment,
        "writers": result.writers.tolist(),
        "summary": [asdict(line) for line in summarise(result.rows)],
        "rows": [asdict(row) for row in result.rows],
    }
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def read_result(path: Path) -> Result:
    """Read what :func:`write_result` wrote.

    Raises:
        DataError: the file is missing, damaged or no benchmark's.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        writers = np.array(content["writers"], np.int64)
        rows = [Row(**row) for row in content["rows"]]
        if not all(len(row.labels) == len(writers) and np.isfinite(row.ami) for row in rows):
            raise ValueError("a row does not fit the writers")
        return Result(dict(content["config"]), dict(content["environment"]), writers, rows)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as the result of a benchmark ({error}): run it again.") from None
