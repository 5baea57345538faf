"""Reading runs, dossiers, histories and worklists, always for a viewer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from treue.features.errors import TreueError
from treue.serving.dossier import Dossier, Text
from treue.serving.store.packing import searchable, unpacked
from treue.serving.store.records import (
    CHANGED_POINTS,
    ContactTerms,
    HistoryPoint,
    Run,
    WorklistPage,
    WorklistQuery,
    WorklistRow,
)
from treue.serving.store.schema import (
    customers,
    dossiers,
    outcomes,
    plan_entries,
    plans,
    runs,
    scores,
    sums,
)
from treue.serving.store.visible import visible
from treue.serving.viewer import Viewer

SORTS = {
    "margin_at_risk": "margin_at_risk",
    "churn": "churn_probability",
    "referral": "referral_probability",
    "change": "change_points",
    "name": "name",
}


def has_run(connection: sa.Connection, identity: str) -> bool:
    """Whether there is a run with this identity."""
    asked = sa.select(runs.c.run_id).where(runs.c.identity == identity)
    return connection.execute(asked).first() is not None


def all_runs(connection: sa.Connection) -> list[Run]:
    """All runs, newest cutoff first."""
    found = connection.execute(sa.select(runs.c.content).order_by(runs.c.cutoff.desc()))
    return [Run.model_validate_json(content) for content in found.scalars()]


def latest_run(connection: sa.Connection) -> tuple[int, Run] | None:
    """The run of the newest cutoff, with its id."""
    asked = sa.select(runs.c.run_id, runs.c.content).order_by(runs.c.cutoff.desc()).limit(1)
    row = connection.execute(asked).first()
    return None if row is None else (row.run_id, Run.model_validate_json(row.content))


def read_dossier(
    connection: sa.Connection, customer_id: str, viewer: Viewer, cutoff: datetime | None
) -> Dossier | None:
    """The dossier at a cutoff, or the newest one."""
    asked = (
        sa.select(dossiers.c.content)
        .join(runs)
        .join(customers, customers.c.customer_id == dossiers.c.customer_id)
        .where(dossiers.c.customer_id == customer_id, visible(viewer))
        .order_by(runs.c.cutoff.desc())
        .limit(1)
    )
    if cutoff is not None:
        asked = asked.where(runs.c.cutoff == cutoff)
    content = connection.execute(asked).scalar()
    return None if content is None else unpacked(content)


def read_before(
    connection: sa.Connection, cutoff: datetime, customer_ids: Iterable[str]
) -> dict[str, Dossier]:
    """Dossiers of these customers in the newest run before a cutoff; for making the next ones."""
    before = sa.select(sa.func.max(runs.c.cutoff)).where(runs.c.cutoff < cutoff).scalar_subquery()
    asked = (
        sa.select(dossiers.c.customer_id, dossiers.c.content)
        .join(runs)
        .where(runs.c.cutoff == before, dossiers.c.customer_id.in_(list(customer_ids)))
    )
    return {row.customer_id: unpacked(row.content) for row in connection.execute(asked)}


def read_history(connection: sa.Connection, customer_id: str, viewer: Viewer) -> list[HistoryPoint]:
    """A customer's scores, oldest first."""
    asked = (
        sa.select(
            *(runs.c.cutoff, runs.c.backfilled),
            *(scores.c.churn_probability, scores.c.referral_probability),
            *(scores.c.quadrant, scores.c.margin_at_risk),
        )
        .select_from(scores)
        .join(runs)
        .join(customers, customers.c.customer_id == scores.c.customer_id)
        .where(scores.c.customer_id == customer_id, visible(viewer))
        .order_by(runs.c.cutoff)
    )
    return [HistoryPoint(**row._mapping) for row in connection.execute(asked)]


def read_account_managers(connection: sa.Connection, viewer: Viewer) -> list[str]:
    """Names of the account managers whose customers the viewer sees, in order."""
    manager = customers.c.account_manager
    asked = sa.select(manager).where(manager.is_not(None), visible(viewer)).distinct()
    return list(connection.execute(asked.order_by(manager)).scalars())


def read_worklist(connection: sa.Connection, viewer: Viewer, query: WorklistQuery) -> WorklistPage:
    """One page of the customers of the latest run."""
    if query.page < 1 or query.per_page < 1:
        raise TreueError(
            f"page {query.page} of {query.per_page} rows: pages count from 1 and have rows"
        )
    found = latest_run(connection)
    if found is None:
        return WorklistPage(
            cutoff=None, rows=[], total=0, margin_at_risk=0.0, page=1, per_page=query.per_page
        )
    run_id, run = found
    chosen = chosen_scores(viewer, query, run_id, run.contact)
    total, margin = connection.execute(_summed(viewer, query, run_id, chosen)).one()
    on_page = (
        chosen.with_only_columns(scores.c.customer_id)
        .order_by(*order(scores, query))
        .limit(query.per_page)
        .offset((query.page - 1) * query.per_page)
        .subquery("on_page")
    )
    page = (
        sa.select(scores)
        .join(on_page, on_page.c.customer_id == scores.c.customer_id)
        .where(scores.c.run_id == run_id)
        .subquery("page")
    )
    shown = _with_contacts(page, viewer)
    rows = connection.execute(shown.order_by(*order(page, query)))
    return WorklistPage(
        cutoff=run.cutoff,
        rows=[_worklist_row(row._mapping, run.contact) for row in rows],
        total=total,
        margin_at_risk=margin,
        expected_profit=_profit_of_all(query, run.contact, total, margin),
        page=query.page,
        per_page=query.per_page,
    )


