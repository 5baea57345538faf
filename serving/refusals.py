"""Why a request is refused, in words of both languages; shown as a page or sent as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import HTTPException

from treue.serving.dossier import Text


class Refused(HTTPException):
    """A request that is not answered, and why in words a reader can act on."""

    def __init__(self, status: int, text: Text, *, headers: Mapping[str, str] | None = None):
        super().__init__(status, text.en, headers=dict(headers) if headers else None)
        self.text = text


NOT_SIGNED_IN = Text(
    de="Bitte melden Sie sich an.",
    en="Please sign in.",
)
ONLY_LEADS = Text(
    de="Das ist der Vertriebsleitung vorbehalten.",
    en="Only leads may see this.",
)
ONLY_PEOPLE = Text(
    de="Das geht nur, wenn Sie als Person angemeldet sind.",
    en="Only a person who is signed in may do this.",
)
NOT_IN_SCOPE = Text(
    de="Dieses Zugriffstoken ist dafür nicht freigegeben.",
    en="This token was not made for that; treue tokens add makes one with another scope.",
)
NOT_FOUND = Text(
    de="Das gibt es hier nicht, oder es gehört nicht zu Ihren Kunden.",
    en="There is no such page, or it is about a customer who is not yours.",
)
FORM_EXPIRED = Text(
    de="Das Formular ist abgelaufen. Bitte laden Sie die Seite neu und senden Sie es noch einmal.",
    en="The form has expired. Please reload the page and send it again.",
)
TOO_LARGE = Text(
    de="Die Anfrage ist zu groß.",
    en="The request is too large.",
)
TOO_OFTEN = Text(
    de="Zu viele Fehlversuche. Bitte warten Sie eine Minute.",
    en="Too many failed attempts. Please wait a minute.",
)
NOT_UNDERSTOOD = Text(
    de="Die Anfrage war nicht zu verstehen. Bitte prüfen Sie die Angaben.",
    en="The request could not be understood. Please check what was entered.",
)
OTHER_HOST = Text(
    de="Unter dieser Adresse gibt es hier keine Seiten.",
    en="No pages are served under this address.",
)
OUR_FAULT = Text(
    de="Da ist uns ein Fehler unterlaufen. Bitte versuchen Sie es noch einmal; bleibt er, hilft "
    "das Protokoll des Servers weiter.",
    en="Something went wrong on our side. Please try again; if it stays, the server's log tells "
    "more.",
)
LINK_USED = Text(
    de="Dieser Anmeldelink wurde schon benutzt oder ist nicht vollständig. Starten Sie treue serve "
    "neu: Es zeigt einen neuen Link.",
    en="This sign-in link was used before or is incomplete. Start treue serve again: it prints a "
    "new one.",
)
UNKNOWN_PERSON = Text(
    de="Sie sind angemeldet, aber für diese Seiten noch nicht freigeschaltet. Bitte wenden Sie "
    "sich an Ihre Vertriebsleitung.",
    en="You are signed in, but have not been given access to these pages yet. Please ask your "
    "head of sales.",
)
SIGN_IN_FAILED = Text(
    de="Die Anmeldung hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
    en="Signing in did not work. Please try again.",
)
PROVIDER_DOWN = Text(
    de="Der Anmeldedienst antwortet nicht. Bitte versuchen Sie es in einigen Minuten noch einmal.",
    en="The sign-in service does not answer. Please try again in a few minutes.",
)
NO_MODEL = Text(
    de="Es ist kein Modell in Gebrauch.",
    en="No model is in use; train one with treue train, then start treue serve again.",
)
