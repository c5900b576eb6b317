"""Configs read from files: a field that is missing takes its default, one that is unknown is refused by name."""

from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

from wvae.errors import CheckpointError, ConfigError

T = TypeVar("T")


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
    types = get_type_hints(kind)
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if unknown := sorted(section.keys() - set(known)):
        raise CheckpointError(
            f"{where} has a field that is not known here, {unknown[0]!r}: it may be of a newer version of wvae."
        )
    values = {
        name: config_from(types[name], value, f"{where}.{name}") if is_dataclass(types[name]) else value
        for name, value in section.items()
    }
    try:
        return kind(**values)
    except (ConfigError, TypeError) as error:
        raise CheckpointError(f"{where} makes no sense: {error}") from None
