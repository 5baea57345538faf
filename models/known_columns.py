"""What training saw of single columns: ranges with slack for time, and ranks."""

from collections.abc import Sequence
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, FiniteFloat, model_validator

from treue.models.bundle_files import Part

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MOST_KNOTS = 33  # of a column's rank
FURTHEST_SHARE = 0.001  # of later rows may lie beyond a range that earlier ones stretched
YOUNG = 1.0  # slack, as a share of its range, of a column that did not vary yet or hardly
LARGEST = float(np.finfo(np.float64).max)
SEASON = ("calendar_sin", "calendar_cos")
"""Days of the year: that one was no training cutoff makes nobody strange."""
LASTING = 0.5  # shift of the mean rank, in standard deviations, from which ranks do not last


class Known(Part):
    """What training saw of one column.

    Attributes
    ----------
    low, high
        Least and greatest value, with slack for what later rows went beyond earlier ones.
    unit
        Scale on which excess is measured: ``asinh(value / unit)``, logarithmic far from 0.
    values, ranks
        Knots of the column's rank, centred and scaled to variance 1; none where ranks do not last.
    missing
        Share of the rows without a value.
    """

    name: str
    low: FiniteFloat
    high: FiniteFloat
    unit: Annotated[FiniteFloat, Field(gt=0)]
    values: list[FiniteFloat]
    ranks: list[FiniteFloat]
    missing: Annotated[FiniteFloat, Field(ge=0, le=1)]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.values) != len(self.ranks):
            raise ValueError(f"{self.name}: {len(self.values)} values, {len(self.ranks)} ranks")
        return self


def known(name: str, values: Floats) -> Known:
    """Return what is seen of a column; NaN is a missing value."""
    there = values[~np.isnan(values)]
    missing = 1 - len(there) / max(len(values), 1)
    if name in SEASON:
        return Known(name=name, low=-1.0, high=1.0, unit=1.0, values=[], ranks=[], missing=missing)
    if len(there) == 0:
        return Known(name=name, low=0.0, high=0.0, unit=1.0, values=[], ranks=[], missing=missing)
    knots, ranks = _knots(there)
    return Known(
        name=name,
        low=float(there.min()),
        high=float(there.max()),
        unit=float(np.median(np.abs(there[there != 0]))) if (there != 0).any() else 1.0,
        values=knots,
        ranks=ranks,
        missing=missing,
    )


def beyond(columns: Sequence[Known], encoded: Floats) -> Floats:
    """How far values lie beyond the range, as a share of it; 0 inside, or where it is no range."""
    low, high, unit = (
        np.array([getattr(one, field) for one in columns]) for field in ("low", "high", "unit")
    )
    found = np.zeros(encoded.shape)
    outside = np.nonzero((encoded < low) | (encoded > high))  # few: the rest need no logarithm
    places = outside[1]
    least, greatest = np.arcsinh(low / unit)[places], np.arcsinh(high / unit)[places]
    value = np.arcsinh(encoded[outside] / unit[places])
    width = np.where(greatest > least, greatest - least, np.inf)
    found[outside] = np.maximum(value - greatest, least - value) / width
    return found


def varied(trial: Sequence[Known], later: Floats) -> list[Known]:
    """Return the columns, where later rows go beyond a range by more than `YOUNG` with none.

    Such a column hardly varied among the earlier rows, so its range there measures nothing.
    """
    return [
        one.model_copy(update={"high": one.low}) if far else one
        for one, far in zip(trial, _needed(trial, later) > YOUNG, strict=True)
    ]


def slack_of(trial: Sequence[Known], later: Floats) -> Floats:
    """What later rows, up to a few, go beyond the ranges of earlier ones."""
    young = np.array([one.high <= one.low for one in trial])
    return np.where(young, YOUNG, _needed(trial, later))


def lasting(trial: Sequence[Known], later: Floats) -> Flags:
    """Columns whose ranks among earlier rows still tell something of later ones."""
    means = [
        np.interp(values[~np.isnan(values)], one.values, one.ranks).mean()
        if one.values and not np.isnan(values).all()
        else np.inf
        for one, values in zip(trial, later.T, strict=True)
    ]
    return np.abs(np.array(means)) <= LASTING


def stretched(one: Known, slack: float, lasts: bool) -> Known:
    """Return the column with its range wider at both ends; without ranks that do not last."""
    least, greatest = np.arcsinh(one.low / one.unit), np.arcsinh(one.high / one.unit)
    more = slack * (greatest - least)
    with np.errstate(over="ignore"):
        wider = np.sinh(np.array([least - more, greatest + more])) * one.unit
    low, high = np.clip(wider, -LARGEST, LARGEST).tolist()
    ranks: dict[str, list[float]] = {} if lasts else {"values": [], "ranks": []}
    return Known(**one.model_dump() | {"low": low, "high": high} | ranks)


def _needed(trial: Sequence[Known], later: Floats) -> Floats:
    return np.quantile(beyond(trial, later), 1 - FURTHEST_SHARE, axis=0, method="higher")


def _knots(seen: Floats) -> tuple[list[float], list[float]]:
    """Knots of the mid-rank, centred and scaled as a uniform variable of variance 1."""
    ordered = np.sort(seen)
    values = np.unique(np.quantile(ordered, np.linspace(0, 1, MOST_KNOTS), method="nearest"))
    below, upto = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    middle = ((below + upto) / 2 / len(ordered) - 0.5) * np.sqrt(12)
    return values.tolist(), np.round(middle, 5).tolist()
