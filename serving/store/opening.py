"""Opening the database of the store, and bringing it to the newest schema."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.pool import StaticPool

from treue.features.databases import SourceError
from treue.features.errors import TreueError
from treue.features.sources import expand
from treue.serving.store.schema import metadata

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
WRITES = "treue_writes"
"""Execution option of connections that will write: SQLite then takes its lock at once."""
WAIT_MS = 60_000
"""How long a writer waits for another one, such as a publication."""
_LOCK = 7_283_001  # any number of our own, for PostgreSQL's advisory lock


def open_engine(url: str, *, base_dir: Path | None = None) -> sa.Engine:
    """Return an engine on a database whose schema is the newest.

    Parameters
    ----------
    url
        As SQLAlchemy has it, with ``${NAME}`` from the environment. ``postgresql://`` uses
        psycopg 3; the path of a SQLite file, made if it is not there, is relative to `base_dir`.

    Raises
    ------
    TreueError
        If there is no such database, it cannot be reached, or a newer Treue has made it.
    """
    place = _place(url, base_dir or Path())
    shown = place.render_as_string(hide_password=True)
    try:
        engine = _engine(place)
        with writing(engine) as connection:
            _migrate(connection, shown)
    except ModuleNotFoundError as error:
        raise TreueError(
            f"the store {shown} needs the package {error.name}; "
            'for PostgreSQL install it with pip install "treue[postgresql]"'
        ) from None
    except sa.exc.SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise TreueError(
            f"the store {shown} cannot be opened: {told}; correct store under [pages] in treue.toml"
        ) from None
    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection in a transaction that may write; it is undone on an error."""
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        yield connection


def _place(url: str, base_dir: Path) -> sa.URL:
    try:
        place = sa.make_url(expand(url))
    except SourceError as error:
        raise TreueError(f"pages.store: {error.message}; {error.remedy}") from None
    except sa.exc.ArgumentError:
        raise TreueError(
            "pages.store is not the URL of a database; write it as sqlite:///treue.db or "
            "postgresql://user:${PASSWORD}@host/treue"
        ) from None
    if place.get_backend_name() not in ("sqlite", "postgresql"):
        raise TreueError(
            f"pages.store: the store cannot lie in {place.get_backend_name()}; use SQLite or "
            "PostgreSQL"
        )
    if place.drivername == "postgresql":
        return place.set(drivername="postgresql+psycopg")
    if place.get_backend_name() == "sqlite" and place.database not in (None, "", ":memory:"):
        file = base_dir / place.database
        file.parent.mkdir(parents=True, exist_ok=True)
        return place.set(database=str(file))
    return place


def _engine(place: sa.URL) -> sa.Engine:
    if place.get_backend_name() != "sqlite":
        return sa.create_engine(place, pool_pre_ping=True, hide_parameters=True)
    if place.database in (None, "", ":memory:"):
        engine = sa.create_engine(
            place,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )
    else:
        engine = sa.create_engine(place, hide_parameters=True)  # no notes nor names in logs

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, so that DDL is undone as well
        for pragma in (
            f"busy_timeout = {WAIT_MS}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "journal_size_limit = 67108864",  # bytes that the log keeps after a large run
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _began(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _migrate(connection: sa.Connection, shown: str) -> None:
    """Take the steps that are missing, all in the connection's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    context = MigrationContext.configure(connection)
    script = ScriptDirectory(str(MIGRATIONS))
    present = context.get_current_revision()
    known = {step.revision for step in script.walk_revisions()}
    if present is not None and present not in known:
        raise TreueError(
            f"the store {shown} was made by a newer Treue (schema {present}); update Treue, or "
            "name another store under [pages] in treue.toml"
        )
    steps = [*script.iterate_revisions("head", present or "base")][::-1]
    with Operations.context(context):
        for step in steps:
            log.info("store: %s", step.doc)
            step.module.upgrade()
    if steps:
        context.stamp(script, "head")
    _compare(connection, shown)


def _compare(connection: sa.Connection, shown: str) -> None:
    """Refuse a store whose tables lack something, as one that a Treue in the making has made."""
    found = sa.inspect(connection)
    there = {
        f"{name}.{column['name']}"
        for name in found.get_table_names()
        for column in found.get_columns(name)
    }
    wanted = [str(column) for table in metadata.sorted_tables for column in table.columns]
    lacking = [column for column in wanted if column not in there]
    if lacking:
        raise TreueError(
            f"the store {shown} is of another Treue: it lacks {', '.join(lacking[:5])}; save its "
            "outcomes with treue outcomes of that version, delete it and run treue score"
        )
