"""What the tables are good for: how much there is, how much is needed, and for what."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from treue.features.labels import Churn
from treue.features.rhythm import Rhythm, rhythm
from treue.features.schema import TABLES
from treue.features.tables import Tables
from treue.features.wishes import TABLE_WISHES, column_wishes

Counts = Mapping[datetime, Mapping[str, int | None]]

_HEADINGS = {
    "en": ("What the tables are good for", "What there is", "What would bring more"),
    "de": ("Wozu die Tabellen taugen", "Was da ist", "Was mehr bringen würde"),
}
_SIGNS = {True: "enough", False: "too little"}


@dataclass(frozen=True)
class Need:
    """How much of something there is and how much a use needs, with the reason."""

    use: str
    what: str
    have: int
    need: int
    why: str

    @property
    def met(self) -> bool:
        """Whether there is enough."""
        return self.have >= self.need

    def __str__(self) -> str:
        compared = f"{self.what}: {self.have:,}, needed {self.need:,}"
        return f"{compared}: {_SIGNS[self.met]} ({self.why})"


@dataclass(frozen=True)
class Stock:
    """How much of one table there is."""

    table: str
    rows: int
    customers: int
    first: datetime | None
    last: datetime | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Usability:
    """The data usability report.

    Attributes
    ----------
    needs
        Minimum-data rules, several a use; a use is possible where all of its rules are met.
    stock
        What there is of each table.
    wishes
        Tables and columns that were not brought, and what they would bring.
    counts
        Cutoff -> eligible customers, churned and (with referrals) referred ones.
    rhythm
        What became of those who count as left by inactivity; None where that cannot be seen.
    """

    needs: tuple[Need, ...]
    stock: tuple[Stock, ...]
    wishes: tuple[str, ...]
    counts: Counts
    rhythm: Rhythm | None = None

    @property
    def verdicts(self) -> dict[str, bool]:
        """Use -> whether there is enough data for it."""
        uses = dict.fromkeys(need.use for need in self.needs)
        return {use: all(n.met for n in self.needs if n.use == use) for use in uses}

    def to_text(self, language: str = "en") -> str:
        """Return the report in plain words, headings in ``language`` (``en`` or ``de``)."""
        uses, stock, wishes = _HEADINGS[language]
        lines = [uses]
        for use, enough in self.verdicts.items():
            lines.append(f"  {use}: {_SIGNS[enough]}")
            lines += [f"    {need}" for need in self.needs if need.use == use]
        lines += ["", stock]
        for part in self.stock:
            span = f", {part.first:%Y-%m-%d} to {part.last:%Y-%m-%d}" if part.first else ""
            lines.append(
                f"  {part.table}: {part.rows:,} rows of {part.customers:,} customers{span}"
            )
        if self.rhythm is not None:
            lines += ["", self.rhythm.to_text(language)]
        if self.wishes:
            lines += ["", wishes, *(f"  {wish}" for wish in self.wishes)]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the report ready for JSON."""
        return {
            "verdicts": self.verdicts,
            "needs": [asdict(need) | {"met": need.met} for need in self.needs],
            "tables": [asdict(part) for part in self.stock],
            "rhythm": self.rhythm and self.rhythm.as_dict(),
            "wishes": list(self.wishes),
            "cutoffs": [{"cutoff": at, **found} for at, found in self.counts.items()],
        }

    def to_json(self) -> str:
        """Return :meth:`as_dict` as JSON text."""
        return json.dumps(
            self.as_dict(), ensure_ascii=False, indent=2, default=lambda at: at.isoformat()
        )


