"""The table ``labels.csv`` of a folder of pictures: the digit and the writer of each file."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wvae.errors import DataError
from wvae.files import read_file

LABELS = "labels.csv"
COLUMNS = ("file", "digit", "writer")

LARGEST_LABELS = 20
"""Megabytes of ``labels.csv``."""

MOST_PICTURES = 200_000


class Row(NamedTuple):
    """A line of ``labels.csv``: where it is, for error sentences, and what it says."""

    place: str
    picture: Path
    digit: int
    writer: int


def labels_text(rows: Iterable[tuple[object, object, object]]) -> str:
    """The table that says file, digit and writer of each row."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return table.getvalue()


def read_labels(folder: Path) -> list[Row]:
    """The rows of a folder's table; no picture is read.

    Raises:
        DataError: it is missing or cannot be read, a picture would lie outside the folder, or a digit or writer is no
            number of its kind.
    """
    rows = list(itertools.islice(_rows(folder), MOST_PICTURES + 1))
    if len(rows) > MOST_PICTURES:
        raise DataError(f"{folder / LABELS} names more than {MOST_PICTURES:,} pictures: divide it.")
    return rows


def _rows(folder: Path) -> Iterator[Row]:
    path = folder / LABELS
    try:
        text = read_file(path, LARGEST_LABELS).decode("utf-8-sig")  # spreadsheets put a byte order mark first
        with io.StringIO(text, newline="") as file:
            table = csv.DictReader(file, restval="")
            table.fieldnames = [name.strip() for name in table.fieldnames or ()]
            for column in COLUMNS:
                if column not in table.fieldnames:
                    raise DataError(
                        f"{path} has no column {column}: its first line must name the columns {', '.join(COLUMNS)}."
                    )
            for cells in table:
                place = f"{path}, line {table.line_num}"
                file_name, digit, writer = (cells[column].strip() for column in COLUMNS)
                yield Row(
                    place,
                    _inside(folder, file_name, place),
                    _whole_number(digit, "digit", 9, place),
                    _whole_number(writer, "writer", np.iinfo(np.int64).max, place),
                )
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} is not a table of comma-separated values in UTF-8 ({error}): save it as one."
        ) from error
    except FileNotFoundError:
        raise DataError(f"{path} is missing: write one with the columns {', '.join(COLUMNS)}.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error


def _inside(folder: Path, name: str, place: str) -> Path:
    """The path of a row's picture; a table from elsewhere must not point at other files of the reader's."""
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # links that go round in circles, a name that no file can have
        inside = False
    if not name or not inside:
        raise DataError(f"{place}: file must be the path of a picture inside {folder}, not {name[:80]!r}.")
    return path


def _whole_number(text: str, column: str, largest: int, place: str) -> int:
    # At most 19 digits, as the largest writer has: Python refuses to convert thousands of them.
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= largest):
        raise DataError(f"{place}: {column} must be a whole number from 0 to {largest}, not {text[:30]!r}.")
    return int(text)
