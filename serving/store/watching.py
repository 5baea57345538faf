"""Who looked at whom, and the tokens of services."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import get_args

import sqlalchemy as sa

from treue.features.errors import TreueError
from treue.serving.store.records import TokenInfo, Viewed
from treue.serving.store.schema import tokens, views
from treue.serving.store.visible import require_lead
from treue.serving.viewer import Scope, Viewer

TOKEN_BYTES = 32
PREFIX = "treue_"
"""So that a token that leaked into a file can be found by searching for it."""


def add_views(
    connection: sa.Connection,
    viewer: Viewer,
    customer_ids: Iterable[str],
    route: str,
    at: datetime,
) -> None:
    """Keep that a viewer looked at these customers."""
    same = {"at": at, "viewer": viewer.name, "role": viewer.role, "route": route}
    rows = [{"customer_id": customer_id, **same} for customer_id in customer_ids]
    if rows:
        connection.execute(sa.insert(views), rows)


def read_views(connection: sa.Connection, customer_id: str, viewer: Viewer) -> list[Viewed]:
    """Who looked at a customer, newest first; for leads."""
    require_lead(viewer)
    asked = (
        sa.select(views)
        .where(views.c.customer_id == customer_id)
        .order_by(views.c.at.desc(), views.c.view_id.desc())
    )
    return [
        Viewed(
            at=row.at,
            viewer=row.viewer,
            role=row.role,
            customer_id=row.customer_id,
            route=row.route,
        )
        for row in connection.execute(asked)
    ]


def new_token(connection: sa.Connection, name: str, scopes: Iterable[str], at: datetime) -> str:
    """Make a token, keep its hash, and return it: nobody can read it again."""
    wanted, known = sorted(set(scopes)), get_args(Scope)
    unknown = [scope for scope in wanted if scope not in known]
    if unknown or not wanted:
        told = f"unknown scope {unknown[0]!r}" if unknown else "no scope"
        raise TreueError(f"token {name!r}: {told}; choose among {', '.join(known)}")
    if not name.strip() or len(name) > 100:
        raise TreueError("a token needs a name of 1 to 100 characters, such as the service's")
    there = sa.select(tokens.c.revoked_at).where(tokens.c.name == name)
    if (row := connection.execute(there).first()) is not None:
        state = "is there already" if row.revoked_at is None else "was there and is revoked"
        raise TreueError(f"token {name!r} {state}; choose another name")
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(
        sa.insert(tokens).values(
            name=name, sha256=_hashed(token), scopes=" ".join(wanted), created_at=at
        )
    )
    return token


def viewer_of(connection: sa.Connection, token: str) -> Viewer | None:
    """The service that a token belongs to; None for an unknown or a revoked one."""
    asked = sa.select(tokens.c.name, tokens.c.scopes).where(
        tokens.c.sha256 == _hashed(token), tokens.c.revoked_at.is_(None)
    )
    row = connection.execute(asked).first()
    if row is None:
        return None
    return Viewer(name=row.name, role="service", scopes=frozenset(row.scopes.split()))


def revoke(connection: sa.Connection, name: str, at: datetime) -> None:
    """Make a token worthless."""
    done = connection.execute(
        sa.update(tokens)
        .where(tokens.c.name == name, tokens.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    if done.rowcount == 0:
        raise TreueError(f"there is no token {name!r} in use; see treue tokens list")


def all_tokens(connection: sa.Connection) -> list[TokenInfo]:
    """All tokens by name, without the tokens."""
    return [
        TokenInfo(
            name=row.name,
            scopes=row.scopes.split(),
            created_at=row.created_at,
            revoked_at=row.revoked_at,
        )
        for row in connection.execute(sa.select(tokens).order_by(tokens.c.name))
    ]


def _hashed(token: str) -> str:
    """A token of 256 random bits needs no slow hash: it cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
