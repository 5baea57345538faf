"""Who may be asked about, and what then happened.

The only place that looks past a cutoff. A label looks at ``(cutoff, cutoff + horizon]``; who is
eligible is decided from what was known at the cutoff alone, so that nobody is "predicted" to
leave who has already left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

import narwhals.stable.v2 as nw

from treue.features.engine import Lazy, Loaded, Source
from treue.features.errors import TreueError
from treue.features.family import without_returns
from treue.features.known import known_rows

if TYPE_CHECKING:
    from treue.features.tables import Tables

Churn = Literal["inactivity", "contract", "decline"]
Referral = Literal["made", "converted"]
DAY = 86_400_000_000
NEVER = 2**62
READ = {
    *("customer_id", "referrer_id", "at", "known_at", "amount", "is_return"),
    *("converted_at", "ends_at", "cancelled_at"),
}
"""Columns that this module reads, of whatever table."""


@dataclass(frozen=True)
class Definition:
    """What counts as leaving and as recommending.

    Attributes
    ----------
    churn
        ``"inactivity"``: no purchase in the window. ``"contract"``: at the end of the window no
        contract runs uncancelled, neither an old one nor one that was concluded in the window.
        ``"decline"``: no spend in the window, or less than `decline_share` of the spend in the
        window of the same length before the cutoff.
    referral
        ``"made"``: a recommendation was made in the window. ``"converted"``: one led to a customer
        in the window.
    lookback
        Days before the cutoff in which a customer must have bought to be eligible. For
        ``"contract"`` a running, uncancelled contract is asked for instead.
    decline_share
        Between 0 and 1, for ``"decline"`` only.
    """

    churn: Churn = "inactivity"
    referral: Referral = "made"
    lookback: int = 180
    decline_share: float = 0.5

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("churn", self.churn, get_args(Churn)),
            ("referral", self.referral, get_args(Referral)),
        ):
            if value not in allowed:
                raise TreueError(f"label.{name}: {value!r} is none of {', '.join(allowed)}")
        if self.lookback < 1:
            raise TreueError(f"label.lookback: {self.lookback} days; give at least 1")
        if not 0 < self.decline_share <= 1:
            raise TreueError(
                f"label.decline_share: {self.decline_share} is not above 0 and at most 1"
            )


def latest_cutoff(tables: Tables, horizon: int) -> datetime:
    """The last cutoff whose label window (`horizon` days) the data still cover."""
    return tables.observed_until - timedelta(days=horizon)


def check_cutoffs(tables: Tables, cutoffs: list[datetime], horizon: int | None) -> None:
    """Refuse cutoffs that the data cannot answer for.

    Raises
    ------
    TreueError
        If a cutoff lies after the data, or its label window outruns them; names the latest
        possible.
    """
    last = latest_cutoff(tables, horizon or 0)
    late = [cutoff for cutoff in cutoffs if cutoff > last]
    if late:
        window = f" and the label window of {horizon} days" if horizon else ""
        raise TreueError(
            f"cutoffs: {len(late)} too late, the latest of them {max(late):%Y-%m-%d %H:%M}; the "
            f"data end on {tables.observed_until:%Y-%m-%d %H:%M}{window}, so the latest possible "
            f"cutoff is {last:%Y-%m-%d %H:%M}. A later one would count everybody who has not yet "
            "bought again as lost."
        )


def eligible(loaded: Loaded, at: nw.Expr, definition: Definition) -> Lazy:
    """Customers who could still leave at the cutoff: one column ``customer_id``, distinct."""
    if definition.churn == "contract":
        known = known_rows(_contracts(loaded), at)
        return _running(known, at).select("customer_id").unique()
    bought = without_returns(known_rows(loaded.sources["purchases"], at))
    recent = bought.filter(nw.col("at") > at - definition.lookback * DAY)
    if definition.churn == "decline":
        # a decline can only be seen against spend
        return (
            recent.group_by("customer_id")
            .agg(nw.col("amount").sum())
            .filter(nw.col("amount") > 0)
            .select("customer_id")
        )
    return recent.select("customer_id").unique()


def labels(loaded: Loaded, at: nw.Expr, horizon: int, definition: Definition) -> list[Lazy]:
    """What happened in ``(cutoff, cutoff + horizon]``, to be joined to the eligible.

    Returns
    -------
    list of lazy frames with ``customer_id`` and one of

        ``stayed`` (1 for those who did not leave; the others are missing) or, for ``"decline"``,
        ``after`` and ``before`` (spend in cents), and ``referred`` (1 where there was one).
    """
    end = at + horizon * DAY
    if definition.churn == "contract":
        started = _contracts(loaded).events.filter(nw.col("at") <= end)
        found = [_flag(_running(started, end), "stayed")]
    else:
        bought = without_returns(loaded.sources["purchases"].events)
        after = bought.filter((nw.col("at") > at) & (nw.col("at") <= end))
        if definition.churn == "inactivity":
            found = [_flag(after, "stayed")]
        else:
            earlier = bought.filter((nw.col("at") > at - horizon * DAY) & (nw.col("at") <= at))
            found = [
                frame.group_by("customer_id").agg(nw.col("amount").sum().alias(name))
                for name, frame in (("after", after), ("before", earlier))
            ]
    if "referrals" in loaded.sources:
        source = loaded.sources["referrals"]
        when = "at" if definition.referral == "made" else "converted_at"
        if when != "at" and when not in source.columns:
            raise TreueError(
                "label.referral: 'converted' needs referrals.converted_at; map it, or use 'made'"
            )
        events = source.events.filter((nw.col(when) > at) & (nw.col(when) <= end))
        found.append(_flag(events.select(customer_id=nw.col("referrer_id")), "referred"))
    return found


def moments(loaded: Loaded, at: nw.Expr, horizon: int, definition: Definition) -> list[Lazy]:
    """When it happened, in days after the cutoff, however late; to be joined to the eligible.

    Whoever is asked about a shorter or longer window than the label's needs the day. Each is
    consistent with the label: it lies in ``(0, horizon]`` exactly where the label saw the event.

    Returns
    -------
    list of lazy frames with ``customer_id`` and one of

        ``churned_after``: for ``"inactivity"`` days to the next purchase (which is what keeps a
        customer); for ``"contract"`` days until no contract ran any more, where an interruption
        that is over by the end of the window does not count; for ``"decline"`` there is none, as
        spend in windows of different lengths is not comparable.
        ``referred_after``: days to the next recommendation.

        A customer without the event in the data is missing.
    """
    found = []
    if definition.churn == "contract":
        found.append(_after(_ends(_contracts(loaded), at + horizon * DAY), at, "churned_after"))
    elif definition.churn == "inactivity":
        bought = without_returns(loaded.sources["purchases"].events)
        found.append(_after(bought.select("customer_id", "at"), at, "churned_after"))
    if "referrals" in loaded.sources:
        source = loaded.sources["referrals"]
        when = "at" if definition.referral == "made" else "converted_at"
        events = source.events.select(customer_id=nw.col("referrer_id"), at=nw.col(when))
        found.append(_after(events, at, "referred_after"))
    return found


def churned(definition: Definition) -> nw.Expr:
    """The label ``churned`` (0 or 1) over the columns of `labels`, missing ones filled with 0."""
    if definition.churn == "decline":
        before = nw.col("before").cast(nw.Float64)
        after = nw.col("after").cast(nw.Float64)
        left = (after <= 0) | (after < before * definition.decline_share)
    else:
        left = nw.col("stayed") == 0
    return nw.when(left).then(nw.lit(1)).otherwise(nw.lit(0))


def _flag(events: Lazy, name: str) -> Lazy:
    return events.select("customer_id").unique().with_columns(nw.lit(1).alias(name))


def _after(events: Lazy, moment: nw.Expr, name: str) -> Lazy:
    """Days from a moment to each customer's first event after it."""
    first = events.filter(nw.col("at") > moment).group_by("customer_id").agg(nw.col("at").min())
    days = (nw.col("at") - moment).cast(nw.Float64) / DAY
    return first.select("customer_id", days.alias(name))


