"""JavaScript modules, joined into the one script that a Streamlit component takes.

This folder also holds what several components import.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def bundle(entry: Path) -> str:
    """A module and all that it imports, each file once and after those it imports itself.

    Files import by name, ``import { name } from "./file.js";``, without renaming. Their top-level names end up in one
    scope, so no two files of a bundle may declare the same one.
    """
    parts: dict[Path, str] = {}

    def add(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        for name in _IMPORT.findall(text):
            if (imported := (path.parent / name).resolve()) not in parts:
                add(imported)
        parts[path] = _EXPORT.sub("", _IMPORT.sub("", text))

    add(entry.resolve())
    return "\n".join(parts.values())
