"""Where a table lies and which of its columns is which; files and databases as DuckDB views."""

import gzip
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field, model_validator

from treue.features.casting import CastOptions
from treue.features.databases import SourceError, read_database
from treue.features.report import Report
from treue.features.schema import TableSchema
from treue.features.sql import column_types, literal

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
_NUMBERS = ("money", "number", "integer")


class Expression(BaseModel):
    """A column computed from the source's columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sql: str = Field(description="DuckDB SQL expression over the source's columns.")


class Source(BaseModel):
    """Where the rows of a table come from; several sources of one table are stacked.

    In ``path``, ``query`` and ``url``, ``${NAME}`` and ``${NAME:-otherwise}`` stand for environment
    variables (so that no password needs to stand in a file).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str | None = Field(
        None,
        description="CSV or Parquet file, glob, or folder of such files; relative to treue.toml.",
    )
    query: str | None = Field(
        None,
        description="DuckDB SQL over files relative to treue.toml (joins, unions); with url: "
        "the query for the database.",
    )
    url: str | None = Field(
        None,
        description="SQLAlchemy URL of a database, such as sqlite:///shop.db or "
        "postgresql://reader:${PASSWORD}@host/shop; needs query.",
    )
    columns: dict[str, str | Expression] = Field(
        default_factory=dict,
        description='Treue\'s column = "source\'s column" or {sql = "expression"}. Columns of the '
        "same name need no entry.",
    )
    where: str | None = Field(None, description="SQL condition: only these rows are read.")
    returns: str | None = Field(
        None, description="SQL condition: these purchases are returns (purchases only)."
    )
    date_format: str | None = Field(
        None, description='strptime format of text dates, such as "%d.%m.%Y"; otherwise ISO 8601.'
    )
    decimal: Literal[".", ","] = Field(".", description="Decimal sign in texts.")
    encoding: str = Field("utf-8", description='Encoding of CSV files, such as "latin-1".')

    @model_validator(mode="after")
    def _one_place(self) -> "Source":
        if self.path and (self.query or self.url):
            raise ValueError("give path, or query, or url with query: not path with another")
        if self.url and not self.query:
            raise ValueError("url needs query: which rows shall be read from the database?")
        if not (self.path or self.query):
            raise ValueError("give path (a file, glob or folder), query, or url with query")
        return self

    def cast_options(self, time_zone: str | None) -> CastOptions:
        """Return how this source writes dates and numbers."""
        return CastOptions(self.date_format, time_zone, self.decimal)

    def mapping(self) -> dict[str, str | dict[str, str]]:
        """Return ``columns`` as plain dictionaries."""
        return {
            name: origin if isinstance(origin, str) else {"sql": origin.sql}
            for name, origin in self.columns.items()
        }


def expand(text: str) -> str:
    """Return ``text`` with ``${NAME}`` and ``${NAME:-otherwise}`` replaced from the environment."""

    def value(match: re.Match[str]) -> str:
        name, otherwise = match.groups()
        found = os.environ.get(name) or otherwise
        if found is None:
            raise SourceError(
                f"the environment variable {name} is not set",
                f"set it, or write ${{{name}:-a value to use without it}}",
            )
        return found

    return _VARIABLE.sub(value, text)


def open_source(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    schema: TableSchema,
    *,
    base_dir: Path,
    report: Report,
) -> bool:
    """Make the view ``source`` in ``con``; False, with an error finding, where that fails."""
    try:
        if source.url:
            query = expand(source.query or "")
            con.register("source", read_database(expand(source.url), query, base_dir=base_dir))
        elif source.path:
            _view_of_files(con, source, schema, base_dir)
        else:
            _view_of_query(con, expand(source.query or ""), base_dir)
    except SourceError as error:
        report.add("error", schema.name, None, error.message, error.remedy)
        return False
    return True


@contextmanager
def _reading(what: str, remedy: str) -> Iterator[None]:
    """Turn DuckDB's errors into a :class:`SourceError` about ``what``."""
    try:
        yield
    except duckdb.Error as error:
        lines = [line.strip() for line in str(error).splitlines()]
        told = [line for line in lines if line and not line.startswith(("LINE", "^", "Original"))]
        reason = "; ".join(told[:2]).rstrip(".")
        raise SourceError(f"{what} cannot be read: {reason}", remedy) from None


