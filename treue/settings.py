"""Settings that training only keeps and serving acts on: assumptions, map, approach, pages, access.

They are sections of treue.toml (`training.config.Config` holds them all) and stand below both
sides, which may not import each other.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Probability = Annotated[float, Field(gt=0, lt=1)]


class Section(BaseModel):
    """A part of the file: unknown keys are refused, types are taken as written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Value(Section):
    """The company's own assumptions of what keeping a customer costs and brings."""

    customer_value: Positive = Field(
        default=200.0,
        description="value of a kept customer where no margin is known, in the currency",
    )
    contact_cost: Positive = Field(default=1.0, description="cost of contacting one customer")
    concession_cost: Amount = Field(
        default=10.0,
        description="cost of the usual concession; it counts for each customer contacted",
    )
    concession_effect: Share = Field(
        default=0.3,
        description="share of leaving customers that a contact with a concession keeps: your "
        "assumption, or measured with a hold-out (treue outcomes --effect)",
    )
    margin_share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="margin as a share of sales, where purchases have no margin"
    )
    margin_days: Count | None = Field(
        default=None,
        description="days over which a kept customer's margin counts; without it: "
        "label.horizon_days, for the likelihood says nothing of what comes after",
    )
    reference_share: Share = Field(
        default=0.2,
        description="share of the reference value that goes too if the referrer leaves: your "
        "assumption; 1 counts all of it",
    )


class Map(Section):
    """Where likely begins, on the map of leaving and recommending."""

    churn_threshold: Probability | None = Field(
        default=None,
        description="likely to leave from here on; without it: where a concession begins to pay, "
        "but not below the share of all who leave",
    )
    referral_threshold: Probability | None = Field(
        default=None,
        description="likely to recommend from here on; without it: twice the share of all who do",
    )


Kind = Literal["contact", "service", "offer", "goodwill", "parting", "other"]
SUGGESTIONS: dict[str, Kind] = {
    "visit": "contact",
    "call": "contact",
    "write": "contact",
    "contract_extension": "service",
    "contract_offer": "service",
    "consultation": "service",
    "thank_for_recommending": "offer",
    "ask_to_recommend": "offer",
    "offer_more": "offer",
    "goodwill": "goodwill",
    "goodwill_within_ceiling": "goodwill",
    "goodwill_own_mistake": "goodwill",
    "part_ways": "parting",
}
"""Suggestions that have words of their own, and their kind."""
QUANTITIES = (
    "churn_probability",
    "referral_probability",
    "likely_to_leave",
    "likely_to_recommend",
    "quadrant",
    "acquisition_cost",
    "expected_margin_year",
    "margin_365",
    "expected_margin_horizon",
    "reference_value",
    "margin_at_risk",
    "concession_ceiling",
    "ceiling_in_concessions",
    "break_even_effect",
    "expected_profit",
    "complaint_current",
)
"""What rules may ask for besides the features."""
QUADRANTS = ("focus", "promoter_at_risk", "quiet", "price_hunter")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Condition(Section):
    """What a quantity must be; all that is given must hold, and a missing value fulfils nothing."""

    at_least: float | None = Field(default=None, description="this or more")
    above: float | None = Field(default=None, description="more than this")
    at_most: float | None = Field(default=None, description="this or less")
    below: float | None = Field(default=None, description="less than this")
    one_of: list[str] = Field(default=[], description="one of these names, e.g. of quadrants")
    or_missing: bool = Field(default=False, description="also fulfilled where there is no value")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        limits = (self.at_least, self.above, self.at_most, self.below)
        if all(limit is None for limit in limits) and not self.one_of:
            raise ValueError("asks nothing; give at_least, above, at_most, below or one_of")
        return self


class Words(Section):
    """The same in both languages."""

    de: Annotated[str, Field(min_length=1)] = Field(description="in German")
    en: Annotated[str, Field(min_length=1)] = Field(description="in English")


