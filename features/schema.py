"""The eight tables a company may bring: their columns, and when each value becomes known."""

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["id", "time", "money", "number", "integer", "flag", "text", "category"]
ATTRIBUTE = ":attribute"
"""Ends the name, inside the engines, of a company's own column that is called as a time is."""
_AS_A_TIME = re.compile(rf"at|age|.*_at|.*{ATTRIBUTE}", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    kind
        ``id``, ``text`` and ``category`` are strings, ``time`` a UTC timestamp in microseconds
        without zone, ``money`` and ``number`` float64, ``integer`` int64, ``flag`` a boolean.
    required
        A table without this column is refused.
    known_with
        The time column at which the value becomes known; None: together with its row.
    allowed
        The only texts a category may hold; empty: any.
    low, high
        The range a value may have. Money outside it is kept with a warning (a credit note, a typing
        error), a scale or count outside it is refused (another scale is meant).
    help
        What the column holds, in one phrase.
    """

    name: str
    kind: Kind
    help: str
    required: bool = False
    known_with: str | None = None
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class TableSchema:
    """One table: a row is an event of a customer, known from ``event_time`` (or later).

    Attributes
    ----------
    event_time
        When the event happened. For customers it is ``since`` and may be missing (always known).
    keys
        The columns that no row can do without; the first one names the row's customer.
    natural_key
        Columns that together should name a row once; empty where the table has no such thing.
    orders
        Pairs ``(earlier, later)`` of time columns that cannot run backwards.
    planned
        Event times may lie in the future (an invoice falls due next month).
    """

    name: str
    event_time: str
    keys: tuple[str, ...]
    columns: dict[str, Column]
    natural_key: tuple[str, ...] = ()
    orders: tuple[tuple[str, str], ...] = field(default=())
    planned: bool = False

    @property
    def customer(self) -> str:
        """The column that names the row's customer."""
        return self.keys[0]

    def inside(self, name: str) -> str:
        """The name of a column inside the engines, where `at` and `age` are the event's.

        >>> CUSTOMERS.inside("industry"), CUSTOMERS.inside("age")
        ('industry', 'age:attribute')
        """
        own = name not in self.columns and _AS_A_TIME.fullmatch(name)
        return f"{name}{ATTRIBUTE}" if own else name


def _table(
    name: str,
    event_time: str,
    keys: tuple[str, ...],
    *columns: Column,
    natural_key: tuple[str, ...] = (),
    orders: tuple[tuple[str, str], ...] = (),
    planned: bool = False,
) -> TableSchema:
    recorded = Column("recorded_at", "time", "when the row was entered, if later than the event")
    by_name = {column.name: column for column in (*columns, recorded)}
    return TableSchema(name, event_time, keys, by_name, natural_key, orders, planned)


_CUSTOMER = Column("customer_id", "id", "the customer", required=True)

CUSTOMERS = _table(
    "customers",
    "since",
    ("customer_id",),
    _CUSTOMER,
    Column("name", "text", "how people call the customer"),
    Column("since", "time", "customer since; before it the row is not known"),
    Column("account_manager", "text", "who looks after the customer"),
    Column("acquisition_cost", "money", "what winning the customer cost", low=0),
    Column("expected_margin_year", "money", "margin a year expected at acquisition"),
    natural_key=("customer_id",),
)

PURCHASES = _table(
    "purchases",
    "purchased_at",
    ("customer_id", "purchased_at"),
    _CUSTOMER,
    Column("purchased_at", "time", "when the customer bought", required=True),
    Column("amount", "money", "net amount; negative for a return", required=True),
    Column("order_id", "id", "the order that the line belongs to"),
    Column("margin", "money", "contribution margin of the line"),
    Column("quantity", "number", "pieces, hours; negative for a return"),
    Column("product_id", "id", "what was bought"),
    Column("category", "category", "group of products"),
    Column("list_amount", "money", "amount at list price"),
    Column("channel", "category", "shop, web, field sales ..."),
    Column("kind", "category", "what was sold", allowed=("goods", "service", "contract")),
    Column("is_return", "flag", "the line takes goods or money back"),
)

NEGOTIATIONS = _table(
    "negotiations",
    "negotiated_at",
    ("customer_id", "negotiated_at"),
    _CUSTOMER,
    Column("negotiated_at", "time", "when a price was asked for", required=True),
    Column("order_id", "id", "the order it is about"),
    Column("list_price", "money", "price before haggling", low=0),
    Column("asked_price", "money", "price the customer asked for", low=0),
    Column("agreed_price", "money", "price agreed", known_with="decided_at", low=0),
    Column(
        "outcome",
        "category",
        "how it ended",
        known_with="decided_at",
        allowed=("won", "lost", "open"),
    ),
    Column("decided_at", "time", "when it was decided", known_with="decided_at"),
    Column("rounds", "integer", "offers and counter-offers", low=0),
    Column("competitor_named", "flag", "the customer named a competitor"),
    orders=(("negotiated_at", "decided_at"),),
)

COMPLAINTS = _table(
    "complaints",
    "opened_at",
    ("customer_id", "opened_at"),
    _CUSTOMER,
    Column("opened_at", "time", "when the customer complained", required=True),
    Column("category", "category", "what it was about"),
    Column("severity", "integer", "1 (slight) to 5 (grave)", low=1, high=5),
    Column("caused_by", "category", "whose fault", allowed=("us", "customer", "unclear")),
    Column("resolved_at", "time", "when it was resolved", known_with="resolved_at"),
    Column("goodwill_amount", "money", "goodwill paid", known_with="resolved_at", low=0),
    Column(
        "satisfaction",
        "integer",
        "1 (low) to 5 (high), asked after the resolution",
        known_with="resolved_at",
        low=1,
        high=5,
    ),
    Column("reopened_at", "time", "when it was opened again", known_with="reopened_at"),
    orders=(("opened_at", "resolved_at"), ("resolved_at", "reopened_at")),
)

REFERRALS = _table(
    "referrals",
    "referred_at",
    ("referrer_id", "referred_at"),
    Column("referrer_id", "id", "the customer who recommends", required=True),
    Column("referred_at", "time", "when the recommendation was made", required=True),
    Column("referred_id", "id", "the customer recommended to"),
    Column("converted_at", "time", "when the referred first bought", known_with="converted_at"),
    natural_key=("referrer_id", "referred_id"),
    orders=(("referred_at", "converted_at"),),
)

PAYMENTS = _table(
    "payments",
    "due_at",
    ("customer_id", "due_at"),
    _CUSTOMER,
    Column("due_at", "time", "when the invoice falls due", required=True),
    Column("invoice_id", "id", "the invoice"),
    Column("amount", "money", "amount due", low=0),
    Column("paid_at", "time", "when it was paid", known_with="paid_at"),
    natural_key=("invoice_id", "due_at"),
    planned=True,
)

CONTACTS = _table(
    "contacts",
    "contacted_at",
    ("customer_id", "contacted_at"),
    _CUSTOMER,
    Column("contacted_at", "time", "when we were in touch", required=True),
    Column("channel", "category", "call, visit, mail ..."),
    Column(
        "direction",
        "category",
        "who reached out: the customer (in) or we (out)",
        allowed=("in", "out"),
    ),
)

CONTRACTS = _table(
    "contracts",
    "started_at",
    ("customer_id", "started_at"),
    _CUSTOMER,
    Column("started_at", "time", "when the contract started", required=True),
    Column("contract_id", "id", "the contract"),
    Column("ends_at", "time", "agreed end; may lie in the future"),
    Column("cancelled_at", "time", "when it was cancelled", known_with="cancelled_at"),
    Column("value_year", "money", "value a year", low=0),
    natural_key=("contract_id", "started_at"),
    orders=(("started_at", "ends_at"), ("started_at", "cancelled_at")),
    planned=True,
)  # fmt: skip

TABLES: dict[str, TableSchema] = {
    schema.name: schema
    for schema in (
        CUSTOMERS,
        PURCHASES,
        NEGOTIATIONS,
        COMPLAINTS,
        REFERRALS,
        PAYMENTS,
        CONTACTS,
        CONTRACTS,
    )
}