def _view_of_query(con: duckdb.DuckDBPyConnection, query: str, base_dir: Path) -> None:
    con.execute(f"SET file_search_path = {literal(str(base_dir.resolve()))}")
    with _reading("the query", "correct the SQL; its paths are relative to treue.toml"):
        con.execute(f"CREATE TEMP TABLE source AS {query.strip().rstrip(';')}")


def _view_of_files(
    con: duckdb.DuckDBPyConnection, source: Source, schema: TableSchema, base_dir: Path
) -> None:
    files = find_files(base_dir / expand(source.path or ""))
    listed = "[" + ", ".join(literal(str(file)) for file in files) + "]"
    name = files[0].name if len(files) == 1 else f"{files[0].parent} ({len(files)} files)"
    if files[0].suffix == ".parquet":
        with _reading(name, "check that the file is whole and is a Parquet file"):
            con.execute(
                "CREATE TEMP VIEW source AS SELECT * FROM "
                f"read_parquet({listed}, union_by_name = true, hive_partitioning = false)"
            )
        return
    empty = [file.name for file in files if file.stat().st_size == 0]
    if empty:
        raise SourceError(f"{empty[0]} is empty", "export it again")
    dialect = (
        f"header = true, skip = 0, delim = {literal(_delimiter(files[0], source.encoding))}, "
        f"quote = '\"', escape = '\"', encoding = {literal(source.encoding)}, union_by_name = true"
    )
    remedy = 'each line needs as many columns as the first; Excel may need encoding = "latin-1"'
    with _reading(name, remedy):
        con.execute(f"CREATE TEMP VIEW header AS SELECT * FROM read_csv({listed}, {dialect})")
        as_text = _texts(source, schema, list(column_types(con, "header")))
        types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in as_text)
        types = f", types = {{{types}}}" if types else ""
        con.execute(
            "CREATE TEMP TABLE source AS SELECT * FROM "
            f"read_csv({listed}, {dialect}, sample_size = -1{types})"
        )


def _delimiter(file: Path, encoding: str) -> str:
    """Return the sign between the names of the first line: a broken line must not change it."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding=encoding, errors="replace") as lines:
            first = lines.readline()
    except LookupError:
        remedy = 'write it as "utf-8", "latin-1" or "utf-16"'
        raise SourceError(f"encoding '{encoding}' is not known", remedy) from None
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(",;\t|", key=unquoted.count)


def _texts(source: Source, schema: TableSchema, brought: Collection[str]) -> list[str]:
    """Return the CSV columns to read as text: ids keep leading zeros, dates are read by us."""
    texts = []
    for name, column in schema.columns.items():
        origin = source.columns.get(name, name)
        number = column.kind in _NUMBERS and source.decimal == "."
        if isinstance(origin, str) and origin in brought and not number and column.kind != "flag":
            texts.append(origin)
    return list(dict.fromkeys(texts))


def _glob(pattern: Path) -> list[Path]:
    """Return the files that a pattern such as ``/data/orders-*.csv`` stands for."""
    parts = pattern.parts
    fixed = next((i for i, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    if fixed == len(parts):
        return []
    return sorted(Path(*parts[:fixed]).glob("/".join(parts[fixed:])))


def find_files(path: Path) -> list[Path]:
    """Return the files that ``path`` (a file, glob or folder) stands for, all of one kind."""
    if path.is_dir():
        candidates = sorted(file for file in path.rglob("*") if file.is_file())
    elif path.exists():
        candidates = [path]
    else:
        candidates = _glob(path)
    if not candidates:
        raise SourceError(f"there is no file {path}", "correct path; it is relative to treue.toml")
    parquet = [file for file in candidates if file.suffix == ".parquet"]
    csv = [file for file in candidates if file.name.endswith(_CSV)]
    if parquet and csv:
        raise SourceError(
            f"{path} holds CSV and Parquet files", "name one kind, for example folder/*.parquet"
        )
    if not (parquet or csv):
        kinds = sorted({file.suffix or file.name for file in candidates})
        raise SourceError(
            f"{path} holds neither CSV nor Parquet files ({', '.join(kinds[:5])})",
            "export them as CSV or Parquet, or hand in a data frame",
        )
    return parquet or csv
