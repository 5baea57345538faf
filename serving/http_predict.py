"""Scoring over HTTP: raw events or ready panel rows in, probabilities and reasons out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import anyio
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from treue.features.errors import TreueError
from treue.serving.access import scope
from treue.serving.api import ERRORS, bearer
from treue.serving.dossier import Reason, Sure, Target, Text, When
from treue.serving.predict_request import MOST_CUSTOMERS, PredictRequest, panel_of, tables_of
from treue.serving.refusals import NO_MODEL, Refused
from treue.serving.security import check_csrf
from treue.serving.viewer import Viewer

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from treue.serving.comparison import Comparison
    from treue.serving.predict import Predictor

log = logging.getLogger(__name__)

AT_ONCE = 1
"""Requests that are scored at the same time; others wait, and pages are read meanwhile."""


class Scored(BaseModel):
    """One customer and one likelihood.

    ``base + contributions = raw`` in log-odds, and in percentage points
    ``100 * base_probability + points = 100 * probability``; rounded as they are shown, reasons'
    points and `other_points` make up the difference as well. `curve` says how likely within 30 to
    365 days, and `sure` how sure the probability is, where the model can.
    """

    customer_id: str
    cutoff: datetime | None
    probability: float
    base_probability: float
    raw: float
    base: float
    contributions: dict[str, float]
    points: dict[str, float]
    family_points: dict[str, float]
    reasons: list[Reason]
    other_points: float
    curve: When | None
    sure: Sure | None


class ScoredTarget(BaseModel):
    """All customers of a request by one model."""

    grade: str | None
    question: Text | None
    fingerprint: str
    customers: list[Scored]


class PredictAnswer(BaseModel):
    """Likelihoods by target."""

    targets: dict[Target, ScoredTarget]


router = APIRouter(prefix="/v1", tags=["scoring"], dependencies=[Depends(bearer)])


@router.post(
    "/predict",
    response_model=PredictAnswer,
    responses={**ERRORS, 409: {**ERRORS[400], "description": "No model is in use"}},
    dependencies=[Depends(check_csrf)],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": PredictRequest.model_json_schema()}},
        }
    },
)
async def predict(
    request: Request, viewer: Annotated[Viewer, Depends(scope("predict"))]
) -> Response:
    """Score up to 200 customers with the models in use.

    The body is read only after it is known who asks.
    """
    predictors: Mapping[str, Predictor] = request.app.state.predictors
    body = await request.body()
    limiter: anyio.CapacityLimiter = request.app.state.scoring
    found = await anyio.to_thread.run_sync(_answer, body, predictors, limiter=limiter)
    return Response(found, media_type="application/json")


def _answer(body: bytes, predictors: Mapping[str, Predictor]) -> str:
    """Return the answer's JSON."""
    import duckdb
    import pyarrow as pa

    from treue.models.errors import ModelError

    if not predictors:  # waits for those that are loading
        raise Refused(409, NO_MODEL)
    try:
        asked = PredictRequest.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        ) from None
    try:
        return PredictAnswer(targets=_scored(asked, predictors)).model_dump_json()
    except ModelError as error:
        raise TreueError(str(error)) from None
    except (duckdb.Error, pa.ArrowException, OverflowError) as error:
        log.warning("a request could not be made into tables: %s", type(error).__name__)
        raise TreueError("the rows cannot be made into tables; see docs/tables.md") from None


def _scored(
    asked: PredictRequest, predictors: Mapping[str, Predictor]
) -> dict[Target, ScoredTarget]:
    from treue.serving.comparison import compare
    from treue.serving.missing import records
    from treue.serving.predict import shared_panel

    any_of_them = next(iter(predictors.values()))
    tables = None
    if asked.panel is not None:
        panel = panel_of(asked.panel)
    else:
        assert asked.cutoff is not None
        tables = tables_of(asked, any_of_them)
        panel = shared_panel(predictors, tables, asked.cutoff)
    if panel.empty:
        raise TreueError(
            f"tables: nobody is eligible at {asked.cutoff:%Y-%m-%d}; only who bought in the "
            f"{any_of_them.definition.lookback} days before is scored"
        )
    if len(panel) > MOST_CUSTOMERS:
        raise TreueError(
            f"tables: {len(panel)} customers would be scored, {MOST_CUSTOMERS} may be in one "
            "request; split it, or use treue score"
        )
    comparison = None
    if tables is not None:
        comparison = compare(tables, asked.cutoff, panel, own_families=any_of_them.own_families)
    rows = records(panel)
    return {
        cast(Target, target): _told(predictor, panel, rows, comparison)
        for target, predictor in predictors.items()
    }


def _told(
    predictor: Predictor,
    panel: pd.DataFrame,
    rows: Sequence[Mapping[str, Any]],
    comparison: Comparison | None,
) -> ScoredTarget:
    """Score and explain all rows.

    Customers are compared with their own earlier values only: the others in a request are not
    their peers.
    """
    from treue.serving.reasons import other_points

    storyteller = predictor.plain_storyteller
    found = storyteller.explain(panel)
    curves = predictor.curve_in_words(found.raw, panel)
    sure = predictor.sure_in_words(found, panel)
    customers = []
    for row, known in enumerate(rows):
        values = [known[name] for name in storyteller.names]
        own = comparison.alone(row) if comparison else {}
        reasons = storyteller.reasons(found.points[row], values, own, found.agreement_of(row))
        probability = float(found.probability[row])
        customers.append(
            Scored(
                customer_id=str(known["customer_id"]),
                cutoff=known["cutoff"].to_pydatetime() if "cutoff" in known else None,
                probability=probability,
                base_probability=found.base_probability,
                raw=float(found.raw[row]),
                base=found.base,
                contributions=_by_name(found.feature_names, found.contributions[row]),
                points=_by_name(found.feature_names, found.points[row]),
                family_points=_sums(found.families, found.points[row]),
                reasons=reasons,
                other_points=other_points(probability, found.base_probability, reasons),
                curve=curves[row],
                sure=sure[row],
            )
        )
    question = predictor.question
    return ScoredTarget(
        grade=predictor.grade,
        question=question.in_words() if question else None,
        fingerprint=predictor.fingerprint,
        customers=customers,
    )


def _sums(families: Iterable[str], points: np.ndarray) -> dict[str, float]:
    """Sum points by family, families in order of appearance."""
    sums: dict[str, float] = {}
    for family, number in zip(families, points.tolist(), strict=True):
        sums[family] = sums.get(family, 0.0) + number
    return sums


def _by_name(names: Iterable[str], numbers: np.ndarray) -> dict[str, float]:
    return dict(zip(names, numbers.tolist(), strict=True))
