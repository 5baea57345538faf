"""Expressions over events that are known at a cutoff.

Families never see a date. They see ages: seconds from an event to the cutoff, null where the
event lies after it. A window of w days is ``(cutoff - w, cutoff]``, so an age in ``[0, w days)``.
"""

from __future__ import annotations

import math

import narwhals.stable.v2 as nw

DAY = 86_400
"""Seconds of a day, the unit of ages."""

SCALE = 1_000_000
"""Fractions are summed as integer millionths, so that no sum depends on the order of rows."""


def age_days(column: str = "age") -> nw.Expr:
    """Age in days."""
    return number(column) / DAY


def number(column: str) -> nw.Expr:
    """The column as float64, before any division."""
    return nw.col(column).cast(nw.Float64)


def within(days: int | None, column: str = "age") -> nw.Expr:
    """Whether an event lies in the window ``(cutoff - days, cutoff]``; None is all history."""
    if days is None:
        return ~nw.col(column).is_null()
    return nw.col(column) < days * DAY


EVER = within(None)
"""All history."""

LAST = nw.col("next_age").is_null()
"""The last event known: the next one, ``next_at``, lies ahead or never comes."""


def before(days: int, column: str = "age") -> nw.Expr:
    """Whether an event lies in the window before, ``(cutoff - 2 days, cutoff - days]``."""
    return (nw.col(column) >= days * DAY) & (nw.col(column) < 2 * days * DAY)


def count(where: nw.Expr) -> nw.Expr:
    """Number of rows for which `where` holds; null counts as no."""
    return nw.when(where).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Float64)


def total(value: nw.Expr, where: nw.Expr) -> nw.Expr:
    """Sum of an integer value over the rows for which `where` holds."""
    return nw.when(where).then(value).otherwise(nw.lit(0)).sum().cast(nw.Float64)


def money(column: str, where: nw.Expr) -> nw.Expr:
    """Sum of a money column (cents inside, currency units outside)."""
    return total(nw.col(column), where) / 100.0


def scaled(value: nw.Expr) -> nw.Expr:
    """A fraction as integer millionths."""
    return (value * SCALE).round().cast(nw.Int64)


def mean(value: nw.Expr, where: nw.Expr) -> nw.Expr:
    """Mean of an integer value over the rows where it is known; null without any."""
    chosen = nw.when(where).then(value)
    return ratio(chosen.sum(), chosen.count())


def mean_share(value: nw.Expr, where: nw.Expr) -> nw.Expr:
    """Mean of a fraction, summed in millionths; null without any."""
    return mean(scaled(value), where) / SCALE


def smallest(value: nw.Expr, where: nw.Expr) -> nw.Expr:
    """Minimum over the rows for which `where` holds; null without any."""
    return nw.when(where).then(value).min().cast(nw.Float64)


def largest(value: nw.Expr, where: nw.Expr) -> nw.Expr:
    """Maximum over the rows for which `where` holds; null without any."""
    return nw.when(where).then(value).max().cast(nw.Float64)


def decayed(half_life_days: int, value: nw.Expr | None = None) -> nw.Expr:
    """Sum of ``value * 2**(-age / half life)``, each term rounded to a millionth (money: cent)."""
    weight = (number("age") * (-math.log(2) / (half_life_days * DAY))).exp()
    if value is None:
        return scaled(weight).sum().cast(nw.Float64) / SCALE
    return (value.cast(nw.Float64) * weight).round().cast(nw.Int64).sum().cast(nw.Float64)


def ratio(above: nw.Expr, below: nw.Expr) -> nw.Expr:
    """``above / below`` as float; null where below is zero, negative or null."""
    denominator = below.cast(nw.Float64)
    return nw.when(denominator > 0).then(above.cast(nw.Float64) / denominator)


def change(now: str, then: str) -> nw.Expr:
    """``(now - then) / (now + then)``: -1 stopped, 0 as before, +1 new; null where both are 0."""
    return ratio(nw.col(now) - nw.col(then), nw.col(now) + nw.col(then))
