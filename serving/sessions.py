"""Sessions in signed cookies: who signed in, until when, and the token of their forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Session:
    """One sign-in.

    Attributes
    ----------
    id
        Drawn anew at each sign-in, so that nobody can prepare one for somebody else.
    who
        The claim that names the person; None for the person at this machine.
    until
        When it ends (UTC, without zone).
    """

    id: str
    who: str | None
    until: datetime


class Sessions:
    """Signs sessions and reads them back.

    A cookie holds who signed in, never what they may see: that is looked up at each request. A
    session that was signed out of is remembered until it would have ended, so that a copied
    cookie opens nothing; a new process with a secret of its own knows no earlier session.
    """

    def __init__(self, secret: str, *, clock: Clock, hours: int) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._lasting = timedelta(hours=hours)
        self._signed_out: dict[str, datetime] = {}

    def open(self, who: str | None) -> str:
        """Return the cookie of a new session."""
        until = self._clock() + self._lasting
        content = {"id": secrets.token_urlsafe(16), "who": who, "until": until.isoformat()}
        return self._signer("session").dumps(content)

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie; None where it is forged, ended or signed out of."""
        content = self.unsign("session", cookie)
        if content is None:
            return None
        session = Session(content["id"], content["who"], datetime.fromisoformat(content["until"]))
        ended = session.until <= self._clock() or session.id in self._signed_out
        return None if ended else session

    def close(self, session: Session) -> None:
        """Let nobody use the session again."""
        now = self._clock()
        kept = {id_: until for id_, until in self._signed_out.items() if until > now}
        self._signed_out = {**kept, session.id: session.until}

    def form_token(self, session: Session) -> str:
        """Return the token that forms of this session carry."""
        return hmac.new(self._secret, f"form:{session.id}".encode(), hashlib.sha256).hexdigest()

    def sign(self, purpose: str, content: Any) -> str:
        """Sign what is kept at the browser for a purpose."""
        return self._signer(purpose).dumps(content)

    def unsign(self, purpose: str, signed: str | None) -> Any:
        """Return what was signed for that purpose; None where it was not."""
        try:
            return self._signer(purpose).loads(signed or "")
        except BadSignature:
            return None

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret,
            salt=f"treue.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
