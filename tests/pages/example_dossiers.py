"""A store with made-up customers of a German supplier of pumps and drives, for the pages' tests."""

# ruff: noqa: E501 (sentences stand on one line)

from __future__ import annotations

import random
from datetime import datetime, timedelta

from treue.models.quadrants import Thresholds as MapThresholds
from treue.models.quadrants import quadrant
from treue.models.value import assumptions_of
from treue.serving.approach import default_rules, facts_of, suggest
from treue.serving.card import amounts, card_lines
from treue.serving.dossier import (
    Change,
    Dossier,
    Driver,
    Event,
    FamilyShare,
    FeatureShare,
    Likelihood,
    Reason,
    Sure,
    Text,
    When,
    Within,
)
from treue.serving.frequency import frequency
from treue.serving.ledger import Worth
from treue.serving.store import (
    CalibrationBin,
    Company,
    ContactTerms,
    CutoffFigures,
    Run,
    Store,
    TargetInfo,
    Thresholds,
)
from treue.serving.sure import held, marker, stated
from treue.settings import Value

CUTOFFS = [datetime(2024, month, 1) for month in (1, 4, 7, 10)] + [datetime(2025, 1, 1)]
NOW = datetime(2025, 1, 9, 9, 30)
LIMITS = Thresholds(churn=0.3, referral=0.12)
BASE = {"churn": 0.226, "referral": 0.058}
MANAGERS = ("Jana Petersen", "Mehmet Aydın", "Sabine Großmann-Weißenfels")

NAMES = """Bäckerei Hinrichs GmbH & Co. KG|Stadtwerke Bad Oeynhausen AöR|Maschinenbau Kröger GmbH
Lüftungs- und Klimatechnik Oberschwaben Verwaltungsgesellschaft mbH|Gärtnerei Ostermann|Hotel Seeblick
Molkerei Ammerland eG|Brauerei Zum Löwen|Papierfabrik Düren AG|Schreinerei Yıldız|Autohaus Wegener
Kläranlage Nordheide|Fleischwerk Börde GmbH|Druckerei Seidel|Weingut von der Heydt|Sanitär Kühn
Reederei Claasen|Zimmerei Haubrich|Kieswerk Altmark|Textilwerke Vogtland|Getränke Schäfer
Landmaschinen Peters|Pflegeheim Haus Abendfrieden|Campingplatz Müritz|Möbelhaus Brandt|Optik Lorenz
Solarpark Uckermark|Tierklinik Dr. Nowak|Schwimmbad Aquarena|Großhandel Kaya|Metallbau Schuster
Kartonagen Fischer|Spedition Brüggemann|Ziegelei Westerwald|Konditorei Morgenrot|Elektro Hansen
Baumschule Lindner|Forstbetrieb Eifel|Dachdeckerei Jäger|Rösterei Kaffeekontor""".replace(
    "\n", "|"
).split("|")

_BINS = {
    "churn": [(0, 0.024, 61), (1, 0.12, 214), (2, 0.24, 171), (3, 0.37, 118), (4, 0.43, 96),
              (5, 0.57, 71), (6, 0.64, 54), (7, 0.74, 47), (8, 0.83, 36), (9, 0.93, 21)],
    "referral": [(0, 0.03, 612), (1, 0.13, 188), (2, 0.27, 61), (3, 0.33, 28)],
}  # fmt: skip


def text(de: str, en: str) -> Text:
    return Text(de=de, en=en)


def bins(target: str) -> list[CalibrationBin]:
    return [
        CalibrationBin(
            low=tenth / 10, high=(tenth + 1) / 10, rows=rows, predicted=tenth / 10 + 0.046,
            observed=observed,
        )
        for tenth, observed, rows in _BINS[target]
    ]  # fmt: skip


