"""From what happened in the simulated company to the tables it would bring: all but orders.

The world's log says who did what on which working day. Here it gets clock times, ids, amounts;
nothing here acts back on behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.simulate_names import AGE_GROUPS, INDUSTRIES, MANAGERS, REGIONS, company_names
from treue.features.simulate_world import CONTRACT_DAYS, Floats, Ints, World

Array = npt.NDArray[Any]
NOT_YET = np.datetime64("NaT", "us")
COMPLAINT_CATEGORIES = ("Lieferverzug", "Falschlieferung", "Mangel", "Rechnung", "Montagefehler")
CAUSES = ("us", "customer", "unclear")


@dataclass(frozen=True)
class Setting:
    """What all tables of one simulated company share.

    Attributes
    ----------
    world
        After its last day.
    rng
        The chance behind clock times and amounts; behaviour has its own.
    days
        Midnight of each working day, from the first.
    end
        Events from here on are not known yet.
    first_number
        Running number of the first customer, so that the chunks of a company do not collide.
    """

    world: World
    rng: np.random.Generator
    days: Array
    end: np.datetime64
    first_number: int

    def logged(self, kind: str, width: int) -> list[Array]:
        """Columns of the world's log, the working day first; empty if nothing of it happened."""
        entries = (self.world.log or {}).get(kind, [])
        if not entries:
            return [np.empty(0, dtype=np.int64)] * width
        return [np.concatenate(column) for column in zip(*entries, strict=True)]

    def clock(self, day: Ints, opens: int, closes: int) -> Array:
        """Moments between two hours of working days; days before the first count back."""
        date = self.days[np.maximum(day, 0)].copy()
        before = day < 0
        date[before] = np.busday_offset(self.days[0].astype("datetime64[D]"), day[before])
        return date + self.rng.integers(opens * 60, closes * 60, len(day)).astype("m8[m]")

    def ids(self, letter: str, numbers: Ints) -> pa.Array:
        """Ids such as K0000017 for customers, A300000-0000004 for orders of a later chunk."""
        if letter == "K":
            numbers = numbers + self.first_number
        elif self.first_number:
            letter = f"{letter}{self.first_number}-"
        digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 7, "0")
        return pc.binary_join_element_wise(letter, digits, "")


def words(choices: tuple[str, ...], index: Ints) -> pa.Array:
    """One of the words for each index."""
    return pa.array(choices, pa.string()).take(pa.array(index))


def table(columns: dict[str, Any], *, keep: Array | None = None, by: str | None = None) -> pa.Table:
    """Columns to Arrow: NaN and NaT become null; rows kept, and in the order of `by`."""
    made = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    if keep is not None:
        made = made.filter(pa.array(keep))
    return made if by is None else made.take(pc.sort_indices(made[by]))


def customers(setting: Setting, since: Array, annual_margin: Floats) -> pa.Table:
    """One row a customer; `region` and `invoice_format` are pure noise."""
    world, rng = setting.world, setting.rng
    n = len(since)
    numbers = np.arange(n)
    older = np.clip(rng.normal(1.5 + 0.1 * (world.industry - 2), 0.9, n), 0, 3).round()
    return table(
        {
            "customer_id": setting.ids("K", numbers),
            "name": company_names(numbers + setting.first_number, world.industry),
            "since": since.astype("datetime64[us]"),
            "account_manager": words(MANAGERS, rng.integers(len(MANAGERS), size=n)),
            "acquisition_cost": np.round(700 * np.exp(0.6 * rng.standard_normal(n)), 2),
            "expected_margin_year": np.round(annual_margin * np.exp(0.35 * rng.standard_normal(n))),
            "industry": words(tuple(INDUSTRIES), world.industry),
            "employees": np.ceil(6 * np.exp(0.6 * world.size + 0.45 * rng.standard_normal(n))),
            "region": words(REGIONS, rng.integers(len(REGIONS), size=n)),
            "invoice_format": words(("PDF", "Papier", "XRechnung"), rng.integers(3, size=n)),
            "owner_age_group": words(AGE_GROUPS, older.astype(np.int64)),
        }
    )


