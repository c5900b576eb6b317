"""Where digits come from: each source turns its own files into a :class:`~wvae.digits.DigitSet`."""

import os
from pathlib import Path
from typing import NamedTuple

from wvae.digits import DigitSet
from wvae.errors import ConfigError, DataError
from wvae.sources import emnist, folder, qmnist
from wvae.sources.download import Report


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
        *(SourceInfo(f"qmnist:{part}", text, qmnist.present(part, root), True) for part, text in qmnist.PARTS.items()),
        *(SourceInfo(f"emnist:{part}", text, emnist.present(root), True) for part, text in emnist.PARTS.items()),
        SourceInfo(
            "synthetic",
            "Digits drawn here from strokes, by 500 writers of known style; synthetic:WRITERS sets how many.",
            True,
            False,
        ),
        SourceInfo(
            "folder:PATH",
            "Your own digits: PNG or JPEG pictures and a labels.csv with the columns file, digit, writer.",
            None,
            False,
        ),
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
    root = data_root(root)
    name, _, rest = source.partition(":")
    match name:
        case "qmnist":
            return qmnist.load(rest, root)
        case "emnist":
            part, _, file = rest.partition(":")
            return emnist.load(part, root, _local(file, root) if file else None)
        case "synthetic":
            from wvae.sources import synthetic

            return synthetic.load(_writers(rest)) if rest else synthetic.load()
        case "folder" if rest:
            return folder.load(_local(rest, root, folder.LABELS))
    raise _unknown(source)


def fetch(source: str, root: str | Path | None = None, report: Report | None = None) -> None:
    """Download what a source string names to ``root``, unless it is there; a broken download is resumed.

    ``report(done, total)`` is called as bytes arrive, and begins anew for each file.

    Raises:
        ConfigError: there is no such source or part, or it is not one to download.
        DataError: no address gave the file that was published.
        WvaeError: the disk is full or cannot be written.
    """
    root = data_root(root)
    match source.split(":"):
        case ["qmnist", part]:
            qmnist.fetch(part, root, report)
        case ["emnist", part]:
            emnist.fetch(part, root, report)
        case ["synthetic" | "folder", *_] | ["emnist", _, _, *_]:
            raise ConfigError(f"{source} needs no download: what can be fetched begins with qmnist or emnist.")
        case _:
            raise _unknown(source)


def _unknown(source: str) -> ConfigError:
    names = ", ".join(known.name for known in known_sources())
    return ConfigError(f"There is no data source {source!r}: the known ones are {names}.")


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


def _writers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise ConfigError(f"synthetic:WRITERS needs a whole number of writers from 1, not {text!r}.")
    return int(text)
