"""The charts of the pages, drawn on the server; each has its figures beside it in words or a table.

What speaks for us (stays, recommends) and what speaks against us are told apart by side, sign and
colour, quadrants by shape and colour, so that nothing hangs on colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import sqrt
from typing import Literal

from markupsafe import Markup

from treue.serving.dossier import Event, Target
from treue.serving.page_formats import Formats
from treue.serving.page_words import word
from treue.serving.svg import decoration, drawing, line, mark, rect, text, ticks

QUADRANT_SHAPES = {
    "focus": "circle",
    "promoter_at_risk": "triangle",
    "quiet": "square",
    "price_hunter": "diamond",
}

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
    highest = ticks(max([p for row in rows for p in row[1:] if p is not None] or [1.0]))[-1]
    highest = min(highest, 1.0)
    first, last = rows[0][0].timestamp(), rows[-1][0].timestamp()

    def x(moment: datetime) -> float:
        return 4 + 92 * ((moment.timestamp() - first) / (last - first) if last > first else 1.0)

    def y(p: float) -> float:
        return bottom - (bottom - top) * p / highest

    parts = []
    for level in (0.0, highest / 2, highest):
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


def quadrant_map(
    points: Iterable[tuple[float, float, str, int]],
    *,
    thresholds: tuple[float, float],
    formats: Formats,
    label: str,
) -> Markup:
    """Customers by likelihood of leaving (x) and recommending (y), as shapes of their quadrants.

    Parameters
    ----------
    points
        Likelihoods of leaving and recommending, quadrant, number of customers there.
    thresholds
        Where likely begins, leaving and recommending.
    """
    points = sorted(points, key=lambda point: -point[3])
    height, top, bottom = 390, 22, 348
    right = ticks(max([p[0] for p in points] + [thresholds[0]]))
    up = ticks(max([p[1] for p in points] + [thresholds[1]]))

    def x(p: float) -> float:
        return 2 + 96 * p / right[-1]

    def y(p: float) -> float:
        return bottom - (bottom - top) * p / up[-1]

    parts = [line(2, y(level), 98, y(level), "grid") for level in up]
    most = max((point[3] for point in points), default=1)
    for churn, referral, quadrant, count in points:
        size = 0.9 if most == 1 else 0.7 + 3.0 * sqrt(count / most)
        parts.append(
            mark(x(churn), y(referral), QUADRANT_SHAPES[quadrant], f"point {quadrant}", size=size)
        )
    parts.append(line(x(thresholds[0]), top, x(thresholds[0]), bottom, "threshold"))
    parts.append(line(2, y(thresholds[1]), 98, y(thresholds[1]), "threshold"))
    parts += [
        text(98, y(level) - 4, formats.share(level), "tick halo", anchor="end") for level in up[1:]
    ]
    for level in right:
        anchor = "start" if level == 0 else "end" if level == right[-1] else "middle"
        parts.append(text(x(level), bottom + 18, formats.share(level), anchor=anchor))
    parts.append(text(98, height - 4, word("axis_churn", formats.language), anchor="end"))
    return drawing(parts, height=height, label=label, kind="map")


def columns(rows: Sequence[tuple[datetime, float]], *, formats: Formats, label: str) -> Markup:
    """Money by cutoff as columns, their amounts above them."""
    height, top, bottom = 210, 24, 180
    highest = ticks(max([amount for _, amount in rows] + [0.0]))[-1]
    parts = [line(0, bottom, 100, bottom, "axis")]
    wide = 100 / max(len(rows), 3)
    offset = 0.0
    every = max(1, -(-len(rows) // 5))  # at most five amounts stand side by side on a phone
    for i, (moment, amount) in enumerate(rows):
        left = offset + i * wide
        y = bottom - (bottom - top) * max(amount, 0.0) / highest
        newest = i == len(rows) - 1
        parts.append(
            rect(
                left + 0.18 * wide,
                y,
                left + 0.82 * wide,
                bottom,
                "column newest" if newest else "column",
            )
        )
        if (len(rows) - 1 - i) % every == 0:
            middle = left + wide / 2
            parts.append(text(middle, y - 6, formats.short_money(amount), "value", anchor="middle"))
            parts.append(text(middle, bottom + 18, formats.month(moment), anchor="middle"))
    return drawing(parts, height=height, label=label, kind="columns")


def calibration_chart(
    bins: Sequence[tuple[float, float, int]], target: Target, formats: Formats, label: str
) -> Markup:
    """What was said (x) against what came (y), sized by the number of cases."""
    height, top, bottom = 268, 20, 232
    scale = ticks(max([max(said, came) for said, came, _ in bins] + [0.05]))
    most = max((rows for *_, rows in bins), default=1)

    def x(p: float) -> float:
        return 3 + 94 * p / scale[-1]

    def y(p: float) -> float:
        return bottom - (bottom - top) * p / scale[-1]

    parts = [line(3, y(level), 97, y(level), "grid") for level in scale]
    parts.append(line(x(0), y(0), x(scale[-1]), y(scale[-1]), "threshold"))
    for said, came, rows in bins:
        size = 0.8 + 1.2 * sqrt(rows / most)
        title = f"{formats.share(said)} → {formats.share(came)}"
        parts.append(mark(x(said), y(came), "circle", f"bin {target}", size=size, title=title))
    parts += [text(3, y(level) - 4, formats.share(level), "tick halo") for level in scale[1:]]
    for level in scale:
        anchor = "start" if level == 0 else "end" if level == scale[-1] else "middle"
        parts.append(text(x(level), bottom + 17, formats.share(level), anchor=anchor))
    said_word = word("said", formats.language)
    parts.append(text(97, height - 2, f"{said_word} →", anchor="end"))
    return drawing(parts, height=height, label=label, kind="calibration")
