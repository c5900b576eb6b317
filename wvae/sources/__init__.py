"""Where digits come from: each source turns its own files into a :class:`~wvae.digits.DigitSet`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from wvae.digits import DigitSet
from wvae.errors import ConfigError, DataError
from wvae.sources import emnist, folder, qmnist, synthetic
from wvae.sources.download import Report
from wvae.sources.labels import LABELS

MOST_WRITERS = 10_000
"""Of "synthetic:WRITERS", whose 600,000 pictures take half a gigabyte."""


class SourceInfo(NamedTuple):
    """A source as a list shows it.

    ``present`` says whether it can be loaded now, None where that depends on the path;
    ``fetchable`` whether :func:`fetch` can bring it.
    """

    name: str
    description: str
    present: bool | None
    fetchable: bool


def data_root(root: str | Path | None = None) -> Path:
    """Where data files lie: the argument, else ``WVAE_DATA``, else ``data``."""
    return Path(root or os.environ.get("WVAE_DATA") or "data")


def known_sources(root: str | Path | None = None) -> list[SourceInfo]:
    """Every source by name, and whether it is present under ``root``."""
    root = data_root(root)
    return [
        SourceInfo(f"{name}:{part}" if part else name, text, source.present(part, root), source.fetch is not None)
        for name, source in _SOURCES.items()
        for part, text in source.listed.items()
    ]


def load_digits(source: str, root: str | Path | None = None) -> DigitSet:
    """The digits that a source string names.

    Args:
        source: ``qmnist:train``, ``qmnist:test``, ``qmnist:nist``, ``emnist:train``, ``emnist:test``,
            ``emnist:train:FILE`` (a local ``.mat``, or the ``matlab.zip`` that holds it), ``synthetic``,
            ``synthetic:WRITERS`` or ``folder:PATH``. A relative FILE or PATH that is not found from the
            working folder is looked for under ``root``; a PATH with a ``labels.csv`` there comes first.
        root: where data files lie: this argument, else ``WVAE_DATA``, else ``data``.

    Raises:
        ConfigError: there is no such source or part, or the number of writers is none.
        DataError: its files are missing or damaged, or its path is none.
    """
    known, rest = _find(source)
    return known.load(rest, data_root(root))


def identity(source: str, digits: DigitSet) -> str:
    """A name for the digits of a source that is equal on every machine where they are the same.

    Synthetic digits are named by the version of their generator, the number of writers and the seed, all others
    by the SHA-256 of their images, digits and writers.

    Raises:
        ConfigError: there is no such source, or the number of writers is none.
    """
    known, rest = _find(source)
    return known.identity(rest) if known.identity else digits.digest()


def fetch(source: str, root: str | Path | None = None, report: Report | None = None) -> None:
    """Download what a source string names to ``root``, unless it is there; a broken download is resumed.

    ``report(done, total)`` is called as bytes arrive, and begins anew for each file.

    Raises:
        ConfigError: there is no such source or part, or it is not one to download.
        DataError: no address gave the file that was published.
        WvaeError: the disk is full or cannot be written.
    """
    known, rest = _find(source)
    if known.fetch is None:
        names = " or ".join(name for name, each in _SOURCES.items() if each.fetch)
        raise ConfigError(f"{source} needs no download: what can be fetched begins with {names}.")
    known.fetch(rest, data_root(root), report)


def _find(source: str) -> "tuple[_Source, str]":
    """The row of the table for a source string, and what the string says behind the name."""
    name, _, rest = source.partition(":")
    if name not in _SOURCES:
        raise _unknown(source)
    return _SOURCES[name], rest


def _unknown(source: str) -> ConfigError:
    names = ", ".join(known.name for known in known_sources())
    return ConfigError(f"There is no data source {source[:80]!r}: the known ones are {names}.")


def _load_emnist(rest: str, root: Path) -> DigitSet:
    part, _, file = rest.partition(":")
    return emnist.load(part, root, _local(file, root) if file else None)


def _load_folder(path: str, root: Path) -> DigitSet:
    if not path:
        raise _unknown("folder:")
    return folder.load(_local(path, root, LABELS))


def _local(name: str, root: Path, labels: str | None = None) -> Path:
    """Where a file or folder lies: in the working folder, else under ``root``.

    What holds ``labels`` under ``root`` comes first: the project's own folder ``runs`` is not to hide digits
    that somebody has called so.
    """
    try:
        path = Path(name).expanduser()
        if labels and (root / path / labels).is_file():
            return root / path
        return path if path.exists() or not (root / path).exists() else root / path
    except (RuntimeError, OSError) as error:  # nobody's home, too long, or in a folder that must not be read
        raise DataError(f"{name[:80]!r} cannot be looked for ({error}): give the path of your digits.") from error


def synthetic_writers(source: str) -> int:
    """The number of writers in ``synthetic`` or ``synthetic:WRITERS``. It decides who they are: another number makes
    other writers, not more or fewer of the same.

    Raises:
        ConfigError: the number is none.
    """
    text = source.partition(":")[2]
    if not text:
        return synthetic.WRITERS
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 0 < int(text) <= MOST_WRITERS):
        raise ConfigError(f"synthetic:WRITERS needs a whole number of writers, 1 to {MOST_WRITERS}, not {text[:80]!r}.")
    return int(text)


class _Source(NamedTuple):
    """A row of the table: of the source strings ``NAME`` or ``NAME:REST``."""

    listed: dict[str, str]
    """What a list names behind ``NAME``, with a sentence about each."""
    load: Callable[[str, Path], DigitSet]
    """Of ``REST`` and the root."""
    present: Callable[[str, Path], bool | None]
    """Of ``REST`` and the root."""
    fetch: Callable[[str, Path, Report | None], None] | None = None
    """Of ``REST``, the root and what is told of the progress; None where there is nothing to download."""
    identity: Callable[[str], str] | None = None
    """Of ``REST``; None where only the data themselves tell."""


_SOURCES = {
    "qmnist": _Source(qmnist.PARTS, qmnist.load, qmnist.present, qmnist.fetch),
    "emnist": _Source(emnist.PARTS, _load_emnist, lambda rest, root: emnist.present(root), emnist.fetch),
    "synthetic": _Source(
        {"": "Digits drawn here from strokes, by 500 writers of known style; synthetic:WRITERS sets how many."},
        lambda rest, root: synthetic.load(synthetic_writers(f"synthetic:{rest}")),
        lambda rest, root: True,
        identity=lambda rest: synthetic.identity(synthetic_writers(f"synthetic:{rest}")),
    ),
    "folder": _Source(
        {"PATH": "Your own digits: PNG or JPEG pictures and a labels.csv with the columns file, digit, writer."},
        _load_folder,
        lambda rest, root: None,
    ),
}
"""Every source there is: another one is another row."""
