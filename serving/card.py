"""The value card: each line with its amount, its formula and the inputs it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil
from typing import Literal

from treue.models.value import YEAR_DAYS, Assumptions, ValueCard, bounded_days, value_card
from treue.serving.dossier import CardInput, CardLine, Text
from treue.serving.formats import LANGUAGES, format_value
from treue.serving.ledger import Worth

LINES = (
    "acquisition_cost",
    "expected_margin_year",
    "margin_365",
    "expected_margin_horizon",
    "reference_value",
    "margin_at_risk",
    "concession_ceiling",
    "break_even_effect",
    "expected_profit",
)
"""Keys of the lines, in their order on the card."""

LEAVING = Text(de="Wahrscheinlichkeit der Abwanderung", en="likelihood of leaving")
Unit = Literal["money", "share", "count", "days"]
_MARGIN = Text(
    de="purchases.margin (oder value.margin_share in treue.toml)",
    en="purchases.margin (or value.margin_share in treue.toml)",
)


def card_of(
    worth: Worth, *, churn_probability: float | None, assumptions: Assumptions
) -> ValueCard:
    """Return the derived numbers of a customer's card."""
    return value_card(
        margin=worth.margin,
        churn_probability=churn_probability,
        assumptions=assumptions,
        reference_value=worth.reference_value,
        earned_days=YEAR_DAYS if worth.tenure_days is None else worth.tenure_days,
    )


def amounts(lines: Sequence[CardLine]) -> dict[str, float | None]:
    """Return the lines' amounts by key.

    >>> line = CardLine(key="margin_365", name=LEAVING, amount=5.0, formula=LEAVING)
    >>> amounts([line])
    {'margin_365': 5.0}
    """
    return {line.key: line.amount for line in lines}


def card_lines(
    worth: Worth,
    *,
    churn_probability: float | None,
    assumptions: Assumptions,
    currency: str = "EUR",
) -> list[CardLine]:
    """Return the value card of one customer.

    Parameters
    ----------
    worth
        The customer's margins and references, from `Ledger.of`.
    churn_probability
        Likelihood of leaving; None without a churn model.
    assumptions
        The company's own, from `treue.models.value.assumptions_of`.
    currency
        Currency of money, three letters.

    Returns
    -------
    list of CardLine
        One line for each key of `LINES`, in that order. A line that cannot be reckoned has no
        amount and says what is missing.
    """
    card = card_of(worth, churn_probability=churn_probability, assumptions=assumptions)
    return [
        *_booked(worth),
        *_earned(worth, card, assumptions),
        *_at_stake(worth, card, churn_probability, assumptions, currency),
    ]


@cache
def _text(de: str, en: str) -> Text:
    """The words of a line, made once for all customers."""
    return Text(de=de, en=en)


_LOSS = Text(
    de="An diesem Kunden haben wir in den letzten 365 Tagen Geld verloren.",
    en="We lost money on this customer in the last 365 days.",
)
_NO_ROOM = Text(
    de="Aus eigener Entscheidung kein Spielraum; bei eigenem Fehler zählt, was recht ist.",
    en="No room by our own choice; where the mistake was ours, what is right counts.",
)
_PAYS = Text(
    de="Im Mittel solcher Kunden bringt ein Kontakt mehr, als er kostet.",
    en="On average of such customers a contact brings more than it costs.",
)
_PAYS_NOT = Text(
    de="Im Mittel solcher Kunden kostet ein Kontakt mehr, als er bringt.",
    en="On average of such customers a contact costs more than it brings.",
)
_NOTHING_AT_RISK = Text(
    de="Mit diesem Kunden steht kein Deckungsbeitrag auf dem Spiel; ein Zugeständnis rechnet sich "
    "nie.",
    en="No margin is at risk with this customer; a concession never pays.",
)


def _booked(worth: Worth) -> list[CardLine]:
    names = {
        "acquisition_cost": _text(de="Kosten der Gewinnung", en="Acquisition cost"),
        "expected_margin_year": _text(
            de="Bei der Gewinnung erwarteter Deckungsbeitrag im Jahr",
            en="Yearly margin expected at acquisition",
        ),
    }
    formulas = {
        "acquisition_cost": _text(de="wie gebucht, einmalig", en="as booked, once"),
        "expected_margin_year": _text(
            de="wie bei der Gewinnung festgehalten", en="as noted at acquisition"
        ),
    }
    return [
        CardLine(
            key=key,
            name=name,
            amount=getattr(worth, key),
            formula=formulas[key],
            missing=_missing(f"customers.{key}") if getattr(worth, key) is None else None,
        )
        for key, name in names.items()
    ]


