"""Small helpers around DuckDB."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    import duckdb


def connection(memory: str = "1GB") -> duckdb.DuckDBPyConnection:
    """Return a fresh DuckDB whose clock is UTC; beyond `memory` its rows lie on disk meanwhile."""
    import duckdb  # not before there are tables: a ready panel is scored without it

    folder = Path(tempfile.gettempdir()) / f"treue-{uuid4().hex}"  # made and removed by DuckDB
    con = duckdb.connect(config={"memory_limit": memory, "temp_directory": str(folder)})
    con.execute("SET TimeZone = 'UTC'")
    return con


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def first_row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the first row of a query's result."""
    return tuple(con.sql(query).limit(1).fetchall()[0])


def column_types(con: duckdb.DuckDBPyConnection, view: str) -> dict[str, str]:
    """Return the columns of a view or table and their SQL types, in order."""
    return {name: str(kind) for name, kind, *_ in con.sql(f"DESCRIBE {view}").fetchall()}


def first_line(error: duckdb.Error) -> str:
    """Return what DuckDB says, without its pointers into a query that the user has not written."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith(("LINE", "^", "Original"))]
    return "; ".join(told[:2]).rstrip(".")
