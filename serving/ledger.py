"""Margins and recommendations of all customers, as known at a cutoff: the inputs of value cards."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

import duckdb
import pyarrow as pa

from treue.features.tables import Tables
from treue.models.value import DEPTH, YEAR_DAYS, reference_values

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Worth:
    """What the books say of one customer at the cutoff; None where the column is not there.

    Attributes
    ----------
    purchase_margin, return_margin
        Contribution margin of the last 365 days: of purchases, and (at most 0) of returns.
    estimated
        The margins are sales times ``value.margin_share``.
    tenure_days
        Days since the first purchase that is in the data; None before any.
    reference_value
        Margin of the last 365 days of the customers won through this one's recommendations.
    reference_customers
        How many those are; None where recommendations are not known.
    """

    purchase_margin: float | None = None
    return_margin: float | None = None
    estimated: bool = False
    tenure_days: float | None = None
    reference_value: float | None = None
    reference_customers: int | None = None
    acquisition_cost: float | None = None
    expected_margin_year: float | None = None

    @property
    def margin(self) -> float | None:
        """Contribution margin of the last 365 days, net of returns."""
        if self.purchase_margin is None:
            return None
        return self.purchase_margin + (self.return_margin or 0.0)


@dataclass(frozen=True)
class Ledger:
    """`Worth` by customer; who is not there bought nothing and is not known otherwise."""

    cutoff: datetime
    worths: Mapping[str, Worth]
    unknown: Worth

    @classmethod
    def at(cls, tables: Tables, cutoff: datetime, *, margin_share: float | None = None) -> Self:
        """Read the books of all customers as known at the cutoff.

        Parameters
        ----------
        tables
            Raw events; what was not yet known at the cutoff is not seen.
        cutoff
            The moment of knowledge, naive UTC.
        margin_share
            Margin as a share of sales, used only where purchases have no margin.
        """
        started = time.perf_counter()
        known = tables.known_at(cutoff)
        has_margin = known.has("purchases", "margin")
        share = None if has_margin else margin_share
        bought = _bought(known.frames["purchases"], cutoff, has_margin=has_margin, share=share)
        nothing = Worth(
            purchase_margin=0.0 if has_margin or share else None,
            return_margin=0.0 if has_margin or share else None,
            estimated=share is not None,
        )
        worths = {
            customer: replace(
                nothing,
                purchase_margin=purchases,
                return_margin=returns,
                tenure_days=tenure,
            )
            for customer, purchases, returns, tenure in bought
        }
        if known.has("referrals", "referred_id"):
            nothing = replace(
                nothing,
                reference_value=None if nothing.purchase_margin is None else 0.0,
                reference_customers=0,
            )
            worths = _with_references(worths, nothing, known.frames["referrals"])
        if "customers" in known.frames:
            worths = _with_master_data(worths, nothing, known.frames["customers"])
        seconds = time.perf_counter() - started
        log.info("margins and references of %d customers: %.1f s", len(worths), seconds)
        return cls(cutoff, worths, nothing)

    def of(self, customer_id: str) -> Worth:
        """Return what the books say of a customer."""
        return self.worths.get(customer_id, self.unknown)


def _bought(
    purchases: pa.Table, cutoff: datetime, *, has_margin: bool, share: float | None
) -> list[tuple[str, float | None, float | None, float | None]]:
    """By customer: margin of purchases and of returns in the last 365 days, days since the first.

    A customer whose every margin of the year is missing has an unknown one.
    """
    margin = "margin" if has_margin else "amount * $share" if share else "null::double"
    with duckdb.connect() as connection:
        connection.register("purchases", purchases)
        return connection.execute(
            f"""
            with lines as (
                select customer_id, purchased_at, is_return, {margin} as margin,
                    purchased_at > $since as recent
                from purchases
            )
            select customer_id,
                case when count(*) filter (recent) = 0 and $known then 0.0
                     when count(margin) filter (recent) = 0 then null
                     else round(coalesce(
                         sum(margin) filter (recent and not is_return), 0.0), 2) end,
                case when count(*) filter (recent) = 0 and $known then 0.0
                     when count(margin) filter (recent) = 0 then null
                     else round(coalesce(sum(margin) filter (recent and is_return), 0.0), 2) end,
                date_diff('second', min(purchased_at) filter (not is_return), $cutoff)
                    / {float(DAY_SECONDS)}
            from lines group by customer_id order by customer_id
            """,
            {
                "since": cutoff - timedelta(days=YEAR_DAYS),
                "cutoff": cutoff,
                "known": has_margin or share is not None,
                **({"share": share} if share else {}),
            },
        ).fetchall()


def _with_references(
    worths: Mapping[str, Worth], nothing: Worth, referrals: pa.Table
) -> dict[str, Worth]:
    """Add what the customers won through recommendations bring; only a purchase makes one."""
    pairs = referrals.select(["referrer_id", "referred_id"]).to_pylist()
    converted = (
        referrals["converted_at"].to_pylist()
        if "converted_at" in referrals.column_names
        else [True] * len(pairs)
    )
    edges = [
        (pair["referrer_id"], pair["referred_id"])
        for pair, bought in zip(pairs, converted, strict=True)
        if bought and pair["referred_id"] is not None
    ]
    margins = {customer: worth.margin or 0.0 for customer, worth in worths.items()}
    values = reference_values(edges, margins, depth=DEPTH)
    counts = reference_values(
        edges, dict.fromkeys((node for edge in edges for node in edge), 1.0), depth=DEPTH
    )
    known = nothing.reference_value is not None
    return {
        customer: replace(
            worths.get(customer, nothing),
            reference_value=values.get(customer, 0.0) if known else None,
            reference_customers=int(counts.get(customer, 0)),
        )
        for customer in {**worths, **values}
    }


def _with_master_data(
    worths: Mapping[str, Worth], nothing: Worth, customers: pa.Table
) -> dict[str, Worth]:
    columns = [
        name
        for name in ("acquisition_cost", "expected_margin_year")
        if name in customers.schema.names
    ]
    found = dict(worths)
    if columns:
        for row in customers.select(["customer_id", *columns]).to_pylist():
            customer = row.pop("customer_id")
            found[customer] = replace(found.get(customer, nothing), **row)
    return found
