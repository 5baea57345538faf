"""Publishing a run: all dossiers of a cutoff in one transaction, or none of them."""

from __future__ import annotations

import json
import logging
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from treue.features.errors import TreueError
from treue.serving.dossier import Dossier, Text
from treue.serving.store.opening import writing
from treue.serving.store.packing import packed, search_text
from treue.serving.store.reading import has_run
from treue.serving.store.records import Run
from treue.serving.store.schema import customers, dossiers, pictures, runs, scores, sums

log = logging.getLogger(__name__)

BATCH = 500


def publish(
    engine: sa.Engine, run: Run, told: Iterable[Dossier], *, images: Mapping[str, bytes]
) -> bool:
    """Write a run; see `Store.publish`.

    The dossiers are first written aside, so that other writers wait only while the finished rows
    go into the database, not while they are made.
    """
    with engine.connect() as connection:
        if has_run(connection, run.identity):
            return False
    started = time.perf_counter()
    with tempfile.TemporaryFile() as aside:
        count = _spool(run, told, aside)
        made = time.perf_counter()
        with writing(engine) as connection:
            _replace(connection, run, aside, images)
        if engine.dialect.name == "sqlite":
            with writing(engine) as connection:
                connection.exec_driver_sql("ANALYZE")
    log.info(
        "published %s: %d customers, %.1f s to make, %.1f s to write",
        *(f"{run.cutoff:%Y-%m-%d}", count, made - started, time.perf_counter() - made),
    )
    return True


def _spool(run: Run, told: Iterable[Dossier], aside: IO[bytes]) -> int:
    count = 0
    for dossier in told:
        if dossier.cutoff != run.cutoff:
            raise TreueError(
                f"customer {dossier.customer_id}: the dossier is of {dossier.cutoff}, the run of "
                f"{run.cutoff}; publish each cutoff by itself"
            )
        row, content = json.dumps(_row(dossier)).encode(), packed(dossier)
        count += 1
        aside.write(len(row).to_bytes(4) + len(content).to_bytes(4) + row + content)
    aside.seek(0)
    return count


def _spooled(aside: IO[bytes]) -> Iterator[tuple[dict[str, Any], bytes]]:
    while sizes := aside.read(8):
        row = json.loads(aside.read(int.from_bytes(sizes[:4])))
        yield row, aside.read(int.from_bytes(sizes[4:]))


def _row(dossier: Dossier) -> dict[str, Any]:
    """What the worklist shows of a dossier."""
    churn = dossier.churn
    sure = churn.sure if churn else None
    main = churn.reasons[0] if churn and churn.reasons else None
    approach = dossier.approach[0].text if dossier.approach else None
    margin = next((line.amount for line in dossier.card if line.key == "margin_365"), None)
    return {
        "customer_id": dossier.customer_id,
        "name": dossier.name,
        "search": search_text(dossier.name, dossier.customer_id, dossier.account_manager),
        "account_manager": dossier.account_manager,
        "churn_probability": churn.probability if churn else None,
        "referral_probability": dossier.referral.probability if dossier.referral else None,
        "quadrant": dossier.quadrant,
        "margin": margin,
        "margin_at_risk": dossier.margin_at_risk,
        "change_points": churn.change.points if churn and churn.change else None,
        **_both("main_reason", main.sentence if main else None),
        "main_points": main.points if main else None,
        "open_complaint": dossier.open_complaint,
        **_both("sayable", dossier.letter),
        **_both("approach", approach),
        "churn_low": sure.low if sure else None,
        "churn_high": sure.high if sure else None,
        **_both("care", sure.marker if sure else None),
    }


def _both(name: str, text: Text | None) -> dict[str, str | None]:
    return {f"{name}_de": text.de if text else None, f"{name}_en": text.en if text else None}


def _replace(
    connection: sa.Connection, run: Run, aside: IO[bytes], images: Mapping[str, bytes]
) -> None:
    """Put the run in the place of the one at the same cutoff, if there is any."""
    connection.execute(sa.delete(runs).where(runs.c.cutoff == run.cutoff))
    new = sa.insert(runs).values(
        cutoff=run.cutoff,
        identity=run.identity,
        backfilled=run.backfilled,
        content=run.model_dump_json(),
    )
    key = connection.execute(new).inserted_primary_key
    assert key is not None
    run_id = key[0]
    rows = _spooled(aside)
    while batch := list(islice(rows, BATCH)):
        connection.execute(_upsert(connection), [_customer(row, run) for row, _ in batch])
        connection.execute(sa.insert(scores), [{"run_id": run_id, **row} for row, _ in batch])
        connection.execute(
            sa.insert(dossiers),
            [
                {"run_id": run_id, "customer_id": row["customer_id"], "content": content}
                for row, content in batch
            ],
        )
    sum_up(connection, run_id)
    if images:
        connection.execute(
            sa.insert(pictures),
            [{"run_id": run_id, "name": name, "content": image} for name, image in images.items()],
        )


def _customer(row: Mapping[str, Any], run: Run) -> dict[str, Any]:
    return {
        "customer_id": row["customer_id"],
        "name": row["name"],
        "account_manager": row["account_manager"],
        "cutoff": run.cutoff,
    }


def _upsert(connection: sa.Connection) -> sa.Insert:
    """Insert customers; those who are there take the newer run's name and account manager."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(customers)
    taken = ("name", "account_manager", "cutoff")
    return new.on_conflict_do_update(
        index_elements=[customers.c.customer_id],
        set_={name: new.excluded[name] for name in taken},
        where=customers.c.cutoff <= new.excluded.cutoff,
    )


def sum_up(connection: sa.Connection, run_id: int) -> None:
    """Sum up a run's scores by account manager, so that its history needs no single score."""
    manager = sa.func.coalesce(scores.c.account_manager, "")
    summed = (
        sa.select(
            sa.literal(run_id),
            manager,
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(scores.c.margin_at_risk), 0.0),
        )
        .where(scores.c.run_id == run_id)
        .group_by(manager)
    )
    columns = ["run_id", "account_manager", "customers", "margin_at_risk"]
    connection.execute(sa.insert(sums).from_select(columns, summed))
