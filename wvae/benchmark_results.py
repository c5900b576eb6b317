"""Results of the writer-clustering benchmark: rows, their summary over seeds, and the JSON file that holds both."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Required, TypedDict

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from wvae import __version__
from wvae.agreement import METRICS, scores
from wvae.errors import DataError, WvaeError
from wvae.files import atomic_write
from wvae.intervals import Estimate, estimate
from wvae.record import Protocol
from wvae.representations import ORACLE, RAW_PIXELS
from wvae.schema import LARGEST_SETTING, Finite, Fraction, Setting, Text, Word, read_json

Integers = NDArray[np.int64]

PUBLISHED = (
    ("raw pixels", "k-means", 0.1893, 0.0204, 0.0580),
    ("raw pixels", "gaussian mixture", 0.1660, 0.0153, 0.0506),
    ("latent B", "k-means", 0.1971, 0.0275, 0.0736),
    ("latent B", "gaussian mixture", 0.1883, 0.0220, 0.0621),
)
"""Purity, ARI and AMI as the 2018 article printed them, of another sample: 1,030 EMNIST digits by 100 writers."""

Key = tuple[str, str, str, int]
"""Representation, clusterer, fit and seed."""

MOST_IMAGES = 10_000_000

LARGEST_RESULT = 500
"""Megabytes of a file."""

_Place = tuple[int, int]
"""Number of the draw of writers, and seed."""

_FORMER_NAMES = {"best possible": ORACLE}
"""Representations that earlier files call by another name, and what they are called now."""


@dataclass(frozen=True)
class Row:
    """One clustering of the test images and how well it agrees with their writers.

    Attributes:
        representation, clusterer, fit, protocol: by name.
        seed: of the clusterer.
        purity, ari, ami, homogeneity, completeness, purity_chance: see :class:`wvae.agreement.Scores`.
        seconds: wall-clock time to fit and to predict while other rows run beside it, so a rough guide, not a
            measure of speed. (A clusterer's processor time is spread over threads of its own, which no clock of a
            row sees, and on one thread k-means sums in another order and some labels differ.) The centres from which
            k-means starts are drawn before, for all seeds together.
        labels: the cluster of each test image; HDBSCAN labels noise -1, which counts as a cluster.
        note: what a reader should know, such as "did not converge", or nothing.
    """

    representation: Word
    clusterer: Word
    fit: Word
    protocol: Word
    seed: Setting
    purity: Fraction
    ari: Finite
    ami: Finite
    homogeneity: Finite
    completeness: Finite
    purity_chance: Fraction
    seconds: Finite
    labels: Annotated[list[Annotated[int, Meta(ge=-1, le=LARGEST_SETTING)]], Meta(max_length=MOST_IMAGES)]
    note: Text = ""

    @property
    def key(self) -> Key:
        """What tells the rows of one benchmark apart."""
        return self.representation, self.clusterer, self.fit, self.seed


def scored_row(
    key: Key, protocol: str, labels: Integers, writers: Integers, *, seconds: float = 0.0, note: str = ""
) -> Row:
    """The row of a clustering ``(n,)`` of images by these writers ``(n,)``.

    Clusters fewer or more than writers are noted before ``note``.
    """
    found, k = len(np.unique(labels)), len(np.unique(writers))
    notes = [note] if note else []
    if found != k:
        notes.insert(0, "one cluster holds every image" if found == 1 else f"{found} clusters of {k} asked for")
    return Row(*key[:3], protocol, key[3], *scores(writers, labels), seconds, labels.tolist(), "; ".join(notes))


@dataclass(frozen=True)
class Summary:
    """The rows of one representation, clusterer and fit, over seeds, or over draws of writers.

    Attributes:
        n: how many values each estimate is made of.
        metrics: an estimate for each of :data:`wvae.agreement.METRICS`.
        difference: of each of them, less that of raw pixels on the same seed; None where there is none.
        ratio: mean AMI over that of raw pixels on the same seeds; None where theirs is not above 0.
        purity_chance: mean over rows.
        seconds: mean of the rows' ``seconds``.
        note: of the rows, each different one once, or nothing.
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
    is over the means of the draws, and so includes how much the choice of writers matters.
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
        note="; ".join(dict.fromkeys(row.note for row in rows.values() if row.note)),
    )


def _independent(values: dict[_Place, float], several: bool) -> list[float]:
    """The values, or of several draws of writers the mean of each: seeds on the same writers are not independent."""
    if not several:
        return list(values.values())
    draws = {draw: [value for (other, _), value in values.items() if other == draw] for draw, _ in values}
    return [float(np.mean(draw)) for draw in draws.values()]


class ResultConfig(TypedDict, total=False):
    """What was clustered how; see :class:`wvae.benchmark_job.BenchmarkRun`."""

    checkpoint: Required[Text]
    source: Required[Text]
    writers: Required[Setting]
    split_seed: Required[Setting]
    protocol: Required[Protocol]
    representations: list[Word]
    clusterers: list[Word]
    fits: list[Word]
    seeds: Setting
    data_digest: Word
    weights_digest: Word


class ResultFile(TypedDict):
    """What is read of the file of a result, beside its summary."""

    config: ResultConfig
    environment: dict[Word, Word | Finite | None]
    writers: Annotated[list[Annotated[int, Meta(ge=0, le=2**63 - 1)]], Meta(max_length=MOST_IMAGES)]
    rows: list[Row]


class Result(NamedTuple):
    """A benchmark as its file holds it.

    ``config`` says what was clustered how, and ``environment`` with which versions on what machine; ``writers``
    ``(n,)`` are the true writers of the test images, in the order of each row's labels.
    """

    config: ResultConfig
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


def delete_result(path: Path) -> None:
    """Delete the file of a result.

    Raises:
        WvaeError: it cannot be deleted.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WvaeError(f"{path} could not be deleted: {error.strerror}.") from error


def read_result(path: Path) -> Result:
    """Read what :func:`write_result` wrote, now or earlier.

    Raises:
        DataError: the file is missing, damaged or no benchmark's.
    """
    content = read_json(path, ResultFile, DataError, LARGEST_RESULT)
    rows = [
        replace(row, representation=_FORMER_NAMES.get(row.representation, row.representation))
        for row in content["rows"]
    ]
    if any(len(row.labels) != len(content["writers"]) for row in rows):
        raise DataError(f"{path} is damaged: a row does not fit the writers. Run the benchmark again.")
    return Result(content["config"], content["environment"], np.array(content["writers"], np.int64), rows)
