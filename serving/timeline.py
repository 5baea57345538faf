"""What happened with a customer, newest first, as far as it was known at the cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from treue.features.tables import Tables
from treue.serving.dossier import Event, Text
from treue.serving.timeline_words import TELL

MOST = 40
"""Events told of a customer."""
LATE_DAYS = 7
"""Payments are told from so many days of delay on."""

# Of each table: the columns that are asked for (NULL where they were not brought), and the events.
# Orders are told once, however many lines they have; all times are known with their rows.
_QUERIES: dict[str, tuple[str, str]] = {
    "purchases": (
        "customer_id purchased_at amount order_id category is_return",
        """
        select customer_id, max(purchased_at) as event_at, sum(amount) as amount, count(*) as count,
               case when is_return then 'return' else 'order' end as kind,
               case when count(category) = count(*) and min(category) = max(category)
                    then min(category) end as word
        from rows
        group by customer_id, date_trunc('day', purchased_at), order_id, is_return
        """,
    ),
    "negotiations": (
        "customer_id negotiated_at list_price asked_price agreed_price outcome competitor_named",
        """
        select customer_id, negotiated_at as event_at, 'negotiation' as kind, asked_price as amount,
               list_price as other, agreed_price as third, outcome as word,
               competitor_named as flag
        from rows
        """,
    ),
    "complaints": (
        "customer_id opened_at category severity caused_by resolved_at goodwill_amount reopened_at",
        """
        select customer_id, opened_at as event_at, 'complaint' as kind, goodwill_amount as amount,
               category as word, caused_by as word2, severity as count,
               date_diff('day', opened_at, resolved_at) as days,
               reopened_at is not null as flag
        from rows
        """,
    ),
    "contacts": (
        "customer_id contacted_at channel direction",
        """
        select customer_id, contacted_at as event_at, 'contact' as kind, channel as word,
               direction as word2
        from rows
        """,
    ),
    "contracts": (
        "customer_id started_at ends_at cancelled_at value_year",
        """
        select customer_id, started_at as event_at, 'contract' as kind, value_year as amount,
               ends_at as until, 'began' as word
        from rows
        union all by name
        select customer_id, cancelled_at as event_at, 'contract' as kind, value_year as amount,
               ends_at as until, 'cancelled' as word
        from rows where cancelled_at is not null
        """,
    ),
    "payments": (
        "customer_id due_at amount paid_at",
        """
        select customer_id, due_at as event_at, 'payment' as kind, amount,
               date_diff('day', due_at, coalesce(paid_at, cutoff)) as days,
               paid_at is not null as flag
        from rows, moment
        where date_diff('day', due_at, coalesce(paid_at, cutoff)) >= late
        """,
    ),
    "referrals": (
        "referrer_id referred_at converted_at",
        """
        select referrer_id as customer_id, referred_at as event_at, 'referral' as kind,
               converted_at as until
        from rows
        """,
    ),
}
_COLUMNS = {
    "customer_id": "varchar",
    "event_at": "timestamp",
    "kind": "varchar",
    "amount": "double",
    "other": "double",
    "third": "double",
    "count": "bigint",
    "days": "bigint",
    "word": "varchar",
    "word2": "varchar",
    "until": "timestamp",
    "flag": "boolean",
}
_FACTS = list(_COLUMNS)[4:]


class Timeline:
    """The events of a company's customers, told for some customers at a time.

    Parameters
    ----------
    tables
        Raw events; what was not yet known at the cutoff is not told.
    cutoff
        The moment of knowledge, naive UTC.
    currency
        Currency of money, three letters.
    """

    def __init__(self, tables: Tables, cutoff: datetime, *, currency: str = "EUR") -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 2")
        self._currency = currency
        moment = pa.table({"cutoff": pa.array([cutoff], pa.timestamp("us")), "late": [LATE_DAYS]})
        self._connection.register("moment", moment)
        known = tables.known_at(cutoff).frames
        self._selects = []
        for table, (columns, query) in _QUERIES.items():
            if table in known:
                self._connection.register(table, known[table])
                self._selects.append(_select(table, columns.split(), query, known[table]))

    def of(self, customer_ids: Sequence[str]) -> dict[str, list[Event]]:
        """The last `MOST` events of each customer, newest first; customers without any too."""
        found: dict[str, list[Event]] = {name: [] for name in customer_ids}
        for customer_id, *told in self._rows(customer_ids):
            found[customer_id].append(self._event(*told))
        return found

    def _rows(self, customer_ids: Sequence[str]) -> list[tuple[Any, ...]]:
        self._connection.register("wanted", pa.table({"wanted_id": list(customer_ids)}))
        cast = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in _COLUMNS.items())
        nothing = ", ".join(f"null as {name}" for name in _COLUMNS)
        everything = " union all by name ".join(
            [f"(select {nothing} where false)", *(f"({each})" for each in self._selects)]
        )
        return self._connection.execute(
            f"select {cast} from ({everything}) "
            "qualify row_number() over "
            f"(partition by customer_id order by event_at desc, kind) <= {MOST} "
            "order by customer_id, event_at desc, kind"
        ).fetchall()

    def _event(self, at: datetime, kind: Any, amount: float | None, *facts: Any) -> Event:
        rounded = tuple(round(fact) if isinstance(fact, float) else fact for fact in facts)
        text = _told(kind, None if amount is None else round(amount), rounded, self._currency)
        return Event(at=at, kind=kind, text=text, amount=amount)


@lru_cache(maxsize=100_000)  # many events read the same
def _told(kind: str, amount: float | None, facts: tuple[Any, ...], currency: str) -> Text:
    return TELL[kind](amount, dict(zip(_FACTS, facts, strict=True)), currency)


def _select(table: str, columns: Sequence[str], query: str, frame: pa.Table) -> str:
    """The query of a table over its rows of the wanted customers."""
    brought = ", ".join(
        name if name in frame.column_names else f"null as {name}" for name in columns
    )
    rows = f"select {brought} from {table} semi join wanted on {columns[0]} = wanted_id"
    return f"with rows as ({rows}) {query}"
