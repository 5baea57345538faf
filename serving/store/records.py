"""What goes into the store and what comes out of it, apart from the dossier itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from treue.features.dates import to_utc
from treue.serving.dossier import Part, Target, Text
from treue.serving.frequency import CalibrationBin

Quadrant = Literal["focus", "promoter_at_risk", "quiet", "price_hunter"]
Direction = Literal["up", "down"]
Sort = Literal["margin_at_risk", "churn", "referral", "change", "name"]
Moment = Annotated[datetime, AfterValidator(to_utc)]
"""Naive UTC; a time with a zone is converted."""
PlanRole = Literal["call", "hold_out"]
Channel = Literal["call", "visit", "write", "other"]
Result = Literal["reached", "not_reached", "appointment", "no_interest", "resolved", "other"]

CHANGED_POINTS = 5.0
"""From so many points on, a likelihood of leaving counts as changed."""
LONGEST_NOTE = 2_000


class CutoffFigures(Part):
    """How a model did at one held-out cutoff; the cutoff is None where customers were held out."""

    cutoff: datetime | None
    rows: int
    positives: int
    figures: dict[str, float | None]


class TargetInfo(Part):
    """The model behind one of the two likelihoods.

    Attributes
    ----------
    fingerprint, source
        Of the model's bundle, and where it was loaded from.
    calibration
        From held-out customers; empty for a model that was never judged.
    card
        The model card, Markdown.
    figures
        The latest held-out cutoffs, oldest first.
    """

    grade: str | None
    base_probability: float
    question: Text | None
    horizon_days: int | None
    fingerprint: str
    source: str
    calibration: list[CalibrationBin] = Field(default=[])
    card: str = ""
    figures: list[CutoffFigures] = Field(default=[])


class Thresholds(Part):
    """Where likely begins, on the map of leaving and recommending."""

    churn: float
    referral: float


class Company(Part):
    """What pages say of the company whose customers these are."""

    name: str = ""
    privacy_contact: str = ""
    customers: int | None = None


class ContactTerms(Part):
    """What the company assumes of a contact with the usual concession, as on the value cards.

    Attributes
    ----------
    effect
        Share of the leaving customers that it keeps.
    spent
        What it costs.
    """

    effect: float
    spent: float

    def profit(self, margin_at_risk: float | None) -> float | None:
        """Expected profit of contacting a customer; None where no margin is known."""
        return None if margin_at_risk is None else self.effect * margin_at_risk - self.spent


class Run(Part):
    """One publication: all customers scored at one cutoff.

    Attributes
    ----------
    identity
        Of data, models, settings and Treue; a run with the same identity need not be made again.
    backfilled
        Scored later than its cutoff, to show a history from the first day; the models may have
        been trained on what happened since.
    usability
        What the data are good for, as text.
    contact
        What a contact costs and does; None for a run of an older Treue.
    """

    cutoff: datetime
    identity: str
    language: Literal["de", "en"]
    currency: str
    published_at: datetime
    targets: dict[Target, TargetInfo]
    thresholds: Thresholds
    backfilled: bool = False
    usability: str = ""
    company: Company = Company()
    contact: ContactTerms | None = None


@dataclass(frozen=True)
class WorklistQuery:
    """Which customers of the latest run to list, and in which order.

    Attributes
    ----------
    changed
        Likelihood of leaving risen or fallen by `CHANGED_POINTS` at least.
    search
        Parts of the customer's name or id, or of the account manager's name, in any case.
    on_plan
        Only those on the viewer's call list, called or held out.
    worth
        Only those whose contact is expected to bring more than it costs.
    page
        From 1.
    """

    account_manager: str | None = None
    quadrant: Quadrant | None = None
    changed: Direction | None = None
    search: str = ""
    sort: Sort = "margin_at_risk"
    on_plan: bool = False
    page: int = 1
    per_page: int = 25
    worth: bool = False


class WorklistRow(Part):
    """One customer of the worklist; `sayable` is the sentence for a letter, if one is written.

    `expected_profit` of a contact is None where no margin is known, and so is `worth_contacting`.
    `care` says why the likelihood of leaving, whose interval is from `churn_low` to `churn_high`,
    is to be read with care.
    """

    customer_id: str
    name: str | None
    account_manager: str | None
    churn_probability: float | None
    referral_probability: float | None
    quadrant: Quadrant | None
    margin_at_risk: float | None
    change_points: float | None
    main_reason: Text | None
    main_points: float | None
    sayable: Text | None
    approach: Text | None
    last_outcome: datetime | None = None
    last_result: Result | None = None
    on_plan: PlanRole | None = None
    expected_profit: float | None = None
    worth_contacting: bool | None = None
    churn_low: float | None = None
    churn_high: float | None = None
    care: Text | None = None


class WorklistPage(Part):
    """A page of the worklist; `total` and `margin_at_risk` are those of all its pages.

    So is `expected_profit`, of contacting all of them; None unless the list holds only those whom
    it pays to contact.
    """

    cutoff: datetime | None
    rows: list[WorklistRow]
    total: int
    margin_at_risk: float
    page: int
    per_page: int
    expected_profit: float | None = None

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.per_page))


class HistoryPoint(Part):
    """A customer's score at one cutoff."""

    cutoff: datetime
    churn_probability: float | None
    referral_probability: float | None
    quadrant: Quadrant | None
    margin_at_risk: float | None
    backfilled: bool = False


