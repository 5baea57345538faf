"""Settings that training only keeps and serving acts on: assumptions, map, approach, pages, access.

They are sections of treue.toml (`training.config.Config` holds them all) and stand below both
sides, which may not import each other.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
        default=10.0, description="cost of the concession where it is taken"
    )
    concession_effect: Share = Field(
        default=0.3,
        description="share of leaving customers that a concession keeps: your assumption, or "
        "measured with a hold-out",
    )
    margin_share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="margin as a share of sales, where purchases have no margin"
    )


class Map(Section):
    """Where likely begins, on the map of leaving and recommending."""

    churn_threshold: Probability | None = Field(
        default=None,
        description="likely to leave from here on; without it: where a contact begins to pay",
    )
    referral_threshold: Probability | None = Field(
        default=None,
        description="likely to recommend from here on; without it: twice the share of all",
    )


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