def usability(
    tables: Tables,
    panel: pd.DataFrame,
    *,
    horizon: int,
    lookback: int,
    churn: Churn = "inactivity",
) -> Usability:
    """Return what the tables are good for.

    Parameters
    ----------
    panel
        Labelled rows, as `treue.features.panel.build_panel` builds them of the tables (features
        are not looked at).
    horizon, lookback, churn
        Of the panel; the first two in days.
    """
    counts = _counts(panel)
    stock = tuple(_stock(tables, name) for name in tables.frames)
    needs = (
        *_label_needs(counts, "churn", "churned"),
        *(_label_needs(counts, "referral", "referred") if tables.has("referrals") else ()),
        *_history_needs(tables, counts, horizon, lookback),
        *_family_needs(stock),
    )
    wishes = [f"{name}: {wish}" for name, wish in TABLE_WISHES.items() if name not in tables.frames]
    for part in stock:
        wishes += column_wishes(part.table, part.missing)
    silent = churn == "inactivity"
    followed = rhythm(panel, tables.observed_until, horizon=horizon) if silent else None
    return Usability(needs, stock, tuple(wishes), counts, followed)


def _counts(panel: pd.DataFrame) -> Counts:
    """Return cutoff -> numbers of eligible, churned and referred customers (None: no table)."""
    return {
        pd.Timestamp(str(cutoff)).to_pydatetime(): {
            "eligible": len(rows),
            "churned": int(rows["churned"].sum()),
            "referred": int(rows["referred"].sum()) if "referred" in rows else None,
        }
        for cutoff, rows in panel.groupby("cutoff")
    }


def _label_needs(counts: Counts, target: str, label: str) -> list[Need]:
    """Return the rules for one model.

    The standard error of an AUROC is that of Hanley and McNeil (1982) at an AUROC of 0.75.
    """
    pairs = [(n["eligible"] or 0, n.get(label) or 0) for n in counts.values()]
    eligible, positive = pairs[-1] if pairs else (0, 0)
    all_positive = sum(p for _, p in pairs)
    all_negative = sum(n - p for n, p in pairs)
    model, why_model = f"a {target} model", f"explanations of a {target} model"
    error = "with 20 the standard error of an AUROC is still 0.06 to 0.07"
    weights = "with fewer, the order of the drivers changes from one sample to the next"
    other = "not " + label
    return [
        Need(
            model,
            "customers eligible at the last cutoff",
            eligible,
            100,
            "with fewer, one customer moves every share by more than a point",
        ),
        Need(model, f"of them {label}", positive, 20, error),
        Need(model, f"of them {other}", eligible - positive, 20, error),
        Need(why_model, f"rows {label}, all cutoffs together", all_positive, 300, weights),
        Need(why_model, f"rows {other}, all cutoffs together", all_negative, 300, weights),
    ]


def _history_needs(tables: Tables, counts: Counts, horizon: int, lookback: int) -> list[Need]:
    first = pc.min(tables.frames["purchases"]["purchased_at"]).as_py()
    days = (tables.observed_until - first).days
    once = lookback + 2 * horizon
    span = timedelta(0)
    if counts:
        moments = list(counts)
        span = moments[-1] - moments[0] + timedelta(days=horizon)
    return [
        Need(
            "one comparison on later data",
            "days of history",
            days,
            once,
            f"a lookback of {lookback} days, a label window of {horizon} to learn from and one "
            "to be judged on",
        ),
        Need(
            "four comparisons on later data",
            "days of history",
            days,
            once + 90,
            "four monthly cutoffs held out: a single one misleads, where the business changes",
        ),
        Need(
            "features of the season",
            "days that label windows cover",
            span.days,
            365,
            "each season must have been seen once",
        ),
    ]


def _family_needs(stock: Iterable[Stock]) -> list[Need]:
    why = "a feature that is empty for nearly everyone cannot be learned"
    return [
        Need(f"features of {part.table}", "customers with at least one", part.customers, 30, why)
        for part in stock
        if part.table not in {"purchases", "customers"}
    ]


def _stock(tables: Tables, name: str) -> Stock:
    schema, rows = TABLES[name], tables.frames[name]
    customers = pc.count_distinct(rows[schema.customer]).as_py()
    times = rows[schema.event_time] if schema.event_time in rows.column_names else None
    first, last = (
        (pc.min(times).as_py(), pc.max(times).as_py()) if times is not None else (None,) * 2
    )
    missing = tuple(column for column in schema.columns if column not in rows.column_names)
    return Stock(name, rows.num_rows, customers, first, last, missing)
