"""Files to which a job appends one JSON value a line as it goes on."""

import json
import os
from pathlib import Path
from typing import Any, TypeVar

from wvae.errors import RunError, WvaeError
from wvae.files import read_file
from wvae.schema import parse

T = TypeVar("T")

LARGEST = 500
"""Megabytes of a file."""


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """The values of all whole lines, none if there is no file; a last line that a kill has cut short is left out.

    ``kind`` is the type of each; see :mod:`wvae.schema`.

    Raises:
        RunError: a line cannot be read.
    """
    advice = "correct or delete that line, and start again"
    return [
        parse(line, kind, f"Line {number} of {path}", RunError, advice=advice)
        for number, line in enumerate(_whole_lines(path), start=1)
    ]


def append_line(path: Path, value: Any) -> None:
    """Add a line; a last one without its end, which a kill or a full disk has left, is cut first.

    Raises:
        WvaeError: the disk is full or the file cannot be written.
    """
    try:
        with open(path, "a+b") as file:
            if size := file.seek(0, os.SEEK_END):
                file.seek(size - 1)
                if file.read() != b"\n":
                    file.seek(0)
                    file.truncate(file.read().rfind(b"\n") + 1)
            file.write(json.dumps(value).encode() + b"\n")
    except OSError as error:
        raise WvaeError(f"{path} could not be written: {error.strerror or error}.") from error


def _whole_lines(path: Path) -> list[bytes]:
    try:
        return read_file(path, LARGEST).split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}.") from error
