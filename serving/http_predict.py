"""Scoring over HTTP: raw events or ready panel rows in, probabilities and reasons out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self, cast

import anyio
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from treue.features.errors import TreueError
from treue.serving.access import scope
from treue.serving.api import ERRORS, bearer
from treue.serving.dossier import Target, Text
from treue.serving.inputs import Moment, Words
from treue.serving.refusals import NO_MODEL, Refused
from treue.serving.security import check_csrf
from treue.serving.viewer import Viewer

if TYPE_CHECKING:
    import pandas as pd

    from treue.features.tables import Tables
    from treue.serving.predict import Predictor

MOST_CUSTOMERS = 200
"""Customers in one request; for more there is treue score."""
AT_ONCE = 1
"""Requests that are scored at the same time; others wait, and pages are read meanwhile."""
FIRST, LAST = datetime(1970, 1, 1), datetime(2200, 1, 1)

Number = Annotated[float, Field(allow_inf_nan=False)]
WholeNumber = Annotated[int, Field(ge=-(2**53), le=2**53)]
Cell = bool | WholeNumber | Number | Words | None
Row = dict[Words, Cell]


class PredictRequest(BaseModel):
    """Whom to score: ready rows in `panel`, or events in `tables` with the `cutoff`.

    Attributes
    ----------
    panel
        One row a customer with ``customer_id`` and the model's features by name.
    tables
        Rows by table and column, as docs/tables.md names them; an empty list says that there was
        nothing of that kind.
    cutoff
        The moment of knowledge; later events are not seen.
    """

    model_config = ConfigDict(extra="forbid")

    panel: Annotated[list[Row], Field(min_length=1, max_length=MOST_CUSTOMERS)] | None = None
    tables: dict[Words, list[Row]] | None = None
    cutoff: Moment | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.panel is None) == (self.tables is None):
            raise ValueError("give either panel or tables")
        if self.tables is not None and self.cutoff is None:
            raise ValueError("tables need a cutoff, the moment of knowledge")
        if self.cutoff is not None and not FIRST <= self.cutoff <= LAST:
            raise ValueError(f"cutoff lies outside of {FIRST.year} to {LAST.year}")
        return self


class Scored(BaseModel):
    """One customer and one likelihood.

    ``base + contributions = raw`` in log-odds, and in percentage points
    ``100 * base_probability + points = 100 * probability``.
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
    reasons: list[Text]


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
    responses={**ERRORS, 503: {**ERRORS[400], "description": "No model is in use"}},
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
) -> PredictAnswer:
    """Score up to 200 customers with the models in use.

    The body is read only after it is known who asks.
    """
    predictors: Mapping[str, Predictor] = request.app.state.predictors
    if not predictors:
        raise Refused(503, NO_MODEL)
    body = await request.body()
    limiter: anyio.CapacityLimiter = request.app.state.scoring
    return await anyio.to_thread.run_sync(_answer, body, predictors, limiter=limiter)


def _answer(body: bytes, predictors: Mapping[str, Predictor]) -> PredictAnswer:
    from treue.models.errors import ModelError

    try:
        asked = PredictRequest.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        ) from None
    try:
        return PredictAnswer(targets=_scored(asked, predictors))
    except ModelError as error:
        raise TreueError(str(error)) from None


def _scored(
    asked: PredictRequest, predictors: Mapping[str, Predictor]
) -> dict[Target, ScoredTarget]:
    """Score with each model; a copy of it, since a predictor remembers what it scored last."""
    from treue.serving.predict import Predictor, shared_panel

    own: dict[str, Predictor] = {
        target: Predictor(one.bundle, source=one.source, own_families=one.own_families)
        for target, one in predictors.items()
    }
    tables = None
    if asked.panel is not None:
        panel = _panel(asked.panel)
    else:
        assert asked.cutoff is not None
        tables = _tables(asked, next(iter(own.values())))
        panel = shared_panel(own, tables, asked.cutoff)
    ids = [str(customer_id) for customer_id in panel["customer_id"]]
    if len(ids) > MOST_CUSTOMERS:
        raise TreueError(
            f"tables: {len(ids)} customers would be scored, {MOST_CUSTOMERS} may be in one "
            "request; split it, or use treue score"
        )
    for predictor in own.values():
        if tables is None or asked.cutoff is None:
            predictor.predict_panel(panel)
        else:
            predictor.predict(tables, asked.cutoff, panel=panel)
    return {cast(Target, target): _told(predictor, ids) for target, predictor in own.items()}


def _told(predictor: Predictor, ids: Iterable[str]) -> ScoredTarget:
    question = predictor.question
    customers = []
    for customer_id in ids:
        found = predictor.explain(customer_id)
        customers.append(
            Scored(
                customer_id=customer_id,
                cutoff=found.cutoff,
                probability=found.probability,
                base_probability=found.base_probability,
                raw=found.raw,
                base=found.base,
                contributions=dict(found.contributions),
                points=dict(found.points),
                family_points=dict(found.family_points),
                reasons=[
                    Text(de=de, en=en)
                    for de, en in zip(found.reasons("de"), found.reasons("en"), strict=True)
                ],
            )
        )
    return ScoredTarget(
        grade=predictor.grade,
        question=Text(de=question.to_text("de"), en=question.to_text("en")) if question else None,
        fingerprint=predictor.fingerprint,
        customers=customers,
    )


def _panel(rows: list[Row]) -> pd.DataFrame:
    """Return the rows as a panel, each customer once."""
    import pandas as pd

    nameless = [str(place) for place, row in enumerate(rows) if row.get("customer_id") is None]
    if nameless:
        raise TreueError(f"panel: rows {', '.join(nameless[:5])} have no customer_id; add it")
    panel = pd.DataFrame.from_records(rows)
    panel["customer_id"] = [str(row["customer_id"]) for row in rows]
    twice = panel["customer_id"][panel["customer_id"].duplicated()].unique()
    if len(twice):
        raise TreueError(
            f"panel: customers {', '.join(twice[:5])} stand in it twice; send one row a customer"
        )
    if "cutoff" in panel:
        panel["cutoff"] = _moments(panel["cutoff"])
    return panel


def _moments(column: pd.Series) -> pd.Series:
    import pandas as pd

    try:
        moments = pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        raise TreueError("panel: cutoff holds no dates; write them as 2024-12-31") from None
    if moments.isna().any():
        raise TreueError("panel: cutoff is missing in some rows; leave it out or fill it in")
    return moments.dt.tz_localize(None)


def _tables(asked: PredictRequest, predictor: Predictor) -> Tables:
    """Return the request's tables as they were known at the cutoff."""
    import pandas as pd

    from treue.features.tables import Tables

    assert asked.tables is not None
    frames = {
        name: pd.DataFrame.from_records(rows or _nothing(name, asked.cutoff))
        for name, rows in asked.tables.items()
    }
    data = tomllib.loads(predictor.bundle.config_toml).get("data", {})
    there = frames.get("customers", pd.DataFrame()).columns
    return Tables.from_frames(
        frames,
        observed_until=asked.cutoff,
        attributes=[name for name in data.get("attributes", []) if name in there],
        time_zone=data.get("time_zone"),
    )


def _nothing(table: str, cutoff: datetime | None) -> list[dict[str, Any]]:
    """Return a row of nobody's: the table is there, and holds nothing of those to be scored."""
    from treue.features.schema import TABLES

    if table not in TABLES or table == "purchases":
        return []
    schema = TABLES[table]
    row: dict[str, Any] = dict.fromkeys(schema.columns)
    return [row | {schema.event_time: cutoff, schema.customer: "(nobody)"}]
