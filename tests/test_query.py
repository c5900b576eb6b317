import numpy as np
import pytest

from wvae.errors import ConfigError
from wvae.query import matching

DIGIT = np.array([3, 3, 7, 0])
SLANT = np.array([10.0, 30.0, -5.0, 25.0])


def rows(query: str) -> list[int]:
    return np.flatnonzero(matching(query, {"digit": lambda: DIGIT, "slant": lambda: SLANT})).tolist()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("digit == 3", [0, 1]),
        ("digit=3", [0, 1]),
        ("digit = 3 AND NOT slant<=20", [1]),
        ("digit In (0, 7) Or slant>=30", [1, 2, 3]),
        ("digit != 3", [2, 3]),
        ("Digit == 3 and slant > 20", [1]),
        ("digit == 7 or slant >= 25", [1, 2, 3]),
        ("not digit == 3", [2, 3]),
        ("digit in (0, 7)", [2, 3]),
        ("digit not in [0, 7] and slant < 20.5", [0]),
        ("digit in (7,)", [2]),
        ("slant < -1", [2]),
        ("0 <= slant <= 25", [0, 3]),
        ("slant > digit and not (digit == 0 or digit == 3 and slant > 20)", [0]),
        ("digit == 9", []),
    ],
)
def test_queries(query: str, found: list[int]) -> None:
    assert rows(query) == found


@pytest.mark.parametrize(
    "query",
    [
        "digit === 3", "digit ==", "3 == 3", "digit", "digit + 1 == 4", "digit == '3'", "digit in 3", "digit == (3, 4)",
        "(1, 2) in digit", "digit is 3", "__import__('os').getcwd() == 1", "digit.sum() == 3", "lambda: digit",
        "digit == 3\0", "(" * 900, "digit == 3 or " * 200 + "digit == 3", "digit in ((1, 2), 3)",
        "slant > " + "9" * 400,
    ],
)  # fmt: skip
def test_what_is_no_query_is_said(query: str) -> None:
    with pytest.raises(ConfigError, match="write it like"):
        rows(query)


def test_an_unknown_column_is_named_and_no_other_column_is_computed() -> None:
    with pytest.raises(ConfigError, match="There is no column hand; there are digit, slant"):
        rows("digit == 3 and hand == 1")
    columns = {"digit": lambda: DIGIT, "slant": lambda: pytest.fail("slant was not asked for")}
    assert matching("digit == 0", columns).tolist() == [False, False, False, True]
