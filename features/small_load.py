"""The columns that a program reads, out of a small company's tables.

They hold what `treue.features.engine.load` makes of them: times in whole seconds, money in cents,
customers and orders as codes. Texts, of whatever column, are places in one sorted list.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from treue.features.engine import CUSTOMER_COLUMNS, SECOND
from treue.features.schema import ATTRIBUTE, TABLES, TableSchema
from treue.features.small_columns import Column, UnsureError, is_known
from treue.features.small_expressions import TIMES
from treue.features.small_graph import Kind
from treue.features.tables import Tables

CODES = 2.0**31
WHOLE = 2.0**48
"""Bounds of codes, and of cents and other integers: larger ones are left to the other engine."""


def kinds(name: str, brought: pa.Schema) -> dict[str, tuple[Kind, float]]:
    """What each loaded column of a table holds, and how large it can be."""
    schema = TABLES[name]
    found: dict[str, tuple[Kind, float]] = {}
    for column in brought:
        if column.name not in (schema.event_time, "recorded_at"):
            found[schema.inside(column.name)] = _kind(schema, column)
    return found | {"at": ("int", TIMES), "known_at": ("int", TIMES)}


def _kind(schema: TableSchema, column: pa.Field) -> tuple[Kind, float]:
    known = schema.columns.get(column.name)
    kind = known.kind if known else None
    if column.name in CUSTOMER_COLUMNS:
        return "code", CODES
    if kind == "id":
        return "int", CODES
    if kind == "time":
        return "int", TIMES
    if kind in ("money", "number"):
        return "int", WHOLE
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return "text", WHOLE
    if pa.types.is_boolean(column.type):
        return "bool", 1.0
    if pa.types.is_integer(column.type):
        return "int", WHOLE
    return ("float" if pa.types.is_float64(column.type) else "other"), 1e300


def on_time(name: str, table: pa.Table) -> bool:
    """Whether no row was recorded after it happened."""
    if table.schema.get_field_index("recorded_at") < 0:
        return True
    at, known_at = _moments(TABLES[name], table)
    if at[1] is None:
        return np.array_equal(at[0], known_at[0])
    known = is_known(known_at)
    return np.array_equal(at[1], known) and np.array_equal(at[0][known], known_at[0][known])


def _moments(schema: TableSchema, table: pa.Table) -> tuple[Column, Column]:
    """When rows happened, and since when they are known."""
    brought = table.schema
    if brought.get_field_index(schema.event_time) >= 0:
        at = _times(table.column(schema.event_time))
    else:
        at = np.zeros(table.num_rows, np.int64), np.zeros(table.num_rows, bool)
    if brought.get_field_index("recorded_at") < 0:
        return at, at
    recorded = _times(table.column("recorded_at"))
    if recorded[1] is None and at[1] is None:
        return at, (np.maximum(at[0], recorded[0]), None)
    known_at, known_recorded = (
        np.ones(table.num_rows, bool) if column[1] is None else column[1]
        for column in (at, recorded)
    )
    low = np.iinfo(np.int64).min
    latest = np.maximum(np.where(known_at, at[0], low), np.where(known_recorded, recorded[0], low))
    known = known_at | known_recorded
    return at, (latest, None if known.all() else known)


def _times(column: pa.ChunkedArray) -> Column:
    """Microseconds since 1970; a fraction of a second counts as the second after it."""
    if column.type != pa.timestamp("us"):
        column = column.cast(pa.timestamp("us"))
    values = column.to_numpy().view(np.int64)
    known = None
    if column.null_count:
        known = values != np.iinfo(np.int64).min
        values = np.where(known, values, 0)
    if (values % SECOND).any():
        values = -(-values // SECOND) * SECOND
    _check(values, TIMES)
    return values, known


def _check(values: Any, bound: float) -> None:
    if len(values) and not max(-values.min(), values.max()) < bound:
        raise UnsureError("a number that is larger than those of any company")


@dataclass
class Reader:
    """Reads columns of one set of tables.

    Attributes
    ----------
    customers
        Their ids, sorted; a code is a place in it.
    texts
        Place of each text.
    """

    tables: Tables
    customers: list[str] = field(default_factory=list)
    texts: dict[str, int] = field(default_factory=dict)

    def read(
        self, wanted: Mapping[str, Collection[str]], texts: Iterable[str]
    ) -> dict[Hashable, Any]:
        """Columns and numbers of rows, named as a program's graph names them.

        Parameters
        ----------
        wanted
            Columns by table.
        texts
            Those that the program compares with.
        """
        found: dict[Hashable, Any] = {}
        lists: dict[tuple[str, str], list[str | None]] = {}
        ids: dict[tuple[str, str], list[str | None]] = {}
        for name, columns in wanted.items():
            schema, table = TABLES[name], self.tables.frames[name]
            found["rows", name] = table.num_rows
            if not {"at", "known_at"}.isdisjoint(columns):
                found[name, "at"], found[name, "known_at"] = _moments(schema, table)
            for column in columns:
                if column in ("at", "known_at"):
                    continue
                values = table.column(column.removesuffix(ATTRIBUTE))
                known = schema.columns.get(column)
                if column in CUSTOMER_COLUMNS:
                    ids[name, column] = values.to_pylist()
                elif known is not None and known.kind == "id":
                    found[name, column] = _codes(values.to_pylist())
                elif pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
                    lists[name, column] = values.to_pylist()
                else:
                    found[name, column] = _plain(values, known.kind if known else "")
        self.customers, codes = _sorted_places(ids.values())
        found |= {key: _looked_up(values, codes) for key, values in ids.items()}
        _, self.texts = _sorted_places([*lists.values(), list(texts)])
        found |= {key: _looked_up(values, self.texts) for key, values in lists.items()}
        return found


def _plain(values: pa.ChunkedArray, kind: str) -> Column:
    """Numbers, times and conditions."""
    if kind == "time":
        return _times(values)
    if pa.types.is_boolean(values.type):
        return _conditions(values)
    if not (pa.types.is_integer(values.type) or pa.types.is_float64(values.type)):
        raise UnsureError(f"a column of {values.type}")
    numbers, known = values.to_numpy(), None  # integers are floats where some are unknown
    if values.null_count:
        known = ~np.isnan(numbers)
        if len(numbers) - known.sum() != values.null_count:
            raise UnsureError("NaN")
        numbers = np.where(known, numbers, 0)
    if pa.types.is_integer(values.type):
        _check(numbers, WHOLE)
        return numbers.astype(np.int64), known
    if not np.isfinite(numbers).all():
        raise UnsureError("NaN, or an infinite number")
    if kind in ("money", "number"):
        numbers = np.rint(numbers * 100.0)
        _check(numbers, WHOLE)
        return numbers.astype(np.int64), known
    return numbers.astype(np.float64), known


def _conditions(values: pa.ChunkedArray) -> Column:
    if not values.null_count:
        return values.to_numpy(), None
    listed = values.to_pylist()
    known = np.array([value is not None for value in listed], bool)
    return np.array([bool(value) for value in listed], bool), known


def _codes(values: list[str | None]) -> Column:
    """Texts numbered as they come."""
    places: dict[str, int] = {}
    codes = [-1 if v is None else places.setdefault(v, len(places)) for v in values]
    return _column(codes)


def _sorted_places(columns: Iterable[list[str | None]]) -> tuple[list[str], dict[str, int]]:
    found: set[str | None] = set()
    found = found.union(*columns) - {None}
    ordered = sorted(value for value in found if value is not None)
    return ordered, {value: place for place, value in enumerate(ordered)}


def _looked_up(values: list[str | None], places: dict[str, int]) -> Column:
    return _column([-1 if value is None else places[value] for value in values])


def _column(codes: list[int]) -> Column:
    """Codes, of which -1 is none."""
    values = np.array(codes, np.int64)
    known = values >= 0
    return values, None if known.all() else known
