"""Signing in at an identity provider: OpenID Connect, code flow with PKCE, state and nonce."""

from __future__ import annotations

import logging
import warnings
from datetime import timedelta
from typing import Any

import httpx
from fastapi import APIRouter, Request
from joserfc.errors import JoseError
from starlette.responses import Response

from treue.serving.access import client_address, current_session, viewer_of
from treue.serving.app_settings import AppSettings
from treue.serving.refusals import (
    NOT_FOUND,
    PROVIDER_DOWN,
    SIGN_IN_FAILED,
    TOO_OFTEN,
    UNKNOWN_PERSON,
    Refused,
)
from treue.serving.sessions import Sessions
from treue.serving.sign_in import own_path, with_session

log = logging.getLogger(__name__)

SCOPES = "openid email profile"
CALLBACK = "/sign-in/callback"
"""To be registered with the provider, after the pages' address."""
FLOW_MINUTES = 15
SECONDS = 10.0
"""How long to wait for the provider."""

router = APIRouter(include_in_schema=False)


def provider(settings: AppSettings) -> Any | None:
    """Return Authlib's client of the identity provider; None where none is configured."""
    access = settings.access
    if access.issuer is None:
        return None
    with warnings.catch_warnings():  # of its own dependencies, which no reader can act on
        warnings.simplefilter("ignore")
        from authlib.integrations.starlette_client import OAuth
    return OAuth().register(
        "treue",
        client_id=access.client_id,
        client_secret=settings.client_secret,
        server_metadata_url=f"{access.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": SCOPES,
            "code_challenge_method": "S256",
            "timeout": SECONDS,
            **({} if settings.client_secret else {"token_endpoint_auth_method": "none"}),
        },
    )


@router.get("/sign-in/start")
async def start(request: Request, next: str | None = None) -> Response:
    """Lead to the identity provider, keeping state, nonce and verifier in a signed cookie."""
    settings: AppSettings = request.app.state.settings
    client = _client(request)
    flow: dict[str, Any] = {}
    request.scope["session"] = flow
    try:
        await _checked_metadata(client, settings)
        response: Response = await client.authorize_redirect(request, settings.address + CALLBACK)
    except (httpx.HTTPError, ValueError, RuntimeError) as error:
        log.error("the identity provider cannot be used: %s", _kind(error))
        raise Refused(503, PROVIDER_DOWN) from None
    until = request.app.state.clock() + timedelta(minutes=FLOW_MINUTES)
    content = {"flow": flow, "next": own_path(next), "until": until.isoformat()}
    sessions: Sessions = request.app.state.sessions
    response.set_cookie(
        _flow_cookie(settings),
        sessions.sign("flow", content),
        max_age=60 * FLOW_MINUTES,
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(CALLBACK)
async def callback(request: Request) -> Response:
    """Check what the provider says, and open a session for a person who is listed."""
    from authlib.common.errors import AuthlibBaseError

    settings: AppSettings = request.app.state.settings
    client, address = _client(request), client_address(request)
    if not request.app.state.failures.allows(address):
        raise Refused(429, TOO_OFTEN, headers={"Retry-After": "60"})
    try:
        kept = _flow(request)
        who = await _person(client, request, settings)
    except (AuthlibBaseError, JoseError) as error:
        request.app.state.failures.count(address)
        log.warning("signing in failed: %s", _kind(error))
        raise Refused(403, SIGN_IN_FAILED) from None
    except (httpx.HTTPError, ValueError, RuntimeError) as error:
        log.error("the identity provider cannot be used: %s", _kind(error))
        raise Refused(503, PROVIDER_DOWN) from None
    if who is None or viewer_of(settings.access, who) is None:
        log.warning("%s is signed in but not listed in [access]", who and repr(who[:200]))
        raise Refused(403, UNKNOWN_PERSON)
    before = current_session(request)
    if before is not None:
        request.app.state.sessions.close(before)
    response = with_session(request, who, kept)
    response.delete_cookie(
        _flow_cookie(settings), secure=settings.secure, httponly=True, samesite="lax"
    )
    return response


def _client(request: Request) -> Any:
    client = request.app.state.provider
    if client is None:
        raise Refused(404, NOT_FOUND)
    return client


async def _checked_metadata(client: Any, settings: AppSettings) -> None:
    """Refuse a provider that speaks for another issuer (OpenID Connect Discovery 1.0, 4.3)."""
    metadata = await client.load_server_metadata()
    if str(metadata.get("issuer", "")).rstrip("/") != str(settings.access.issuer).rstrip("/"):
        raise ValueError("its metadata name another issuer")


def _flow(request: Request) -> str:
    """Put what `start` kept where Authlib looks for it; return where to go afterwards."""
    settings: AppSettings = request.app.state.settings
    sessions: Sessions = request.app.state.sessions
    kept = sessions.unsign("flow", request.cookies.get(_flow_cookie(settings)))
    ended = kept is None or kept["until"] <= request.app.state.clock().isoformat()
    request.scope["session"] = {} if ended else kept["flow"]
    return "/" if ended else str(kept["next"])


async def _person(client: Any, request: Request, settings: AppSettings) -> str | None:
    """Return the claim that names the person; None where the provider does not vouch for it."""
    claim = settings.access.claim
    token = await client.authorize_access_token(request)
    claims = token.get("userinfo")
    if not claims:
        return None
    if claim not in claims and "userinfo_endpoint" in await client.load_server_metadata():
        more = await client.userinfo(token=token)
        claims = {**more, **claims} if more.get("sub") == claims.get("sub") else claims
    if claim == "email" and claims.get("email_verified") is False:
        log.warning("the identity provider has not verified the e-mail address")
        return None
    who = claims.get(claim)
    return who if isinstance(who, str) else None


def _flow_cookie(settings: AppSettings) -> str:
    return f"{settings.cookie}_flow"


def _kind(error: Exception) -> str:
    """Return what went wrong without the provider's or a stranger's words."""
    return type(error).__name__ if not isinstance(error, RuntimeError | ValueError) else str(error)