def complaints(setting: Setting, order_value: Floats) -> pa.Table:
    """Complaints with their resolution, goodwill and reopening, recorded hours to days late."""
    rng = setting.rng
    day, who, _, severity, cause = setting.logged("complaint", 5)
    n = len(day)
    opened = setting.clock(day, 8, 17)
    recorded = opened + (rng.exponential(20, n) * 3600).astype("m8[s]")

    solved_day, number, granted, late, discontent = setting.logged("resolve", 5)
    resolved = _known_later(n, number, setting.clock(solved_day, 8, 17))
    goodwill, satisfaction = np.full(n, np.nan), np.full(n, np.nan)
    worth = 0.04 * order_value[who[number]] * severity[number] * rng.uniform(0.5, 1.5, len(number))
    goodwill[number] = np.round(np.where(granted, worth, 0), 2)
    mood = (
        4.6 - 1.4 * late + 0.5 * granted - 1.2 * discontent + 0.7 * rng.standard_normal(len(late))
    )
    answered = rng.random(len(late)) < 0.7
    satisfaction[number] = np.where(answered, np.clip(mood.round(), 1, 5), np.nan)

    reopened_day, number = setting.logged("reopen", 2)
    reopened = _known_later(n, number, setting.clock(reopened_day, 8, 17))
    recorded = np.fmin(recorded, resolved)
    return table(
        {
            "customer_id": setting.ids("K", who),
            "opened_at": opened,
            "recorded_at": recorded,
            "category": words(COMPLAINT_CATEGORIES, rng.integers(5, size=n)),
            "severity": severity.astype(np.int64),
            "caused_by": words(CAUSES, cause),
            "resolved_at": resolved,
            "goodwill_amount": goodwill,
            "satisfaction": satisfaction,
            "reopened_at": reopened,
        },
        keep=recorded < setting.end,
        by="opened_at",
    )


def referrals(setting: Setting, first_order: Array) -> pa.Table:
    """Recommendations; `referred_id` and `converted_at` once the recommended firm has bought."""
    day, who, _ = setting.logged("referral", 3)
    _, number, arrived = setting.logged("convert", 3)
    referred = np.full(len(day), -1)
    referred[number] = arrived
    return table(
        {
            "referrer_id": setting.ids("K", who),
            "referred_at": setting.clock(day, 8, 18),
            "referred_id": pc.if_else(referred >= 0, setting.ids("K", referred), None),
            "converted_at": _known_later(len(day), number, first_order[arrived]),
        },
        by="referred_at",
    )


def contracts(setting: Setting, value_year: Floats) -> pa.Table:
    """Service contracts of a year each, renewed unless cancelled."""
    day, who, number = setting.logged("contract", 3)
    start = setting.clock(day, 17, 18).astype("datetime64[D]")
    end = np.busday_offset(start, CONTRACT_DAYS)
    cancel_day, cancelled = setting.logged("cancel", 2)
    place = np.empty(len(number), dtype=np.int64)
    place[number] = np.arange(len(number))
    return table(
        {
            "contract_id": setting.ids("V", number),
            "customer_id": setting.ids("K", who),
            "started_at": start.astype("datetime64[us]"),
            "ends_at": end.astype("datetime64[us]"),
            "cancelled_at": _known_later(
                len(day), place[cancelled], setting.clock(cancel_day, 8, 18)
            ),
            "value_year": value_year[who],
        },
        by="started_at",
    )


def contacts(setting: Setting, joined: Ints) -> pa.Table:
    """Our calls and visits (noise), and the customer's own, more when there is something to say."""
    rng = setting.rng
    last = len(setting.days)
    parts: list[tuple[Array, Array, str]] = []
    for rate, direction in ((0.02, "out"), (0.008, "in")):
        who = np.repeat(np.arange(len(joined)), rng.poisson(rate * (last - joined)))
        day = joined[who] + (rng.random(len(who)) * (last - joined[who])).astype(np.int64)
        parts.append((day, who, direction))
    for kind, width, share in (("complaint", 5, 0.5), ("talk", 5, 0.6), ("delight", 2, 0.5)):
        day, who = setting.logged(kind, width)[:2]
        calls = rng.random(len(day)) < share
        parts.append((day[calls], who[calls], "in"))
    day, who = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    ways = np.repeat([part[2] for part in parts], [len(part[0]) for part in parts])
    _, once = np.unique(who * last + day, return_index=True)  # one contact a customer and day
    day, who, ways = day[once], who[once], ways[once]
    channel = rng.choice(4, size=len(day), p=[0.5, 0.3, 0.15, 0.05])
    return table(
        {
            "customer_id": setting.ids("K", who),
            "contacted_at": setting.clock(day, 8, 18),
            "channel": words(("Telefon", "E-Mail", "Besuch", "Messe"), channel),
            "direction": ways,
        },
        by="contacted_at",
    )


def _known_later(n: int, place: Ints, moments: Array) -> Array:
    column = np.full(n, NOT_YET)
    column[place] = moments
    return column
