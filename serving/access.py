"""Who is looking: each route asks here, and gets a `Viewer` or refuses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from treue.serving.app_settings import AppSettings
from treue.serving.refusals import (
    NOT_IN_SCOPE,
    NOT_SIGNED_IN,
    ONLY_LEADS,
    ONLY_PEOPLE,
    TOO_OFTEN,
    Refused,
)
from treue.serving.sessions import Session, Sessions
from treue.serving.viewer import Scope, Viewer
from treue.settings import Access

log = logging.getLogger(__name__)


def wants_json(request: Request) -> bool:
    """Whether the route speaks JSON; all others are pages."""
    return request.url.path.startswith(("/api/", "/v1/"))


def viewer_of(access: Access, who: str) -> Viewer | None:
    """Return what the person named by the claim may see; None for somebody not listed.

    E-mail addresses are the same in capital and small letters.
    """

    def same(name: str) -> str:
        return name.casefold() if access.claim == "email" else name

    if same(who) in map(same, access.leads):
        return Viewer(who, "lead")
    managers = {same(name): manager for name, manager in access.account_managers.items()}
    manager = managers.get(same(who))
    return Viewer(who, "account_manager", manager) if manager else None


def current_session(request: Request) -> Session | None:
    """Return the session of the request's cookie, if it has one that is still good."""
    settings: AppSettings = request.app.state.settings
    sessions: Sessions = request.app.state.sessions
    return sessions.read(request.cookies.get(settings.cookie))


def identified(request: Request) -> Viewer:
    """Return who is looking, by session or, for JSON only, by API token.

    Raises
    ------
    Refused
        401 where nobody is signed in (pages lead to signing in), 429 after many wrong tokens.
    """
    viewer = _by_token(request) if _bearer(request) is not None else _by_session(request)
    if viewer is None:
        raise Refused(401, NOT_SIGNED_IN, headers={"WWW-Authenticate": "Bearer"})
    request.state.viewer = viewer
    return viewer


def current_viewer(request: Request, viewer: Annotated[Viewer, Depends(identified)]) -> Viewer:
    """Return who is looking at pages or their JSON; a service needs the scope ``read``."""
    if viewer.role == "service" and "read" not in viewer.scopes:
        raise Refused(403, NOT_IN_SCOPE)
    return viewer


def lead_only(viewer: Annotated[Viewer, Depends(current_viewer)]) -> Viewer:
    """Return the lead who is looking; everybody else is refused."""
    if viewer.role != "lead":
        raise Refused(403, ONLY_LEADS)
    return viewer


def person(viewer: Annotated[Viewer, Depends(current_viewer)]) -> Viewer:
    """Return the person who is looking; a service may read but note nothing."""
    if viewer.role == "service":
        raise Refused(403, ONLY_PEOPLE)
    return viewer


def scope(name: Scope) -> Callable[[Viewer], Viewer]:
    """Return a dependency that lets leads pass, and services whose token has the scope."""

    def scoped(viewer: Annotated[Viewer, Depends(identified)]) -> Viewer:
        if viewer.role != "lead" and name not in viewer.scopes:
            raise Refused(403, NOT_IN_SCOPE)
        return viewer

    return scoped


def client_address(request: Request) -> str:
    """Return the address a request came from, as the server or its proxy says."""
    return request.client.host if request.client else "unknown"


def _bearer(request: Request) -> str | None:
    if not wants_json(request):
        return None
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _by_token(request: Request) -> Viewer | None:
    limit, address = request.app.state.failures, client_address(request)
    if not limit.allows(address):
        raise Refused(429, TOO_OFTEN, headers={"Retry-After": "60"})
    viewer: Viewer | None = request.app.state.store.token_viewer(_bearer(request))
    if viewer is None:
        limit.count(address)
        log.warning("an unknown API token was refused")
    return viewer


def _by_session(request: Request) -> Viewer | None:
    settings: AppSettings = request.app.state.settings
    session = current_session(request)
    if session is None:
        return None
    if session.who is None:
        return settings.local_viewer
    return viewer_of(settings.access, session.who)
