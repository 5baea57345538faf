"""What may be said to a customer: by topic, a sentence that is true of them and gives nothing away.

Each sentence thanks, asks or offers help. It holds only where the customer's own numbers make it
true, and none tells what we compute. Topics without one (margin, discounts, payment habits, ...)
are for colleagues only. While a complaint is open, nothing else is spoken of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from treue.serving.conditions import hold
from treue.serving.dossier import Reason, Suggestion, Text
from treue.settings import Condition

MOST_SENTENCES = 3
"""More would be recited, not said."""

_ONE = Condition(at_least=1)
_AT_MOST_ONE = Condition(at_most=1)
_NOT_LATELY = Condition(at_least=60, or_missing=True)
_SILENCE = {
    "recency_days": _NOT_LATELY,
    "days_since_negotiation": _NOT_LATELY,
    "days_since_complaint": _NOT_LATELY,
    "days_since_return": _NOT_LATELY,
    "days_since_referral": _NOT_LATELY,
}
"""Who ordered, negotiated, complained, returned or recommended lately was in touch with us."""
_SETTLED_LATELY = Condition(at_most=180)


@dataclass(frozen=True)
class Saying:
    """A sentence for customers of whom all conditions hold."""

    topic: str
    text: Text
    when: Mapping[str, Condition] = field(default_factory=dict)


def _saying(topic: str, de: str, en: str, /, **when: Condition) -> Saying:
    return Saying(topic, Text(de=de, en=en), when)


SAYINGS: tuple[Saying, ...] = (
    _saying(
        "order_pause",
        "Ihr letzter Auftrag liegt schon etwas zurück. Läuft bei Ihnen alles, wie es soll?",
        "Your last order was some time ago. Is everything running as it should?",
        recency_days=Condition(at_least=45),
        overdue_ratio=Condition(above=1, or_missing=True),
    ),
    _saying(
        "order_pause",
        "Danke für Ihren letzten Auftrag. Hat alles gepasst?",
        "Thank you for your last order. Was everything to your satisfaction?",
        recency_days=Condition(at_most=30),
    ),
    _saying(
        "order_frequency",
        "Sie haben zuletzt seltener bei uns bestellt. Können wir etwas besser machen?",
        "You have ordered less often lately. Is there anything we could do better?",
        orders_trend_90=Condition(at_most=-1 / 3),  # half as many as in the 90 days before
    ),
    _saying(
        "order_frequency",
        "Danke, dass Sie so regelmäßig bei uns bestellen.",
        "Thank you for ordering from us so regularly.",
        orders_trend_90=Condition(at_least=0),
        orders_90=Condition(at_least=3),
        overdue_ratio=Condition(at_most=1.2),
        likely_to_leave=Condition(at_most=0, or_missing=True),
        churn_points=Condition(at_most=0, or_missing=True),
    ),
    _saying(
        "sales",
        "Passt unser Angebot noch zu dem, was Sie gerade brauchen?",
        "Does our range still fit what you need at the moment?",
        amount_trend_90=Condition(below=0),
    ),
    _saying(
        "assortment",
        "Sie haben vor Kurzem etwas Neues bei uns gekauft. Wie zufrieden sind Sie damit?",
        "You bought something new from us not long ago. How do you like it?",
        products_new_90=_ONE,
    ),
    _saying(
        "services",
        "Wie zufrieden sind Sie mit unserem Service?",
        "How satisfied are you with our service?",
        service_share_365=Condition(above=0),
    ),
    _saying(
        "returns",
        "Sie haben zuletzt etwas zurückgegeben. Ist das für Sie gut gelöst?",
        "You recently returned something. Was that settled well for you?",
        returns_90=_ONE,
    ),
    _saying(
        "relationship_age",
        "Danke, dass Sie uns schon so lange vertrauen.",
        "Thank you for trusting us for so long.",
        tenure_days=Condition(at_least=730),
    ),
    _saying(
        "relationship_age",
        "Schön, dass Sie seit Kurzem bei uns einkaufen. Haben Sie sich gut zurechtgefunden?",
        "It is good to have you with us. Have you found your way around?",
        tenure_days=Condition(at_most=180),
    ),
    _saying(
        "price_talks",
        "Wenn Sie Fragen zu unseren Preisen haben, erkläre ich Ihnen gern, was darin steckt.",
        "If you have questions about our prices, I will gladly explain what they include.",
        negotiations_365=_ONE,
    ),
    _saying(
        "lost_quotes",
        "Bei einem unserer Angebote sind wir nicht zusammengekommen. Was hätte es gebraucht?",
        "We did not come to terms on one of our quotes. What would it have taken?",
        quotes_lost_365=_ONE,
    ),
    _saying(
        "open_quotes",
        "Ein Angebot von uns ist noch offen. Haben Sie dazu Fragen?",
        "One of our quotes is still open. Do you have any questions about it?",
        negotiations_open=_ONE,
    ),
    _saying(
        "competitors",
        "Angebote zu vergleichen ist Ihr gutes Recht. Was ist Ihnen dabei besonders wichtig?",
        "Comparing offers is your good right. What matters most to you?",
        competitor_named_365=_ONE,
    ),
    _saying(
        "open_complaints",
        "Es tut mir leid, dass Ihre Reklamation so lange liegen blieb. Ist sie für Sie noch offen?",
        "I am sorry that your complaint was left for so long. Is it still open for you?",
        complaints_open=_ONE,
        complaint_open_days=Condition(at_least=60),
    ),
    _saying(
        "open_complaints",
        "Ihre Reklamation ist noch offen. Ich kümmere mich darum und halte Sie auf dem Laufenden.",
        "Your complaint is still open. I am looking after it and will keep you informed.",
        complaints_open=_ONE,
    ),
    _saying(
        "complaints_by_us",
        "Der Fehler liegt bei uns. Wir bitten um Entschuldigung und bringen das in Ordnung.",
        "The mistake is ours. We apologise and will put it right.",
        complaints_open=_ONE,
        complaint_open_days=Condition(at_most=365),
        complaints_by_us_365=_ONE,
        complaints_365=_AT_MOST_ONE,  # so that the open one is the one caused by us
    ),
    _saying(
        "complaints_by_us",
        "Der Fehler lag bei uns. Dafür bitten wir um Entschuldigung.",
        "The mistake was ours. We apologise for it.",
        days_since_complaint=Condition(at_most=60),
        complaints_by_us_365=_ONE,
        complaints_365=_AT_MOST_ONE,
    ),
    _saying(
        "complaints",
        "Danke, dass Sie uns gesagt haben, was nicht gepasst hat. Läuft seitdem alles?",
        "Thank you for telling us what was not right. Has everything been fine since?",
        days_since_complaint=_SETTLED_LATELY,
    ),
    _saying(
        "complaint_severity",
        "Ihre Reklamation hat Sie Zeit und Nerven gekostet. Das tut uns leid.",
        "Your complaint cost you time and trouble. We are sorry for that.",
        complaint_severity_max_365=Condition(at_least=4),
        complaint_days_to_resolve_365=Condition(at_least=14),
        days_since_complaint=_SETTLED_LATELY,
    ),
    _saying(
        "complaint_handling",
        "Ihre Reklamation war nicht gleich beim ersten Mal gelöst. Ist jetzt alles in Ordnung?",
        "Your complaint was not settled the first time. Is everything in order now?",
        complaints_reopened=_ONE,
        days_since_complaint=_SETTLED_LATELY,
    ),
    _saying(
        "complaint_handling",
        "Ihre Reklamation hat länger gedauert, als sie sollte. Das tut uns leid.",
        "Your complaint took longer than it should have. We are sorry for that.",
        complaint_days_to_resolve_365=Condition(at_least=14),
        complaints_365=_AT_MOST_ONE,  # so that the mean is that of the one meant
        days_since_complaint=_SETTLED_LATELY,
    ),
    _saying(
        "goodwill",
        "War die Lösung Ihrer Reklamation für Sie in Ordnung?",
        "Were you content with how your complaint was settled?",
        goodwill_365=Condition(above=0),
        days_since_complaint=_SETTLED_LATELY,
    ),
    _saying(
        "after_complaint",
        "Wie ist es Ihnen seit Ihrer Reklamation ergangen? Ist noch etwas offen?",
        "How have things been since your complaint? Is anything still open?",
        silence_since_complaint_days=Condition(at_least=30, at_most=180),
    ),
    _saying(
        "recommending",
        "Danke, dass Sie uns weiterempfehlen. Das bedeutet uns viel.",
        "Thank you for recommending us. It means a lot to us.",
        referrals_made_180=_ONE,
    ),
    _saying(
        "recommended",
        "Sie sind auf Empfehlung zu uns gekommen. Halten wir, was man Ihnen versprochen hat?",
        "You came to us by recommendation. Do we live up to it?",
        referrals_received=_ONE,
    ),
    _saying(
        "reference_customers",
        "Durch Sie haben andere zu uns gefunden. Dafür danken wir Ihnen.",
        "Others have found us through you. Thank you for that.",
        reference_customers=_ONE,
        referrals_made_180=_ONE,
    ),
    _saying(
        "overdue_invoices",
        "Eine Rechnung ist noch offen. Stimmt damit etwas nicht, oder kann ich helfen?",
        "An invoice is still open. Is anything wrong with it, or can I help?",
        payments_overdue=_ONE,
    ),
    _saying(
        "contacts",
        "Wir haben länger nicht miteinander gesprochen. Was beschäftigt Sie gerade?",
        "We have not spoken for a while. What is on your mind at the moment?",
        days_since_contact=Condition(at_least=60),
        **_SILENCE,
    ),
    _saying(
        "contacts_from_customer",
        "Danke, dass Sie sich gemeldet haben. Ist alles geklärt?",
        "Thank you for getting in touch. Has everything been settled?",
        contacts_in_30=_ONE,
    ),
    _saying(
        "contacts_from_us",
        "Ich habe mich länger nicht bei Ihnen gemeldet. Das hole ich gern nach.",
        "I have not been in touch for a while. I would like to make up for that.",
        days_since_contact_out=Condition(at_least=60),
        days_since_contact=Condition(at_least=60),
        **_SILENCE,
    ),
    _saying(
        "contracts",
        "Wie zufrieden sind Sie mit Ihrem Vertrag?",
        "How satisfied are you with your contract?",
        contracts_running=_ONE,
        days_since_cancellation=Condition(above=365, or_missing=True),
    ),
    _saying(
        "contract_end",
        "Ihr Vertrag läuft demnächst aus. Wollen wir besprechen, wie es weitergeht?",
        "Your contract ends soon. Shall we talk about how to go on?",
        contract_days_to_end=Condition(at_least=0, at_most=120),
        days_since_cancellation=Condition(at_least=90, or_missing=True),
    ),
    _saying(
        "cancellation",
        "Sie haben einen Vertrag gekündigt. Mögen Sie mir sagen, was den Ausschlag gab?",
        "You cancelled a contract. Would you tell me what tipped the balance?",
        days_since_cancellation=Condition(at_most=365),
    ),
)
"""In the order in which they are tried; of a topic the first that holds is said.

