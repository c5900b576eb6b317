"""Rows chosen by a sentence such as ``digit == 3 and writer in (12, 40) and slant > 20``.

The sentence is read with Python's own parser and then walked; nothing in it is ever run.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wvae.errors import ConfigError

LONGEST = 1000
EXAMPLE = "write it like: digit == 3 and writer in (12, 40) and slant > 20"
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: np.isin,
    ast.NotIn: lambda value, values: ~np.isin(value, values),
}


def matching(query: str, columns: Mapping[str, Callable[[], NDArray[Any]]]) -> NDArray[np.bool_]:
    """Which rows a query holds for, bool ``(n,)``.

    Comparisons of columns, numbers and, after ``in``, lists of numbers, joined by ``and``, ``or``
    and ``not``, these words in any case; ``=`` means ``==``. ``columns`` gives each column ``(n,)``
    by its name; only those named are asked for.

    Raises:
        ConfigError: the query is not such a sentence, or names a column that there is not.
    """
    try:
        if len(query) > LONGEST:
            raise ValueError
        tree = ast.parse(_as_python(query), mode="eval").body
        return _condition(tree, columns)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        raise ConfigError(f"This query cannot be read; {EXAMPLE}.") from None


def _as_python(query: str) -> str:
    """The query with "=" for equality written "==", and its words in small letters."""
    query = re.sub("(?<![<>=!])=(?!=)", "==", query.strip())
    return re.sub(r"\b(and|or|not|in)\b", lambda word: word[0].lower(), query, flags=re.IGNORECASE)


def _condition(node: ast.expr, columns: Mapping[str, Callable[[], NDArray[Any]]]) -> NDArray[np.bool_]:
    match node:
        case ast.BoolOp(op, parts):
            join = np.logical_and if isinstance(op, ast.And) else np.logical_or
            return join.reduce([_condition(part, columns) for part in parts])
        case ast.UnaryOp(ast.Not(), part):
            return ~_condition(part, columns)
        case ast.Compare(left, operators, others):
            sides = [_value(side, columns) for side in (left, *others)]
            holds = []
            for comparison, one, other in zip(operators, sides, sides[1:], strict=False):
                _check_sides(comparison, one, other)
                holds.append(COMPARISONS[type(comparison)](one, other))
            return np.logical_and.reduce(holds)
    raise ConfigError(f"A query compares columns with numbers; {EXAMPLE}.")


def _check_sides(comparison: ast.cmpop, left: Any, right: Any) -> None:
    """Refuse a list anywhere but after ``in``, and a comparison without a column."""
    listed = isinstance(comparison, ast.In | ast.NotIn)
    if isinstance(left, list) or isinstance(right, list) != listed or type(comparison) not in COMPARISONS:
        raise ConfigError(f"A list of numbers in brackets follows the word in; {EXAMPLE}.")
    if not any(isinstance(side, np.ndarray) for side in (left, right)):
        raise ConfigError(f"Each comparison needs a column such as digit or slant; {EXAMPLE}.")


def _value(node: ast.expr, columns: Mapping[str, Callable[[], NDArray[Any]]]) -> Any:
    match node:
        case ast.Name(name):
            found = {known.lower(): column for known, column in columns.items()}.get(name.lower())
            if found is None:
                raise ConfigError(f"There is no column {name}; there are {', '.join(columns)}.")
            return found()
        case ast.Constant(int() | float() as value):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)):
            return -value
        case ast.Tuple(parts) | ast.List(parts) | ast.Set(parts):
            values = [_value(part, columns) for part in parts]
            if all(isinstance(value, int | float) for value in values):
                return values
    raise ConfigError(f"A query compares columns with numbers; {EXAMPLE}.")
