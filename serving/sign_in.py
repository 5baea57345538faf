"""Signing in and out: with the one-time link on this machine, or at the identity provider."""

from __future__ import annotations

import hmac
import logging
import secrets
from threading import Lock
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from treue.serving.access import client_address, current_session
from treue.serving.app_settings import AppSettings
from treue.serving.dossier import Text
from treue.serving.message_page import SIGN_IN, message_page
from treue.serving.refusals import LINK_USED, NOT_SIGNED_IN, TOO_OFTEN, Refused
from treue.serving.security import check_csrf
from treue.serving.sessions import Sessions

log = logging.getLogger(__name__)

USE_THE_LINK = Text(
    de="Bitte öffnen Sie den Anmeldelink, den treue serve angezeigt hat.",
    en="Please open the sign-in link that treue serve printed.",
)
SIGNED_OUT = Text(de="Sie sind abgemeldet.", en="You are signed out.")

LONGEST_PATH = 1_000
"""It travels in a cookie, of which browsers keep 4 kB."""

router = APIRouter(include_in_schema=False)


class OneTimeToken:
    """The token of the link that `treue serve` prints; good for one sign-in."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._lock = Lock()

    def take(self, given: str) -> bool:
        """Return whether this was the token, which then is good no more."""
        with self._lock:
            right = self._token is not None and hmac.compare_digest(
                given.encode("utf-8", "replace"), self._token.encode()
            )
            if right:
                self._token = None
            return right


def new_token() -> str:
    """Return 256 random bits for a one-time link."""
    return secrets.token_urlsafe(32)


def own_path(target: str | None) -> str:
    """Return where to go after signing in: a path of ours, never another site's address."""
    if not target or len(target) > LONGEST_PATH or not target.isprintable() or "\\" in target:
        return "/"
    if not target.startswith("/") or target.startswith(("//", "/sign-")):
        return "/"
    return quote(target, safe="/?&=%+,;:@!$'()*~-._")


@router.get("/sign-in")
def sign_in(request: Request, token: str | None = None, next: str | None = None) -> Response:
    """Open a session with the one-time link, or lead to the identity provider."""
    settings: AppSettings = request.app.state.settings
    if token is not None and settings.local_viewer is not None:
        return _by_link(request, token, next)
    if current_session(request) is not None:
        return RedirectResponse(own_path(next), status_code=303)
    if settings.access.issuer is None:
        return message_page(request, USE_THE_LINK, status=401, link=None)
    link = f"/sign-in/start?next={quote(own_path(next), safe='')}"
    return message_page(request, NOT_SIGNED_IN, status=401, link=(link, SIGN_IN))


def _by_link(request: Request, token: str, target: str | None) -> Response:
    limit, address = request.app.state.failures, client_address(request)
    if not limit.allows(address):
        raise Refused(429, TOO_OFTEN, headers={"Retry-After": "60"})
    if not request.app.state.one_time_token.take(token):
        if current_session(request) is not None:  # the link was clicked twice
            return RedirectResponse(own_path(target), status_code=303)
        limit.count(address)
        log.warning("a sign-in link was refused")
        raise Refused(403, LINK_USED)
    return with_session(request, None, own_path(target))


@router.post("/sign-out", dependencies=[Depends(check_csrf)])
def sign_out(request: Request) -> Response:
    """End the session, here and for whoever may hold a copy of its cookie."""
    sessions: Sessions = request.app.state.sessions
    settings: AppSettings = request.app.state.settings
    session = current_session(request)
    if session is not None:
        sessions.close(session)
    response = RedirectResponse("/signed-out", status_code=303)
    response.delete_cookie(settings.cookie, secure=settings.secure, httponly=True, samesite="lax")
    return response


@router.get("/signed-out")
def signed_out(request: Request) -> Response:
    """Say that the session has ended."""
    return message_page(request, SIGNED_OUT, status=200, link=("/sign-in", SIGN_IN))


def with_session(request: Request, who: str | None, target: str) -> Response:
    """Lead to `target` with the cookie of a session that was not there before."""
    sessions: Sessions = request.app.state.sessions
    settings: AppSettings = request.app.state.settings
    log.info("%s signed in", who or "the person at this machine")
    response = RedirectResponse(target, status_code=303)
    response.set_cookie(
        settings.cookie,
        sessions.open(who),
        max_age=3600 * settings.access.session_hours,
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response
