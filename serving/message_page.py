"""A page with one message: an error, signed out, please sign in."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from treue.serving.dossier import Text
from treue.serving.language import language_of

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)

HEADINGS = {
    200: Text(de="Treue", en="Treue"),
    401: Text(de="Anmelden", en="Sign in"),
    403: Text(de="Kein Zugang", en="No access"),
    404: Text(de="Nicht gefunden", en="Not found"),
    405: Text(de="Nicht gefunden", en="Not found"),
    413: Text(de="Zu groß", en="Too large"),
    429: Text(de="Bitte warten", en="Please wait"),
    500: Text(de="Unser Fehler", en="Our mistake"),
    503: Text(de="Zurzeit nicht erreichbar", en="Not available at the moment"),
}
OTHER_HEADING = Text(de="Das ging nicht", en="That did not work")
SIGN_IN = Text(de="Anmelden", en="Sign in")
BACK = Text(de="Zur Startseite", en="To the start page")


def message_page(
    request: Request,
    text: Text,
    *,
    status: int,
    details: list[str] | None = None,
    headers: dict[str, str] | None = None,
    link: tuple[str, Text] | None = ("/", BACK),
) -> HTMLResponse:
    """Return a page with a heading, one message and where to go from here."""
    language = language_of(request)
    content = TEMPLATES.get_template("message.html").render(
        language=language,
        company=request.app.state.settings.pages.company or "Treue",
        heading=HEADINGS.get(status, OTHER_HEADING).in_(language),
        text=text.in_(language),
        details=details or [],
        href=link and link[0],
        link=link and link[1].in_(language),
    )
    body = content.encode("utf-8", "replace")  # a lone surrogate is no reason to fail
    return HTMLResponse(body, status, headers)
