"""Numbers as a reader sees them, many at once: what is written alike is the same number."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt

from treue.serving.formats import SECOND

Floats = npt.NDArray[np.float64]

_NEW = 1e9
"""Stands for a change from nothing."""
_TIE = 1e-9
"""So near to the middle of two numbers, decimals decide instead of binary fractions."""


def as_shown(values: Floats, unit: str) -> Floats:
    """Return numbers (n,), two of which are equal where `format_value` writes the same.

    NaN stays NaN.

    >>> as_shown(np.array([1234.4, 1234.6, np.nan]), "money")
    array([1234., 1235.,   nan])
    """
    if unit == "yes or no":
        return np.where(np.isnan(values), np.nan, values != 0)
    if unit in ("money", "whole"):
        return _rounded(values, 0)
    if unit == "share":
        return _rounded(values, 2)
    if unit == "tenths":
        return _rounded(values, 1)
    if unit == "change":
        return _change(values)
    if unit in ("span", "until"):
        return _span(values, ahead=unit == "until")
    fine = 0 if unit == "days" else 1
    size = np.abs(values)
    found = _rounded(values, 0)
    for decimals, here in ((fine, (size >= 10) & (size < 100)), (1 + fine, size < 10)):
        found[here] = _rounded(values[here], decimals)
    return found


def _change(values: Floats) -> Floats:
    new = values >= 1
    safe = np.where(new, 0.0, values)
    return np.where(new, _NEW, _rounded(np.maximum(2 * safe / (1 - safe), -1.0), 2))


def _span(values: Floats, *, ahead: bool) -> Floats:
    """Return days up to half a year; months and tenths of years are put behind them."""
    days = np.floor(values + SECOND) if ahead else np.ceil(values - SECOND)
    months, tenths = np.trunc(days * 12 / 365.25), np.trunc(days * 10 / 365.25)
    longer = np.where(days < 730, 1_000 + months, 10_000 + tenths)
    return np.where(days < 180, np.maximum(days, 0), longer)


def _rounded(values: Floats, decimals: int) -> Floats:
    """Round as decimals are: half to even of the digits that a number is printed with."""
    scale = 10.0**decimals
    scaled = values * scale
    found: Floats = np.rint(scaled)
    off = np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5)
    ties = np.flatnonzero(off <= _TIE * np.maximum(1.0, np.abs(scaled)))
    step = Decimal(1).scaleb(-decimals)
    for at in ties:
        number = Decimal(str(float(values[at]))).quantize(step, ROUND_HALF_EVEN)
        found[at] = float(number) * scale
    return np.rint(found) / scale + 0.0  # nobody says "minus zero"
