"""How features of price negotiations are told."""

from __future__ import annotations

from dataclasses import replace

from treue.features.topic_phrases import (
    DE_MORE,
    EN_MANY,
    EN_MORE,
    Telling,
    Words,
    by_feature,
    last_time,
    told,
)

_DE_TALKING = "der Kunden mit Preisverhandlungen"
_EN_TALKING = "of customers with price negotiations"


def _discount(verb: str) -> tuple[Telling, ...]:
    """A discount off list prices that was asked for, or granted."""
    asked = verb == "asked"
    de = "Verlangt {} Nachlass" if asked else "{} Nachlass gewährt"
    en = "Asks for {} discount" if asked else "{} discount granted"

    def heads(pattern: str, words: tuple[str, ...]) -> dict[str, str]:
        return {
            head: pattern.format(word if asked else word.capitalize())
            for head, word in zip(("more", "less", "high", "low"), words, strict=True)
        }

    german = Words(
        "Verlangter Nachlass" if asked else "Gewährter Nachlass",
        "im Mittel {n} {w}",
        **heads(de, ("mehr", "weniger", "viel", "wenig")),
        than=DE_MORE,
        peers=_DE_TALKING,
        missing=f"keine Preisverhandlung {'' if asked else 'mit Ergebnis '}{{w}}",
    )
    english = Words(
        "Discount asked for" if asked else "Discount granted",
        "{n} on average {w}",
        **heads(en, ("more", "less", "a lot of", "little")),
        than=EN_MORE,
        peers=_EN_TALKING,
        missing=f"no {'' if asked else 'settled '}price negotiation {{w}}",
    )
    return (
        *told(f"discount_{verb}_mean_{{w}}", "365 90 all", german, english, mean=True),
        *told(
            f"discount_{verb}_max_{{w}}",
            "365",
            replace(german, many="höchstens {n} {w}"),
            replace(english, many="at most {n} {w}"),
        ),
    )