REASONS = {
    "churn": [
        (
            "order_rhythm",
            text(
                "Lange nicht bestellt: letzter Auftrag vor 74 Tagen, sonst etwa alle 21 Tage",
                "No order for long: last order 74 days ago, usually about every 21 days",
            ),
            "recency_days",
            74.0,
            text(
                "Wir haben seit einer Weile nichts von Ihnen gehört – können wir etwas für Sie tun?",
                "We have not heard from you for a while – is there anything we can do for you?",
            ),
        ),
        (
            "open_complaints",
            text(
                "Offene Reklamation: 1 offen, die älteste seit 23 Tagen",
                "Open complaint: 1 open, the oldest for 23 days",
            ),
            "complaint_open_days",
            23.0,
            text(
                "Ihre Reklamation ist noch offen; ich kümmere mich persönlich darum.",
                "Your complaint is still open; I will see to it myself.",
            ),
        ),
        (
            "price_talks",
            text(
                "Verhandelt oft: 5 Preisverhandlungen in den letzten 365 Tagen, "
                "mehr als bei 92\xa0% der Kunden",
                "Negotiates often: 5 price negotiations in the last 365 days, "
                "more than 92% of customers",
            ),
            "negotiations_365",
            5.0,
            None,
        ),
        (
            "contracts",
            text(
                "Servicevertrag: läuft in 41 Tagen aus, nicht gekündigt",
                "Service contract: ends in 41 days, not cancelled",
            ),
            "contract_days_to_end",
            41.0,
            text(
                "Ihr Servicevertrag läuft im Februar aus; wollen wir über die Verlängerung sprechen?",
                "Your service contract ends in February; shall we talk about extending it?",
            ),
        ),
    ],
    "referral": [
        (
            "recommending",
            text(
                "Hat uns empfohlen: 2 Empfehlungen in den letzten 365 Tagen, im Jahr davor keine",
                "Has recommended us: 2 recommendations in the last 365 days, none the year before",
            ),
            "referrals_made_365",
            2.0,
            text(
                "Danke, dass Sie uns weiterempfohlen haben.",
                "Thank you for recommending us.",
            ),
        ),
        (
            "complaint_handling",
            text(
                "Zufriedenheit nach Reklamationen: im Mittel 4,5 von 5",
                "Satisfaction after complaints: 4.5 of 5 on average",
            ),
            "complaint_satisfaction_mean",
            4.5,
            None,
        ),
        (
            "discounts",
            text(
                "Bekommt wenig Rabatt: im Mittel 3\xa0% der letzten 365 Tage",
                "Gets little discount: 3% on average in the last 365 days",
            ),
            "discount_granted_mean_365",
            0.03,
            None,
        ),
    ],
}

FAMILIES = {
    "churn": {
        "purchases": (
            0.46,
            ("recency_days", 74.0),
            ("orders_trend_90", -0.5),
            ("amount_90", 1840.0),
        ),
        "complaints": (0.27, ("complaint_open_days", 23.0), ("complaints_365", 3.0)),
        "negotiations": (0.22, ("negotiations_365", 5.0), ("quotes_lost_90", 1.0)),
        "contracts": (
            0.12,
            ("contract_days_to_end", 41.0),
        ),
        "customer": (
            -0.09,
            ("known_days", 2114.0),
        ),
        "contacts": (
            0.02,
            ("contacts_out_90", 1.0),
        ),
    },
    "referral": {
        "referrals": (0.8, ("referrals_made_365", 2.0), ("days_since_referral", 48.0)),
        "complaints": (
            0.3,
            ("complaint_satisfaction_mean", 4.5),
        ),
        "purchases": (
            -0.1,
            ("recency_days", 74.0),
        ),
    },
}


