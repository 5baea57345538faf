"""What every answer carries, and what every form must bring."""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from treue.serving.access import current_session, identified
from treue.serving.errors import answer
from treue.serving.refusals import FORM_EXPIRED, NOT_UNDERSTOOD, OTHER_HOST, Refused
from treue.serving.sessions import Sessions
from treue.serving.viewer import Viewer

FIELD, HEADER = "csrf_token", "X-CSRF-Token"
"""Where a form, and a script, bring the token of their session."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"


def csrf_token(request: Request) -> str:
    """Return the token for the hidden field ``csrf_token`` of a form; "" without a session."""
    session = current_session(request)
    sessions: Sessions = request.app.state.sessions
    return sessions.form_token(session) if session else ""


async def check_csrf(request: Request, viewer: Annotated[Viewer, Depends(identified)]) -> None:
    """Refuse a form that another site sent, or that belongs to another session.

    The token comes in the field ``csrf_token`` or the header ``X-CSRF-Token``. A request with an
    API token in place of a session needs none: no browser sends that by itself.

    Raises
    ------
    Refused
        403 with the advice to load the page again.
    """
    if viewer.role == "service":
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, FORM_EXPIRED)
    expected = csrf_token(request)
    given = request.headers.get(HEADER) or await _field(request)
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refused(403, FORM_EXPIRED)


async def _field(request: Request) -> str:
    content = request.headers.get("content-type", "")
    if not content.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    value = (await request.form()).get(FIELD)
    return value if isinstance(value, str) else ""


class SecurityHeaders:
    """Adds the headers to every answer; only files under /static may be kept by the browser."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = {**HEADERS, **({"Strict-Transport-Security": HSTS} if secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                static = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "no-cache" if static else "no-store"
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class KnownHosts:
    """Refuses requests addressed to a name that is not ours, and ones with a NUL in them.

    A forged Host leads nobody astray, since addresses are never made from it; but a foreign name
    that resolves to this machine would let another site read pages through a browser on it. NUL
    is no character of any id or name, and PostgreSQL takes none.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it is for us."""
        if scope["type"] == "http":
            if _host(Headers(scope=scope).get("host", "")) not in self._hosts:
                return await answer(Request(scope), 400, OTHER_HOST)(scope, receive, send)
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                return await answer(Request(scope), 400, NOT_UNDERSTOOD)(scope, receive, send)
        return await self._app(scope, receive, send)


def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""
