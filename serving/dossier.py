"""What one page says of one customer at one cutoff: the finished score with all its words.

A dossier is made once, when customers are scored, and kept in the store; pages and their JSON
twins only read it. Every text is there in German and in English.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["de", "en"]
Target = Literal["churn", "referral"]
Plain = float | bool | str | None


class Part(BaseModel):
    """A part of a dossier."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """The same in both languages."""

    de: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the text in one language."""
        text: str = getattr(self, language)
        return text


class Reason(Part):
    """One topic that a likelihood goes together with, told by one of its features.

    Attributes
    ----------
    topic
        Key of the topic; its features say much the same and are told once.
    sentence
        ``"Bestellt seltener: 2 Aufträge in den letzten 90 Tagen, davor 6"``, without the points.
    points
        Percentage points of the whole topic, as shown (rounded).
    feature, value, earlier, percentile
        What is told: the feature, the customer's value, their own earlier one, and the share of
        eligible customers whose value lies below (0 to 1).
    uncertain
        The members of the model disagree whether this raises or lowers the likelihood.
    actionable
        An account manager can do something about it.
    """

    topic: str
    sentence: Text
    points: float
    feature: str
    value: Plain
    earlier: Plain = None
    percentile: float | None = None
    uncertain: bool = False
    actionable: bool = False


class FeatureShare(Part):
    """One feature's points; phrase and unit stand in the catalogue."""

    name: str
    value: Plain
    points: float


class FamilyShare(Part):
    """The points of a family, and of its features, largest first; small ones may be left out."""

    family: str
    points: float
    features: list[FeatureShare]


class Driver(Part):
    """What moved a likelihood since the last score, in points."""

    topic: str
    sentence: Text
    points: float


class Change(Part):
    """A likelihood against the customer's previous one.

    ``points`` is the whole change as shown; drivers, `model_points` and `other_points` add up to
    it.

    Attributes
    ----------
    model_points
        What a newly trained model alone would have changed; None where the model is the same.
    """

    previous_cutoff: datetime
    previous_probability: float
    points: float
    drivers: list[Driver]
    other_points: float
    model_points: float | None = None


class Within(Part):
    """How likely within so many days; None where the training data could not tell."""

    days: int
    probability: float | None


class When(Part):
    """When, not only whether: never less likely the longer one waits.

    Attributes
    ----------
    event
        ``buys_again`` (silence is its complement), ``has_left`` or ``has_recommended``; None where
        there is no such curve, and `note` says why.
    title
        "buys again within"; the days follow.
    note
        What a reader should know of it.
    """

    event: Literal["buys_again", "has_left", "has_recommended"] | None = None
    title: Text | None = None
    within: list[Within] = []
    note: Text | None = None


class Sure(Part):
    """How sure a probability is: a statement of groups of like customers, for it can be checked.

    Attributes
    ----------
    low, high
        Ends of the interval, in probability.
    level, group_size
        In this share of groups of so many like customers, at a coming cutoff, the share to whom it
        happens lies between the ends.
    unlike
        The customer is unlike anyone seen in training.
    stated
        "Roughly: of 20 customers like this one, 7 to 12 leave."
    held
        In how many of ten such groups that holds.
    marker
        What a list says of it; None where the probability may be read as it is.
    why
        What makes the customer unlike.
    """

    low: float
    high: float
    level: float
    group_size: int
    unlike: bool
    stated: Text
    held: Text | None = None
    marker: Text | None = None
    why: list[Text] = []


class Likelihood(Part):
    """How likely the customer is to leave, or to recommend, and why.

    ``100 * base_probability`` rounded + reasons' points + `other_points` is ``100 * probability``
    rounded.

    Attributes
    ----------
    likely
        On which side of the map's threshold the customer stands.
    frequency
        "7 von 10 solchen Kunden blieben", from held-out customers with about that probability.
    question
        What is asked, e.g. "no purchase in the next 90 days".
    heading
        The same as a heading where the event is a pause; None where it is a loss.
    curve
        The same over shorter and longer times; None where the model has no curve.
    later
        After a pause: "Within a year they buy again with a likelihood of 96%."
    sure
        How sure; None where the model has no intervals.
    """

    target: Target
    probability: float
    base_probability: float
    likely: bool
    frequency: Text | None
    question: Text | None
    grade: str | None
    reasons: list[Reason]
    other_points: float
    families: list[FamilyShare]
    change: Change | None = None
    curve: When | None = None
    sure: Sure | None = None
    heading: Text | None = None
    later: Text | None = None


class CardInput(Part):
    """One number a line of the value card was made from."""

    name: Text
    value: float | None
    unit: Literal["money", "share", "count", "days"] = "money"


class CardLine(Part):
    """One line of the value card; without an amount, `missing` says which column would bring it.

    Attributes
    ----------
    meaning
        What the amount means for this customer, where that needs saying.
    """

    key: str
    name: Text
    amount: float | None
    unit: Literal["money", "share", "count"] = "money"
    formula: Text
    inputs: list[CardInput] = []
    meaning: Text | None = None
    missing: Text | None = None


class Suggestion(Part):
    """A suggested approach and the rule that chose it; a person decides."""

    key: str
    text: Text
    rule: Text


class Event(Part):
    """Something that happened, as known at the cutoff."""

    at: datetime
    kind: Literal[
        "order", "return", "negotiation", "complaint", "contact", "contract", "payment", "referral"
    ]
    text: Text
    amount: float | None = None


class Dossier(Part):
    """All that a page says of one customer at one cutoff.

    Attributes
    ----------
    quadrant
        ``focus``, ``promoter_at_risk``, ``quiet`` or ``price_hunter``; None without both models.
    margin_at_risk
        Likelihood of leaving x expected margin over the horizon (own and by reference).
    timeline
        Newest first.
    sayable
        What may be said to the customer, most important first.
    letter
        What may be written to the customer; None where another contact is suggested.
    open_complaint
        Somebody waits for an answer to a complaint.
    facts
        The company's own attributes of the customer, by column name.
    """

    customer_id: str
    name: str | None
    account_manager: str | None
    since: datetime | None
    cutoff: datetime
    currency: str
    churn: Likelihood | None
    referral: Likelihood | None
    quadrant: Literal["focus", "promoter_at_risk", "quiet", "price_hunter"] | None
    margin_at_risk: float | None
    card: list[CardLine]
    approach: list[Suggestion]
    timeline: list[Event]
    sayable: list[Text] = []
    letter: Text | None = None
    open_complaint: bool = False
    facts: dict[str, Plain] = {}
