"""What became of held-out customers, by the probability that they were given."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

EDGES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Round numbers that people can hold on to; finer where rare events lie."""
LEAST_ROWS = 50
"""A bin with fewer rows is put together with the next ones,"""
WIDEST = 0.3
"""but not to one wider than this: its customers would not be alike."""


@dataclass(frozen=True)
class Frequency:
    """Rows with a probability from `low` to below `high`, and the share of events among them."""

    low: float
    high: float
    rows: int
    predicted: float
    observed: float

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)


def frequencies(outcome: ArrayLike, probability: ArrayLike) -> tuple[Frequency, ...]:
    """Stated and observed share of events in bins with round edges, lowest first.

    A bin with fewer than `LEAST_ROWS` rows takes in the next ones, as long as it is no wider than
    `WIDEST`. Bins without rows are left out.

    Examples
    --------
    >>> found = frequencies([0, 1] * 40, [0.31] * 40 + [0.42] * 40)
    >>> [(each.low, each.high, each.rows, each.observed) for each in found]
    [(0.3, 0.5, 80, 0.5)]
    """
    y, p = np.asarray(outcome, dtype=float), np.asarray(probability, dtype=float)
    at = np.clip(np.searchsorted(EDGES, p, side="right") - 1, 0, len(EDGES) - 2)
    counts = np.bincount(at, minlength=len(EDGES) - 1)
    found = []
    for first, last in _together(counts):
        inside = (at >= first) & (at <= last)
        if inside.any():
            found.append(
                Frequency(
                    EDGES[first],
                    EDGES[last + 1],
                    int(inside.sum()),
                    float(p[inside].mean()),
                    float(y[inside].mean()),
                )
            )
    return tuple(found)


def _together(counts: Sequence[int] | np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """First and last of the bins that are put together, from low to high."""
    groups: list[tuple[int, int]] = []
    for i in range(len(counts)):
        if groups:
            first, last = groups[-1]
            few = 0 < sum(counts[first : last + 1]) < LEAST_ROWS
            if few and EDGES[i + 1] - EDGES[first] <= WIDEST + 1e-9:
                groups[-1] = (first, i)
                continue
        groups.append((i, i))
    return groups
