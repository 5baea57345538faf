"""Who is looking: what a person or a service may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["account_manager", "lead", "service"]
Scope = Literal["read", "predict"]

LOCAL = "local"
"""Name of whoever sits at the machine that serves, where nobody signs in."""


@dataclass(frozen=True)
class Viewer:
    """Who is looking; every read of the store is made for a viewer.

    Attributes
    ----------
    name
        Who it is, for the log of views: a claim of the identity provider, or a token's name.
    role
        An account manager sees their own customers only, a lead all; a service what its scopes say.
    account_manager
        Whose customers an account manager sees, as named in ``customers.account_manager``.
    scopes
        Of a service: ``read`` (all pages' JSON), ``predict`` (scoring over HTTP).
    """

    name: str
    role: Role
    account_manager: str | None = None
    scopes: frozenset[Scope] = frozenset()

    def __post_init__(self) -> None:
        if self.role == "account_manager" and not self.account_manager:
            raise ValueError("an account manager's viewer needs the name in account_manager")

    @property
    def sees_all(self) -> bool:
        """Whether no customer is hidden from this viewer."""
        return self.role == "lead" or (self.role == "service" and "read" in self.scopes)
