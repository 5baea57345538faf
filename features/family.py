"""What a feature and a family of features are.

A family turns the known rows of its tables into *streams* of events, and each stream into numbers
by one aggregate a feature. Features of a customer may then be combined from others. To add a
family of your own, write one file that makes a `Family`; docs/adding_a_family.md shows how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals.stable.v2 as nw

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
    """

    name: str
    de: str
    en: str
    streams: Mapping[str, Stream]
    features: tuple[Feature, ...] = field(default=())

    def __post_init__(self) -> None:
        named = tuple(replace(feature, family=self.name) for feature in self.features)
        object.__setattr__(self, "features", named)


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
        return "in all" if self.days is None else f"in the last {self.days} days"


WINDOWS = tuple(Window(days) for days in (30, 90, 180, 365, None))


def windows(*days: int | None) -> tuple[Window, ...]:
    """Windows of these lengths in days; None is all history."""
    return tuple(Window(length) for length in days)


def over(chosen: Iterable[Window], make: Callable[[Window], Feature]) -> Iterator[Feature]:
    """The same feature for each window: name, phrases and meaning get the window added."""
    for window in chosen:
        feature = make(window)
        yield replace(
            feature,
            name=f"{feature.name}_{window.suffix}",
            meaning=f"{feature.meaning} {window.en}",
            de=f"{feature.de} {window.de}",
            en=f"{feature.en} {window.en}",
            window_days=window.days,
        )
