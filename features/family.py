"""What a feature and a family of features are.

A family turns the known rows of its tables into *streams* of events, and each stream into numbers
by one aggregate a feature. Features of a customer may then be combined from others. To add a
family of your own, write one file that makes a `Family`; docs/adding_a_family.md shows how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals.stable.v2 as nw

from treue.features.errors import TreueError
from treue.features.schema import TABLES

Lazy = nw.LazyFrame[Any]
Rows = Mapping[str, Lazy]


@dataclass(frozen=True)
class Feature:
    """One column of the panel, or a step towards one.

    Attributes
    ----------
    name
        Column of the panel; units and windows (days) stand in it.
    expr
        Aggregate over the rows of `stream`, or, without a stream, an expression over features.
    unit
        ``"orders"``, ``"days"``, ``"money"``, ``"share"``, ...
    meaning
        One English sentence for the generated reference.
    de, en
        Noun phrase that a reader sees, in German and in English.
    stream
        Events aggregated; empty for a combination of other features.
    needs
        Columns ``table.column`` that must have been brought; without them the feature is left out.
    of
        Features a combination is made of; without them it is left out.
    window_days
        Length of the window that ends at the cutoff; None for all history.
    fill
        Value for a customer without any event in the stream; None leaves it missing.
    actionable
        Whether an account manager can change it.
    categorical
        Whether the values are names instead of numbers.
    shown
        False for a step that does not reach the panel.
    family
        Set by the `Family` that holds it.
    """

    name: str
    expr: nw.Expr
    unit: str
    meaning: str
    de: str
    en: str
    stream: str = ""
    needs: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    window_days: int | None = None
    fill: float | None = None
    actionable: bool = False
    categorical: bool = False
    shown: bool = True
    family: str = ""


def step(
    name: str, expr: nw.Expr, *, stream: str, needs: tuple[str, ...] = (), fill: float | None = None
) -> Feature:
    """An aggregate that only other features are made of."""
    return Feature(name, expr, "", "", "", "", stream=stream, needs=needs, fill=fill, shown=False)


@dataclass(frozen=True)
class Stream:
    """Events of one kind, one row each, from the tables of a company.

    Attributes
    ----------
    build
        Tables by name in, rows out, with ``customer_id`` and ``at`` (microseconds). It may look
        back at earlier rows of a customer, and forward only in columns that end in ``_at``: those
        are hidden again while they lie after the cutoff.
    tables
        Tables it reads; the first one's rule of when a column becomes known applies to it.
    per_cutoff
        True for a stream that is built from what was known at each cutoff (times given as ages in
        seconds), such as a graph; False for one that is prepared once.
    needs
        Columns ``table.column`` without which there is no such stream.
    """

    build: Callable[[Rows], Lazy]
    tables: tuple[str, ...]
    per_cutoff: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """Features that come from one side of the relationship.

    Attributes
    ----------
    name, de, en
        Name of the family and what readers call it.
    streams
        Its events by name.
    features
        Its features; steps among them.

    Raises
    ------
    TreueError
        If a feature aggregates a stream, or one reads a table or column, that does not exist.
    """

    name: str
    de: str
    en: str
    streams: Mapping[str, Stream]
    features: tuple[Feature, ...] = field(default=())

    def __post_init__(self) -> None:
        named = tuple(replace(feature, family=self.name) for feature in self.features)
        object.__setattr__(self, "features", named)
        for name, stream in self.streams.items():
            self._check(f"stream {name!r}", stream.tables, stream.needs)
        for feature in self.features:
            self._check(f"feature {feature.name!r}", (), feature.needs)
            if feature.stream and feature.stream not in self.streams:
                raise TreueError(
                    f"family {self.name!r}: feature {feature.name!r} aggregates the stream "
                    f"{feature.stream!r}; there are {', '.join(self.streams) or 'none'}"
                )

    def _check(self, what: str, tables: Sequence[str], needs: Sequence[str]) -> None:
        """A table or column that does not exist would only leave the feature out, unnoticed."""
        for table in (*tables, *(need.partition(".")[0] for need in needs)):
            if table not in TABLES:
                raise TreueError(
                    f"family {self.name!r}: {what} reads the table {table!r}; "
                    f"there are {', '.join(TABLES)}"
                )
        for need in needs:
            table, _, column = need.partition(".")
            # the customers table may have any attribute
            if table != "customers" and column not in TABLES[table].columns:
                raise TreueError(
                    f"family {self.name!r}: {what} needs {need!r}; "
                    f"{table} has {', '.join(TABLES[table].columns)}"
                )


def without_returns(purchases: Lazy) -> Lazy:
    """The purchases that take nothing back."""
    if "is_return" not in purchases.collect_schema().names():
        return purchases
    return purchases.filter(~nw.col("is_return").fill_null(False))


@dataclass(frozen=True)
class Window:
    """A window that ends at the cutoff, and how names and phrases speak of it."""

    days: int | None

    @property
    def suffix(self) -> str:
        """Ending of a feature's name: the days, or ``all``."""
        return "all" if self.days is None else str(self.days)

    @property
    def de(self) -> str:
        """German phrase."""
        return "insgesamt" if self.days is None else f"in den letzten {self.days} Tagen"

    @property
    def en(self) -> str:
        """English phrase."""
        return "to date" if self.days is None else f"in the last {self.days} days"

    @property
    def de_of(self) -> str:
        """German phrase after a mean or a maximum: ``im Mittel der letzten 90 Tage``."""
        return "über die gesamte Zeit" if self.days is None else f"der letzten {self.days} Tage"


WINDOWS = tuple(Window(days) for days in (30, 90, 180, 365, None))


def windows(*days: int | None) -> tuple[Window, ...]:
    """Windows of these lengths in days; None is all history."""
    return tuple(Window(length) for length in days)


def over(chosen: Iterable[Window], make: Callable[[Window], Feature]) -> Iterator[Feature]:
    """The same feature for each window.

    The window ends the name. In phrases and meaning it stands where ``{window}`` does, in German
    as a genitive where ``{of}`` does ("im Mittel {of}"), or else at the end.
    """
    for window in chosen:
        feature = make(window)
        yield replace(
            feature,
            name=f"{feature.name}_{window.suffix}",
            meaning=_placed(feature.meaning, window=window.en),
            de=_placed(feature.de, window=window.de, of=window.de_of),
            en=_placed(feature.en, window=window.en),
            window_days=window.days,
        )


def _placed(phrase: str, *, window: str, of: str = "") -> str:
    if "{window}" not in phrase and "{of}" not in phrase:
        phrase += " {window}"
    return phrase.replace("{window}", window).replace("{of}", of)
