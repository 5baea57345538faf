"""Lines on two logarithmic axes, as a small SVG file that stands alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from treue.svg import line, mark, text

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 380, 250  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 15.0, 96.0, 34.0, 205.0  # of its axes; per cent across, pixels down
KINDS = ("circle", "triangle", "square", "diamond")
STYLE = """
svg { font: 11px sans-serif; overflow: visible }
.title { font-weight: bold; font-size: 12px } .tick { fill: #555 } .grid { stroke: #e4e4e4 }
.of0 { stroke: #0b5fa5; fill: #0b5fa5 } .of1 { stroke: #c0392b; fill: #c0392b }
.of2 { stroke: #777; fill: #777 } .of3 { stroke: #2e8b57; fill: #2e8b57 }
line { stroke-width: 1.6 } .grid { stroke-width: 1 } text { stroke: none; fill: #222 }
"""


@dataclass(frozen=True)
class Panel:
    """Lines by name, over one axis each way; the same name has the same colour in all panels."""

    title: str
    x: str
    y: str
    lines: Mapping[str, Points]


def growth_chart(panels: Sequence[Panel], *, label: str) -> str:
    """Return the panels, two beside each other, under one legend."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    rows = ceil(len(panels) / 2)
    whole = f'width="{2 * WIDTH}" height="{rows * HEIGHT + 24}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {whole} role="img" aria-label="{escape(label)}">',
        f"<style>{STYLE}</style>",
        f'<rect {whole} fill="#fff"/>',
    ]
    for i, name in enumerate(names):
        x = 4 + i * 96 / len(names)
        parts += [mark(x, 14, KINDS[i], f"of{i}"), text(x + 1.2, 18, name, "name")]
    for i, panel in enumerate(panels):
        place = f'x="{i % 2 * WIDTH}" y="{24 + i // 2 * HEIGHT}"'
        parts.append(f'<svg {place} width="{WIDTH}" height="{HEIGHT}">')
        parts += _panel(panel, names)
        parts.append("</svg>")
    return "\n".join([*map(str, parts), "</svg>"]) + "\n"


def _panel(panel: Panel, names: Sequence[str]) -> list[str]:
    points = [point for line_ in panel.lines.values() for point in line_]
    x = _Axis.of([p[0] for p in points], LEFT, RIGHT)
    y = _Axis.of([p[1] for p in points], BOTTOM, TOP)
    parts = [
        text(LEFT, 14, panel.title, "title"),
        text(RIGHT, BOTTOM + 34, panel.x, "name", anchor="end"),
        text(LEFT, 28, panel.y, "tick"),
    ]
    for value in x.ticks:
        at = x.place(value)
        parts.append(line(at, TOP, at, BOTTOM, "grid"))
        parts.append(text(at, BOTTOM + 16, short(value), anchor="middle"))
    for value in y.ticks:
        at = y.place(value)
        parts.append(line(LEFT, at, RIGHT, at, "grid"))
        parts.append(text(LEFT - 1.5, at + 4, short(value), anchor="end"))
    for name, found in panel.lines.items():
        kind = names.index(name)
        places = [(x.place(a), y.place(b)) for a, b in found]
        for (x1, y1), (x2, y2) in pairwise(places):
            parts.append(line(x1, y1, x2, y2, f"of{kind}"))
        for (a, b), (x1, y1) in zip(found, places, strict=True):
            parts.append(mark(x1, y1, KINDS[kind], f"of{kind}", size=0.8, title=told(name, a, b)))
    return [str(part) for part in parts]


@dataclass(frozen=True)
class _Axis:
    low: float  # powers of ten
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float], start: float, end: float) -> _Axis:
        low, high = log10(min(values)), log10(max(values))
        if high - low < 0.01:
            low, high = low - 0.2, high + 0.2
        steps = (1,) if high - low > 2 else (1, 2, 5)
        ticks = tuple(
            step * 10.0**power
            for power in range(floor(low), ceil(high) + 1)
            for step in steps
            if low - 1e-9 <= log10(step * 10.0**power) <= high + 1e-9
        )
        return cls(low, high, start, end, ticks or (10**low,))

    def place(self, value: float) -> float:
        return self.start + (log10(value) - self.low) / (self.high - self.low) * (
            self.end - self.start
        )


def short(value: float) -> str:
    """Return a number as on an axis.

    >>> short(20000), short(3.0), short(0.001)
    ('20k', '3', '0.001')
    """
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e3 else f"{value:g}"


def told(name: str, x: float, y: float) -> str:
    """Return what is said where a pointer rests."""
    return f"{name}: {x:,.3g}, {y:,.3g}"
