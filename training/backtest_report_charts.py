"""The charts of the report: inline SVG; their figures stand beside them in tables.

Series are told apart by shape and place as well as by colour.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isnan, log10, sqrt

import numpy as np
import pandas as pd
from markupsafe import Markup

from treue.models.intervals import Interval
from treue.models.ranked import Floats
from treue.svg import decoration, drawing, line, mark, rect, text, ticks
from treue.training.segments import MODEL

SHAPES = {
    MODEL: "circle",
    "base_rate": "cross",
    "recency_rule": "triangle",
    "bg_nbd": "diamond",
    "referral_rule": "diamond",
    "logistic": "square",
    "came": "diamond",
    "stated": "circle",
    "training": "square",
    "advantage": "circle",
}
_LEFT, _RIGHT = 13.0, 98.0
Point = tuple[float, float, float]
"""A value and its interval, NaN where there is none."""


def point(found: Interval) -> Point:
    """An interval as a point."""
    return float(found.value), float(found.low), float(found.high)


@dataclass(frozen=True)
class Series:
    """One line over the cutoffs; `kind` names its shape and colour."""

    kind: str
    points: Sequence[Point]


def over_cutoffs(
    series: Sequence[Series],
    dates: Sequence[str],
    *,
    shown: Callable[[float], str],
    label: str,
    zero: bool = False,
) -> Markup:
    """Series by cutoff with their intervals, side by side in the order given.

    Parameters
    ----------
    dates
        What to write under each cutoff.
    shown
        How to write a value on the scale.
    zero
        Draw a line at 0 and have the scale hold it.
    """
    height, top, bottom = 230, 14, 196
    values = [v for one in series for point in one.points for v in point if not isnan(v)]
    levels = scale([*values, 0.0] if zero else values)
    low, high = levels[0], levels[-1]
    slot = (_RIGHT - _LEFT) / max(len(dates), 1)
    step = min(slot / (len(series) + 1), 2.2)

    def x(cutoff: int, place: int) -> float:
        return _LEFT + (cutoff + 0.5) * slot + (place - (len(series) - 1) / 2) * step

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / ((high - low) or 1.0)

    parts = []
    for level in levels:
        parts.append(line(_LEFT, y(level), 100, y(level), "grid"))
        parts.append(text(_LEFT - 1.5, y(level) + 4, shown(level), anchor="end"))
    if zero:
        parts.append(line(_LEFT, y(0), 100, y(0), "axis"))
    for place, one in reversed(list(enumerate(series))):
        known = [(x(i, place), y(v)) for i, (v, _, _) in enumerate(one.points) if not isnan(v)]
        kind = f"s-{one.kind}"
        parts += [line(*a, *b, f"thread {kind}") for a, b in pairwise(known)]
        for i, (value, least, most) in enumerate(one.points):
            if not isnan(least + most):
                at = x(i, place)
                parts.append(line(at, y(least), at, y(most), f"whisker {kind}"))
            if not isnan(value):
                at = x(i, place)
                parts.append(mark(at, y(value), SHAPES[one.kind], f"dot {kind}", size=0.9))
    every = max(1, ceil(len(dates) / 4))  # so many dates stand side by side on a phone
    for i, date in enumerate(dates):
        if (len(dates) - 1 - i) % every == 0:
            parts.append(text(_LEFT + (i + 0.5) * slot, bottom + 20, date, anchor="middle"))
    return drawing(parts, height=height, label=label, kind="over")


def calibration(bins: pd.DataFrame, *, shown: Callable[[float], str], label: str) -> Markup:
    """Stated (x) against observed share (y), with intervals, sized by rows."""
    height, top, bottom = 320, 14, 286
    levels = ticks(float(np.nanmax([bins["predicted"].max(), bins["high"].max(), 0.02])))
    most = float(bins["rows"].max())

    def x(p: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * p / levels[-1]

    def y(p: float) -> float:
        return bottom - (bottom - top) * p / levels[-1]

    parts = _frame(levels, levels, x, y, bottom, shown)
    parts.append(line(x(0), y(0), x(levels[-1]), y(levels[-1]), "expected"))
    columns = ["rows", "predicted", "observed", "low", "high"]
    for rows, predicted, observed, low, high in bins[columns].to_numpy(dtype=float).tolist():
        at = x(predicted)
        if not isnan(low + high):
            parts.append(line(at, y(low), at, y(high), "whisker s-model"))
        size = 0.7 + 0.4 * sqrt(rows / most)
        parts.append(mark(at, y(observed), "circle", "dot s-model", size=size))
    return drawing(parts, height=height, label=label, kind="square")


def over_lists(
    curves: Mapping[str, Floats],
    shares: Floats,
    *,
    expected: tuple[float, float],
    list_share: float,
    shown: Callable[[float], str],
    label: str,
) -> Markup:
    """A share (y) for lists of so many customers (x), one line a name.

    Parameters
    ----------
    expected
        What no order at all would give, for no customers and for all of them: a dashed line.
    list_share
        A dotted line marks this length.
    """
    height, top, bottom = 320, 14, 286
    across = [0.0, 0.25, 0.5, 0.75, 1.0]
    curves = {name: found for name, found in curves.items() if not np.isnan(found).any()}
    highest = max([float(found.max()) for found in curves.values()] + list(expected))
    levels = ticks(highest)

    def x(p: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * p

    def y(p: float) -> float:
        return bottom - (bottom - top) * p / levels[-1]

    parts = _frame(across, levels, x, y, bottom, shown)
    parts.append(line(x(0), y(expected[0]), x(1), y(expected[1]), "expected"))
    parts.append(line(x(list_share), bottom, x(list_share), top, "list-mark"))
    for name, found in reversed(list(curves.items())):
        path = list(zip(shares.tolist(), found.tolist(), strict=True))
        marks = path[4::10]
        path = [(0.0, 0.0), *path] if expected[0] == 0 else path
        parts += [
            line(x(a), y(b), x(c), y(d), f"thread s-{name}") for (a, b), (c, d) in pairwise(path)
        ]
        for share, value in marks:
            parts.append(mark(x(share), y(value), SHAPES[name], f"dot s-{name}", size=0.8))
    return drawing(parts, height=height, label=label, kind="square")


def profit_curve(
    curve: pd.DataFrame,
    *,
    list_share: float,
    shown: Callable[[float], str],
    along: Callable[[float], str],
    label: str,
) -> Markup:
    """Expected and realised profit (y) of lists of each length (x), the latter between its ends.

    Parameters
    ----------
    curve
        ``share``, ``expected``, ``realised``, ``low``, ``high``.
    """
    height, top, bottom = 230, 14, 196
    columns = ["share", "expected", "realised", "low", "high"]
    shares, *lines = curve[columns].to_numpy(dtype=float).T
    levels = scale([float(v) for found in lines for v in found if not isnan(v)] + [0.0])
    low, high = levels[0], levels[-1]

    def x(p: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * p

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    parts = _frame([0.0, 0.25, 0.5, 0.75, 1.0], levels, x, y, bottom, shown, along)
    parts.append(line(_LEFT, y(0), _RIGHT, y(0), "axis"))
    parts.append(line(x(list_share), bottom, x(list_share), top, "list-mark"))
    kinds = ("thread s-stated", "thread s-came main", "thread s-came end", "thread s-came end")
    for kind, values in zip(kinds, lines, strict=True):
        path = [(x(a), y(b)) for a, b in zip(shares, values, strict=True) if not isnan(b)]
        parts += [line(*a, *b, kind) for a, b in pairwise(path)]
    for kind, values in zip(("stated", "came"), lines, strict=False):
        for place in range(len(shares) // 8, len(shares), max(len(shares) // 4, 1)):
            parts.append(
                mark(x(shares[place]), y(values[place]), SHAPES[kind], f"dot s-{kind}", size=0.8)
            )
    return drawing(parts, height=height, label=label, kind="over")


def gap_bar(value: float, low: float, high: float, reach: float) -> Markup:
    """A difference with its interval around a middle of 0, within plus and minus `reach`."""

    def x(gap: float) -> float:
        return 50 + 48 * max(-1.0, min(1.0, gap / reach))

    told = "" if low <= 0 <= high or isnan(low + high) else " sure"
    parts = [line(50, 0, 50, 16, "axis")]
    if not isnan(low + high):
        parts.append(line(x(low), 8, x(high), 8, f"whisker s-gap{told}"))
    parts.append(mark(x(value), 8, "circle", f"dot s-gap{told}", size=0.8))
    return decoration(parts, height=16, kind="gap")


def pair_bar(stated: float, came: float, reach: float) -> Markup:
    """The stated and the observed share on one track, as in the base rate's chart."""
    places = [2 + 96 * share / (reach or 1.0) for share in (stated, came)]
    parts = [
        line(0, 8, 100, 8, "grid"),
        line(places[0], 8, places[1], 8, "whisker s-came"),
        mark(places[0], 8, "circle", "dot s-stated", size=0.8),
        mark(places[1], 8, "diamond", "dot s-came", size=0.8),
    ]
    return decoration(parts, height=16, kind="gap")


