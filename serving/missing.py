"""Values of a panel by row, and whether one is known, however the panel says that it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd


def is_missing(value: Any) -> bool:
    """Whether a value is not known: None, NaN, NaT or NA.

    >>> [is_missing(value) for value in (None, float("nan"), pd.NA, 0, False, "")]
    [True, True, True, False, False, False]
    """
    # NaN differs from itself; NA tells nobody whether it does
    return value is None or value is pd.NA or bool(value != value)


def values_of(rows: pd.DataFrame, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the values of each row in the order of `names`, missing ones None or NaN.

    >>> values_of(pd.DataFrame({"orders": pd.array([2, None], dtype="Int64")}), ["orders"])
    [(2,), (None,)]
    """
    columns = [
        [None if value is pd.NA else value for value in rows[name].tolist()] for name in names
    ]
    return list(zip(*columns, strict=True))


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the values of each row by column, missing ones None or NaN.

    Of few rows: they are taken out of the frame at once, which is quicker than column by column.

    >>> records(pd.DataFrame({"orders": pd.array([2, None], dtype="Int64"), "name": ["a", "b"]}))
    [{'orders': 2, 'name': 'a'}, {'orders': None, 'name': 'b'}]
    """
    names = rows.columns.tolist()
    return [
        {name: None if value is pd.NA else value for name, value in zip(names, row, strict=True)}
        for row in rows.to_numpy(dtype=object).tolist()
    ]
