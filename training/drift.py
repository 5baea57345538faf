"""Which features have moved between the training rows and the held-out ones.

The population stability index sums, over bins of the training rows, (now - before) ln(now /
before) of the bins' shares: 0 where nothing moved. By custom, 0.1 is worth a look and 0.25 a large
shift. It is above 0 by chance alone, the more so the fewer the rows: about chi-square of (bins - 1)
degrees of freedom times (1/n + 1/m); Yurdakul and Naranjo (2020), "Statistical properties of the
population stability index", Journal of Risk Model Validation 14(4).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from treue.features.catalogue import CALENDAR

NOTICEABLE = 0.1
LARGE = 0.25
_BINS = 10
_HALF_A_ROW = 0.5  # in each bin, so that an empty one is no infinite shift
_SEASON = {feature.name for feature in CALENDAR.features}  # one cutoff has one date: no drift
COLUMNS = (
    *("feature", "psi", "by_chance", "level", "before", "now"),
    *("before_missing", "now_missing"),
)


def feature_drift(
    training: pd.DataFrame, held_out: pd.DataFrame, names: Iterable[str]
) -> pd.DataFrame:
    """How far each feature has moved, farthest first.

    Parameters
    ----------
    training, held_out
        Panel rows.
    names
        The features to compare; the season is left out.

    Returns
    -------
    DataFrame
        ``feature``, ``psi``, ``by_chance`` (what the index stays under in 95 % of cases where
        nothing moved; a customer counts once), ``level`` (of categories, the one that moved most),
        ``before`` and ``now`` (median of the training and the held-out rows, or the share of that
        level), ``before_missing`` and ``now_missing`` (shares).
    """
    n, m = (part["customer_id"].nunique() for part in (training, held_out))
    rows = []
    for name in names:
        if name in _SEASON or name not in held_out:
            continue
        before, now, labels = _counts(training[name], held_out[name])
        chance = chi2.ppf(0.95, max(len(before) - 1, 1)) * (1 / n + 1 / m)
        rows.append(
            {
                "feature": name,
                "psi": stability_index(before, now),
                "by_chance": float(chance),
                **_levels_or_medians(training[name], held_out[name], before, now, labels),
                "before_missing": float(training[name].isna().mean()),
                "now_missing": float(held_out[name].isna().mean()),
            }
        )
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    return table.sort_values(["psi", "feature"], ascending=[False, True], ignore_index=True)


def stability_index(before: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """Population stability index of two counts over the same bins.

    >>> round(stability_index(np.array([500.0, 500.0]), np.array([500.0, 500.0])), 4)
    0.0
    >>> round(stability_index(np.array([800.0, 200.0]), np.array([600.0, 400.0])), 2)
    0.2
    """
    filled = before + now > 0
    was, is_ = ((counts[filled] + _HALF_A_ROW) for counts in (before, now))
    was, is_ = was / was.sum(), is_ / is_.sum()
    return float(((is_ - was) * np.log(is_ / was)).sum())


def moved(drift: pd.DataFrame, *, at_least: float = NOTICEABLE) -> pd.DataFrame:
    """The features whose index is at least `at_least` and above chance."""
    return drift[(drift["psi"] >= at_least) & (drift["psi"] > drift["by_chance"])]


def _counts(
    before: pd.Series, now: pd.Series
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[Any] | None]:
    """Rows in each bin, missing ones last; the levels where bins are levels."""
    if _named(before):
        levels = sorted({*before.dropna().astype(str), *now.dropna().astype(str)})
        places = {level: i for i, level in enumerate(levels)}
        at = [
            part.astype(object).map(str, na_action="ignore").map(places).reset_index(drop=True)
            for part in (before, now)
        ]
        bins: int = len(levels)
        labels: list[Any] | None = list(levels)
    else:
        known = before.dropna().to_numpy(dtype=float)
        edges = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS)) if len(known) else known
        at = [
            pd.Series(np.searchsorted(edges, part.to_numpy(dtype=float), side="left")).where(
                part.notna().to_numpy()
            )
            for part in (before, now)
        ]
        bins, labels = len(edges) + 1, None
    counts = [
        np.bincount(part.fillna(bins).to_numpy(dtype=np.intp), minlength=bins + 1).astype(float)
        for part in at
    ]
    filled = (counts[0] + counts[1]) > 0
    if labels is not None:
        return counts[0], counts[1], labels
    return counts[0][filled], counts[1][filled], None


def _levels_or_medians(
    before: pd.Series,
    now: pd.Series,
    counts_before: NDArray[np.float64],
    counts_now: NDArray[np.float64],
    labels: list[Any] | None,
) -> dict[str, Any]:
    if labels is None:
        return {"level": None, "before": float(before.median()), "now": float(now.median())}
    shares = [counts[: len(labels)] / counts.sum() for counts in (counts_before, counts_now)]
    largest = int(np.argmax(np.abs(shares[1] - shares[0]))) if labels else 0
    return {
        "level": labels[largest] if labels else None,
        "before": float(shares[0][largest]) if labels else np.nan,
        "now": float(shares[1][largest]) if labels else np.nan,
    }


def _named(values: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)
