"""The JSON twins of the pages, under ``/api/v1``; the same reads, described by OpenAPI."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from treue.serving.access import current_viewer, identified, lead_only, person
from treue.serving.dossier import Dossier
from treue.serving.errors import ErrorAnswer
from treue.serving.inputs import LongText, Moment, Words
from treue.serving.refusals import NOT_FOUND, Refused
from treue.serving.security import check_csrf, csrf_token
from treue.serving.store import Store
from treue.serving.store.records import (
    Channel,
    Direction,
    HistoryPoint,
    ModelPage,
    Outcome,
    OutcomeRow,
    Plan,
    Portfolio,
    Quadrant,
    RecordedOutcome,
    Result,
    Sort,
    Viewed,
    WorklistPage,
    WorklistQuery,
)
from treue.serving.viewer import Role, Scope, Viewer

ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "The request could not be understood"},
    401: {"model": ErrorAnswer, "description": "Not signed in, or an unknown token"},
    403: {"model": ErrorAnswer, "description": "Not allowed to this viewer"},
    404: {"model": ErrorAnswer, "description": "Not there, or not this viewer's customer"},
    413: {"model": ErrorAnswer, "description": "Too large"},
    422: {"model": ErrorAnswer, "description": "Something in the request must be mended"},
    429: {"model": ErrorAnswer, "description": "Too many failed attempts"},
}

bearer = HTTPBearer(auto_error=False, description="A token of treue tokens add")
router = APIRouter(
    prefix="/api/v1", tags=["pages"], dependencies=[Depends(bearer)], responses=ERRORS
)
Seen = Annotated[Viewer, Depends(current_viewer)]


class Me(BaseModel):
    """Who is looking; `csrf_token` goes into the header X-CSRF-Token of each POST."""

    name: str
    role: Role
    account_manager: str | None
    scopes: list[Scope]
    csrf_token: str


class NewOutcome(BaseModel):
    """What came of a contact; `at` is now unless given."""

    model_config = ConfigDict(extra="forbid")

    at: Moment | None = None
    channel: Channel
    result: Result
    concession_amount: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    note: LongText = ""
    next_step_at: Moment | None = None


class Noted(BaseModel):
    """The number of an outcome that was kept."""

    outcome_id: int


class NewPlan(BaseModel):
    """How many to call, and how many to leave alone at random so that the effect can be seen."""

    model_config = ConfigDict(extra="forbid")

    capacity: Annotated[int, Field(ge=1, le=1_000)]
    hold_out_share: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


def worklist_query(
    account_manager: Words | None = None,
    quadrant: Quadrant | None = None,
    changed: Direction | None = None,
    search: Words = "",
    sort: Sort = "margin_at_risk",
    on_plan: bool = False,
    worth: bool = False,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 25,
) -> WorklistQuery:
    """Return what is asked of the worklist."""
    return WorklistQuery(
        account_manager=account_manager,
        quadrant=quadrant,
        changed=changed,
        search=search,
        sort=sort,
        on_plan=on_plan,
        worth=worth,
        page=page,
        per_page=per_page,
    )


def the_store(request: Request) -> Store:
    """Return the database of finished scores."""
    store: Store = request.app.state.store
    return store


Database = Annotated[Store, Depends(the_store)]
Wanted = Annotated[WorklistQuery, Depends(worklist_query)]


@router.get("/me")
def me(request: Request, viewer: Seen) -> Me:
    """Say who is looking."""
    return Me(
        name=viewer.name,
        role=viewer.role,
        account_manager=viewer.account_manager,
        scopes=sorted(viewer.scopes),
        csrf_token=csrf_token(request),
    )


@router.get("/worklist")
def worklist(viewer: Seen, store: Database, query: Wanted) -> WorklistPage:
    """List customers, those with most margin at risk first unless asked otherwise."""
    return store.worklist(viewer, query=query)


@router.get("/account-managers")
def account_managers(viewer: Seen, store: Database) -> list[str]:
    """Name the account managers whose customers the viewer sees."""
    return store.account_managers(viewer)


@router.get("/customers/{customer_id:path}/history")
def history(customer_id: Words, viewer: Seen, store: Database) -> list[HistoryPoint]:
    """Return a customer's scores over time."""
    _visible(store, customer_id, viewer)
    return store.history(customer_id, viewer=viewer)


