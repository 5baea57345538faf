"""Keeps who looked at which customer when, and a line a request in the server's log."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from treue.serving.sessions import Clock

if TYPE_CHECKING:
    from treue.serving.store import Store

log = logging.getLogger(__name__)


class ViewLog:
    """Notes each view of a customer before it is given; what cannot be noted is not given.

    It stands around all routes, so that no route can forget: a view is any good answer under a
    path with ``{customer_id}``, be it a page, JSON or a file. The server's log gets the route as
    it is written in the code, never an address: queries hold sign-in tokens, paths customers.
    """

    def __init__(self, app: ASGIApp, *, store: Store, clock: Clock) -> None:
        self._app = app
        self._store = store
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note what came of it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "(none)")
                await self._note(scope, route, message["status"])
                seconds = time.perf_counter() - started
                log.info(
                    "%s %s %d %.0f ms", scope["method"], route, message["status"], 1000 * seconds
                )
            await send(message)

        return await self._app(scope, receive, noted)

    async def _note(self, scope: Scope, route: str, status: int) -> None:
        customer_id = scope.get("path_params", {}).get("customer_id")
        viewer = scope.get("state", {}).get("viewer")
        if customer_id is None or viewer is None or not 200 <= status < 300:
            return
        await run_in_threadpool(
            self._store.log_view,
            viewer,
            customer_id=customer_id,
            route=f"{scope['method']} {route}",
            at=self._clock(),
        )
