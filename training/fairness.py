"""Does the model treat groups alike? Gaps between a group and everybody else, with intervals.

Three gaps, for they can contradict one another (Chouldechova 2017, "Fair prediction with disparate
impact", Big Data 5(2)): how well customers of the group are ranked (AUROC), whether their
probabilities are too low or too high (observed minus stated), and how often they come to the call
list (selection rate). None of them is an answer by itself; a gap in the selection rate is as it
should be where the groups do leave at different rates.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from treue.models.intervals import resampled
from treue.models.metrics import weighted_auroc
from treue.models.ranked import Floats, Ranked, rank
from treue.training.config import Config
from treue.training.segments import MODEL, levels_in

LIST_SHARE = 0.1
"""A call list holds this share of the customers of a cutoff, unless said otherwise."""
MEASURES = ("auroc", "calibration", "selection")
COLUMNS = (
    *("attribute", "level", "rows", "customers", "positives"),
    *(f"{measure}_{end}" for measure in MEASURES for end in ("level", "others")),
    *(f"{measure}_gap{end}" for measure in MEASURES for end in ("", "_low", "_high")),
)


def fairness_gaps(
    predictions: pd.DataFrame,
    sensitive: pd.DataFrame | None,
    *,
    config: Config,
    list_share: float = LIST_SHARE,
) -> pd.DataFrame:
    """Compare each group of each sensitive attribute with all other customers.

    Parameters
    ----------
    predictions
        ``customer_id``, ``outcome``, ``model`` and, where there are several, ``cutoff``.
    sensitive
        One row a row of `predictions`, in the same order.
    config
        Number of resamples (of customers), smallest group.
    list_share
        Part of the customers of each cutoff that the call list holds.

    Returns
    -------
    DataFrame
        One row a group: counts, then for ``auroc``, ``calibration`` (observed minus stated share)
        and ``selection`` (share of the group on the call list) the group's figure ``_level``,
        that of all ``_others``, and their difference ``_gap`` with ``_low`` and ``_high``. A group
        with fewer than ``evaluation.smallest_segment`` rows, or beside fewer, has counts only.
    """
    found = []
    chosen = on_the_list(predictions, list_share)
    for inside, row in levels_in(predictions, sensitive):
        if min(inside.sum(), (~inside).sum()) >= config.evaluation.smallest_segment:
            row |= _gaps(predictions, inside, chosen, n_bootstrap=config.evaluation.bootstrap)
        found.append(row)
    table = pd.DataFrame(found, columns=[*COLUMNS])
    return table.sort_values(["attribute", "level"], ignore_index=True)


def on_the_list(predictions: pd.DataFrame, share: float, *, model: str = MODEL) -> Floats:
    """How much of each row is among the highest `share` of its cutoff, 0 to 1.

    Rows of equal probability at the end of the list share its last places.
    """
    cutoffs = predictions["cutoff"] if "cutoff" in predictions else pd.Series(0, predictions.index)
    chosen = np.zeros(len(predictions))
    for _, rows in pd.Series(np.arange(len(predictions))).groupby(cutoffs.to_numpy()):
        p = predictions[model].to_numpy()[rows]
        places = share * len(p)
        values, counts = np.unique(-p, return_counts=True)
        before = np.concatenate([[0], np.cumsum(counts)[:-1]])
        part = np.clip((places - before) / counts, 0, 1)
        chosen[rows] = part[np.searchsorted(values, -p)]
    return chosen


def _gaps(
    predictions: pd.DataFrame, inside: Any, chosen: Floats, *, n_bootstrap: int
) -> dict[str, float]:
    outcome, p = predictions["outcome"].to_numpy(float), predictions[MODEL].to_numpy(float)
    sides = [
        (rows, rank(outcome[rows], p[rows]))
        for rows in (np.flatnonzero(inside), np.flatnonzero(~inside))
    ]

    def figures(weights: Floats) -> Sequence[float]:
        (group, others) = (
            _figures(weights[rows], ranked, outcome[rows] - p[rows], chosen[rows])
            for rows, ranked in sides
        )
        return [*group, *others, *(a - b for a, b in zip(group, others, strict=True))]

    found = resampled(figures, predictions["customer_id"].to_numpy(), n_bootstrap=n_bootstrap)
    group, others, gaps = found[:3], found[3:6], found[6:]
    row: dict[str, float] = {}
    for measure, one, other, gap in zip(MEASURES, group, others, gaps, strict=True):
        row |= {
            f"{measure}_level": one.value,
            f"{measure}_others": other.value,
            f"{measure}_gap": gap.value,
            f"{measure}_gap_low": gap.low,
            f"{measure}_gap_high": gap.high,
        }
    return row


def _figures(weights: Floats, ranked: Ranked, residual: Floats, chosen: Floats) -> list[float]:
    total = weights.sum()
    if total == 0:
        return [np.nan] * len(MEASURES)
    return [
        weighted_auroc(ranked, weights[ranked.order]),
        float(weights @ residual / total),
        float(weights @ chosen / total),
    ]
