"""A customer's page, its print view and the form beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BeforeValidator
from starlette.responses import RedirectResponse, Response

from treue.serving import customer_view
from treue.serving.inputs import LongText, Moment, Words
from treue.serving.page_render import Looking, Maybe, render
from treue.serving.refusals import NOT_FOUND, Refused
from treue.serving.security import check_csrf
from treue.serving.store.records import Channel, Outcome, Result
from treue.serving.viewer import Viewer

router = APIRouter(include_in_schema=False)
"""All pages' routes; treue.serving.pages adds the others."""


def _as_typed(value: Any) -> Any:
    """Browsers send two characters for each end of a line."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


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
    entered: Outcome | None = None,
    over: bool = False,
    past: bool = False,
) -> Response:
    store = request.app.state.store
    dossier = store.dossier(customer_id, viewer=viewer, cutoff=cutoff)
    if dossier is None:
        raise Refused(404, NOT_FOUND)
    history = store.history(customer_id, viewer=viewer)
    newest = max((point.cutoff for point in history), default=dossier.cutoff)
    older = dossier.cutoff < newest
    run = store.latest()
    outcomes = store.outcomes(customer_id, viewer=viewer)
    known = [each for each in outcomes if each.at <= dossier.cutoff] if older else outcomes
    return render(
        request,
        viewer,
        "customer.html",
        status=422 if over or past else 200,
        currency=dossier.currency,
        here="customer",
        d=dossier,
        paper=paper,
        saved=saved,
        older=older,
        at=f"?cutoff={dossier.cutoff.isoformat()}" if older else "",
        history=history,
        horizons={target: info.horizon_days for target, info in run.targets.items()} if run else {},
        outcomes=outcomes,
        happened=customer_view.happened(dossier, known),
        highest=customer_view.ceiling(dossier),
        entered=entered,
        over=over,
        past=past,
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
    confirmed: Annotated[Literal["yes"] | None, Form()] = None,
) -> Response:
    """Keep what came of a conversation; a concession that does not pay asks to be confirmed."""
    store = request.app.state.store
    dossier = store.dossier(customer_id, viewer=viewer)
    if dossier is None:
        raise Refused(404, NOT_FOUND)
    outcome = Outcome(
        at=request.app.state.clock(),
        channel=channel,
        result=result,
        concession_amount=concession_amount,
        note=note,
        next_step_at=next_step_at,
    )
    limit = customer_view.ceiling(dossier)
    over = limit is not None and (concession_amount or 0.0) > limit and not confirmed
    past = next_step_at is not None and next_step_at.date() < outcome.at.date()
    if over or past:
        return _customer(request, viewer, customer_id, None, entered=outcome, over=over, past=past)
    store.record_outcome(customer_id, outcome, viewer=viewer)
    return RedirectResponse(f"/customers/{quote(customer_id)}?saved=true#outcomes", 303)