@router.get("/customers/{customer_id:path}/outcomes")
def outcomes(customer_id: Words, viewer: Seen, store: Database) -> list[RecordedOutcome]:
    """Return what came of contacts with a customer."""
    _visible(store, customer_id, viewer)
    return store.outcomes(customer_id, viewer=viewer)


@router.post(
    "/customers/{customer_id:path}/outcomes",
    status_code=201,
    dependencies=[Depends(person), Depends(check_csrf)],
)
def note_outcome(
    request: Request, customer_id: Words, new: NewOutcome, viewer: Seen, store: Database
) -> Noted:
    """Keep what came of a contact; a session sends the header X-CSRF-Token, see ``/me``."""
    outcome = Outcome(**{**new.model_dump(), "at": new.at or request.app.state.clock()})
    _visible(store, customer_id, viewer)
    return Noted(outcome_id=store.record_outcome(customer_id, outcome, viewer=viewer))


@router.get("/customers/{customer_id:path}/views", dependencies=[Depends(lead_only)])
def views(customer_id: Words, viewer: Seen, store: Database) -> list[Viewed]:
    """Say who looked at a customer, and when; for leads."""
    return store.views(customer_id, viewer=viewer)


@router.get("/customers/{customer_id:path}")
def customer(
    customer_id: Words, viewer: Seen, store: Database, cutoff: Moment | None = None
) -> Dossier:
    """Return all that the page says of a customer, at the latest cutoff unless asked otherwise."""
    found = store.dossier(customer_id, viewer=viewer, cutoff=cutoff)
    if found is None:
        raise Refused(404, NOT_FOUND)
    return found


@router.get("/portfolio")
def portfolio(viewer: Seen, store: Database) -> Portfolio:
    """Return all customers of the viewer together."""
    return store.portfolio(viewer)


@router.get("/model")
def model(viewer: Seen, store: Database) -> ModelPage:
    """Return cards, grades and figures of the models."""
    return store.model(viewer)


@router.get("/outcomes")
def all_outcomes(viewer: Seen, store: Database) -> list[OutcomeRow]:
    """Return all outcomes of the viewer's customers, as rows for the next training."""
    return store.export_outcomes(viewer)


@router.get("/plan")
def plan(viewer: Seen, store: Database) -> Plan | None:
    """Return whom the viewer means to call; null before there is a plan."""
    return store.plan(viewer)


@router.post("/plan", status_code=201, dependencies=[Depends(person), Depends(check_csrf)])
def make_plan(request: Request, new: NewPlan, viewer: Seen, store: Database, query: Wanted) -> Plan:
    """Choose whom to call among the customers that the worklist would list."""
    return store.make_plan(
        viewer,
        query=query,
        capacity=new.capacity,
        hold_out_share=new.hold_out_share,
        seed=new.seed,
        at=request.app.state.clock(),
    )


def add_description(app: FastAPI) -> None:
    """Serve the OpenAPI description to whoever is signed in or has a token."""

    @app.get("/api/v1/openapi.json", include_in_schema=False, dependencies=[Depends(identified)])
    def description() -> Response:
        described = app.openapi()
        for name, schema in described["components"]["schemas"].items():
            if not name.startswith("New"):  # what comes in may have a zone
                _without_zone(schema)
        return Response(json.dumps(described), media_type="application/json")


def _without_zone(schema: Any) -> None:
    """Describe moments as they are sent; OpenAPI's ``date-time`` would have a zone."""
    if isinstance(schema, dict):
        if schema.get("format") == "date-time":
            del schema["format"]
            schema["description"] = "A moment in UTC, without zone: 2025-01-31T09:30:00"
        for part in schema.values():
            _without_zone(part)
    elif isinstance(schema, list):
        for part in schema:
            _without_zone(part)


def _visible(store: Store, customer_id: str, viewer: Viewer) -> None:
    """Refuse a customer who is not there, or not the viewer's; the two look the same."""
    if store.dossier(customer_id, viewer=viewer) is None:
        raise Refused(404, NOT_FOUND)