def chosen_scores(
    viewer: Viewer, query: WorklistQuery, run_id: int, terms: ContactTerms | None
) -> sa.Select[Any]:
    """Scores of the newest run that a viewer sees and asks for, in no order."""
    manager = scores.c.account_manager
    chosen = sa.select(scores).where(scores.c.run_id == run_id, visible(viewer, manager))
    if query.account_manager:
        chosen = chosen.where(manager == query.account_manager)
    for word in searchable(query.search).split():
        chosen = chosen.where(scores.c.search.contains(word, autoescape=True))
    if query.quadrant:
        chosen = chosen.where(scores.c.quadrant == query.quadrant)
    if query.changed == "up":
        chosen = chosen.where(scores.c.change_points >= CHANGED_POINTS)
    elif query.changed == "down":
        chosen = chosen.where(scores.c.change_points <= -CHANGED_POINTS)
    if query.on_plan:
        chosen = chosen.where(sa.exists().where(_planned(scores, viewer)))
    if query.worth:
        pays = sa.false() if terms is None else scores.c.margin_at_risk * terms.effect > terms.spent
        chosen = chosen.where(pays)
    return chosen


def _profit_of_all(
    query: WorklistQuery, terms: ContactTerms | None, customers: int, margin_at_risk: float
) -> float | None:
    """What contacting all of a list brings, which is linear in what is at risk."""
    if not query.worth or terms is None:
        return None
    return terms.effect * margin_at_risk - customers * terms.spent


def _summed(
    viewer: Viewer, query: WorklistQuery, run_id: int, chosen: sa.Select[Any]
) -> sa.Select[Any]:
    """Count and margin at risk of all that is chosen, from sums where nothing filters."""
    if query.search or query.quadrant or query.changed or query.on_plan or query.worth:
        at_risk = sa.func.coalesce(sa.func.sum(scores.c.margin_at_risk), 0.0)
        return chosen.with_only_columns(sa.func.count(), at_risk)
    asked = sa.select(
        sa.func.coalesce(sa.func.sum(sums.c.customers), 0),
        sa.func.coalesce(sa.func.sum(sums.c.margin_at_risk), 0.0),
    ).where(sums.c.run_id == run_id, visible(viewer, sums.c.account_manager))
    if query.account_manager:
        asked = asked.where(sums.c.account_manager == query.account_manager)
    return asked


def order(rows: sa.FromClause, query: WorklistQuery) -> tuple[sa.UnaryExpression[Any], ...]:
    """The order asked for; rows without a value come last, ties by likelihood of leaving and id."""
    column = rows.c[SORTS[query.sort]]
    rising = query.sort == "name" or (query.sort == "change" and query.changed == "down")
    ranked = column.asc() if rising else column.desc()
    likelier = rows.c.churn_probability.desc()
    return ranked.nulls_last(), likelier.nulls_last(), rows.c.customer_id.asc()


def latest_plan_id(connection: sa.Connection, viewer: Viewer) -> int | None:
    """Id of the plan that a viewer made last."""
    asked = sa.select(sa.func.max(plans.c.plan_id)).where(plans.c.made_by == viewer.name)
    found: int | None = connection.execute(asked).scalar()
    return found


def _planned(rows: sa.FromClause, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Entries of a viewer's plans that hold for these rows.

    A plan holds until the next one for the same account manager, or for all of them.
    """
    newest = (
        sa.select(sa.func.max(plans.c.plan_id))
        .where(
            plans.c.made_by == viewer.name,
            plans.c.account_manager.is_(None) | (plans.c.account_manager == rows.c.account_manager),
        )
        .correlate(rows)
        .scalar_subquery()
    )
    return sa.and_(
        plan_entries.c.customer_id == rows.c.customer_id, plan_entries.c.plan_id == newest
    )


def _with_contacts(page: sa.Subquery, viewer: Viewer) -> sa.Select[Any]:
    """Rows of a page with each customer's last outcome and place on a plan."""

    def last(column: sa.Column[Any]) -> sa.Label[Any]:
        return (
            sa.select(column)
            .where(outcomes.c.customer_id == page.c.customer_id)
            .order_by(outcomes.c.at.desc(), outcomes.c.outcome_id.desc())
            .limit(1)
            .scalar_subquery()
            .label(f"last_{column.name}")
        )

    return (
        sa.select(page, last(outcomes.c.at), last(outcomes.c.result), plan_entries.c.role)
        .select_from(page)
        .outerjoin(plan_entries, _planned(page, viewer))
    )


def _worklist_row(row: Any, terms: ContactTerms | None) -> WorklistRow:
    profit = terms.profit(row["margin_at_risk"]) if terms else None
    return WorklistRow(
        customer_id=row["customer_id"],
        name=row["name"],
        account_manager=row["account_manager"],
        churn_probability=row["churn_probability"],
        referral_probability=row["referral_probability"],
        quadrant=row["quadrant"],
        margin_at_risk=row["margin_at_risk"],
        change_points=row["change_points"],
        main_reason=_text(row["main_reason_de"], row["main_reason_en"]),
        main_points=row["main_points"],
        sayable=_text(row["sayable_de"], row["sayable_en"]),
        approach=_text(row["approach_de"], row["approach_en"]),
        churn_low=row["churn_low"],
        churn_high=row["churn_high"],
        care=_text(row["care_de"], row["care_en"]),
        last_outcome=row["last_at"],
        last_result=row["last_result"],
        on_plan=row["role"],
        expected_profit=profit,
        worth_contacting=None if profit is None else profit > 0,
    )


def _text(de: str | None, en: str | None) -> Text | None:
    return None if de is None or en is None else Text(de=de, en=en)
