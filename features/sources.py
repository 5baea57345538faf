"""Where a table lies and which of its columns is which; files and databases as DuckDB views."""

import os
import re
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field, model_validator

from treue.features.casting import CastOptions
from treue.features.databases import SourceError, read_database
from treue.features.files import view_of_files, view_of_query
from treue.features.report import Report
from treue.features.schema import TableSchema

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
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
        description="DuckDB SQL over files relative to treue.toml (joins, unions), which guesses "
        "types: name them in read_csv where ids have leading zeros; with url: the query for the "
        "database.",
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
    encoding: str = Field("utf-8", description='Encoding of CSV files, such as "cp1252" (Excel).')

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
            path = base_dir / expand(source.path)
            view_of_files(con, path, encoding=source.encoding, as_text=_texts(source, schema))
        else:
            view_of_query(con, expand(source.query or ""), base_dir)
    except SourceError as error:
        report.add("error", schema.name, None, error.message, error.remedy)
        return False
    return True


def _texts(source: Source, schema: TableSchema) -> set[str]:
    """Return the columns to read as text: ids keep leading zeros, dates are read by us."""
    texts = set()
    for name, column in schema.columns.items():
        origin = source.columns.get(name, name)
        number = column.kind in _NUMBERS and source.decimal == "."
        if isinstance(origin, str) and not number and column.kind != "flag":
            texts.add(origin)
    return texts