def drift_bar(index: float, reach: float, limits: Sequence[float]) -> Markup:
    """A stability index as a bar; ticks mark the limits."""
    kind = "large" if index >= limits[-1] else "some" if index >= limits[0] else "little"
    parts = [
        rect(0, 3, 100, 13, "track", round_=3),
        rect(0, 3, max(100 * min(index / reach, 1.0), 0.8), 13, f"drift {kind}", round_=3),
    ]
    parts += [line(100 * at / reach, 0, 100 * at / reach, 16, "base-mark") for at in limits]
    return decoration(parts, height=16, kind="meter")


def key(kind: str) -> Markup:
    """The shape of a series, for a legend."""
    return Markup('<svg class="key" width="14" height="14" aria-hidden="true">{}</svg>').format(
        mark(50, 7, SHAPES.get(kind, "circle"), f"dot s-{kind}", size=0.9)
    )


def scale(values: Sequence[float], *, about: int = 4) -> list[float]:
    """Round numbers from below the least to above the greatest value, some `about` of them.

    >>> scale([0.71, 0.83])
    [0.7, 0.75, 0.8, 0.85]
    """
    if not values:
        return [0.0, 1.0]
    low, high = min(values), max(values)
    wide = (high - low) or abs(high) or 1.0
    power = 10.0 ** floor(log10(wide / about))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power * about >= wide * 0.9999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, max(last, first + 1) + 1)]


def _frame(
    across: Sequence[float],
    levels: Sequence[float],
    x: Callable[[float], float],
    y: Callable[[float], float],
    bottom: float,
    shown: Callable[[float], str],
    along: Callable[[float], str] | None = None,
) -> list[Markup]:
    parts = []
    for level in levels:
        parts.append(line(_LEFT, y(level), _RIGHT, y(level), "grid"))
        parts.append(text(_LEFT - 1.5, y(level) + 4, shown(level), anchor="end"))
    for at in across:
        anchor = "end" if at == across[-1] else "middle"
        parts.append(text(x(at), bottom + 20, (along or shown)(at), anchor=anchor))
    return parts
