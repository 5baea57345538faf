"""What the regressions of a curve look at: the classifier's log-odds and what tells the timing.

Two customers who are as likely to buy within half a year are not as likely to buy within a month:
one buys every week, the other every spring.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

Floats = npt.NDArray[np.float64]
Event = Literal["buys_again", "has_left", "has_recommended"]

INPUTS: Mapping[Event, tuple[str, ...]] = {
    "buys_again": ("recency_days", "gap_mean_days", "purchase_days", "tenure_days"),
    "has_left": ("contract_days_to_end",),
    "has_recommended": ("days_since_referral",),
}
"""Columns of the panel that an event's terms read."""

NAMES: Mapping[Event, tuple[str, ...]] = {
    "buys_again": (
        "log_odds",
        "probability",
        "log_recency",
        "probability_x_log_recency",
        "log_rate",
        "bought_once",
        "probability_x_bought_once",
        "due_now",
        "due_within",
    ),
    "has_left": ("log_odds", "probability", "no_end", "log_days_to_end", "ends_within"),
    "has_recommended": ("log_odds", "probability", "never", "log_since", "probability_x_never"),
}
"""The terms of each event, in the order of `terms`."""


def terms(
    event: Event,
    log_odds: Floats,
    panel: pd.DataFrame,
    *,
    days: int,
    typical: Mapping[str, float],
) -> Floats:
    """Return the terms of one horizon (n, terms).

    Parameters
    ----------
    log_odds : array (n,)
        Of the event within the classifier's horizon.
    panel : DataFrame
        A column that is not there, or a value that is missing, counts as the typical one.
    days : int
        The horizon, which the terms ``..._within`` depend on.
    typical : mapping of str to float
        Of each column of `INPUTS`.
    """
    known = {name: _column(panel, name) for name in INPUTS[event]}
    filled = {
        name: np.maximum(np.where(np.isnan(values), typical[name], values), 0.0)
        for name, values in known.items()
    }
    probability = scipy.special.expit(log_odds)
    if event == "buys_again":
        recency, gap = filled["recency_days"], filled["gap_mean_days"]
        once = np.isnan(known["gap_mean_days"]).astype(float)
        log_recency = np.log1p(recency)
        found = [
            log_odds,
            probability,
            log_recency,
            probability * log_recency,
            np.log1p(filled["purchase_days"]) - np.log1p(filled["tenure_days"]),
            once,
            probability * once,
            (1 - once) * _due((recency + 1) / (gap + 1)),
            (1 - once) * _due((recency + days + 1) / (gap + 1)),
        ]
    elif event == "has_left":
        left = filled["contract_days_to_end"]
        endless = np.isnan(known["contract_days_to_end"]).astype(float)
        soon = (1 - endless) * (left <= days)
        found = [log_odds, probability, endless, (1 - endless) * np.log1p(left), soon]
    else:
        never = np.isnan(known["days_since_referral"]).astype(float)
        since = (1 - never) * np.log1p(filled["days_since_referral"])
        found = [log_odds, probability, never, since, probability * never]
    return np.column_stack(found)


def typical_values(event: Event, panel: pd.DataFrame) -> dict[str, float]:
    """Return the median of each column that the event's terms read; 0 where none is known."""
    columns = {name: _column(panel, name) for name in INPUTS[event]}
    return {
        name: float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
        for name, values in columns.items()
    }


def _column(panel: pd.DataFrame, name: str) -> Floats:
    if name not in panel:
        return np.full(len(panel), np.nan)
    column = panel[name]
    if column.dtype != np.float64:
        column = pd.to_numeric(column, errors="coerce")
    values = column.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _due(ratio: Floats) -> Floats:
    """Return 0 well before the usual gap has passed, 1/2 at it, 1 well after it."""
    return 1 - 1 / (1 + ratio**3)
