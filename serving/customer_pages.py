"""A customer's page, its print view and the form beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BeforeValidator
from starlette.responses import RedirectResponse, Response

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
