"""The two curves that show a model at a glance, as small tables to plot or to read."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from treue.models.errors import ModelError
from treue.models.metrics import BINS, calibration_bins, gains
from treue.models.ranked import rank


def calibration_curve(
    y: ArrayLike, p: ArrayLike, *, bins: int = BINS, level: float = 0.95
) -> pd.DataFrame:
    """Return stated and observed share of events in bins of equal mass, lowest first.

    The bins are those of `treue.models.metrics.expected_calibration_error`; empty ones are left
    out.

    Returns
    -------
    DataFrame
        `rows`, `predicted` (mean probability), `observed` (share of events), `low` and `high`
        (Wilson interval of the observed share).
    """
    if bins < 1:
        raise ModelError(f"bins: {bins} is no number of bins; ask for at least one")
    ranked = rank(y, p)
    rows, expected, events = calibration_bins(ranked, np.ones_like(ranked.y), bins=bins)
    filled = rows > 0
    rows, expected, events = rows[filled], expected[filled], events[filled]
    z = ndtri((1 + level) / 2)
    centre = (events + z**2 / 2) / (rows + z**2)
    reach = z / (rows + z**2) * np.sqrt(events * (rows - events) / rows + z**2 / 4)
    return pd.DataFrame(
        {
            "rows": rows.astype(np.int64),
            "predicted": expected / rows,
            "observed": events / rows,
            "low": np.clip(centre - reach, 0, 1),
            "high": np.clip(centre + reach, 0, 1),
        }
    )


def lift_curve(y: ArrayLike, p: ArrayLike, *, points: int = 100) -> pd.DataFrame:
    """Return how many of all events lie among the rows with the highest `p`.

    Returns
    -------
    DataFrame
        `share` of rows from the highest score down (1/points, 2/points, ... 1), `gain` (share of
        all events found there) and `lift` (gain over share; as
        `treue.models.metrics.lift_at`). NaN where all outcomes are the same.
    """
    if points < 1:
        raise ModelError(f"points: {points} is no number of points; ask for at least one")
    ranked = rank(y, p, probability=False)
    events = ranked.tie_sums(ranked.y)
    others = ranked.tie_sums(1 - ranked.y)
    shares = np.arange(1, points + 1) / points
    judged = events.sum() > 0 and others.sum() > 0
    gain = gains(events, others, shares) if judged else np.full(points, np.nan)
    return pd.DataFrame({"share": shares, "gain": gain, "lift": gain / shares})
