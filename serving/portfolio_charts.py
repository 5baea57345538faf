"""The charts of all customers together: the map, money by cutoff, how often we were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import sqrt

from markupsafe import Markup

from treue.serving.dossier import Target
from treue.serving.page_formats import Formats
from treue.serving.page_words import word
from treue.svg import drawing, line, mark, rect, text, ticks

QUADRANT_SHAPES = {
    "focus": "circle",
    "promoter_at_risk": "triangle",
    "quiet": "square",
    "price_hunter": "diamond",
}
"""Told apart without colour."""


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
