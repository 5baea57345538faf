"""What is kept, and deleting it: by cutoff, by customer, by age.

Deleted rows are overwritten in SQLite's file too; what a backup holds stays there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from treue.features.errors import TreueError
from treue.features.sources import expand
from treue.serving.store.opening import writing
from treue.serving.store.records import Run
from treue.serving.store.schema import (
    customers,
    dossiers,
    outcomes,
    plan_entries,
    plans,
    runs,
    scores,
    sums,
    views,
)
from treue.serving.store.writing import sum_up


@dataclass(frozen=True)
class Published:
    """A cutoff in the store."""

    cutoff: datetime
    customers: int
    published_at: datetime
    backfilled: bool


@dataclass(frozen=True)
class Entries:
    """So many entries, from the first to the last."""

    count: int
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class Kept:
    """What the store keeps about one customer, counted.

    Attributes
    ----------
    outcomes
        Notes and outcomes of contacts.
    planned, held_out
        Places on plans of whom to call; of them, how often left out at random.
    estimates
        Finished scores by cutoff, with reasons and amounts.
    approaches
        Cutoffs with a suggested approach.
    views
        Who looked at the customer.
    """

    outcomes: Entries
    planned: Entries
    held_out: int
    estimates: Entries
    approaches: Entries
    views: Entries


def is_there(url: str, *, base_dir: Path) -> bool:
    """Whether there may be a store, which opening would otherwise make as a new SQLite file."""
    place = sa.make_url(expand(url))
    return place.get_backend_name() != "sqlite" or (base_dir / (place.database or "")).is_file()


def published(connection: sa.Connection) -> list[Published]:
    """All cutoffs, newest first."""
    counted = sa.func.coalesce(sa.func.sum(sums.c.customers), 0).label("customers")
    asked = (
        sa.select(runs.c.cutoff, runs.c.content, runs.c.backfilled, counted)
        .outerjoin(sums)
        .group_by(runs.c.run_id)
        .order_by(runs.c.cutoff.desc())
    )
    return [
        Published(
            cutoff=row.cutoff,
            customers=int(row.customers),
            published_at=Run.model_validate_json(row.content).published_at,
            backfilled=row.backfilled,
        )
        for row in connection.execute(asked)
    ]


def state(connection: sa.Connection) -> tuple[tuple[str, int], ...]:
    """Identity and customers of every run: as long as they are the same, so is all of it."""
    asked = (
        sa.select(runs.c.identity, sa.func.coalesce(sa.func.sum(sums.c.customers), 0))
        .outerjoin(sums)
        .group_by(runs.c.run_id)
        .order_by(runs.c.cutoff)
    )
    return tuple((identity, int(count)) for identity, count in connection.execute(asked))


def kept_of(connection: sa.Connection, customer_id: str) -> Kept:
    """Count what is kept about a customer."""

    def entries(
        moment: sa.Column[Any], mine: sa.Column[Any], *joined: sa.Table
    ) -> sa.Select[int, Any, Any]:
        source: sa.FromClause = mine.table
        for table in joined:
            source = source.join(table)
        found = sa.select(sa.func.count(), sa.func.min(moment), sa.func.max(moment))
        return found.select_from(source).where(mine == customer_id)

    def counted(asked: sa.Select[int, Any, Any]) -> Entries:
        return Entries(*connection.execute(asked).one())

    planned = entries(plans.c.made_at, plan_entries.c.customer_id, plans)
    estimates = entries(runs.c.cutoff, scores.c.customer_id, runs)
    return Kept(
        outcomes=counted(entries(outcomes.c.at, outcomes.c.customer_id)),
        planned=counted(planned),
        held_out=counted(planned.where(plan_entries.c.role == "hold_out")).count,
        estimates=counted(estimates),
        approaches=counted(estimates.where(scores.c.approach_de.is_not(None))),
        views=counted(entries(views.c.at, views.c.customer_id)),
    )


def remove(engine: sa.Engine, cutoff: datetime) -> None:
    """Delete one cutoff; see `Store.remove`."""
    with _deleting(engine) as connection:
        _delete_runs(connection, runs.c.cutoff == cutoff, f"{cutoff:%Y-%m-%d}")


def forget(engine: sa.Engine, customer_id: str) -> Kept:
    """Delete all about one customer; see `Store.forget`."""
    with _deleting(engine) as connection:
        found = kept_of(connection, customer_id)
        mine = sa.select(scores.c.run_id).where(scores.c.customer_id == customer_id)
        touched = list(connection.execute(mine).scalars())
        for table in (dossiers, scores, outcomes, plan_entries, views):
            connection.execute(sa.delete(table).where(table.c.customer_id == customer_id))
        known = sa.delete(customers).where(customers.c.customer_id == customer_id)
        if not connection.execute(known).rowcount and not found.views.count:
            raise TreueError(
                f"the store keeps nothing about a customer {customer_id!r}; check the number"
            )
        connection.execute(sa.delete(sums).where(sums.c.run_id.in_(touched)))
        for run_id in touched:
            sum_up(connection, run_id)
    return found


def prune(engine: sa.Engine, before: datetime) -> tuple[list[datetime], int]:
    """Delete old cutoffs and views; see `Store.prune`."""
    with _deleting(engine) as connection:
        newest = connection.execute(sa.select(sa.func.max(runs.c.cutoff))).scalar()
        old = sa.and_(runs.c.cutoff < before, runs.c.cutoff != newest)
        asked = sa.select(runs.c.cutoff).where(old).order_by(runs.c.cutoff)
        cutoffs = list(connection.execute(asked).scalars())
        if cutoffs:
            _delete_runs(connection, old)
        seen = connection.execute(sa.delete(views).where(views.c.at < before)).rowcount
    return cutoffs, seen


@contextmanager
def _deleting(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction whose deleted rows cannot be read from SQLite's files afterwards."""
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        yield connection
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _delete_runs(
    connection: sa.Connection, which: sa.ColumnElement[bool], told: str = "so old"
) -> None:
    """Delete runs with all that hangs on them; customers go back to the newest run that is left.

    Whoever is in none of them is deleted too, unless there are outcomes or plans.
    """
    if not connection.execute(sa.delete(runs).where(which)).rowcount:
        raise TreueError(f"the store has no scores of {told}; see treue store list")
    left = (
        sa.select(
            scores.c.customer_id,
            scores.c.name,
            scores.c.account_manager,
            runs.c.cutoff,
            sa.func.row_number()
            .over(partition_by=scores.c.customer_id, order_by=runs.c.cutoff.desc())
            .label("age"),
        )
        .join(runs)
        .join(customers, customers.c.customer_id == scores.c.customer_id)
        .where(customers.c.cutoff.not_in(sa.select(runs.c.cutoff)))
        .subquery()
    )
    back = [
        dict(row._mapping) for row in connection.execute(sa.select(left).where(left.c.age == 1))
    ]
    for row in back:
        connection.execute(
            sa.update(customers)
            .where(customers.c.customer_id == row["customer_id"])
            .values({key: row[key] for key in ("name", "account_manager", "cutoff")})
        )
    of_customer = [
        table.c.customer_id == customers.c.customer_id for table in (scores, outcomes, plan_entries)
    ]
    nowhere = sa.and_(*(~sa.exists().where(found) for found in of_customer))
    connection.execute(sa.delete(customers).where(nowhere))
