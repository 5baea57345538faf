"""Plans of whom to call, with customers held out at random to measure what calling does."""

from __future__ import annotations

import math
import random
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from treue.features.errors import TreueError
from treue.serving.store.reading import chosen_scores, latest_plan_id, latest_run, order
from treue.serving.store.records import Plan, PlanEntry, PlanRow, WorklistQuery
from treue.serving.store.schema import customers, plan_entries, plans, runs, scores
from treue.serving.store.visible import visible
from treue.serving.viewer import Viewer


def plan_rows(connection: sa.Connection, viewer: Viewer) -> list[PlanRow]:
    """Each customer once a cutoff, as first put on a plan, oldest first."""
    asked = (
        sa.select(
            plan_entries.c.customer_id,
            plans.c.made_at,
            plans.c.cutoff,
            plan_entries.c.role,
            plan_entries.c.churn_probability,
            plan_entries.c.plan_id,
            plan_entries.c.drawn,
            scores.c.margin_at_risk,
        )
        .select_from(plan_entries)
        .join(plans)
        .join(customers, customers.c.customer_id == plan_entries.c.customer_id)
        .outerjoin(runs, runs.c.cutoff == plans.c.cutoff)
        .outerjoin(
            scores,
            sa.and_(
                scores.c.run_id == runs.c.run_id,
                scores.c.customer_id == plan_entries.c.customer_id,
            ),
        )
        .where(visible(viewer))
        .order_by(plans.c.plan_id, plan_entries.c.place)
    )
    found: dict[tuple[str, datetime], PlanRow] = {}
    for row in connection.execute(asked):
        found.setdefault(
            (row.customer_id, row.cutoff),
            PlanRow(
                customer_id=row.customer_id,
                planned_at=row.made_at,
                cutoff=row.cutoff,
                role=row.role,
                churn_probability=row.churn_probability,
                plan_id=row.plan_id,
                drawn=row.drawn,
                margin_at_risk=row.margin_at_risk,
            ),
        )
    return list(found.values())


def draw_plan(
    connection: sa.Connection,
    viewer: Viewer,
    query: WorklistQuery,
    *,
    capacity: int,
    hold_out_share: float,
    seed: int,
    at: datetime,
) -> Plan:
    """Take the first customers of a worklist to call, and as many more as are held out.

    Who of them is held out is drawn at random. Whoever was drawn at a cutoff keeps that role,
    whoever plans again: else one would draw until the hold-out is the wished one, and no effect
    could be measured. Who waits for an answer to a complaint is called, and never held out.
    """
    if capacity < 1 or not 0 <= hold_out_share < 1:
        raise TreueError(
            f"a plan for {capacity} customers with {hold_out_share:g} held out: plan for one at "
            "least, and hold out a share from 0 to below 1"
        )
    found = latest_run(connection)
    if found is None:
        raise TreueError("there are no scores to plan with; publish them with treue score")
    run_id, run = found
    drawn = _drawn(connection, run.cutoff)
    chosen = chosen_scores(viewer, query, run_id, run.contact)
    wanted = chosen.order_by(*order(scores, query))
    entries: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    to_call = capacity
    for row in connection.execute(wanted):
        entry = {
            "customer_id": row.customer_id,
            "role": drawn.get(row.customer_id, "call"),
            "churn_probability": row.churn_probability,
            "drawn": False,
        }
        entries.append(entry)
        if row.open_complaint:
            entry["role"] = "call"
            to_call -= 1
        elif row.customer_id not in drawn:
            fresh.append(entry)
        elif entry["role"] == "call":
            to_call -= 1
        if len(fresh) >= to_call + held_out(to_call, hold_out_share):
            break
    calls = min(to_call, len(fresh))
    while calls + held_out(calls, hold_out_share) > len(fresh):
        calls -= 1  # there are not enough customers for both
    if calls == to_call:  # one more was taken before it was seen who is called anyhow
        for entry in fresh[calls + held_out(calls, hold_out_share) :]:
            entries.remove(entry)
        fresh = fresh[: calls + held_out(calls, hold_out_share)]
    for place, entry in enumerate(entries, start=1):
        entry["place"] = place
    for entry in fresh:
        entry["drawn"] = True
    for entry in random.Random(seed).sample(fresh, len(fresh) - calls):
        entry["role"] = "hold_out"
    made = sa.insert(plans).values(
        made_at=at,
        made_by=viewer.name,
        account_manager=query.account_manager,
        cutoff=run.cutoff,
        capacity=capacity,
        hold_out_share=hold_out_share,
        seed=seed,
    )
    key = connection.execute(made).inserted_primary_key
    assert key is not None
    if entries:
        connection.execute(sa.insert(plan_entries), [{"plan_id": key[0], **e} for e in entries])
    plan = read_plan(connection, viewer)
    assert plan is not None
    return plan


def held_out(calls: int, share: float) -> int:
    """How many to hold out besides so many calls, a half rounded up.

    >>> [held_out(calls, 0.1) for calls in (4, 8, 15, 100)]
    [0, 1, 2, 10]
    """
    return math.floor(calls * share + 0.5)


def _drawn(connection: sa.Connection, cutoff: datetime) -> dict[str, str]:
    """The role of each customer who was on a plan at this cutoff."""
    asked = (
        sa.select(plan_entries.c.customer_id, plan_entries.c.role)
        .join(plans)
        .where(plans.c.cutoff == cutoff)
    )
    return {row.customer_id: row.role for row in connection.execute(asked)}


def read_plan(connection: sa.Connection, viewer: Viewer) -> Plan | None:
    """The plan that a viewer made last."""
    plan_id = latest_plan_id(connection, viewer)
    if plan_id is None:
        return None
    made = connection.execute(sa.select(plans).where(plans.c.plan_id == plan_id)).one()
    asked = (
        sa.select(
            plan_entries.c.customer_id,
            customers.c.name,
            plan_entries.c.place,
            plan_entries.c.role,
        )
        .join(customers)
        .where(plan_entries.c.plan_id == plan_id, visible(viewer))
        .order_by(plan_entries.c.place)
    )
    return Plan(
        plan_id=plan_id,
        made_at=made.made_at,
        made_by=made.made_by,
        cutoff=made.cutoff,
        capacity=made.capacity,
        hold_out_share=made.hold_out_share,
        entries=[PlanEntry(**row._mapping) for row in connection.execute(asked)],
    )
