"""The pages for account managers: worklist, customer, portfolio and model.

They only read the store, always for the viewer who asks, and work without JavaScript.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BeforeValidator
from starlette.responses import RedirectResponse, Response

from treue.serving.access import current_viewer
from treue.serving.inputs import LongText, Moment, Words
from treue.serving.language import COOKIE
from treue.serving.page_render import render
from treue.serving.refusals import NOT_FOUND, Refused
from treue.serving.security import check_csrf
from treue.serving.sign_in import own_path
from treue.serving.store.records import (
    Channel,
    Direction,
    Outcome,
    Quadrant,
    Result,
    Sort,
    WorklistQuery,
)
from treue.serving.viewer import Viewer

router = APIRouter(include_in_schema=False)

Looking = Annotated[Viewer, Depends(current_viewer)]
HOLD_OUT_SHARE = 0.1
A_YEAR_SECONDS = 365 * 24 * 3600


def _empty_as_none(value: Any) -> Any:
    """An empty field of a form was left out."""
    return None if value == "" else value


def _as_typed(value: Any) -> Any:
    """Browsers send two characters for each end of a line."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


Maybe = BeforeValidator(_empty_as_none)


def asked(
    account_manager: Annotated[Words | None, Maybe, Query()] = None,
    quadrant: Annotated[Quadrant | None, Maybe, Query()] = None,
    changed: Annotated[Direction | None, Maybe, Query()] = None,
    search: Annotated[Words, Query()] = "",
    sort: Annotated[Sort, Query()] = "margin_at_risk",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> WorklistQuery:
    """Which customers the address asks for; forms send what was left empty, too."""
    return WorklistQuery(account_manager, quadrant, changed, search.strip(), sort, page)


Wanted = Annotated[WorklistQuery, Depends(asked)]


@router.get("/")
def start() -> Response:
    """Lead to the worklist."""
    return RedirectResponse("/worklist", status_code=303)


@router.get("/worklist")
def worklist(
    request: Request,
    viewer: Looking,
    query: Wanted,
    planned: bool = False,
) -> Response:
    """Customers in the order asked for, a page at a time."""
    store = request.app.state.store
    found = store.worklist(viewer, query=query)
    run = store.latest()
    plan = store.plan(viewer) if planned else None
    roles = [entry.role for entry in plan.entries] if plan else []
    return render(
        request,
        viewer,
        "worklist.html",
        currency=run.currency if run else None,
        here="worklist",
        w=found,
        q=query,
        filters=_address("", query, page=None),
        filtered=_address("", query, page=None) != "",
        managers=store.account_managers(viewer) if viewer.sees_all else [],
        capacity=request.app.state.settings.pages.capacity,
        plan=plan,
        plan_calls=roles.count("call"),
        plan_held=roles.count("hold_out"),
        bases={t: info.base_probability for t, info in run.targets.items()} if run else {},
        page_link=lambda page: _address("/worklist", query, page=page),
    )


@router.post("/worklist/plan", dependencies=[Depends(check_csrf)])
def make_plan(
    request: Request,
    viewer: Looking,
    query: Wanted,
    capacity: Annotated[int, Form(ge=1, le=1000)],
    hold_out: Annotated[Literal["yes"] | None, Form()] = None,
) -> Response:
    """Choose the customers there is time for; some are left out at random, if asked for."""
    if request.app.state.store.latest() is None:
        return RedirectResponse("/worklist", 303)
    now: datetime = request.app.state.clock()
    request.app.state.store.make_plan(
        viewer,
        query=query,
        capacity=capacity,
        hold_out_share=HOLD_OUT_SHARE if hold_out else 0.0,
        seed=int(now.timestamp()),
        at=now,
    )
    return RedirectResponse(_address("/worklist", query, page=None, planned="true"), 303)


@router.get("/customers/{customer_id:path}/print")
def customer_on_paper(
    request: Request, viewer: Looking, customer_id: Words, cutoff: Moment | None = None
) -> Response:
    """The customer page for paper."""
    return _customer(request, viewer, customer_id, cutoff, paper=True)


@router.get("/customers/{customer_id:path}")
def customer(
    request: Request,
    viewer: Looking,
    customer_id: Words,
    cutoff: Moment | None = None,
    saved: bool = False,
) -> Response:
    """All that is known of one customer, now or at an earlier cutoff."""
    return _customer(request, viewer, customer_id, cutoff, saved=saved)


def _customer(
    request: Request,
    viewer: Viewer,
    customer_id: str,
    cutoff: datetime | None,
    *,
    paper: bool = False,
    saved: bool = False,
) -> Response:
    store = request.app.state.store
    dossier = store.dossier(customer_id, viewer=viewer, cutoff=cutoff)
    if dossier is None:
        raise Refused(404, NOT_FOUND)
    history = store.history(customer_id, viewer=viewer)
    newest = max((point.cutoff for point in history), default=dossier.cutoff)
    older = dossier.cutoff < newest
    return render(
        request,
        viewer,
        "customer.html",
        currency=dossier.currency,
        here="customer",
        d=dossier,
        paper=paper,
        saved=saved,
        older=older,
        at=f"?cutoff={dossier.cutoff.isoformat()}" if older else "",
        history=history,
        outcomes=store.outcomes(customer_id, viewer=viewer),
    )


@router.post("/customers/{customer_id:path}/outcomes", dependencies=[Depends(check_csrf)])
def record_outcome(
    request: Request,
    viewer: Looking,
    customer_id: Words,
    channel: Annotated[Channel, Form()],
    result: Annotated[Result, Form()],
    concession_amount: Annotated[
        float | None, Maybe, Form(ge=0, le=1e9, allow_inf_nan=False)
    ] = None,
    note: Annotated[LongText, BeforeValidator(_as_typed), Form()] = "",
    next_step_at: Annotated[Moment | None, Maybe, Form()] = None,
) -> Response:
    """Keep what came of a conversation."""
    store = request.app.state.store
    if store.dossier(customer_id, viewer=viewer) is None:
        raise Refused(404, NOT_FOUND)
    outcome = Outcome(
        at=request.app.state.clock(),
        channel=channel,
        result=result,
        concession_amount=concession_amount,
        note=note,
        next_step_at=next_step_at,
    )
    store.record_outcome(customer_id, outcome, viewer=viewer)
    return RedirectResponse(f"/customers/{quote(customer_id)}?saved=true#outcomes", 303)


@router.get("/portfolio")
def portfolio(request: Request, viewer: Looking) -> Response:
    """All customers the viewer sees, together."""
    store = request.app.state.store
    run = store.latest()
    return render(
        request,
        viewer,
        "portfolio.html",
        currency=run.currency if run else None,
        here="portfolio",
        p=store.portfolio(viewer),
    )


@router.get("/model")
def model(request: Request, viewer: Looking) -> Response:
    """What the models are made of and how far to rely on them."""
    page = request.app.state.store.model(viewer)
    return render(
        request,
        viewer,
        "model.html",
        currency=page.run.currency if page.run else None,
        here="model",
        run=page.run,
        targets=sorted(page.run.targets.items()) if page.run else [],
        pictures=page.pictures,
    )


@router.get("/model/pictures/{name:path}")
def picture(request: Request, viewer: Looking, name: Words) -> Response:
    """A picture of a model, as drawn when it was trained."""
    content = request.app.state.store.picture(name)
    if content is None:
        raise Refused(404, NOT_FOUND)
    return Response(content, media_type="image/png")


@router.post("/language", dependencies=[Depends(check_csrf)])
def choose_language(
    request: Request,
    viewer: Looking,
    language: Annotated[Literal["de", "en"], Form()],
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Keep the language the reader chose and lead back."""
    response = RedirectResponse(own_path(next), 303)
    response.set_cookie(
        COOKIE,
        language,
        max_age=A_YEAR_SECONDS,
        secure=request.app.state.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def _kept(query: WorklistQuery) -> list[tuple[str, str]]:
    """What differs from asking for everything, without the page."""
    values = {
        "account_manager": query.account_manager,
        "quadrant": query.quadrant,
        "changed": query.changed,
        "search": query.search,
        "sort": None if query.sort == "margin_at_risk" else query.sort,
    }
    return [(name, value) for name, value in values.items() if value]


def _address(path: str, query: WorklistQuery, *, page: int | None, **more: str) -> str:
    pairs = _kept(query) + ([("page", str(page))] if page and page > 1 else [])
    pairs += more.items()
    return path + ("?" + urlencode(pairs) if pairs else "")