def _ends(source: Source, end: nw.Expr) -> Lazy:
    """When the contracts of each customer came to an end, as seen from the end of a window.

    Contracts that follow on each other are one span; the last span begun by `end` is looked at.
    """
    until = nw.min_horizontal(
        *(
            nw.col(time).fill_null(NEVER)
            for time in ("ends_at", "cancelled_at")
            if time in source.columns
        )
    )
    runs = source.events.select("customer_id", "at", until=until)
    runs = runs.group_by("customer_id", "at").agg(nw.col("until").max())
    by_start: dict[str, Any] = {"order_by": "at"}
    reach = nw.col("until").cum_max().over("customer_id", **by_start)
    runs = runs.with_columns(reach=reach)
    runs = runs.with_columns(before=nw.col("reach").shift(1).over("customer_id", **by_start))
    new = (nw.col("at") > nw.col("before")).fill_null(True).cast(nw.Int64)
    runs = runs.with_columns(new=new)
    runs = runs.with_columns(span=nw.col("new").cum_sum().over("customer_id", **by_start))
    spans = runs.group_by("customer_id", "span").agg(nw.col("at").min(), nw.col("until").max())
    last = spans.filter(nw.col("at") <= end).group_by("customer_id").agg(nw.col("until").max())
    return last.filter(nw.col("until") < NEVER).select("customer_id", at=nw.col("until"))


def _contracts(loaded: Loaded) -> Source:
    """The contracts, if they can tell who leaves."""
    source = loaded.sources.get("contracts")
    if source is None:
        raise TreueError(
            "label.churn: 'contract' needs a table of contracts; bring one, or use 'inactivity'"
        )
    if source.columns.isdisjoint(("ends_at", "cancelled_at")):
        raise TreueError(
            "label.churn: 'contract' needs contracts.ends_at or contracts.cancelled_at; without "
            "them no contract ever ends; map one, or use 'inactivity'"
        )
    return source


def _running(contracts: Lazy, moment: nw.Expr) -> Lazy:
    """Those contracts that at a moment are neither cancelled nor at their end."""
    brought = contracts.collect_schema().names()
    for time in ("ends_at", "cancelled_at"):
        if time in brought:
            contracts = contracts.filter(nw.col(time).is_null() | (nw.col(time) > moment))
    return contracts
