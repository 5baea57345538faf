"""All customers of a viewer together: the map, the quadrants, what is at risk over time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from treue.serving.frequency import calibration_words
from treue.serving.store.reading import chosen_scores, latest_run
from treue.serving.store.records import (
    CalibrationWords,
    MapPoint,
    ModelPage,
    Portfolio,
    QuadrantSum,
    RiskPoint,
    Run,
    WorklistQuery,
)
from treue.serving.store.schema import pictures, runs, scores, sums
from treue.serving.viewer import Viewer

MOST_POINTS = 2_000
"""More customers than this are put together on the map."""
CELLS = 40
"""Cells of the map in each direction."""


def read_portfolio(connection: sa.Connection, viewer: Viewer) -> Portfolio:
    """The portfolio of the latest run; empty where nothing was published yet."""
    found = latest_run(connection)
    if found is None:
        return Portfolio(
            cutoff=None,
            customers=0,
            binned=False,
            points=[],
            thresholds=None,
            quadrants=[],
            risk=[],
            calibration=[],
        )
    run_id, run = found
    mine = chosen_scores(viewer, WorklistQuery(), run_id, run.contact)
    count, most_churn, most_referral = connection.execute(
        mine.with_only_columns(
            sa.func.count(),
            sa.func.max(scores.c.churn_probability),
            sa.func.max(scores.c.referral_probability),
        )
    ).one()
    binned = count > MOST_POINTS
    points = (
        _cells(connection, mine, most_churn, most_referral) if binned else _points(connection, mine)
    )
    return Portfolio(
        cutoff=run.cutoff,
        customers=count,
        binned=binned,
        points=points,
        thresholds=run.thresholds,
        quadrants=_quadrants(connection, mine),
        risk=_risk(connection, viewer),
        calibration=_calibration(run),
    )


def read_model(connection: sa.Connection) -> ModelPage:
    """What is known of the models of the latest run."""
    found = latest_run(connection)
    if found is None:
        return ModelPage(run=None, pictures=[])
    run_id, run = found
    asked = sa.select(pictures.c.name).where(pictures.c.run_id == run_id).order_by(pictures.c.name)
    return ModelPage(run=run, pictures=list(connection.execute(asked).scalars()))


def read_picture(connection: sa.Connection, name: str) -> bytes | None:
    """A picture of the latest run, PNG."""
    latest = sa.select(runs.c.run_id).order_by(runs.c.cutoff.desc()).limit(1).scalar_subquery()
    asked = sa.select(pictures.c.content).where(
        pictures.c.run_id == latest, pictures.c.name == name
    )
    found: bytes | None = connection.execute(asked).scalar()
    return found


def _on_map(mine: sa.Select[Any]) -> sa.Select[Any]:
    return mine.where(
        scores.c.churn_probability.is_not(None), scores.c.referral_probability.is_not(None)
    )


def _points(connection: sa.Connection, mine: sa.Select[Any]) -> list[MapPoint]:
    asked = _on_map(mine).with_only_columns(
        scores.c.churn_probability,
        scores.c.referral_probability,
        sa.func.coalesce(scores.c.margin_at_risk, 0.0).label("margin_at_risk"),
        scores.c.customer_id,
        scores.c.name,
        scores.c.quadrant,
    )
    rows = connection.execute(asked.order_by(scores.c.customer_id))
    return [MapPoint(**row._mapping) for row in rows]


def _cells(
    connection: sa.Connection,
    mine: sa.Select[Any],
    most_churn: float | None,
    most_referral: float | None,
) -> list[MapPoint]:
    """Customers put together by cells of a grid; a point lies at the mean of its cell."""

    def cell(column: sa.Column[float], most: float | None) -> sa.ColumnElement[Any]:
        return sa.cast(sa.func.floor(column * (CELLS / (most or 1.0)) * 0.999999), sa.Integer)

    p, q = scores.c.churn_probability, scores.c.referral_probability
    asked = (
        _on_map(mine)
        .with_only_columns(
            sa.func.avg(p).label("churn_probability"),
            sa.func.avg(q).label("referral_probability"),
            sa.func.count().label("customers"),
            sa.func.coalesce(sa.func.sum(scores.c.margin_at_risk), 0.0).label("margin_at_risk"),
            scores.c.quadrant,
        )
        .group_by(cell(p, most_churn), cell(q, most_referral), scores.c.quadrant)
    )
    return [MapPoint(**row._mapping) for row in connection.execute(asked)]


def _quadrants(connection: sa.Connection, mine: sa.Select[Any]) -> list[QuadrantSum]:
    asked = (
        mine.where(scores.c.quadrant.is_not(None))
        .with_only_columns(
            scores.c.quadrant,
            sa.func.count().label("customers"),
            sa.func.coalesce(sa.func.sum(scores.c.margin), 0.0).label("margin"),
            sa.func.coalesce(sa.func.sum(scores.c.margin_at_risk), 0.0).label("margin_at_risk"),
        )
        .group_by(scores.c.quadrant)
        .order_by(sa.desc("margin_at_risk"))
    )
    return [QuadrantSum(**row._mapping) for row in connection.execute(asked)]


def _risk(connection: sa.Connection, viewer: Viewer) -> list[RiskPoint]:
    """Sums of all runs, oldest first; of an account manager's customers as they were then."""
    asked = (
        sa.select(
            runs.c.cutoff,
            runs.c.backfilled,
            sa.func.sum(sums.c.customers).label("customers"),
            sa.func.sum(sums.c.margin_at_risk).label("margin_at_risk"),
        )
        .join(runs)
        .group_by(runs.c.cutoff, runs.c.backfilled)
        .order_by(runs.c.cutoff)
    )
    if not viewer.sees_all:
        asked = asked.where(sums.c.account_manager == (viewer.account_manager or sa.null()))
    return [RiskPoint(**row._mapping) for row in connection.execute(asked)]


def _calibration(run: Run) -> list[CalibrationWords]:
    return [
        CalibrationWords(target=target, bin=each, text=calibration_words(target, each))
        for target, info in run.targets.items()
        for each in info.calibration
    ]
