"""How sure the model just fitted is, learnt from predictions that did not know their outcomes."""

import logging
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import logit

from treue.models.certainty import Certainty
from treue.models.classifier import LoyaltyClassifier
from treue.training.config import Config

log = logging.getLogger(__name__)

_CLOSEST = 1e-9  # to 0 or 1, so that log-odds stay finite


def certainty_of(
    model: LoyaltyClassifier,
    panel: pd.DataFrame,
    names: Sequence[str],
    label: np.ndarray[tuple[int], np.dtype[np.int64]],
    *,
    config: Config,
    forward: pd.DataFrame | None = None,
) -> Certainty:
    """Intervals and flags of a model.

    Parameters
    ----------
    model
        Fitted on `panel`.
    panel, names, label
        Training rows, the features among their columns, and their outcomes.
    forward
        Predictions of a rolling backtest inside these rows: ``cutoff``, ``outcome``, ``log_odds``,
        indexed by position. Without it (a ready panel, or too few cutoffs) the out-of-fold
        predictions serve; they tell nothing of drift.
    """
    started = time.perf_counter()
    rows = panel.reset_index(drop=True)
    if forward is None or forward.empty:
        p = np.clip(model.oof_probability_, _CLOSEST, 1 - _CLOSEST)
        forward = pd.DataFrame({"outcome": label, "log_odds": logit(p)}, index=rows.index)
    found = Certainty.fit(
        rows[list(names)],
        model.columns_,
        forward,
        customers=rows["customer_id"],
        cutoff=rows.get("cutoff"),
        horizon_days=config.label.horizon_days,
    )
    log.info(
        "certainty from %d cutoffs: drift %.2f, spread %.2f, %.1f s",
        *(found.cutoffs, found.drift, found.spread, time.perf_counter() - started),
    )
    return found
