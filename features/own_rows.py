"""The law that a customer's features depend on the rows of this customer alone.

Only the rows of those who are asked about are there when a panel is made: all eligible ones in
training, perhaps a single one in scoring. A stream that looked at the rows of others would give one
customer different values in the two. So each stream is built once on frames without rows, which
note by which keys rows are brought together; the customer must be among them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from treue.features.engine import CUSTOMER_COLUMNS
from treue.features.errors import TreueError
from treue.features.family import Feature, Lazy, Stream
from treue.features.small_columns import UnsureError
from treue.features.watched_frame import OthersError, WatchedFrame

log = logging.getLogger(__name__)


def check_stream(name: str, stream: Stream, schemas: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a stream that looks at rows of other customers than a row's own.

    Parameters
    ----------
    name
        ``family.stream``, for the message.
    schemas
        Types of columns by table.

    Raises
    ------
    TreueError
        If rows are brought together by keys without the customer.
    """
    frames: dict[str, Lazy] = {
        table: nw.from_native(
            # a recommendation is the row of two customers
            WatchedFrame(dict(kinds), {name: name for name in CUSTOMER_COLUMNS if name in kinds})
        )
        for table, kinds in schemas.items()
    }
    family, _, stream_name = name.partition(".")
    try:
        found: Any = stream.build(frames).to_native()
        if "customer_id" in found.kinds and "customer_id" not in found.whose:
            raise OthersError("customer_id is not the customer whose rows were brought together")
    except OthersError as error:
        raise TreueError(
            f"family {family!r}: stream {stream_name!r} looks at rows of other customers: {error}; "
            "a customer's features may only depend on this customer's rows: name customer_id among "
            "the keys (docs/adding_a_family.md, The law of the customer)"
        ) from None
    except UnsureError:  # the engine of few rows does not know types: the other one checks it
        raise
    except Exception as error:  # what cannot be followed is not refused
        log.warning(
            "family %r: whether stream %r looks at rows of other customers cannot be checked (%r); "
            "run the second test of docs/adding_a_family.md",
            *(family, stream_name, error),
        )


def check_combination(feature: Feature) -> None:
    """Refuse a feature made of others that compares customers with each other.

    Raises
    ------
    TreueError
        If it aggregates over the panel.
    """
    kinds = dict.fromkeys(feature.of, nw.Float64())
    frame: Lazy = nw.from_native(WatchedFrame(kinds, {}))
    try:
        frame.with_columns(feature.expr.alias(feature.name))
    except OthersError as error:
        raise TreueError(
            f"feature {feature.name!r} of the family {feature.family!r} compares customers with "
            f"each other: {error}; combine features of one customer only"
        ) from None
    except Exception as error:  # what cannot be followed is not refused
        log.debug("feature %r cannot be followed: %r", feature.name, error)