def _earned(worth: Worth, card: ValueCard, assumptions: Assumptions) -> list[CardLine]:
    days = assumptions.days
    earned = bounded_days(YEAR_DAYS if worth.tenure_days is None else worth.tenure_days, days)
    margin_missing = _missing(_MARGIN) if worth.margin is None else None
    net = _text(
        de="Deckungsbeitrag der Käufe + Deckungsbeitrag der Rückgaben, letzte 365 Tage",
        en="margin of purchases + margin of returns, last 365 days",
    )
    if worth.estimated:
        net = _text(
            de=f"{net.de}; geschätzt als fester Anteil am Umsatz (Annahme)",
            en=f"{net.en}; estimated as a fixed share of sales (assumption)",
        )
    own = _text(de="Deckungsbeitrag, 365 Tage", en="Margin, 365 days")
    return [
        CardLine(
            key="margin_365",
            name=_text(de="Deckungsbeitrag der letzten 365 Tage", en="Margin of the last 365 days"),
            amount=worth.margin,
            formula=net,
            inputs=[
                _input("der Käufe", "of purchases", worth.purchase_margin),
                _input("der Rückgaben", "of returns", worth.return_margin),
            ],
            meaning=_LOSS if (worth.margin or 0.0) < 0 else None,
            missing=margin_missing,
        ),
        CardLine(
            key="expected_margin_horizon",
            name=_text(
                de=f"Erwarteter Deckungsbeitrag, nächste {days} Tage",
                en=f"Expected margin, next {days} days",
            ),
            amount=card.expected_margin,
            formula=_text(
                de=f"Deckungsbeitrag ÷ Tage, in denen er entstand, × {days} Tage; falls der Kunde "
                "bleibt wie bisher",
                en=f"margin ÷ days in which it was earned × {days} days; if the customer stays as "
                "before",
            ),
            inputs=[
                CardInput(name=own, value=worth.margin),
                _input(
                    "Tage, in denen er entstand (höchstens 365)",
                    "days in which it was earned (at most 365)",
                    round(earned),
                    unit="days",
                ),
            ],
            missing=margin_missing,
        ),
        CardLine(
            key="reference_value",
            name=_text(de="Empfehlungswert", en="Reference value"),
            amount=worth.reference_value,
            formula=_text(
                de="Deckungsbeitrag der letzten 365 Tage aller Kunden, die durch Empfehlungen "
                "dieses Kunden kamen, bis zu drei Schritte weit, jeder einmal gezählt",
                en="margin of the last 365 days of all customers won through this customer's "
                "recommendations, up to three steps, each counted once",
            ),
            inputs=[
                _input("gewonnene Kunden", "customers won", worth.reference_customers, unit="count")
            ],
            missing=_reference_missing(worth),
        ),
    ]


