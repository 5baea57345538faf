"""Topics: which features say much the same and are told once, together.

Orders of the last 30, 90 and 365 days, their trend and their decayed count all move when a
customer orders less. A reader wants one sentence with the weight of all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from treue.features.catalogue import CATALOGUE
from treue.features.family import Feature
from treue.features.topic_phrases import Telling
from treue.features.topic_phrases_purchases import PURCHASE_TELLINGS
from treue.features.topic_phrases_service import SERVICE_TELLINGS
from treue.features.topic_phrases_talks import TALK_TELLINGS


@dataclass(frozen=True)
class Topic:
    """Features that say much the same.

    Attributes
    ----------
    key
        Name of the topic in data.
    de, en
        What readers call it.
    features
        Patterns of its features' names, each matching the whole name.
    tellable
        Whether it may be given as a reason. The season may not, as nobody can act on it; nor may
        what the one who recommended us does, which is another customer's affair.
    background
        What a customer is, not what happened: told once at most, after all else.
    """

    key: str
    de: str
    en: str
    features: tuple[str, ...]
    tellable: bool = True
    background: bool = False

    def holds(self, name: str) -> bool:
        """Whether a feature belongs to the topic."""
        return any(re.fullmatch(pattern, name) for pattern in self.features)


TOPICS: dict[str, Topic] = {
    topic.key: topic
    for topic in (
        Topic(
            "order_pause",
            "Zeit seit dem letzten Auftrag",
            "time since the last order",
            ("recency_days", "overdue_.*", "gap_last_days"),
        ),
        Topic(
            "order_frequency",
            "Bestellhäufigkeit",
            "how often orders come",
            ("orders_.*", "active_months_.*", "purchase_days", "gap_mean_.*"),
        ),
        Topic(
            "order_regularity",
            "Regelmäßigkeit der Aufträge",
            "regularity of orders",
            ("gap_longest_days", "gap_std_days", "gap_variation"),
        ),
        Topic(
            "sales", "Umsatz", "revenue", ("amount_(\\d+|all|decayed_.*|trend_.*)", "quantity_.*")
        ),
        Topic(
            "order_size",
            "Auftragsgröße",
            "order size",
            ("amount_per_order_.*", "amount_last", "lines_per_order_.*"),
        ),
        Topic("margin", "Deckungsbeitrag", "contribution margin", ("margin_.*",)),
        Topic("assortment", "Sortiment", "assortment", ("products_.*", "categories_.*")),
        Topic(
            "services",
            "Dienstleistungen und Verträge im Umsatz",
            "services and contracts in revenue",
            ("service_share_.*", "contract_share_.*"),
        ),
        Topic("sales_channel", "Vertriebsweg", "sales channel", ("last_channel",), background=True),
        Topic(
            "returns",
            "Rückgaben",
            "returns",
            ("returns_.*", "return_share_.*", "days_since_return"),
        ),
        Topic(
            "relationship_age",
            "Dauer der Kundenbeziehung",
            "length of the relationship",
            ("tenure_days", "known_days"),
            background=True,
        ),
        Topic(
            "acquisition",
            "Erwartung bei der Kundengewinnung",
            "expectation when the customer was won",
            ("acquisition_cost", "expected_margin_year"),
            background=True,
        ),
        Topic(
            "price_talks",
            "Preisverhandlungen",
            "price negotiations",
            (
                "negotiations_(?!open).*",
                "days_since_(negotiation|quote_won)",
                "haggled_share_.*",
                "rounds_.*",
            ),
        ),
        Topic("discounts", "Nachlässe", "discounts", ("discount_.*",)),
        Topic("lost_quotes", "Verlorene Angebote", "lost quotes", ("quotes_lost_.*",)),
        Topic(
            "open_quotes", "Offene Preisverhandlungen", "open negotiations", ("negotiations_open",)
        ),
        Topic("competitors", "Wettbewerber", "competitors", ("competitor_named_.*",)),
        Topic(
            "complaints",
            "Reklamationen",
            "complaints",
            ("complaints_(\\d+|all|decayed_.*|per_order_.*)", "days_since_complaint"),
        ),
        Topic(
            "complaint_severity",
            "Schwere der Reklamationen",
            "severity of complaints",
            ("complaint_severity_.*",),
        ),
        Topic(
            "complaints_by_us",
            "Von uns verursachte Reklamationen",
            "complaints caused by us",
            ("complaints_by_us_.*",),
        ),
        Topic(
            "complaints_by_customer",
            "Vom Kunden verursachte Reklamationen",
            "complaints caused by the customer",
            ("complaints_by_customer_.*",),
        ),
        Topic(
            "open_complaints",
            "Offene Reklamationen",
            "open complaints",
            ("complaints_open", "complaint_open_days"),
        ),
        Topic(
            "complaint_handling",
            "Bearbeitung von Reklamationen",
            "handling of complaints",
            (
                "complaint_days_to_resolve_.*",
                "complaints_reopened",
                "complaint_satisfaction_mean",
                "days_since_(good_)?resolution",
            ),
        ),
        Topic("goodwill", "Kulanz", "goodwill", ("goodwill_.*", "days_since_goodwill")),
        Topic(
            "after_complaint",
            "Verhalten nach einer Reklamation",
            "behaviour after a complaint",
            ("bought_since_complaint", "silence_since_complaint_days"),
        ),
        Topic(
            "recommending",
            "Empfehlungen",
            "recommendations",
            ("referrals_(made|decayed|converted)_.*", "referral_.*", "days_since_referral"),
        ),
        Topic(
            "recommended",
            "Auf Empfehlung gekommen",
            "came by recommendation",
            ("referrals_received",),
        ),
        Topic(
            "circle",
            "Umfeld der Empfehlung",
            "circle of the recommendation",
            ("circle_.*",),
            tellable=False,
        ),
        Topic(
            "reference_customers",
            "Durch Empfehlung gewonnene Kunden",
            "customers won by recommendation",
            ("reference_.*",),
        ),
        Topic(
            "late_payment",
            "Zahlungsverhalten",
            "payment behaviour",
            ("days_late_.*", "payments_late_share_.*"),
        ),
        Topic(
            "overdue_invoices",
            "Überfällige Rechnungen",
            "overdue invoices",
            ("payments_overdue.*",),
        ),
        Topic(
            "contacts",
            "Kontakte",
            "contacts",
            ("contacts_(\\d+|all|decayed_.*)", "days_since_contact"),
        ),
        Topic(
            "contacts_from_customer",
            "Kontakte auf Initiative des Kunden",
            "contacts initiated by the customer",
            ("contacts_in_.*", "days_since_contact_in(_with_order)?"),
        ),
        Topic(
            "contacts_from_us",
            "Kontakte auf unsere Initiative",
            "contacts initiated by us",
            ("contacts_out_.*", "days_since_contact_out"),
        ),
        Topic(
            "contracts",
            "Verträge",
            "contracts",
            (
                "contracts_started",
                "contracts_running",
                "contract_age_days",
                "contract_renewals",
                "contract_value_year",
            ),
        ),
        Topic("contract_end", "Vertragsende", "end of contract", ("contract_days_to_end",)),
        Topic(
            "cancellation",
            "Kündigungen",
            "cancellations",
            ("contracts_cancelled", "days_since_cancellation"),
        ),
        Topic("season", "Jahreszeit", "season", ("calendar_.*",), tellable=False),
    )
}
"""Topics by key, from the order book to the season."""

_OF_CATALOGUE = {
    name: next(topic for topic in TOPICS.values() if topic.holds(name)) for name in CATALOGUE
}


def topic_of(feature: Feature) -> Topic:
    """Return the topic of a feature.

    An attribute, or a column of a ready panel, is a topic of its own; features of a company's own
    family that differ only in their window are one.

    >>> topic_of(CATALOGUE["orders_trend_90"]).key
    'order_frequency'
    """
    if feature.name in _OF_CATALOGUE:
        return _OF_CATALOGUE[feature.name]
    key = feature.name
    if feature.family != "customer" and (feature.stream or feature.of):
        key = re.sub(r"_(\d+|all)$", "", key)
    return Topic(
        key,
        feature.de,
        feature.en,
        (re.escape(key) + r"(_(\d+|all))?",),
        background=feature.family == "customer",
    )


TELLINGS: dict[str, Telling] = PURCHASE_TELLINGS | TALK_TELLINGS | SERVICE_TELLINGS
"""Features that may be told, those of a topic in order of preference."""
