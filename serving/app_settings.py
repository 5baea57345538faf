"""What the app is told once, when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from treue.serving.dossier import Language
from treue.serving.viewer import Viewer
from treue.settings import Access, Pages

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class AppSettings:
    """What the app is told once, when it starts.

    Attributes
    ----------
    language, currency, pages, access
        As in treue.toml.
    address
        Under which browsers reach the pages, without a path: ``https://treue.example.com``.
    local_token
        Opens a session once, on this machine, for `local_viewer`; None where people sign in at
        the identity provider of `access`.
    client_secret
        Of the client registered with the identity provider; None for a public client.
    """

    language: Language = "en"
    currency: str = "EUR"
    pages: Pages = field(default_factory=Pages)
    access: Access = field(default_factory=Access)
    address: str = "http://127.0.0.1:8765"
    local_token: str | None = field(default=None, repr=False)
    local_viewer: Viewer | None = None
    client_secret: str | None = field(default=None, repr=False)

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return urlsplit(self.address).scheme == "https"

    @property
    def hosts(self) -> frozenset[str]:
        """Host names that a request may be addressed to; any other is a rebound or forged one."""
        return LOOPBACK | {(urlsplit(self.address).hostname or "").lower()}

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; browsers share cookies among ports, so it tells them."""
        return "__Host-treue" if self.secure else f"treue_{urlsplit(self.address).port or 80}"
