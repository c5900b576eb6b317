"""Session state is one for all pages: a key that two pages used would carry a value from one widget to another."""

import ast
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
SHARED = {"choice.py"}
"""The sidebar, which every page has on purpose."""


def keys(source: str) -> Iterator[str]:
    """The keys that a module gives to widgets, each as far as it is constant: a f-string up to its first value.

    A key that is an argument is left out: whoever calls that function names it.
    """
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        for key in (keyword.value for keyword in call.keywords if keyword.arg == "key"):
            if isinstance(key, ast.Constant):
                yield str(key.value)
            elif isinstance(key, ast.JoinedStr):
                start = key.values[0]
                yield f"{start.value}*" if isinstance(start, ast.Constant) else "*"
            elif isinstance(call.func, ast.Attribute) and call.func.attr in WIDGETS:
                assert isinstance(key, ast.Name), f"the key {ast.unparse(key)} cannot be told"


WIDGETS = {"button", "selectbox", "multiselect", "segmented_control", "text_input", "number_input", "toggle", "tabs"}


def may_be_equal(one: str, other: str) -> bool:
    first, second = one.rstrip("*"), other.rstrip("*")
    if "*" in one + other:
        return (first.startswith(second) and "*" in other) or (second.startswith(first) and "*" in one)
    return one == other


def modules() -> dict[str, str]:
    paths = [*(HERE / "pages").glob("*.py"), *(HERE / "wvae/ui").rglob("*.py")]
    return {str(path.relative_to(HERE)): path.read_text() for path in paths if path.name not in SHARED}


def clashes(sources: dict[str, str]) -> list[tuple[str, str]]:
    found = {(name, key) for name, source in sources.items() for key in keys(source)}
    pairs = combinations(sorted(found), 2)
    return [(one[0], other[0]) for one, other in pairs if one[0] != other[0] and may_be_equal(one[1], other[1])]


def test_no_key_is_used_twice() -> None:
    sources = modules()
    assert sum(len(list(keys(source))) for source in sources.values()) > 60
    assert not clashes(sources)
    sidebar = (HERE / "wvae/ui/choice.py").read_text()
    assert not [clash for clash in clashes(sources | {"sidebar": sidebar}) if "sidebar" in clash]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ('st.button("Start training", key="start")', 'st.segmented_control("Start from", [], key="start")', True),
        ('st.button("Stop", key=f"stop {name}")', 'st.button("Stop", key="stop all")', True),
        ('st.button("Stop", key=f"stop {name}")', 'st.button("Stop", key="stop")', False),
        ('st.button("Stop", key=f"{name} stop")', 'st.button("Go", key="go")', True),
        ('st.button("Stop", key="stop")', 'st.button("Go", key="go")', False),
    ],
)
def test_a_key_that_is_used_twice_is_found(one: str, other: str, clash: bool) -> None:
    assert clashes({"one.py": one, "other.py": other}) == ([("one.py", "other.py")] if clash else [])
