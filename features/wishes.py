"""What a table or column that was not brought would bring."""

from collections.abc import Iterable

TABLE_WISHES = {
    "customers": "tenure from since, attributes, and the name that people know the customer by",
    "negotiations": "how often and how hard a customer haggles, which tends to rise before leaving",
    "complaints": "severity, speed of resolution and silence after a complaint",
    "referrals": "the referral model, and the margin that a customer's recommendations hold",
    "payments": "paying late, which often comes before leaving",
    "contacts": "who reaches out to whom, and since when nobody has",
    "contracts": "days to the end of a contract, renewals, and the churn definition 'contract'",
}

_COLUMN_WISHES = {
    ("customers", "since"): "tenure before the first purchase on record",
    ("customers", "acquisition_cost"): "what winning the customer cost, for the value card",
    ("customers", "expected_margin_year"): "expected against real margin, for the value card",
    ("purchases", "order_id"): "lines counted as one order; without it a line is an order",
    ("purchases", "margin"): "margins, profit in the metrics, and what is at risk in money",
    ("purchases", "product_id"): "new and repeated products",
    ("purchases", "category"): "breadth of categories",
    ("purchases", "list_amount"): "discounts off list price",
    ("purchases", "kind"): "goods, service and contract told apart",
    ("negotiations", "list_price"): "discounts asked for and granted",
    ("negotiations", "asked_price"): "discounts asked for",
    ("negotiations", "agreed_price"): "discounts granted",
    ("negotiations", "outcome"): "quotes lost",
    ("negotiations", "decided_at"): "what was still open at a cutoff",
    ("negotiations", "competitor_named"): "competitors named",
    ("complaints", "severity"): "how grave complaints were",
    ("complaints", "caused_by"): "whose fault complaints were",
    ("complaints", "resolved_at"): "days to resolve, and complaints open at a cutoff",
    ("complaints", "goodwill_amount"): "goodwill per complaint",
    ("referrals", "referred_id"): "the referral graph and the reference margin",
    ("referrals", "converted_at"): "recommendations that led to a customer",
    ("payments", "paid_at"): "days late, and what is overdue at a cutoff",
    ("payments", "amount"): "how much is overdue",
    ("contacts", "direction"): "whether we or the customer reached out",
    ("contracts", "ends_at"): "days to the end of a contract",
    ("contracts", "cancelled_at"): "cancellations",
}


def column_wishes(table: str, missing: Iterable[str]) -> list[str]:
    """Return a line for each missing column that would bring something."""
    wishes = ((column, _COLUMN_WISHES.get((table, column))) for column in missing)
    return [f"{table}.{column}: {wish}" for column, wish in wishes if wish]
