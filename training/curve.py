"""The curve of a model: when, not only whether, where the labels can tell."""

import logging
import time

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.bundle import Bundle
from treue.models.curve import Curve
from treue.models.curve_fit import fit_curve
from treue.models.curve_terms import INPUTS, Event
from treue.models.metrics import expected_calibration_error, log_loss
from treue.training.config import Config

log = logging.getLogger(__name__)

AFTER_OF = {"churn": "churned_after", "referral": "referred_after"}
JUDGED = ("days", "rows", "happened", "predicted", "calibration_error", "log_loss")
_CHURN: dict[str, Event] = {"inactivity": "buys_again", "contract": "has_left"}


def curve_of(
    panel: pd.DataFrame, target: str, log_odds: npt.NDArray[np.float64], *, config: Config
) -> Curve | None:
    """The curve on the rows that a model was fitted on.

    `log_odds` (n,) is what the model says of each of them as if it had not been
    (`treue.training.compose.Composed`).

    None where there is no such curve: a ready panel does not say when it happened, and shares of
    spend in windows of different lengths are not comparable (churn by decline).
    """
    event = _CHURN.get(config.label.churn) if target == "churn" else "has_recommended"
    if event is None or "cutoff" not in panel or AFTER_OF[target] not in panel:
        return None
    started = time.perf_counter()
    read = {"customer_id", "cutoff", AFTER_OF[target], *INPUTS[event]}
    curve = fit_curve(
        panel[[name for name in panel if name in read]],
        log_odds,
        event=event,
        after=AFTER_OF[target],
        anchor_days=config.label.horizon_days,
        smallest=config.evaluation.smallest_class,
    )
    log.info("curve of %s: %s days, %.1f s", target, curve.days, time.perf_counter() - started)
    return curve


def judge_curve(bundle: Bundle, held_out: pd.DataFrame) -> pd.DataFrame:
    """How the curve did on held-out rows: one row a horizon, empty without a curve.

    Returns
    -------
    DataFrame
        ``days``, ``rows`` (those whose outcome at that horizon was known when the last held-out
        label was), ``happened`` and ``predicted`` (shares), ``calibration_error``, ``log_loss``. A
        horizon that nobody's outcome was known at is left out.
    """
    curve, after = bundle.curve, AFTER_OF[bundle.target]
    if curve is None or "cutoff" not in held_out or after not in held_out:
        return pd.DataFrame(columns=[*JUDGED])
    probability = curve.within(bundle.model.decision_function(held_out), held_out)
    age = (held_out["cutoff"].max() - held_out["cutoff"]) / pd.Timedelta(days=1)
    days_after = held_out[after].to_numpy(dtype=float)
    found = []
    for days, p in zip(curve.days, probability.T, strict=True):
        known = (days <= age + curve.anchor_days).to_numpy()
        if known.any():
            y = (days_after[known] <= days).astype(int)
            figures = (expected_calibration_error(y, p[known]), log_loss(y, p[known]))
            found.append((days, int(known.sum()), y.mean(), p[known].mean(), *figures))
    return pd.DataFrame(found, columns=[*JUDGED])
