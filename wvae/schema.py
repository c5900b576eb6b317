"""What files may hold: types with ranges and lengths, checked by msgspec (https://msgspec.dev) as JSON is read.

A dataclass or a ``TypedDict`` says what a file holds, and needs no checks of its own. Of a ``TypedDict`` unknown
fields are left out; of a config, a dataclass whose ``__post_init__`` calls :func:`check_fields`, they are refused.
"""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from wvae.errors import CheckpointError, ConfigError, WvaeError
from wvae.files import read_file

T = TypeVar("T")

LARGEST_SETTING = 2**31 - 1
"""Random generators take no larger seed, and no count that means anything is above it."""

Word = Annotated[str, Meta(max_length=100)]
"""A name of something."""
Text = Annotated[str, Meta(max_length=4000)]
"""A sentence, a source or the path of a file."""
Finite = Annotated[float, Meta(ge=-1e15, le=1e15)]
Positive = Annotated[float, Meta(gt=0, le=1e30)]
NotNegative = Annotated[float, Meta(ge=0, le=1e30)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=10**15)]
Setting = Annotated[int, Meta(ge=0, le=LARGEST_SETTING)]
"""A seed, or how many of something a person asks for."""

LARGEST_FILE = 1
"""Megabytes of a JSON file or of a line of one, unless more are said."""


def parse(
    content: bytes | str,
    kind: type[T],
    where: str,
    failure: type[WvaeError],
    *,
    megabytes: int = LARGEST_FILE,
    advice: str = "get or make it again",
) -> T:
    """What JSON holds.

    Args:
        kind: the type that says what is there.
        where: the file, as the sentence of an error names it.
        failure: the class of that error.
        advice: what a person is to do then.

    Raises:
        failure: it is no JSON, is too large or does not hold what it should.
    """
    try:
        if len(content) > megabytes * 1_000_000:
            raise ValueError(f"it is larger than {megabytes} MB")
        return msgspec.json.decode(content, type=kind)
    except (ValueError, RecursionError) as error:
        raise failure(f"{where} cannot be read ({_short(error)}): {advice}.") from None


def read_json(path: Path, kind: type[T], failure: type[WvaeError], megabytes: int = LARGEST_FILE) -> T:
    """What a JSON file holds; see :func:`parse`.

    Raises:
        failure: it is missing, too large or damaged.
    """
    try:
        content = read_file(path, megabytes)
    except OSError as error:
        raise failure(f"{path} cannot be read: {error.strerror or error}.") from None
    return parse(content, kind, str(path), failure, megabytes=megabytes)


def converted(value: Any, kind: type[T], where: str) -> T:
    """What has been read of a file, as a dataclass.

    Raises:
        CheckpointError: it does not fit.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise CheckpointError(f"{where} cannot be read ({_short(error)}): get or make it again.") from None


def check_fields(config: Any) -> None:
    """Check that each field of a frozen dataclass is what its type says, and make it so: a list a tuple.

    Raises:
        ConfigError: a field has another type, or is out of range.
    """
    for name, kind in _types(type(config)).items():
        value = getattr(config, name)
        try:
            object.__setattr__(config, name, msgspec.convert(value, kind))
        except msgspec.ValidationError as error:
            raise ConfigError(f"{name} must be {_wanted(error)}, not {_short(repr(value))}.") from None


def config_from(kind: type[T], section: Any, where: str) -> T:
    """A frozen dataclass config from a section of a JSON file, written by this or an earlier version.

    Args:
        kind: the dataclass; fields that are dataclasses themselves are read likewise.
        section: what the file holds.
        where: file and section, as the sentence of an error names them.

    Raises:
        CheckpointError: the section is none, has an unknown field, lacks one that has no default, or a value is out
            of range.
    """
    if not isinstance(section, dict):
        raise CheckpointError(f"{where} is missing or no JSON object: get the file again.")
    types = _types(kind)
    if unknown := sorted(section.keys() - types.keys()):
        raise CheckpointError(
            f"{where} has a field that is not known here, {_short(repr(unknown[0]))}: it may be of a newer version of "
            "wvae."
        )
    values = {
        name: config_from(types[name], value, f"{where}.{name}") if is_dataclass(types[name]) else value
        for name, value in section.items()
    }
    try:
        return kind(**values)
    except (ConfigError, TypeError) as error:
        raise CheckpointError(f"{where} makes no sense: {error}") from None


def _types(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


def _wanted(error: msgspec.ValidationError) -> str:
    """What msgspec says that it expected, in words."""
    wanted = str(error).removeprefix("Expected ").partition(", got ")[0]
    words = {"`int`": "a whole number", "`float`": "a number", ">=": "from", "<=": "up to", ">": "above", ".0": ""}
    for sign, word in words.items():
        wanted = wanted.replace(sign, word)
    return wanted


def _short(said: object) -> str:
    """What an error quotes of a file may be as long as the file; msgspec writes names as code, paths from "$"."""
    text = str(said).replace("`", "").replace("$.", "")
    return text if len(text) <= 200 else f"{text[:200]} …"
