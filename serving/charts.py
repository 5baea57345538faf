"""The charts of a customer, drawn on the server; their figures stand beside them in words.

What speaks for us (stays, recommends) and what speaks against us are told apart by side, sign and
colour, kinds of events by lane and shape, so that nothing hangs on colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import sqrt
from typing import Literal

from markupsafe import Markup

from treue.serving.dossier import Event, Target
from treue.serving.page_formats import Formats
from treue.serving.page_words import word
from treue.svg import decoration, drawing, line, mark, rect, text, ticks

EVENT_SHAPES = {
    "return": "cross",
    "complaint": "triangle",
    "negotiation": "diamond",
    "contact": "square",
}
"""The others are circles."""

LANES: dict[str, tuple[str, ...]] = {
    "order": ("order", "return"),
    "negotiation": ("negotiation",),
    "complaint": ("complaint",),
    "contact": ("contact",),
    "contract": ("contract",),
    "payment": ("payment",),
    "referral": ("referral",),
}
"""Kinds of events that share a lane of the timeline."""


def tone(points: float, target: Target) -> str:
    """``against`` us or ``for`` us: what makes leaving likelier, or recommending less likely."""
    return "against" if (points > 0) == (target == "churn") else "for"


def meter(probability: float, base: float, target: Target) -> Markup:
    """A likelihood as the filled part of a track; a tick marks the share of all customers."""
    filled = 100 * probability
    kind = tone(probability - base, target)
    return decoration(
        [
            rect(0, 4, 100, 12, "track", round_=4),
            rect(0, 4, max(filled, 0.8), 12, f"fill {kind}", round_=4),
            line(100 * base, 0, 100 * base, 16, "base-mark"),
        ],
        height=16,
        kind="meter",
    )


def bar(points: float, largest: float, target: Target) -> Markup:
    """Points to the right of the middle where they raise the likelihood, to the left otherwise."""
    reach = 49 * points / largest if largest else 0.0
    return decoration(
        [line(50, 0, 50, 14, "axis"), rect(50, 2, 50 + reach, 12, f"fill {tone(points, target)}")],
        height=14,
        kind="bar",
    )


def share_bar(probability: float) -> Markup:
    """A share as the filled part of a track."""
    return span_bar(Span(0, 100 * probability), "whole")


@dataclass(frozen=True)
class Span:
    """One row of a waterfall: where it begins and ends, in per cent of its track."""

    start: float
    end: float


def spans(base: float, points: Sequence[float]) -> list[Span]:
    """Rows of a waterfall from `base` (per cent) on, one for each of `points`, scaled alike.

    Returns
    -------
    list of Span
        First the base, then each step, then the sum; the track reaches from 0, or lower where
        sums fall below it, to the highest sum.

    >>> spans(20, [30, -10])[1]
    Span(start=40.0, end=100.0)
    """
    levels = [base]
    for step in points:
        levels.append(levels[-1] + step)
    low, high = min(0.0, *levels), max(levels)
    wide = (high - low) or 1.0

    def place(level: float) -> float:
        return 100 * (level - low) / wide

    steps = [Span(place(a), place(b)) for a, b in pairwise(levels)]
    return [Span(place(0), place(base)), *steps, Span(place(0), place(levels[-1]))]


def span_bar(span: Span, kind: str) -> Markup:
    """One row of a waterfall; a step too small to see keeps a hair's width."""
    start, end = sorted((span.start, span.end))
    end = max(end, start + 0.6)
    if end > 100:
        start, end = start - (end - 100), 100
    return decoration([rect(start, 2, end, 16, f"fill {kind}")], height=18, kind="span")


_LINES: tuple[tuple[Literal[1, 2], str], ...] = ((2, "referral-line"), (1, "churn-line"))


def history_chart(
    rows: Sequence[tuple[datetime, float | None, float | None]], formats: Formats
) -> Markup:
    """Likelihoods of leaving (line, filled dots) and recommending (dashed, open) by cutoff."""
    rows = sorted(rows, key=lambda row: row[0])
    height, top, bottom = 150, 18, 124
    levels = ticks(max([p for row in rows for p in row[1:] if p is not None] or [1.0]), about=2)
    highest = levels[-1]
    first, last = rows[0][0].timestamp(), rows[-1][0].timestamp()

    def x(moment: datetime) -> float:
        return 4 + 92 * ((moment.timestamp() - first) / (last - first) if last > first else 1.0)

    def y(p: float) -> float:
        return bottom - (bottom - top) * p / highest

    parts = []
    for level in levels:
        parts += [line(0, y(level), 100, y(level), "grid")]
        parts += [text(0, y(level) - 4, formats.share(level))] if level else []
    for column, kind in _LINES:
        known = [(x(row[0]), y(p)) for row in rows if (p := row[column]) is not None]
        parts += [line(x1, y1, x2, y2, kind) for (x1, y1), (x2, y2) in pairwise(known)]
        parts += [mark(a, b, "circle", f"{kind} dot", size=0.8) for a, b in known]
    parts.append(text(0, height - 6, formats.month(rows[0][0])))
    if len(rows) > 1:
        parts.append(text(100, height - 6, formats.month(rows[-1][0]), anchor="end"))
    churn = [row[1] for row in rows if row[1] is not None]
    label = word(
        "history_label",
        formats.language,
        first=formats.share(churn[0]) if churn else "–",
        last=formats.share(churn[-1]) if churn else "–",
        n=len(rows),
    )
    return drawing(parts, height=height, label=label, kind="history")


def lanes(events: Sequence[Event], until: datetime, formats: Formats) -> Markup:
    """Events as marks on one lane a kind, from the oldest to the cutoff."""
    first, last = min(event.at for event in events), until
    wide = (last - first).total_seconds() or 1.0

    def x(moment: datetime) -> float:
        return 2 + 96 * (moment - first).total_seconds() / wide

    parts, y, counts = [], 0.0, []
    largest = max((abs(e.amount) for e in events if e.kind == "order" and e.amount), default=0.0)
    for lane, kinds in LANES.items():
        of_lane = [event for event in events if event.kind in kinds]
        if not of_lane:
            continue
        name = word(f"kind_{lane}", formats.language)
        counts.append(f"{name} {len(of_lane)}")
        parts.append(text(0, y + 12, name, "lane-name"))
        y += 28
        parts.append(line(0, y, 100, y, "grid"))
        for event in of_lane:
            size = 1.0
            if event.kind == "order" and event.amount and largest:
                size = 0.7 + 0.8 * sqrt(abs(event.amount) / largest)
            title = f"{formats.date(event.at)}: {event.text.in_(formats.language)}"
            kind = f"event {event.kind}"
            parts.append(
                mark(
                    x(event.at),
                    y,
                    EVENT_SHAPES.get(event.kind, "circle"),
                    kind,
                    size=size,
                    title=title,
                )
            )
        y += 14
    parts.append(text(0, y + 12, formats.month(first)))
    parts.append(text(100, y + 12, formats.month(last), anchor="end"))
    label = word(
        "events_label",
        formats.language,
        first=formats.date(first),
        last=formats.date(last),
        counts=", ".join(counts),
    )
    return drawing(parts, height=y + 18, label=label, kind="lanes")
