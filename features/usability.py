"""What the tables are good for: how much there is, how much is needed, and for what."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from treue.features import usability_words as words
from treue.features.catalogue import FAMILY_PHRASES
from treue.features.labels import Churn
from treue.features.rhythm import Rhythm, rhythm
from treue.features.schema import TABLES
from treue.features.tables import Tables
from treue.features.wishes import column_wishes, table_wishes
from treue.features.words import Words, n_rows, of_customers

Counts = Mapping[datetime, Mapping[str, int | None]]


@dataclass(frozen=True)
class Need:
    """How much of something there is and how much a use needs, with the reason."""

    use: Words
    what: Words
    have: int
    need: int
    why: Words

    @property
    def met(self) -> bool:
        """Whether there is enough."""
        return self.have >= self.need

    @property
    def compared(self) -> Words:
        """How much there is beside how much is needed."""
        return words.COMPARED.of(what=self.what, have=self.have, need=self.need)

    def in_(self, language: str) -> str:
        """Return a line in ``en`` or ``de``."""
        sign = words.SIGNS[self.met].in_(language)
        return f"{self.compared.in_(language)}: {sign} ({self.why.in_(language)})"

    def as_dict(self) -> dict[str, Any]:
        """Return it in English, ready for JSON."""
        return asdict(self) | {
            "use": self.use.en,
            "what": self.what.en,
            "why": self.why.en,
            "met": self.met,
        }


@dataclass(frozen=True)
class Stock:
    """How much of one table there is."""

    table: str
    rows: int
    customers: int
    first: datetime | None
    last: datetime | None
    missing: tuple[str, ...]

    def in_(self, language: str) -> str:
        """Return a line in ``en`` or ``de``."""
        line = words.STOCK.of(
            table=self.table, rows=n_rows(self.rows), of_customers=of_customers(self.customers)
        )
        if self.first is None or self.last is None:
            return line.in_(language)
        span = words.SPAN.of(first=self.first, last=self.last)
        return line.in_(language) + span.in_(language)


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
    wishes: tuple[Words, ...]
    counts: Counts
    rhythm: Rhythm | None = None

    @property
    def verdicts(self) -> dict[str, bool]:
        """Use, in English -> whether there is enough data for it."""
        return {use.en: enough for use, enough in self._verdicts().items()}

    def _verdicts(self) -> dict[Words, bool]:
        uses = dict.fromkeys(need.use for need in self.needs)
        return {use: all(n.met for n in self.needs if n.use == use) for use in uses}

    def to_text(self, language: str = "en") -> str:
        """Return the report in plain words, in ``en`` or ``de``."""
        lines = [words.USES.in_(language)]
        for use, enough in self._verdicts().items():
            lines.append(f"  {use.in_(language)}: {words.SIGNS[enough].in_(language)}")
            lines += [f"    {need.in_(language)}" for need in self.needs if need.use == use]
        lines += ["", words.STOCKS.in_(language)]
        lines += [f"  {part.in_(language)}" for part in self.stock]
        if self.rhythm is not None:
            lines += ["", self.rhythm.to_text(language)]
        if self.wishes:
            lines += ["", words.WISHES.in_(language)]
            lines += [f"  {wish.in_(language)}" for wish in self.wishes]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the report ready for JSON, its words in English."""
        return {
            "verdicts": self.verdicts,
            "needs": [need.as_dict() for need in self.needs],
            "tables": [asdict(part) for part in self.stock],
            "rhythm": self.rhythm and self.rhythm.as_dict(),
            "wishes": [wish.en for wish in self.wishes],
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
        *_label_needs(counts, "churned"),
        *(_label_needs(counts, "referred") if tables.has("referrals") else ()),
        *_history_needs(tables, counts, horizon, lookback),
        *_family_needs(stock),
    )
    wishes = table_wishes(tables.frames)
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


def _label_needs(counts: Counts, label: str) -> list[Need]:
    """Return the rules for one model.

    The standard error of an AUROC is that of Hanley and McNeil (1982) at an AUROC of 0.75.
    """
    pairs = [(n["eligible"] or 0, n.get(label) or 0) for n in counts.values()]
    eligible, positive = pairs[-1] if pairs else (0, 0)
    all_positive = sum(p for _, p in pairs)
    all_negative = sum(n - p for n, p in pairs)
    needs = [Need(words.MODEL[label], words.ELIGIBLE, eligible, 100, words.ELIGIBLE_WHY)]
    outcomes = (words.HAPPENED[label], words.DID_NOT[label])
    for outcome, have in zip(outcomes, (positive, eligible - positive), strict=True):
        what = words.OF_THEM.of(outcome=outcome)
        needs.append(Need(words.MODEL[label], what, have, 20, words.OF_THEM_WHY))
    for outcome, have in zip(outcomes, (all_positive, all_negative), strict=True):
        what = words.ROWS.of(outcome=outcome)
        needs.append(Need(words.EXPLANATIONS[label], what, have, 300, words.ROWS_WHY))
    return needs


def _history_needs(tables: Tables, counts: Counts, horizon: int, lookback: int) -> list[Need]:
    first = pc.min(tables.frames["purchases"]["purchased_at"]).as_py()
    days = (tables.observed_until - first).days
    once = lookback + 2 * horizon
    span = timedelta(0)
    if counts:
        moments = list(counts)
        span = moments[-1] - moments[0] + timedelta(days=horizon)
    why = words.ONCE_WHY.of(lookback=lookback, horizon=horizon)
    return [
        Need(words.ONCE, words.HISTORY, days, once, why),
        Need(words.FOUR_TIMES, words.HISTORY, days, once + 90, words.FOUR_TIMES_WHY),
        Need(words.SEASON, words.COVERED, span.days, 365, words.SEASON_WHY),
    ]


def _family_needs(stock: Iterable[Stock]) -> list[Need]:
    return [
        Need(
            words.FAMILY.of(family=Words(part.table, FAMILY_PHRASES[part.table][0])),
            words.AT_LEAST_ONE,
            part.customers,
            30,
            words.FAMILY_WHY,
        )
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
