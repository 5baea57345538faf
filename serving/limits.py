"""How large a request may be, and how often an address may fail to sign in."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from treue.serving.errors import answer
from treue.serving.refusals import TOO_LARGE, Refused
from treue.serving.sessions import Clock

FORM_BYTES = 100_000
"""Largest body of a form or of JSON: an outcome with a long note takes a tenth of it."""
PREDICT_BYTES = 5_000_000
"""Largest body of a request to score: some thousand panel rows, or a customer's whole history."""

FAILURES = 20
PERIOD = timedelta(minutes=1)
_ADDRESSES = 10_000


class Failures:
    """Counts failed sign-ins by address; after 20 within a minute an address has to wait.

    A token has 256 random bits, so this is not what keeps guesses out; it keeps them from
    keeping the database busy.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[str, deque[datetime]] = {}

    def allows(self, address: str) -> bool:
        """Return whether the address may try."""
        return len(self._recent(address)) < FAILURES

    def count(self, address: str) -> None:
        """Remember a failure."""
        recent = self._recent(address)
        self._failed.pop(address, None)
        while len(self._failed) >= _ADDRESSES:
            del self._failed[next(iter(self._failed))]
        self._failed[address] = deque([*recent, self._clock()], maxlen=FAILURES)

    def _recent(self, address: str) -> list[datetime]:
        since = self._clock() - PERIOD
        return [moment for moment in self._failed.get(address, ()) if moment > since]


class BodyLimit:
    """Refuses bodies that are too large, by their announced length or as they come in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counted body."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit = PREDICT_BYTES if scope["path"].startswith("/v1/") else FORM_BYTES
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced[:20]) > limit:
            await _drain(receive, limit)
            return await answer(Request(scope), 413, TOO_LARGE)(scope, receive, send)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise Refused(413, TOO_LARGE, headers={"Connection": "close"})
            return message

        return await self._app(scope, counted, send)


async def _drain(receive: Receive, limit: int) -> None:
    """Read on for a while, so that a client who is still sending gets to read the answer."""
    seen = 0
    while seen < 4 * limit:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return