def likelihood(
    target: str, p: float, *, order: int = 0, change: Change | None = None
) -> Likelihood:
    """Points of reasons and families add up to the distance from the share of all."""
    base = BASE[target]
    whole = round(100 * p) - round(100 * base)
    templates = REASONS[target]
    templates = templates[order % len(templates) :] + templates[: order % len(templates)]
    weights = (0.45, 0.3, 0.25, -0.2)
    points = [float(round(whole * w)) for w in weights]
    reasons = [
        Reason(
            topic=topic, sentence=sentence, points=weight or 0.4, feature=feature, value=value,
            uncertain=i == 2 and order % 3 == 0, actionable=sayable is not None,
        )
        for i, ((topic, sentence, feature, value, sayable), weight) in enumerate(
            zip(templates, points, strict=False)
        )
    ]  # fmt: skip
    exact = 100 * (p - base)
    families = [
        FamilyShare(
            family=family,
            points=exact * share,
            features=[
                FeatureShare(name=name, value=value, points=exact * share * part)
                for (name, value), part in zip(features, (0.6, 0.25, 0.1), strict=False)
            ],
        )
        for family, (share, *features) in FAMILIES[target].items()
    ]
    asked = {
        "churn": text("kein Einkauf in den nächsten 90 Tagen", "no purchase in the next 90 days"),
        "referral": text(
            "mindestens eine Empfehlung in den nächsten 90 Tagen",
            "at least one recommendation in the next 90 days",
        ),
    }
    return Likelihood(
        target=target, probability=p, base_probability=base,
        likely=p >= (LIMITS.churn if target == "churn" else LIMITS.referral),
        frequency=frequency(p, bins(target), target=target), question=asked[target],
        grade="A" if target == "churn" else "B", reasons=reasons,
        other_points=round(whole - sum(r.points for r in reasons), 1), families=families,
        change=change, curve=curve(target, p), sure=sure(target, p, unlike=order % 13 == 5),
    )  # fmt: skip


def sure(target: str, p: float, *, unlike: bool) -> Sure:
    """Wider in the middle, and for those unlike anyone seen."""
    reach = (1.6 if unlike else 0.8) * p * (1 - p)
    low, high = max(0.0, p - reach), min(1.0, p + reach)
    return Sure(
        low=low, high=high, level=0.9, group_size=20, unlike=unlike,
        stated=stated(target, low, high, 20), held=held(0.9), marker=marker(low, high, unlike=unlike),
        why=[
            text("Umsatz in 365 Tagen: 3.200.000\xa0€, mehr als je zuvor",
                 "Revenue in 365 days: €3,200,000, more than ever before")
        ] if unlike else [],
    )  # fmt: skip


def curve(target: str, p: float) -> When:
    """Never decreasing; a year is too long for the data."""
    titles = {
        "churn": ("buys_again", text("kauft wieder innerhalb von", "buys again within")),
        "referral": ("has_recommended", text("empfiehlt uns innerhalb von", "recommends us within")),
    }  # fmt: skip
    at_90 = 1 - p if target == "churn" else p
    found = {30: 0.5 * at_90, 60: 0.8 * at_90, 90: at_90, 180: 1 - 0.6 * (1 - at_90), 365: None}
    event, title = titles[target]
    return When(
        event=event,
        title=title,
        within=[Within(days=days, probability=each) for days, each in found.items()],
        note=text(
            "Für 365 Tage geben die bisherigen Daten es nicht her.",
            "For 365 days the data so far cannot tell.",
        ),
    )


def changed(target: str, before: float, p: float, at: datetime, *, new_model: bool) -> Change:
    whole = float(round(100 * p) - round(100 * before))
    model = 2.0 if new_model else None
    first, second = round(0.6 * whole), round(0.25 * whole)
    drivers = {
        "churn": [
            ("open_complaints", "Offene Reklamation: jetzt 1, am {} keine",
             "Open complaint: now 1, none on {}"),
            ("order_rhythm", "Letzter Auftrag: jetzt vor 74 Tagen, am {} vor 12 Tagen",
             "Last order: now 74 days ago, on {} 12 days ago"),
        ],
        "referral": [
            ("recommending", "Empfehlungen in 365 Tagen: jetzt 2, am {} 1",
             "Recommendations in 365 days: now 2, on {} 1"),
            ("complaint_handling", "Zufriedenheit nach Reklamationen: jetzt 4,5, am {} 4,0",
             "Satisfaction after complaints: now 4.5, on {} 4.0"),
        ],
    }[target]  # fmt: skip
    return Change(
        previous_cutoff=at, previous_probability=before, points=whole,
        drivers=[
            Driver(topic=topic, points=float(points),
                   sentence=text(de.format(f"{at:%d.%m.%Y}"), en.format(f"{at.day} {at:%b %Y}")))
            for (topic, de, en), points in zip(drivers, (first, second), strict=True) if points
        ],
        other_points=whole - first - second - (model or 0.0), model_points=model,
    )  # fmt: skip