class Rule(Section):
    """One rule: what to suggest, when, and why."""

    kind: Kind = Field(description="at most one suggestion a kind is made, by the first rule")
    suggest: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description=f"{', '.join(SUGGESTIONS)}, or a key of your own with a text"
    )
    when: dict[str, Condition] = Field(
        default={},
        description="conditions by quantity, all of them must hold: any feature, line of the "
        "value card, churn_probability, referral_probability, likely_to_leave, likely_to_recommend "
        "(1 or 0) or quadrant",
    )
    text: Words | None = Field(
        default=None,
        description="the suggestion in your own words; {quantity} is replaced by its value",
    )
    because: Words | None = Field(default=None, description="the reason of the rule, in words")

    @field_validator("when")
    @classmethod
    def _known_quadrants(cls, when: dict[str, Condition]) -> dict[str, Condition]:
        asked = when.get("quadrant")
        if asked is not None and not set(asked.one_of) <= set(QUADRANTS):
            raise ValueError(f"quadrant must be one_of {', '.join(QUADRANTS)}")
        return when

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if self.text is None and self.suggest not in SUGGESTIONS:
            known = ", ".join(key for key, kind in SUGGESTIONS.items() if kind == self.kind)
            raise ValueError(
                f"suggest = {self.suggest!r} has no words; give it a text = {{ de = ..., en = ... "
                f"}} or choose one of {known or 'the known ones'}"
            )
        if self.text is None and SUGGESTIONS[self.suggest] != self.kind:
            raise ValueError(
                f"{self.suggest!r} is of the kind {SUGGESTIONS[self.suggest]!r}, not {self.kind!r}"
            )
        return self


class Approach(Section):
    """Which approach is suggested to the account manager, by rules; a person decides."""

    defaults: bool = Field(
        default=True, description="whether the rules that come with Treue follow your own"
    )
    rules: list[Rule] = Field(
        default=[], description="your own rules, as [[approach.rules]]; of a kind the first counts"
    )

    def unknown(self, features: Collection[str]) -> list[str]:
        """Return a line for each quantity that is neither here nor among the features."""
        known = {*QUANTITIES, *features}
        lines = []
        for number, rule in enumerate(self.rules, start=1):
            texts = (rule.text.de, rule.text.en) if rule.text else ()
            asked = [*rule.when, *(name for text in texts for name in PLACEHOLDER.findall(text))]
            for name in dict.fromkeys(asked):
                if name in known or name.startswith("attribute_"):
                    continue
                near = get_close_matches(name, known, n=1, cutoff=0.6)
                hint = f"did you mean {near[0]}?" if near else "docs/features.md names all features"
                lines.append(f"approach.rules.{number}: no quantity {name!r}; {hint}")
        return lines


class Pages(Section):
    """The pages for account managers."""

    store: str = Field(
        default="sqlite:///treue.db",
        description="database of finished scores, as an SQLAlchemy URL; a SQLite path is relative "
        "to treue.toml, ${NAME} is taken from the environment",
    )
    company: str = Field(default="", description="name shown above the pages and to customers")
    privacy_contact: str = Field(
        default="", description="whom customers write to when they object, e.g. an e-mail address"
    )
    capacity: Count = Field(
        default=15, description="customers on a call list unless asked otherwise"
    )


class Access(Section):
    """Who may see what, signed in through OpenID Connect."""

    issuer: str | None = Field(
        default=None,
        description="OpenID Connect issuer, e.g. https://login.example.com/realms/sales",
    )
    client_id: str | None = Field(default=None, description="client registered with the issuer")
    client_secret_env: str = Field(
        default="TREUE_OIDC_SECRET", description="environment variable with the client's secret"
    )
    public_url: str | None = Field(
        default=None, description="address under which browsers reach the pages, with https"
    )
    claim: str = Field(
        default="email", description="claim of the identity token that names the person"
    )
    leads: list[str] = Field(default=[], description="who may see all customers, by that claim")
    account_managers: dict[str, str] = Field(
        default={},
        description="who sees only their own customers: claim = name in customers.account_manager",
    )
    session_hours: Count = Field(default=10, description="hours until signing in again")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.issuer is not None and self.client_id is None:
            raise ValueError("names an issuer but no client_id; set both")
        return self
