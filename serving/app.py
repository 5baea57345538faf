"""The app: pages, their JSON, scoring over HTTP, and who may see what."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from fastapi import Depends, FastAPI
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles

from treue.serving import api, exports, http_predict, oidc, sign_in
from treue.serving.access import current_viewer
from treue.serving.app_settings import AppSettings
from treue.serving.errors import CatchAll, add_error_handlers
from treue.serving.limits import BodyLimit, Failures
from treue.serving.security import KnownHosts, SecurityHeaders
from treue.serving.sessions import Clock, Sessions
from treue.serving.view_log import ViewLog

if TYPE_CHECKING:
    from treue.serving.predict import Predictor
    from treue.serving.store import Store

STATIC = Path(__file__).parent / "static"


def now() -> datetime:
    """Return the moment (UTC, without zone)."""
    return datetime.now(UTC).replace(tzinfo=None)


def create_app(
    store: Store,
    *,
    settings: AppSettings,
    predictors: Mapping[str, Predictor] | None = None,
    clock: Clock = now,
    secret: str | None = None,
) -> FastAPI:
    """Return the app, ready to be served.

    Parameters
    ----------
    store
        The database of finished scores; each read is made for a viewer.
    settings
        What treue.toml says of pages and access.
    predictors
        Models by target for scoring over HTTP; without them it answers 409. They may still
        be loading (`LoadedLater`).
    clock
        The moment now (UTC, without zone): sessions end by it and views are noted with it.
    secret
        Signs the sessions. Without it one is drawn, and a restart signs everybody out.
    """
    app = FastAPI(title="Treue", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.store = store
    app.state.settings = settings
    app.state.predictors = predictors if predictors is not None else {}
    app.state.clock = clock
    app.state.sessions = Sessions(
        secret or secrets.token_urlsafe(32), clock=clock, hours=settings.access.session_hours
    )
    app.state.one_time_token = sign_in.OneTimeToken(settings.local_token)
    app.state.failures = Failures(clock)
    app.state.scoring = anyio.CapacityLimiter(http_predict.AT_ONCE)
    app.state.provider = oidc.provider(settings)

    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")
    app.add_api_route("/health", _health, include_in_schema=False)
    app.include_router(sign_in.router)
    app.include_router(oidc.router)
    app.include_router(api.router)
    api.add_description(app)
    app.include_router(http_predict.router)
    app.include_router(exports.router)
    _include_pages(app)
    add_error_handlers(app)
    # the last one added is the first to see a request
    app.add_middleware(BodyLimit)
    app.add_middleware(ViewLog, store=store, clock=clock)
    app.add_middleware(CatchAll)
    app.add_middleware(KnownHosts, hosts=settings.hosts)
    app.add_middleware(SecurityHeaders, secure=settings.secure)
    return app


def _include_pages(app: FastAPI) -> None:
    from treue.serving import pages

    app.include_router(
        pages.router, dependencies=[Depends(current_viewer)], include_in_schema=False
    )


async def _health() -> PlainTextResponse:
    return PlainTextResponse("ok")