Conditions may ask for any quantity of the rules of approach, and for ``churn_points``: the points
of the topic among the reasons for leaving, missing where it is none of them.
"""

ON_OPEN_COMPLAINTS = ("open_complaints", "complaints_by_us")
SUBJECTS = {
    topic: subject
    for subject, topics in {
        "orders": ("order_pause", "order_frequency"),
        "prices": ("price_talks", "lost_quotes", "open_quotes", "competitors"),
        "settled complaints": (
            *("complaints", "complaint_severity", "complaint_handling"),
            *("goodwill", "after_complaint"),
        ),
        "recommendations": ("recommending", "reference_customers"),
        "contact": ("contacts", "contacts_from_customer", "contacts_from_us"),
        "contract": ("contracts", "contract_end", "cancellation"),
    }.items()
    for topic in topics
}
"""Topics that one sentence is enough for."""


def sayable(
    churn: Sequence[Reason], referral: Sequence[Reason], facts: Mapping[str, Any]
) -> list[Text]:
    """Return what may be said to a customer, the most important first, at most three sentences.

    While a complaint is open, these are about it alone, whether or not it is among the reasons.
    Otherwise the topics of the reasons decide, those for leaving first, one sentence a subject.

    Parameters
    ----------
    churn, referral
        Reasons of the two likelihoods, most important first.
    facts
        The customer's quantities, from `treue.serving.approach.facts_of`; a missing one makes
        nothing true.
    """
    points = {reason.topic: reason.points for reason in churn}
    topics = [reason.topic for reason in (*churn, *referral)]
    if hold({"complaints_open": _ONE}, facts):
        topics = list(ON_OPEN_COMPLAINTS)
    found: dict[str, Text] = {}
    for topic in topics:
        text = sentence(topic, {**facts, "churn_points": points.get(topic)})
        if text is not None:
            found.setdefault(SUBJECTS.get(topic, topic), text)
    return list(found.values())[:MOST_SENTENCES]


def sentence(topic: str, facts: Mapping[str, Any]) -> Text | None:
    """Return what may be said on a topic, if anything.

    Examples
    --------
    >>> sentence("open_complaints", {"complaints_open": 1}).en
    'Your complaint is still open. I am looking after it and will keep you informed.'
    >>> sentence("open_complaints", {"complaints_open": 0}) is None
    True
    """
    for saying in SAYINGS:
        if saying.topic == topic and hold(saying.when, facts):
            return saying.text
    return None


def letter(
    said: Sequence[Text], approach: Sequence[Suggestion], facts: Mapping[str, Any]
) -> Text | None:
    """Return the sentence for a letter: only where writing is suggested and no complaint is open.

    >>> letter([Text(de="Danke!", en="Thanks!")], [], {}) is None
    True
    """
    writes = any(suggestion.key == "write" for suggestion in approach)
    if not said or not writes or hold({"complaints_open": _ONE}, facts):
        return None
    return said[0]