def timeline(cutoff: datetime, rng: random.Random) -> list[Event]:
    events = []
    day = cutoff - timedelta(days=74)
    for _ in range(19):
        amount = float(rng.randrange(180, 4200))
        events.append(
            Event(at=day, kind="order", amount=amount,
                  text=text("Auftrag (3 Positionen)",
                            "Order (3 lines)"))
        )  # fmt: skip
        day -= timedelta(days=rng.randrange(12, 31))
    for days, kind, de, en, amount in (
        (9, "contact", "E-Mail vom Kunden", "E-mail from the customer", None),
        (23, "complaint", "Reklamation eröffnet: Lieferverzug, Schwere 4 von 5, durch uns verursacht, noch offen",
         "Complaint opened: late delivery, severity 4 of 5, caused by us, still open", None),
        (48, "referral", "Hat uns empfohlen; der empfohlene Betrieb hat am 02.12.2024 gekauft",
         "Recommended us; the business bought on 2 Dec 2024", None),
        (61, "negotiation", "Preisverhandlung: 12\xa0% gefordert, Auftrag verloren, Wettbewerber genannt",
         "Price negotiation: 12% asked, order lost, competitor named", None),
        (130, "negotiation", "Preisverhandlung: 8\xa0% gefordert, 5\xa0% gewährt",
         "Price negotiation: 8% asked, 5% granted", None),
        (162, "complaint", "Reklamation eröffnet: falsche Ware; nach 3 Tagen gelöst, Kulanz 120 €, Zufriedenheit 5 von 5",
         "Complaint opened: wrong goods; resolved after 3 days, goodwill €120, satisfaction 5 of 5", -120.0),
        (175, "return", "Rückgabe: Filter", "Return: filters", -86.0),
        (210, "contact", "Besuch bei uns im Haus", "Visit to our house", None),
        (324, "contract", "Servicevertrag begonnen, läuft bis 11.02.2025",
         "Service contract started, runs until 11 Feb 2025", 2400.0),
        (333, "payment", "Rechnung 12 Tage zu spät bezahlt", "Invoice paid 12 days late", 1290.0),
    ):  # fmt: skip
        events.append(
            Event(at=cutoff - timedelta(days=days), kind=kind, text=text(de, en), amount=amount)
        )
    return sorted(events, key=lambda event: event.at, reverse=True)


def dossier(i: int, cutoff: datetime) -> Dossier:
    """The i-th customer; the first is a promoter at risk with all there is to say."""
    rng = random.Random(1000 * i)
    levels = [min(0.96, max(0.02, rng.betavariate(1.2, 3.2) + rng.gauss(0, 0.05))) for _ in CUTOFFS]
    levels[-1] = {0: 0.63, 1: 0.08, 2: 0.44}.get(i, levels[-1])
    levels[-2] = {0: 0.42, 1: 0.09}.get(i, levels[-2])
    at = CUTOFFS.index(cutoff)
    churn_p = round(levels[at], 4)
    referral_p = round({0: 0.34, 1: 0.21, 2: 0.02}.get(i, rng.betavariate(1, 14)), 4)
    change = None
    referral_change = None
    if at:
        newly = cutoff == CUTOFFS[-1] and i == 0
        before = CUTOFFS[at - 1]
        change = changed("churn", round(levels[at - 1], 4), churn_p, before, new_model=newly)
        referral_change = changed("referral", max(referral_p - 0.06, 0.01), referral_p, before,
                                  new_model=False)  # fmt: skip
    margin = {0: 18_460.0, 1: 9_300.0, 2: -640.0}.get(i, float(int(rng.lognormvariate(7.9, 0.9))))
    worth = Worth(
        purchase_margin=margin + 86.0, return_margin=-86.0, tenure_days=2114.0,
        reference_value={0: 31_200.0, 1: 4_100.0}.get(i, 0.0),
        reference_customers={0: 3, 1: 1}.get(i, 0),
        acquisition_cost=None if i == 2 else 740.0, expected_margin_year=12_000.0,
    )  # fmt: skip
    assumed = assumptions_of(Value(), horizon_days=90)
    card = card_lines(worth, churn_probability=churn_p, assumptions=assumed)
    limits = MapThresholds(churn=LIMITS.churn, referral=LIMITS.referral)
    features = {
        "complaints_open": 1 if i == 0 else 0, "negotiations_365": 5 if i % 3 == 0 else 1,
        "tenure_days": 2114, "contracts_running": 1, "contract_days_to_end": 41 if i % 2 == 0 else 200,
    }  # fmt: skip
    facts = facts_of(
        features, amounts(card), churn_probability=churn_p, referral_probability=referral_p,
        thresholds=limits,
    )  # fmt: skip
    return Dossier(
        customer_id=f"K{i + 1:04d}", name=NAMES[i % len(NAMES)], account_manager=MANAGERS[i % 3],
        since=datetime(2019, 3, 12), cutoff=cutoff, currency="EUR",
        churn=likelihood("churn", churn_p, order=0 if i == 0 else i, change=change),
        referral=likelihood("referral", referral_p, order=0, change=referral_change),
        quadrant=quadrant(churn_p, referral_p, limits), margin_at_risk=amounts(card)["margin_at_risk"],
        card=card, approach=suggest(facts, default_rules()), timeline=timeline(cutoff, rng),
        sayable=[each[4] for each in REASONS["churn"] + REASONS["referral"] if each[4]][:4],
        facts={"industry": "Lebensmittel", "employees": 48.0, "region": "Weser-Ems", "invoice_format": "ZUGFeRD"},
    )  # fmt: skip


