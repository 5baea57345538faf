"""One form for every error: a page in words, or the same as JSON."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ValidationException
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from treue.features.errors import TreueError
from treue.serving.access import wants_json
from treue.serving.dossier import Text
from treue.serving.input_words import mistake
from treue.serving.language import language_of
from treue.serving.message_page import message_page
from treue.serving.refusals import (
    NOT_FOUND,
    NOT_IN_SCOPE,
    NOT_UNDERSTOOD,
    OUR_FAULT,
    Refused,
)
from treue.serving.store.visible import NotAllowedError, NotVisibleError

log = logging.getLogger(__name__)

TEXTS = {404: NOT_FOUND, 405: NOT_FOUND, 500: OUR_FAULT}


class Error(BaseModel):
    """What went wrong.

    Attributes
    ----------
    status
        The HTTP status.
    message
        In words.
    details
        One line a mistake in the request, each with its place.
    """

    status: int
    message: str
    details: list[str]


class ErrorAnswer(BaseModel):
    """The one form of an error in JSON."""

    error: Error


def add_error_handlers(app: FastAPI) -> None:
    """Let every error of the app be told by `answer`."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        text = error.text if isinstance(error, Refused) else TEXTS.get(error.status_code)
        if error.status_code == 401 and not wants_json(request):
            return _to_sign_in(request)
        headers = dict(error.headers or {})
        return answer(request, error.status_code, text or NOT_UNDERSTOOD, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        told = [mistake(each) for each in error.errors()[:20]]
        language = "en" if wants_json(request) else language_of(request)
        details = [each.in_(language) for each in told]
        return answer(request, 422, NOT_UNDERSTOOD, details=details)

    @app.exception_handler(NotVisibleError)
    async def hidden(request: Request, error: NotVisibleError) -> Response:
        return answer(request, 404, NOT_FOUND)

    @app.exception_handler(NotAllowedError)
    async def not_allowed(request: Request, error: NotAllowedError) -> Response:
        return answer(request, 403, NOT_IN_SCOPE, details=[str(error)])

    @app.exception_handler(TreueError)
    async def mistaken(request: Request, error: TreueError) -> Response:
        return answer(request, 422, NOT_UNDERSTOOD, details=str(error).splitlines())


class CatchAll:
    """Answers what nobody foresaw, inside of the headers that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; log what was raised, where, and answer 500."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            log.error("a request failed: %s\n%s", _without_data(error), _places(error))
            if scope["type"] != "http" or started:
                raise
            await answer(Request(scope), 500, OUR_FAULT)(scope, receive, send)


def answer(
    request: Request,
    status: int,
    text: Text,
    *,
    details: list[str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return an error as JSON where the route speaks JSON, else as a page."""
    if not wants_json(request):
        return message_page(request, text, status=status, details=details, headers=headers)
    error = Error(status=status, message=text.en, details=details or [])
    content = ErrorAnswer(error=error).model_dump_json().encode("utf-8", "backslashreplace")
    return Response(content, status, headers, "application/json")


def _without_data(error: Exception) -> str:
    """Say what was raised; errors of validation would repeat what they looked at."""
    if isinstance(error, ValidationException | ValidationError):
        return f"{type(error).__name__} in {', '.join(_place(each) for each in error.errors())}"
    return f"{type(error).__name__}: {error}"


def _places(error: Exception) -> str:
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()


def _place(problem: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in problem["loc"])


def _to_sign_in(request: Request) -> Response:
    """Lead to signing in, and from there back to a page that was asked for."""
    target = "/sign-in"
    if request.method == "GET" and request.url.path != "/":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target += f"?next={quote(wanted, safe='')}"
    return RedirectResponse(target, status_code=303)
