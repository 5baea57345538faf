"""Rows of a panel as plain values, for telling of few customers one by one."""

from __future__ import annotations

from typing import Any

import pandas as pd


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the values of each row by column, missing ones None or NaN.

    >>> records(pd.DataFrame({"orders": pd.array([2, None], dtype="Int64"), "name": ["a", "b"]}))
    [{'orders': 2, 'name': 'a'}, {'orders': None, 'name': 'b'}]
    """
    names = rows.columns.tolist()
    return [
        {name: None if value is pd.NA else value for name, value in zip(names, row, strict=True)}
        for row in rows.to_numpy(dtype=object).tolist()
    ]
