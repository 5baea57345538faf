"""The pages for account managers: worklist, portfolio and model beside the customer's.

They only read the store, always for the viewer who asks, and work without JavaScript.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from treue.serving.customer_pages import router
from treue.serving.inputs import Words
from treue.serving.language import COOKIE
from treue.serving.page_render import Looking, Maybe, render
from treue.serving.refusals import NOT_FOUND, Refused
from treue.serving.security import check_csrf
from treue.serving.sign_in import own_path
from treue.serving.store.records import (
    Direction,
    Quadrant,
    Run,
    Sort,
    WorklistQuery,
)

HOLD_OUT_SHARE = 0.1
A_YEAR_SECONDS = 365 * 24 * 3600


def asked(
    account_manager: Annotated[Words | None, Maybe, Query()] = None,
    quadrant: Annotated[Quadrant | None, Maybe, Query()] = None,
    changed: Annotated[Direction | None, Maybe, Query()] = None,
    search: Annotated[Words, Query()] = "",
    sort: Annotated[Sort, Query()] = "margin_at_risk",
    on_plan: Annotated[bool, Query()] = False,
    worth: Annotated[bool, Query()] = False,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> WorklistQuery:
    """Which customers the address asks for; forms send what was left empty, too."""
    return WorklistQuery(
        account_manager, quadrant, changed, search.strip(), sort, on_plan, page, worth=worth
    )


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
    plan = store.plan(viewer)
    roles = [entry.role for entry in plan.entries] if plan and planned else []
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
        capacity=plan.capacity if plan else request.app.state.settings.pages.capacity,
        planned=bool(roles),
        plan_calls=roles.count("call"),
        plan_held=roles.count("hold_out"),
        pays=query.worth or bool(run and run.contact and found.margin_at_risk),
        bases={t: info.base_probability for t, info in run.targets.items()} if run else {},
        weak=[t for t, info in run.targets.items() if info.grade == "C"] if run else [],
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
    """Choose the customers there is time for and show them; it replaces what was chosen before.

    Some more are left out at random, if asked for.
    """
    if request.app.state.store.latest() is None:
        return RedirectResponse("/worklist", 303)
    query = replace(query, on_plan=False)
    now: datetime = request.app.state.clock()
    request.app.state.store.make_plan(
        viewer,
        query=query,
        capacity=capacity,
        hold_out_share=HOLD_OUT_SHARE if hold_out else 0.0,
        seed=int(now.timestamp()),
        at=now,
    )
    shown = replace(query, on_plan=True)
    return RedirectResponse(_address("/worklist", shown, page=None, planned="true"), 303)


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
        measured=_measured(run),
    )


def _measured(run: Run | None) -> list[str]:
    """Return the keys of the words for what the models' figures were measured on."""
    figures = [each for info in run.targets.values() for each in info.figures] if run else []
    keys = {"measured_later" if each.cutoff else "measured_others" for each in figures}
    return sorted(keys) if len(keys) == 1 else []


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
        "on_plan": "true" if query.on_plan else None,
        "worth": "true" if query.worth else None,
    }
    return [(name, value) for name, value in values.items() if value]


def _address(path: str, query: WorklistQuery, *, page: int | None, **more: str) -> str:
    pairs = _kept(query) + ([("page", str(page))] if page and page > 1 else [])
    pairs += more.items()
    return path + ("?" + urlencode(pairs) if pairs else "")
