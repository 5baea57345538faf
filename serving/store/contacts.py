"""What came of contacts with customers."""

from __future__ import annotations

import sqlalchemy as sa

from treue.serving.store.records import Outcome, OutcomeRow, RecordedOutcome
from treue.serving.store.schema import customers, outcomes, plan_entries, plans, runs, scores
from treue.serving.store.visible import require_visible, visible
from treue.serving.viewer import Viewer


def add_outcome(
    connection: sa.Connection, customer_id: str, outcome: Outcome, viewer: Viewer
) -> int:
    """Keep an outcome with what was known of the customer when the contact took place."""
    require_visible(connection, customer_id, viewer)
    known = connection.execute(
        sa.select(runs.c.cutoff, scores.c.churn_probability)
        .join(scores)
        .where(scores.c.customer_id == customer_id, runs.c.cutoff <= outcome.at)
        .order_by(runs.c.cutoff.desc())
        .limit(1)
    ).first()
    role = connection.execute(
        sa.select(plan_entries.c.role)
        .join(plans)
        .where(plan_entries.c.customer_id == customer_id, plans.c.made_at <= outcome.at)
        .order_by(plans.c.plan_id.desc())
        .limit(1)
    ).scalar()
    key = connection.execute(
        sa.insert(outcomes).values(
            customer_id=customer_id,
            recorded_by=viewer.name,
            cutoff=known.cutoff if known else None,
            churn_probability=known.churn_probability if known else None,
            on_plan=role,
            **outcome.model_dump(),
        )
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def read_outcomes(
    connection: sa.Connection, customer_id: str, viewer: Viewer
) -> list[RecordedOutcome]:
    """A customer's outcomes, newest first."""
    asked = (
        sa.select(outcomes)
        .join(customers)
        .where(outcomes.c.customer_id == customer_id, visible(viewer))
        .order_by(outcomes.c.at.desc(), outcomes.c.outcome_id.desc())
    )
    return [
        RecordedOutcome(
            **{name: value for name, value in row._mapping.items() if name != "churn_probability"}
        )
        for row in connection.execute(asked)
    ]


def outcome_rows(connection: sa.Connection, viewer: Viewer) -> list[OutcomeRow]:
    """All outcomes that a viewer sees, oldest first."""
    asked = (
        sa.select(outcomes)
        .join(customers)
        .where(visible(viewer))
        .order_by(outcomes.c.at, outcomes.c.outcome_id)
    )
    return [
        OutcomeRow(
            customer_id=row.customer_id,
            contacted_at=row.at,
            channel=row.channel,
            result=row.result,
            concession_amount=row.concession_amount,
            next_step_at=row.next_step_at,
            noted_by=row.recorded_by,
            note=row.note,
            cutoff=row.cutoff,
            churn_probability=row.churn_probability,
            plan=row.on_plan,
        )
        for row in connection.execute(asked)
    ]
