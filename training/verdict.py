"""Whether a gain in log loss is one: the same rule for all that later cutoffs decide."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SURE = 2.0
"""Standard errors by which a gain must exceed 0."""


@dataclass(frozen=True)
class Gain:
    """What a gain in log loss amounts to.

    Attributes
    ----------
    gain
        How much lower the log loss is on average, each part weighing the same.
    error
        Its standard error over customers.
    parts, better
        Cutoffs (or groups of customers) it was measured on, and at how many it was lower.
    """

    gain: float
    error: float
    parts: int
    better: int

    @property
    def helps(self) -> bool:
        """Whether it was lower at every one, by more than chance."""
        return self.better == self.parts and self.gain > SURE * self.error

    def told(self, parts: str = "later cutoffs") -> str:
        """Say it in one line."""
        way = "lower" if self.gain >= 0 else "higher"
        return (
            f"log loss {way} by {abs(self.gain):.4f} (standard error {self.error:.4f}) on "
            f"{self.parts} {parts}, at {self.better} of them"
        )


def gained(gain: Floats, part: npt.NDArray[Any], customers: npt.NDArray[Any]) -> Gain:
    """Judge a gain row by row: rows of one customer count together.

    Parameters
    ----------
    gain
        Log loss without less log loss with it, of each row (n,).
    part, customers
        Cutoff and customer of each row.
    """
    parts, code, rows = np.unique(part, return_inverse=True, return_counts=True)
    weight = 1.0 / rows[code] / len(parts)
    mean = float(weight @ gain)
    by_part = np.bincount(code, weights=gain) / rows
    _, customer = np.unique(customers.astype(str), return_inverse=True)
    sums = np.bincount(customer, weights=weight * (gain - mean))
    return Gain(
        gain=mean,
        error=float(np.sqrt(np.square(sums).sum())),
        parts=len(parts),
        better=int((by_part > 0).sum()),
    )


def row_log_loss(log_odds: Floats, outcome: npt.NDArray[np.int64]) -> Floats:
    """Log loss of each row (n,) from its log-odds and its outcome, 0 or 1."""
    return np.logaddexp(0.0, log_odds) - outcome * log_odds