class MapPoint(Part):
    """Customers at one place of the map: one of them (then with id and name), or many."""

    churn_probability: float
    referral_probability: float
    customers: int = 1
    margin_at_risk: float = 0.0
    customer_id: str | None = None
    name: str | None = None
    quadrant: Quadrant | None = None


class QuadrantSum(Part):
    """The customers of one quadrant together; `margin` is that of the last year."""

    quadrant: Quadrant
    customers: int
    margin: float
    margin_at_risk: float


class RiskPoint(Part):
    """All customers scored at one cutoff together."""

    cutoff: datetime
    customers: int
    margin_at_risk: float
    backfilled: bool = False


class CalibrationWords(Part):
    """A bin of calibration and what it says in words."""

    target: Target
    bin: CalibrationBin
    text: Text


class Portfolio(Part):
    """All that a viewer sees, together.

    Attributes
    ----------
    points
        Customers on the map; many of them are put together where there are too many to draw.
    calibration
        "Of those we put at 60–70 %, 64 % left."
    """

    cutoff: datetime | None
    customers: int
    binned: bool
    points: list[MapPoint]
    thresholds: Thresholds | None
    quadrants: list[QuadrantSum]
    risk: list[RiskPoint]
    calibration: list[CalibrationWords]


class ModelPage(Part):
    """What is known of the models in use: their cards, figures and pictures."""

    run: Run | None
    pictures: list[str]


class Outcome(Part):
    """What came of a contact with a customer."""

    at: Moment
    channel: Channel
    result: Result
    concession_amount: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    next_step_at: Moment | None = None


class RecordedOutcome(Outcome):
    """An outcome as kept: who noted it, and what was known of the customer then."""

    outcome_id: int
    customer_id: str
    recorded_by: str
    cutoff: datetime | None = None
    on_plan: PlanRole | None = None


class OutcomeRow(Part):
    """An outcome as a row of the table ``contacts``, with what the next training can learn from."""

    customer_id: str
    contacted_at: datetime
    channel: str
    direction: Literal["out"] = "out"
    result: str
    concession_amount: float | None
    next_step_at: datetime | None
    noted_by: str
    note: str
    cutoff: datetime | None
    churn_probability: float | None
    plan: PlanRole | None


class PlanRow(Part):
    """A customer on a plan, called or held out, for measuring what calling did.

    Attributes
    ----------
    plan_id
        The plan that first had the customer at this cutoff.
    drawn
        Whether that plan drew the role by chance, and not because of a complaint or an earlier
        role; None where that was not kept.
    margin_at_risk
        As published for the cutoff; None where no margin is known or the scores are deleted.
    """

    customer_id: str
    planned_at: datetime
    cutoff: datetime
    role: PlanRole
    churn_probability: float | None
    plan_id: int
    drawn: bool | None
    margin_at_risk: float | None


class PlanEntry(Part):
    """A customer on a plan; those held out are not to be called."""

    customer_id: str
    name: str | None
    place: int
    role: PlanRole


class Plan(Part):
    """Whom a viewer means to call, and who was held out at random to measure the effect."""

    plan_id: int
    made_at: datetime
    made_by: str
    cutoff: datetime
    capacity: int
    hold_out_share: float
    entries: list[PlanEntry]


class Viewed(Part):
    """Who looked at which customer, when, and where."""

    at: datetime
    viewer: str
    role: str
    customer_id: str
    route: str


class TokenInfo(Part):
    """A service's token, without the token."""

    name: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None = None
