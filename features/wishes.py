"""What a table or column that was not brought would bring."""

from collections.abc import Iterable

from treue.features.words import Words

TABLE_WISHES = {
    "customers": Words(
        "tenure from since, attributes, and the name that people know the customer by",
        "die Dauer der Kundenbeziehung (aus since), Merkmale und der Name, unter dem man den "
        "Kunden kennt",
    ),
    "negotiations": Words(
        "how often and how hard a customer haggles, which tends to rise before leaving",
        "wie oft und wie hart ein Kunde verhandelt; beides nimmt vor einer Abwanderung oft zu",
    ),
    "complaints": Words(
        "severity, speed of resolution and silence after a complaint",
        "wie schwer Reklamationen waren, wie schnell sie gelöst wurden und ob der Kunde danach "
        "schweigt",
    ),
    "referrals": Words(
        "the referral model, and the margin that a customer's recommendations hold",
        "das Modell der Empfehlungen und der Deckungsbeitrag, der an den Empfehlungen eines Kunden "
        "hängt",
    ),
    "payments": Words(
        "paying late, which often comes before leaving",
        "verspätete Zahlungen; sie gehen einer Abwanderung oft voraus",
    ),
    "contacts": Words(
        "who reaches out to whom, and since when nobody has",
        "wer sich bei wem meldet und seit wann niemand mehr",
    ),
    "contracts": Words(
        "days to the end of a contract, renewals, and the churn definition 'contract'",
        "Tage bis zum Vertragsende, Verlängerungen und Abwanderung als Vertragsende ohne "
        'Verlängerung (label.churn = "contract")',
    ),
}

_COLUMN_WISHES = {
    ("customers", "since"): Words(
        "tenure before the first purchase on record",
        "die Dauer der Kundenbeziehung vor dem ersten erfassten Kauf",
    ),
    ("customers", "acquisition_cost"): Words(
        "what winning the customer cost, for the value card",
        "was die Gewinnung des Kunden gekostet hat, für die Wertkarte",
    ),
    ("customers", "expected_margin_year"): Words(
        "expected beside actual margin, for the value card",
        "erwarteter im Vergleich zum tatsächlichen Deckungsbeitrag, für die Wertkarte",
    ),
    ("purchases", "order_id"): Words(
        "lines counted as one order; without it a line is an order",
        "Positionen, die zusammen als ein Auftrag zählen; sonst ist jede Zeile ein Auftrag",
    ),
    ("purchases", "margin"): Words(
        "margins, profit in the metrics, and what is at risk in money",
        "Deckungsbeiträge, der Gewinn in den Kennzahlen und was in Geld auf dem Spiel steht",
    ),
    ("purchases", "product_id"): Words(
        "new and repeated products", "neue und wiederholt gekaufte Produkte"
    ),
    ("purchases", "category"): Words(
        "breadth of categories", "aus wie vielen Warengruppen gekauft wird"
    ),
    ("purchases", "list_amount"): Words("discounts off list price", "Rabatte auf den Listenpreis"),
    ("purchases", "kind"): Words(
        "goods, service and contract told apart",
        "die Unterscheidung von Ware, Dienstleistung und Vertrag",
    ),
    ("negotiations", "list_price"): Words(
        "discounts asked for and granted", "verlangte und gewährte Rabatte"
    ),
    ("negotiations", "asked_price"): Words("discounts asked for", "verlangte Rabatte"),
    ("negotiations", "agreed_price"): Words("discounts granted", "gewährte Rabatte"),
    ("negotiations", "outcome"): Words("quotes lost", "verlorene Angebote"),
    ("negotiations", "decided_at"): Words(
        "what was still open at a cutoff", "was an einem Stichtag noch offen war"
    ),
    ("negotiations", "competitor_named"): Words("competitors named", "genannte Wettbewerber"),
    ("complaints", "severity"): Words(
        "how grave complaints were", "wie schwer Reklamationen waren"
    ),
    ("complaints", "caused_by"): Words(
        "whose fault complaints were", "wer Reklamationen verschuldet hat"
    ),
    ("complaints", "resolved_at"): Words(
        "days to resolve, and complaints open at a cutoff",
        "Tage bis zur Lösung und am Stichtag offene Reklamationen",
    ),
    ("complaints", "goodwill_amount"): Words("goodwill per complaint", "Kulanz je Reklamation"),
    ("referrals", "referred_id"): Words(
        "the referral graph and the reference value",
        "wer wen empfohlen hat und der Empfehlungswert",
    ),
    ("referrals", "converted_at"): Words(
        "recommendations that led to a customer", "Empfehlungen, aus denen ein Kunde wurde"
    ),
    ("payments", "paid_at"): Words(
        "days late, and what is overdue at a cutoff",
        "Tage Verzug und was am Stichtag überfällig ist",
    ),
    ("payments", "amount"): Words("how much is overdue", "wie viel überfällig ist"),
    ("contacts", "direction"): Words(
        "whether we or the customer reached out", "ob wir oder der Kunde sich gemeldet haben"
    ),
    ("contracts", "ends_at"): Words("days to the end of a contract", "Tage bis zum Vertragsende"),
    ("contracts", "cancelled_at"): Words("cancellations", "Kündigungen"),
}


def table_wishes(brought: Iterable[str]) -> list[Words]:
    """Return a line for each table that would bring something."""
    missing = {name: wish for name, wish in TABLE_WISHES.items() if name not in set(brought)}
    return [_line(name, wish) for name, wish in missing.items()]


def column_wishes(table: str, missing: Iterable[str]) -> list[Words]:
    """Return a line for each missing column that would bring something."""
    wishes = ((column, _COLUMN_WISHES.get((table, column))) for column in missing)
    return [_line(f"{table}.{column}", wish) for column, wish in wishes if wish]


def _line(place: str, wish: Words) -> Words:
    return Words("{place}: {wish}", "{place}: {wish}").of(place=place, wish=wish)
