"""A value of a customer, and which comparison is told of it."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from treue.serving.comparison import Compared

Kind = Literal["pair", "earlier", "peers", "alike", "middle", "none"]


class Basis(NamedTuple):
    """What a value is compared with, and on which side of it the value lies (-1, 0 or 1)."""

    kind: Kind
    side: int
    striking: bool = False


class Weighed(NamedTuple):
    """A value (None: missing), what it could be compared with, and the comparison that is told.

    `fits` says that it lies on the side that the contribution comes from.
    """

    value: Any
    against: Compared
    basis: Basis
    fits: bool
