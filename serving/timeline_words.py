"""Events in words, in German and in English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from treue.serving.dossier import Text
from treue.serving.formats import format_value

Facts = Mapping[str, Any]

_CHANNELS = {
    "telefon": Text(de="Telefonat", en="phone call"),
    "phone": Text(de="Telefonat", en="phone call"),
    "call": Text(de="Telefonat", en="phone call"),
    "besuch": Text(de="Besuch", en="visit"),
    "visit": Text(de="Besuch", en="visit"),
    "e-mail": Text(de="E-Mail", en="e-mail"),
    "email": Text(de="E-Mail", en="e-mail"),
    "mail": Text(de="E-Mail", en="e-mail"),
    "brief": Text(de="Brief", en="letter"),
    "letter": Text(de="Brief", en="letter"),
    "messe": Text(de="Messe", en="trade fair"),
    "fair": Text(de="Messe", en="trade fair"),
}
_CONTACT = Text(de="Kontakt", en="contact")
_FROM = {
    "in": Text(de=", vom Kunden aus", en=", by the customer"),
    "out": Text(de=", von uns aus", en=", by us"),
}
_NEGOTIATED = {
    "won": Text(de="Auftrag erhalten", en="won"),
    "lost": Text(de="nicht erhalten", en="lost"),
    "open": Text(de="offen", en="open"),
}
_CAUSED = {
    "us": Text(de="unser Fehler", en="our mistake"),
    "customer": Text(de="vom Kunden verursacht", en="caused by the customer"),
    "unclear": Text(de="Ursache unklar", en="cause unclear"),
}


def _order(amount: float | None, facts: Facts, currency: str) -> Text:
    money, lines = _money(amount, currency), facts["count"]
    extra_de = [f"{lines} Positionen"] if lines > 1 else []
    extra_en = [f"{lines} lines"] if lines > 1 else []
    word = [facts["word"]] if facts["word"] else []
    return Text(
        de=f"Auftrag über {money.de}{_brackets(word + extra_de)}",
        en=f"Order of {money.en}{_brackets(word + extra_en)}",
    )


def _return(amount: float | None, facts: Facts, currency: str) -> Text:
    money = _money(abs(amount or 0.0), currency)
    word = _brackets([facts["word"]] if facts["word"] else [])
    return Text(de=f"Rückgabe über {money.de}{word}", en=f"Return of {money.en}{word}")


def _negotiation(amount: float | None, facts: Facts, currency: str) -> Text:
    de, en = [], []
    if amount is not None:
        asked, listed = _money(amount, currency), facts["other"]
        of = _money(listed, currency) if listed is not None else None
        de.append(f"Kunde wollte {asked.de}" + (f" statt {of.de}" if of else ""))
        en.append(f"customer asked for {asked.en}" + (f" instead of {of.en}" if of else ""))
    outcome = _NEGOTIATED[facts["word"] or "open"]
    agreed = _money(facts["third"], currency) if facts["third"] is not None else None
    won = facts["word"] == "won" and agreed is not None
    de.append(outcome.de + (f" zu {agreed.de}" if won and agreed else ""))
    en.append(outcome.en + (f" at {agreed.en}" if won and agreed else ""))
    if facts["flag"]:
        de.append("Wettbewerber genannt")
        en.append("competitor named")
    return Text(de=f"Preisgespräch: {', '.join(de)}", en=f"Price talk: {', '.join(en)}")


def _complaint(amount: float | None, facts: Facts, currency: str) -> Text:
    about = [facts["word"]] if facts["word"] else []
    severity, caused = facts["count"], _CAUSED.get(facts["word2"])
    extra_de = [f"Schwere {severity} von 5"] if severity is not None else []
    extra_en = [f"severity {severity} of 5"] if severity is not None else []
    if caused:
        extra_de.append(caused.de)
        extra_en.append(caused.en)
    end_de, end_en = _resolution(amount, facts, currency)
    return Text(
        de=f"Reklamation{_brackets(about + extra_de)}: {end_de}",
        en=f"Complaint{_brackets(about + extra_en)}: {end_en}",
    )


def _resolution(amount: float | None, facts: Facts, currency: str) -> tuple[str, str]:
    days = facts["days"]
    if facts["flag"]:
        return "wieder geöffnet", "opened again"
    if days is None:
        return "offen", "open"
    after_de = "am selben Tag" if days == 0 else f"nach {_days_de(days)}"
    after_en = "the same day" if days == 0 else f"after {_days_en(days)}"
    goodwill = _money(amount, currency) if amount else None
    return (
        f"gelöst {after_de}" + (f", {goodwill.de} Kulanz" if goodwill else ""),
        f"resolved {after_en}" + (f", {goodwill.en} goodwill" if goodwill else ""),
    )


def _contact(amount: float | None, facts: Facts, currency: str) -> Text:
    word = facts["word"] or ""
    channel = _CHANNELS.get(word.casefold(), Text(de=word, en=word) if word else _CONTACT)
    who = _FROM.get(facts["word2"], Text(de="", en=""))
    return Text(de=f"{channel.de}{who.de}", en=f"{channel.en[:1].upper()}{channel.en[1:]}{who.en}")


def _contract(amount: float | None, facts: Facts, currency: str) -> Text:
    de, en = (
        ("Vertrag gekündigt", "Contract cancelled")
        if facts["word"] == "cancelled"
        else ("Vertrag begonnen", "Contract started")
    )
    if amount is not None:
        money = _money(amount, currency)
        de, en = f"{de}, {money.de} im Jahr", f"{en}, {money.en} a year"
    if facts["until"] is not None:
        date = _date(facts["until"])
        de, en = f"{de}, bis {date.de}", f"{en}, until {date.en}"
    return Text(de=de, en=en)


def _payment(amount: float | None, facts: Facts, currency: str) -> Text:
    de, en, days = "Rechnung", "Invoice", facts["days"]
    if amount is not None:
        money = _money(amount, currency)
        de, en = f"{de} über {money.de}", f"{en} of {money.en}"
    if facts["flag"]:
        return Text(
            de=f"{de}: {days} Tage zu spät bezahlt",  # told from LATE_DAYS on, so never one
            en=f"{en}: paid {days} days late",
        )
    return Text(
        de=f"{de}: noch nicht bezahlt, seit {_days_de(days)} fällig",
        en=f"{en}: not paid yet, due for {_days_en(days)}",
    )


def _referral(amount: float | None, facts: Facts, currency: str) -> Text:
    """Whom they recommended is another customer's affair and not told."""
    if facts["until"] is None:
        return Text(de="Hat uns empfohlen", en="Recommended us")
    date = _date(facts["until"])
    return Text(
        de=f"Hat uns empfohlen; der Empfohlene kaufte am {date.de}",
        en=f"Recommended us; they bought on {date.en}",
    )


TELL: dict[str, Callable[[float | None, Facts, str], Text]] = {
    "order": _order,
    "return": _return,
    "negotiation": _negotiation,
    "complaint": _complaint,
    "contact": _contact,
    "contract": _contract,
    "payment": _payment,
    "referral": _referral,
}
"""By kind: an event's amount, its other facts and the currency in, words out."""


def _money(amount: float | None, currency: str) -> Text:
    whole = round(amount or 0.0)  # few different numbers, so that few are formatted
    return Text(
        de=format_value(whole, "money", "de", currency),
        en=format_value(whole, "money", "en", currency),
    )


def _date(moment: datetime) -> Text:
    return Text(de=format_value(moment.date(), "", "de"), en=format_value(moment.date(), "", "en"))


def _days_de(days: int) -> str:
    """After a preposition: "nach 3 Tagen"."""
    return "1 Tag" if days == 1 else f"{days} Tagen"


def _days_en(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _brackets(words: list[str]) -> str:
    return f" ({', '.join(words)})" if words else ""
