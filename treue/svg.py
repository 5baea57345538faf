"""Marks of charts: inline SVG whose x is in per cent and whose y is in pixels.

Without a viewBox nothing is scaled: lines stretch with the page, text and dots keep their size on
a phone. Words are escaped here; classes and numbers are our own. Colours come from the stylesheet,
for the pages allow no inline style.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10

from markupsafe import Markup, escape

SHAPES = {
    "circle": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z",
    "triangle": "M0-5.5L5.2 4.2H-5.2Z",
    "square": "M-4-4H4V4H-4Z",
    "diamond": "M0-5.8L5.2 0L0 5.8L-5.2 0Z",
    "cross": "M-4-4L4 4M-4 4L4-4",
}
"""Outlines around the origin, told apart without colour."""


def drawing(parts: Iterable[Markup], *, height: float, label: str, kind: str) -> Markup:
    """A picture as wide as its place on the page; `label` is read out instead of it."""
    told = f'role="img" aria-label="{escape(label)}"'
    return _svg(f'class="chart {kind}" {told}', height, parts)


def decoration(parts: Iterable[Markup], *, height: float, kind: str) -> Markup:
    """A picture of what stands beside it in figures already, hidden from screen readers."""
    return _svg(f'class="{kind}" aria-hidden="true"', height, parts)


def rect(
    left: float, top: float, right: float, bottom: float, kind: str, *, round_: float = 2
) -> Markup:
    """A bar; x in per cent."""
    left, right = min(left, right), max(left, right)
    return Markup(
        f'<rect class="{kind}" x="{_px(left)}%" y="{_px(top)}" width="{_px(right - left)}%" '
        f'height="{_px(bottom - top)}" rx="{_px(round_)}"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A line; x in per cent."""
    return Markup(
        f'<line class="{kind}" x1="{_px(x1)}%" y1="{_px(y1)}" x2="{_px(x2)}%" y2="{_px(y2)}"/>'
    )


def text(x: float, y: float, words: str, kind: str = "tick", *, anchor: str = "start") -> Markup:
    """Words; x in per cent."""
    where = f'x="{_px(x)}%" y="{_px(y)}" text-anchor="{anchor}"'
    return Markup(f'<text class="{kind}" {where}>{escape(words)}</text>')


def mark(
    x: float, y: float, shape: str, kind: str, *, size: float = 1.0, title: str = ""
) -> Markup:
    """A shape; x in per cent. The title is shown where a pointer rests on it."""
    told = f"<title>{escape(title)}</title>" if title else ""
    scale = f' transform="scale({_px(size)})"' if size != 1 else ""
    return Markup(
        f'<svg class="at" x="{_px(x)}%" y="{_px(y)}">'
        f'<path class="{kind}" d="{SHAPES[shape]}"{scale}>{told}</path></svg>'
    )


def ticks(highest: float, *, about: int = 4) -> list[float]:
    """Round numbers from 0 to at least `highest`, some `about` of them.

    >>> ticks(93), ticks(0.34)
    ([0.0, 25.0, 50.0, 75.0, 100.0], [0.0, 0.1, 0.2, 0.3, 0.4])
    """
    if highest <= 0:
        return [0.0, 1.0]
    power = 10 ** floor(log10(highest / about))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power * about >= highest * 0.9999)
    return [round(i * step, 10) for i in range(ceil(highest / step - 1e-9) + 1)]


def _svg(what: str, height: float, parts: Iterable[Markup]) -> Markup:
    return Markup(f'<svg {what} width="100%" height="{_px(height)}">{"".join(parts)}</svg>')


def _px(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
