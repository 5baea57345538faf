"""What each row's customer brings if kept, in the money of the value card."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from treue.models.ranked import Floats
from treue.models.value import assumptions_of, kept_margins
from treue.training.config import Config


class Worth(NamedTuple):
    """What each row's customer brings if kept, and whether that rests on a known margin."""

    kept: Floats
    known: np.ndarray[Any, Any]


def worth_of(panel: pd.DataFrame, config: Config) -> Worth:
    """Return what keeping each customer brings over the days of the value card.

    Own margin (``margin_365``, else revenue times ``value.margin_share``) over the days in which it
    was earned, and the share of the reference value that would go too. Returns, which the features
    leave out, are not deducted here. ``value.customer_value`` stands in for a margin that is not
    known.
    """
    if "margin_365" in panel:
        margin = panel["margin_365"]
    elif "amount_365" in panel and config.value.margin_share is not None:
        margin = panel["amount_365"] * config.value.margin_share
    else:
        margin = pd.Series(np.nan, index=panel.index)
    kept = kept_margins(
        margin.to_numpy(dtype=np.float64, na_value=np.nan),
        assumptions=assumptions_of(config.value, horizon_days=config.label.horizon_days),
        earned_days=_filled(panel, "tenure_days", np.inf),
        reference_value=_filled(panel, "reference_margin", 0.0),
    )
    known = ~np.isnan(kept)
    return Worth(np.where(known, kept, config.value.customer_value), known)


def _filled(panel: pd.DataFrame, name: str, missing: float) -> Floats:
    if name not in panel:
        return np.full(len(panel), missing)
    return panel[name].fillna(missing).to_numpy(dtype=np.float64)
