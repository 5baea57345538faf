"""The curve of a model: when, not only whether, where the labels can tell."""

import logging
import time

import numpy as np
import pandas as pd
from scipy.special import logit

from treue.models.classifier import LoyaltyClassifier
from treue.models.curve import Curve
from treue.models.curve_fit import fit_curve
from treue.models.curve_terms import Event
from treue.training.config import Config

log = logging.getLogger(__name__)

AFTER = {"churn": "churned_after", "referral": "referred_after"}
_CHURN: dict[str, Event] = {"inactivity": "buys_again", "contract": "has_left"}


def curve_of(
    panel: pd.DataFrame, target: str, model: LoyaltyClassifier, *, config: Config
) -> Curve | None:
    """The curve on the rows that `model` was fitted on.

    None where there is no such curve: a ready panel does not say when it happened, and shares of
    spend in windows of different lengths are not comparable (churn by decline).
    """
    event = _CHURN.get(config.label.churn) if target == "churn" else "has_recommended"
    if event is None or "cutoff" not in panel or AFTER[target] not in panel:
        return None
    started = time.perf_counter()
    curve = fit_curve(
        panel,
        logit(np.clip(model.oof_probability_, 1e-12, 1 - 1e-12)),
        event=event,
        after=AFTER[target],
        anchor_days=config.label.horizon_days,
        smallest=config.evaluation.smallest_class,
    )
    log.info("curve of %s: %s days, %.1f s", target, curve.days, time.perf_counter() - started)
    return curve
