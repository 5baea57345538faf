"""Suggestions and limits in words, in German and English."""

from __future__ import annotations

from treue.serving.dossier import Text

TEXTS: dict[str, Text] = {
    "visit": Text(de="Besuchen", en="Visit"),
    "call": Text(de="Anrufen", en="Call"),
    "write": Text(de="Schreiben", en="Write"),
    "contract_extension": Text(
        de="Verlängerung des Vertrags ansprechen; er läuft in {contract_days_to_end} Tagen aus",
        en="Raise the extension of the contract; it ends in {contract_days_to_end} days",
    ),
    "contract_offer": Text(de="Einen Servicevertrag anbieten", en="Offer a service contract"),
    "consultation": Text(
        de="Jährliches Beratungsgespräch vereinbaren", en="Arrange the yearly consultation"
    ),
    "thank_for_recommending": Text(
        de="Für die Empfehlung danken", en="Say thank you for the recommendation"
    ),
    "ask_to_recommend": Text(
        de="Aktiv ansprechen: um eine Empfehlung bitten",
        en="Approach actively: ask for a recommendation",
    ),
    "offer_more": Text(
        de="Aktiv ansprechen: passende weitere Leistungen vorstellen",
        en="Approach actively: present further services that fit",
    ),
    "goodwill": Text(
        de="Kulanz: ja, rasch und ohne Umstände", en="Goodwill: yes, quickly and without fuss"
    ),
    "goodwill_within_ceiling": Text(
        de="Kulanz: bis zur Obergrenze von {concession_ceiling}",
        en="Goodwill: up to the ceiling of {concession_ceiling}",
    ),
    "goodwill_own_mistake": Text(
        de="Kulanz: nur bei eigenem Fehler, dann ohne Abstriche",
        en="Goodwill: only for our own mistake, then in full",
    ),
    "part_ways": Text(
        de="Offen über Preis und Aufwand reden; findet sich kein Weg, der beiden nützt, fair "
        "auseinandergehen: Zusagen einhalten, Übergang anbieten",
        en="Talk openly about price and effort; where no way serves both, part on fair terms: keep "
        "promises, offer a transition",
    ),
}
"""What is suggested, by key; ``{quantity}`` is replaced by the customer's value."""

LIMITS: dict[str, Text] = {
    "at_least": Text(de="mindestens {}", en="at least {}"),
    "above": Text(de="über {}", en="above {}"),
    "at_most": Text(de="höchstens {}", en="at most {}"),
    "below": Text(de="unter {}", en="below {}"),
}
NO_VALUE = Text(de="keine Angabe", en="not given")
ALWAYS = Text(de="Gilt, wenn keine andere Regel zutrifft", en="Holds where no other rule fits")
OR = Text(de=" oder ", en=" or ")

QUANTITIES: dict[str, tuple[Text, str]] = {
    "churn_probability": (
        Text(de="Wahrscheinlichkeit der Abwanderung", en="likelihood of leaving"),
        "share",
    ),
    "referral_probability": (
        Text(de="Wahrscheinlichkeit einer Empfehlung", en="likelihood of recommending"),
        "share",
    ),
    "likely_to_leave": (Text(de="geht eher als andere", en="likely to leave"), "yes or no"),
    "likely_to_recommend": (
        Text(de="empfiehlt eher als andere", en="likely to recommend"),
        "yes or no",
    ),
    "quadrant": (Text(de="Gruppe", en="group"), "quadrant"),
    "acquisition_cost": (Text(de="Kosten der Gewinnung", en="acquisition cost"), "money"),
    "expected_margin_year": (
        Text(
            de="bei der Gewinnung erwarteter Deckungsbeitrag im Jahr",
            en="yearly margin expected at acquisition",
        ),
        "money",
    ),
    "margin_365": (
        Text(de="Deckungsbeitrag der letzten 365 Tage", en="margin of the last 365 days"),
        "money",
    ),
    "expected_margin_horizon": (
        Text(de="erwarteter Deckungsbeitrag", en="expected margin"),
        "money",
    ),
    "reference_value": (Text(de="Empfehlungswert", en="reference value"), "money"),
    "margin_at_risk": (Text(de="Deckungsbeitrag auf dem Spiel", en="margin at risk"), "money"),
    "concession_ceiling": (
        Text(de="Obergrenze für ein Zugeständnis", en="ceiling for a concession"),
        "money",
    ),
    "ceiling_in_concessions": (
        Text(
            de="Obergrenze im Verhältnis zum üblichen Zugeständnis",
            en="ceiling as a multiple of the usual concession",
        ),
        "ratio",
    ),
    "break_even_effect": (
        Text(
            de="Wirkung, ab der sich ein übliches Zugeständnis rechnet",
            en="effect from which a usual concession pays",
        ),
        "share",
    ),
    "expected_profit": (
        Text(de="erwarteter Gewinn eines Kontakts", en="expected profit of a contact"),
        "money",
    ),
    "complaint_current": (
        Text(
            de="Reklamation offen oder aus den letzten 90 Tagen",
            en="complaint open or of the last 90 days",
        ),
        "yes or no",
    ),
}
"""Quantities besides the features: their names and units."""