CARD = """# treue-churn: model card

The probability that a customer who bought in the 180 days before the cutoff makes no purchase in the 90 days after it.

**Grade A: the model ranks customers better and states better probabilities than the best simple rules, beyond noise, and its probabilities hold.**

## Data

|  | cutoffs | rows | customers | positives |
| --- | --- | --- | --- | --- |
| training | 13: 2022-06-03 to 2024-06-03 | 10892 | 1000 | 2165 |
| held out | 1: 2024-10-03 | 889 | 889 | 201 |

## How good it is

- Ranking (AUROC): model 0.749, best simple rule “BG/NBD” 0.637; advantage 0.112, 95 % interval 0.072 to 0.152: better beyond noise.
- Calibration: stated probabilities are off by 3.1 percentage points on average (limit `5.0`; by chance alone up to 4.2).
"""
USABILITY = """Wozu die Tabellen taugen
  a churn model: enough
    customers eligible at the last cutoff: 889, needed 100: enough (with fewer, one customer moves every share by more than a point)
  explanations of a churn model: enough
    rows churned, all cutoffs together: 2,590, needed 300: enough

Was da ist
  customers: 1,000 rows of 1,000 customers, 2009-05-20 to 2023-08-29
"""


def run(cutoff: datetime) -> Run:
    question = {t: likelihood(t, 0.3).question for t in ("churn", "referral")}
    figures = [
        CutoffFigures(cutoff=c, rows=880 + i, positives=190 + 3 * i,
                      figures={"auroc": 0.74 + 0.01 * i, "average_precision": 0.52, "log_loss": 0.46,
                               "brier": 0.145, "ece": 0.031, "lift_10": 2.93})
        for i, c in enumerate(CUTOFFS[1:])
    ]  # fmt: skip
    return Run(
        cutoff=cutoff, identity=f"{cutoff:%Y-%m-%d}", language="de", currency="EUR",
        published_at=cutoff + timedelta(days=1), thresholds=LIMITS, usability=USABILITY,
        company=Company(name="Nordpumpen GmbH", customers=len(NAMES)),
        contact=ContactTerms(effect=0.3, spent=11.0),
        targets={
            target: TargetInfo(
                grade="A" if target == "churn" else "B", base_probability=BASE[target],
                question=question[target], horizon_days=90, fingerprint="625105a7bcee4bf5c456e98d074ad98e",
                source="models:/treue-churn@champion", calibration=bins(target), card=CARD, figures=figures,
            )
            for target in ("churn", "referral")
        },
    )  # fmt: skip


def example_store(url: str = "sqlite://", *, customers: int = len(NAMES)) -> Store:
    """Five cutoffs of made-up customers."""
    store = Store.open(url)
    for cutoff in CUTOFFS:
        store.publish(run(cutoff), (dossier(i, cutoff) for i in range(customers)))
    return store
