"""Rows of a database by SQLAlchemy URL and query, as an Arrow table."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa


class SourceError(Exception):
    """A source cannot be opened: ``message`` and ``remedy`` of the finding."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def read_database(url: str, query: str, *, base_dir: Path) -> pa.Table:
    """Return the rows of ``query``; the names are the query's column names.

    Parameters
    ----------
    url
        As SQLAlchemy has it. ``postgresql://`` uses psycopg 3; the path of an SQLite file is
        relative to ``base_dir``.

    Raises
    ------
    SourceError
        Where the URL, the driver, the server or the query fails. Passwords are never shown.
    """
    import sqlalchemy as sa

    try:
        place = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise SourceError(
            "the url is not that of a database",
            "write it as sqlite:///shop.db or postgresql://user:${PASSWORD}@host/shop",
        ) from None
    if place.drivername == "postgresql":
        place = place.set(drivername="postgresql+psycopg")
    if place.get_backend_name() == "sqlite" and place.database not in (None, "", ":memory:"):
        file = base_dir / place.database
        if not file.exists():
            raise SourceError(f"there is no file {file}", "correct url")
        place = place.set(database=str(file))
    shown = place.render_as_string(hide_password=True)
    try:
        engine = sa.create_engine(place)
    except sa.exc.NoSuchModuleError:
        raise SourceError(
            f"SQLAlchemy knows no database '{place.drivername}'",
            "check the beginning of url, or install the package that brings it",
        ) from None
    except ModuleNotFoundError as error:
        raise SourceError(
            f"{shown} needs the package {error.name}", _install(place.get_backend_name(), error)
        ) from None
    try:
        with engine.connect() as con:
            result = con.execute(sa.text(query))
            names, rows = list(result.keys()), result.fetchall()
    except sa.exc.OperationalError as error:
        if _is_syntax(error):
            raise _bad_query(shown, error) from None
        raise SourceError(
            f"{shown} cannot be reached: {_first_line(error)}",
            "check host, port, user and password",
        ) from None
    except sa.exc.SQLAlchemyError as error:
        raise _bad_query(shown, error) from None
    finally:
        engine.dispose()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.Table.from_arrays([_column(values) for values in columns], names=names)


def _column(values: tuple[Any, ...]) -> pa.Array:
    """Return values as Arrow; decimals as float, a mixture as text (which is cast later)."""
    if any(isinstance(value, Decimal) for value in values):
        values = tuple(float(v) if isinstance(v, Decimal) else v for v in values)
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def _install(backend: str, error: ModuleNotFoundError) -> str:
    if backend == "postgresql":
        return 'install it with pip install "treue[postgresql]"'
    return f"install it with pip install {error.name}"


def _is_syntax(error: Exception) -> bool:
    """SQLite calls a bad query an operational error."""
    text = str(error)
    return any(sign in text for sign in ("syntax error", "no such", "unrecognized token"))


def _bad_query(shown: str, error: Exception) -> SourceError:
    return SourceError(f"the query on {shown} fails: {_first_line(error)}", "correct the query")


def _first_line(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return str(original).strip().splitlines()[0]
