"""What holds of the code as a whole: short modules, the field's words, one place that builds models."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
MODULES = sorted((HERE / "wvae").rglob("*.py"))
SOURCES = [*MODULES, *(HERE / "pages").glob("*.py"), *(path for path in (HERE / "wvae").rglob("*.js"))]
LONGEST = 320  # lines; a longer module holds more than one concept
PICTURESQUE = re.compile("shelf|picking|merits|heap|_apart|whom", re.IGNORECASE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HERE)))
def test_modules_are_short(path: Path) -> None:
    assert path.name == "synthetic.py" or len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HERE)))
def test_the_words_are_the_fields_own(path: Path) -> None:
    assert not PICTURESQUE.findall(path.read_text())


def test_models_are_built_in_one_place() -> None:
    built = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "WVAE":
                built.append(path.name)
    assert built == ["model.py"]