def _at_stake(
    worth: Worth,
    card: ValueCard,
    churn_probability: float | None,
    assumptions: Assumptions,
    currency: str,
) -> list[CardLine]:
    days = assumptions.days
    share = {
        language: format_value(assumptions.reference_share, "share", language)
        for language in LANGUAGES
    }
    at_risk = _text(
        de=f"Deckungsbeitrag auf dem Spiel, nächste {days} Tage",
        en=f"Margin at risk, next {days} days",
    )
    effect = _input(
        "Anteil der sonst Gehenden, den ein Zugeständnis hält (Annahme)",
        "share of those who would leave that a concession keeps (assumption)",
        assumptions.effect,
        unit="share",
    )
    contact = _input(
        "Kosten des Kontakts (Annahme)",
        "cost of the contact (assumption)",
        assumptions.contact_cost,
    )
    concession = _input(
        "übliches Zugeständnis (Annahme)",
        "usual concession (assumption)",
        assumptions.concession_cost,
    )
    stake = CardInput(name=at_risk, value=card.margin_at_risk)
    missing = None
    if card.margin_at_risk is None:
        no_model = _text(
            de="ein Modell für die Abwanderung (treue train)", en="a churn model (treue train)"
        )
        missing = _missing(_MARGIN if worth.margin is None else no_model)
    return [
        CardLine(
            key="margin_at_risk",
            name=at_risk,
            amount=card.margin_at_risk,
            formula=_text(
                de=f"Wahrscheinlichkeit der Abwanderung × (eigener Deckungsbeitrag, der in den "
                f"nächsten {days} Tagen zu erwarten ist, + Empfehlungswert, der mitginge)",
                en=f"likelihood of leaving × (own margin expected in the next {days} days + "
                "reference value that would go too)",
            ),
            inputs=[
                CardInput(name=LEAVING, value=churn_probability, unit="share"),
                _input(
                    f"eigener Deckungsbeitrag, nächste {days} Tage",
                    f"own margin, next {days} days",
                    card.expected_margin,
                ),
                _input(
                    f"Empfehlungswert, nächste {days} Tage, davon der Anteil, der mitginge: "
                    f"{share['de']} (Annahme)",
                    f"reference value, next {days} days, of it the share that would go too: "
                    f"{share['en']} (assumption)",
                    card.expected_reference,
                ),
            ],
            missing=missing,
        ),
        CardLine(
            key="concession_ceiling",
            name=_text(de="Obergrenze für ein Zugeständnis", en="Ceiling for a concession"),
            amount=card.concession_ceiling,
            formula=_text(
                de="Anteil der sonst Gehenden, den ein Zugeständnis hält, × Deckungsbeitrag, der "
                f"in den nächsten {days} Tagen auf dem Spiel steht, − Kosten des Kontakts, "
                "mindestens 0",
                en="share of those who would leave that a concession keeps × margin at risk in the "
                f"next {days} days − cost of the contact, at least 0",
            ),
            inputs=[effect, stake, contact],
            meaning=_NO_ROOM if card.concession_ceiling == 0 else None,
            missing=missing,
        ),
        CardLine(
            key="break_even_effect",
            name=_text(
                de="Wirkung, ab der sich ein übliches Zugeständnis rechnet",
                en="Effect from which a usual concession pays",
            ),
            amount=card.break_even_effect,
            unit="share",
            formula=_text(
                de="(übliches Zugeständnis + Kosten des Kontakts) ÷ Deckungsbeitrag, der in den "
                f"nächsten {days} Tagen auf dem Spiel steht",
                en="(usual concession + cost of the contact) ÷ margin at risk in the next "
                f"{days} days",
            ),
            inputs=[concession, contact, stake, effect],
            meaning=_break_even(card.break_even_effect, assumptions.concession_cost, currency),
            missing=missing or (_NOTHING_AT_RISK if card.break_even_effect is None else None),
        ),
        CardLine(
            key="expected_profit",
            name=_text(
                de="Erwarteter Gewinn eines Kontakts mit üblichem Zugeständnis",
                en="Expected profit of a contact with the usual concession",
            ),
            amount=card.expected_profit,
            formula=_text(
                de="Anteil der sonst Gehenden, den ein Zugeständnis hält, × Deckungsbeitrag, der "
                f"in den nächsten {days} Tagen auf dem Spiel steht, − Kosten des Kontakts − "
                "übliches Zugeständnis",
                en="share of those who would leave that a concession keeps × margin at risk in the "
                f"next {days} days − cost of the contact − usual concession",
            ),
            inputs=[effect, stake, contact, concession],
            meaning=_worth_it(card.expected_profit),
            missing=missing,
        ),
    ]


def _worth_it(profit: float | None) -> Text | None:
    """Say whether a contact brings more than it costs."""
    if profit is None:
        return None
    return _PAYS if profit > 0 else _PAYS_NOT


def _break_even(effect: float | None, concession_cost: float, currency: str) -> Text | None:
    """Say from where on a usual concession pays."""
    if effect is None:
        return None
    usual = {
        language: format_value(concession_cost, "money", language, currency)
        for language in LANGUAGES
    }
    of_100 = ceil(round(100 * effect, 9))
    if of_100 > 100:
        return _text(
            de=f"Ein übliches Zugeständnis von {usual['de']} lohnt sich hier nie: Es kostet mehr, "
            "als auf dem Spiel steht.",
            en=f"A usual concession of {usual['en']} never pays here: it costs more than is at "
            "risk.",
        )
    return _text(
        de=f"Ein übliches Zugeständnis von {usual['de']} lohnt sich, wenn es mindestens {of_100} "
        "von 100 solchen Kunden hält, die sonst gingen.",
        en=f"A usual concession of {usual['en']} pays if it keeps at least {of_100} of 100 such "
        "customers who would leave otherwise.",
    )


def _reference_missing(worth: Worth) -> Text | None:
    if worth.reference_customers is None:
        return _missing("referrals.referred_id")
    return _missing(_MARGIN) if worth.reference_value is None else None


def _input(de: str, en: str, value: float | None, *, unit: Unit = "money") -> CardInput:
    return CardInput(name=_text(de, en), value=value, unit=unit)


def _missing(what: str | Text) -> Text:
    text = _text(what, what) if isinstance(what, str) else what
    return _text(f"Dafür fehlt {text.de}.", f"This needs {text.en}.")