TALKS = (
    *told(
        "negotiations_{w}",
        "365 90 180 30 all",
        Words(
            "Preisverhandlungen",
            "{n} Preisverhandlungen {w}",
            one="1 Preisverhandlung {w}",
            none="keine {w}",
            more="Verhandelt häufiger",
            bare="{n} {w}",
            less="Verhandelt seltener",
            high="Verhandelt oft",
            low="Verhandelt selten",
            no="keine",
            than=DE_MORE,
        ),
        Words(
            "Price negotiations",
            "{n} price negotiations {w}",
            one="1 price negotiation {w}",
            none="none {w}",
            more="Negotiates more often",
            bare="{n} {w}",
            less="Negotiates less often",
            high="Negotiates often",
            low="Negotiates rarely",
            no="none",
            than=EN_MANY,
        ),
    ),
    *told(
        "haggled_share_{w}",
        "365 all",
        Words(
            "Verhandelte Aufträge",
            "{n} der Aufträge {w}",
            none="keine {w}",
            more="Verhandelt mehr Aufträge",
            less="Verhandelt weniger Aufträge",
            high="Verhandelt viele Aufträge",
            low="Verhandelt wenige Aufträge",
            no="keine",
            than=DE_MORE,
            missing="kein Auftrag {w}",
        ),
        Words(
            "Orders haggled over",
            "{n} of orders {w}",
            none="none {w}",
            more="Haggles over more orders",
            less="Haggles over fewer orders",
            high="Haggles over many orders",
            low="Haggles over few orders",
            no="none",
            than=EN_MORE,
            missing="no order {w}",
        ),
        mean=True,
    ),
    *told(
        "rounds_mean_{w}",
        "365 all",
        Words(
            "Verhandlungsrunden",
            "im Mittel {n} je Preisverhandlung {w}",
            more="Verhandelt in mehr Runden",
            less="Verhandelt in weniger Runden",
            high="Verhandelt in vielen Runden",
            low="Verhandelt in wenigen Runden",
            than=DE_MORE,
            peers=_DE_TALKING,
            missing="keine Preisverhandlung {w}",
        ),
        Words(
            "Rounds of negotiation",
            "{n} per price negotiation on average {w}",
            more="Negotiates in more rounds",
            less="Negotiates in fewer rounds",
            high="Negotiates in many rounds",
            low="Negotiates in few rounds",
            than=EN_MANY,
            peers=_EN_TALKING,
            missing="no price negotiation {w}",
        ),
        unit="tenths",
        mean=True,
    ),
    last_time(
        "days_since_negotiation",
        "Letzte Preisverhandlung",
        "Last price negotiation",
        ("bisher keine", "none so far"),
    ),
    *_discount("granted"),
    *_discount("asked"),
    *told(
        "discount_share_{w}",
        "365",
        Words(
            "Rabatt auf Listenpreise",
            "{n} {w}",
            none="keiner {w}",
            more="Höherer Rabatt auf Listenpreise",
            less="Niedrigerer Rabatt auf Listenpreise",
            high="Hoher Rabatt auf Listenpreise",
            low="Niedriger Rabatt auf Listenpreise",
            no="keiner",
            than=DE_MORE,
            missing="kein Kauf mit Listenpreis {w}",
        ),
        Words(
            "Discount off list prices",
            "{n} {w}",
            none="none {w}",
            more="Higher discount off list prices",
            less="Lower discount off list prices",
            high="High discount off list prices",
            low="Low discount off list prices",
            no="none",
            than=EN_MORE,
            missing="no purchase with a list price {w}",
        ),
    ),
    *told(
        "quotes_lost_{w}",
        "365 90 all",
        Words(
            "Verlorene Angebote",
            "{n} {w}",
            none="keine {w}",
            more="Mehr verlorene Angebote",
            less="Weniger verlorene Angebote",
            high="Viele verlorene Angebote",
            low="Wenige verlorene Angebote",
            single="Verlorenes Angebot",
            no="keine",
            than=DE_MORE,
        ),
        Words(
            "Lost quotes",
            "{n} {w}",
            none="none {w}",
            more="More lost quotes",
            less="Fewer lost quotes",
            high="Many lost quotes",
            low="Few lost quotes",
            single="Lost quote",
            no="none",
            than=EN_MANY,
        ),
    ),
    *told(
        "quotes_lost_share_{w}",
        "365",
        Words(
            "Anteil verlorener Angebote",
            "{n} {w}",
            none="keine verloren {w}",
            more="Höherer Anteil verlorener Angebote",
            less="Niedrigerer Anteil verlorener Angebote",
            high="Hoher Anteil verlorener Angebote",
            low="Niedriger Anteil verlorener Angebote",
            than=DE_MORE,
            peers=_DE_TALKING,
            missing="keine Preisverhandlung {w}",
        ),
        Words(
            "Share of lost quotes",
            "{n} {w}",
            none="none lost {w}",
            more="Higher share of lost quotes",
            less="Lower share of lost quotes",
            high="High share of lost quotes",
            low="Low share of lost quotes",
            than=EN_MORE,
            peers=_EN_TALKING,
            missing="no price negotiation {w}",
        ),
    ),
    Telling(
        "negotiations_open",
        Words(
            "Offene Preisverhandlungen",
            "{n} noch nicht entschieden",
            none="keine",
            single="Offene Preisverhandlung",
            zero="Keine offene Preisverhandlung",
            no="keine",
            than=DE_MORE,
        ),
        Words(
            "Open price negotiations",
            "{n} not yet decided",
            none="none",
            single="Open price negotiation",
            zero="No open price negotiation",
            no="none",
            than=EN_MANY,
        ),
    ),
    *told(
        "competitor_named_{w}",
        "365 90 all",
        Words(
            "Hinweise auf Wettbewerber",
            "in {n} Preisverhandlungen {w}",
            one="in 1 Preisverhandlung {w}",
            none="keine {w}",
            more="Nennt häufiger Wettbewerber",
            less="Nennt seltener Wettbewerber",
            high="Nennt oft Wettbewerber",
            low="Nennt selten Wettbewerber",
            single="Nannte einen Wettbewerber",
            no="keine",
            than=DE_MORE,
        ),
        Words(
            "Competitors named",
            "in {n} price negotiations {w}",
            one="in 1 price negotiation {w}",
            none="none {w}",
            more="Names competitors more often",
            less="Names competitors less often",
            high="Often names competitors",
            low="Rarely names competitors",
            single="Named a competitor",
            no="none",
            than=EN_MANY,
        ),
    ),
)

TALK_TELLINGS = by_feature(TALKS)
