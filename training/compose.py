"""From fitted trees to the model in use: with what later cutoffs support, and nothing else."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.blend import Blend
from treue.models.classifier import LoyaltyClassifier
from treue.training.choose import Choice, Decision, choose, level_difference
from treue.training.config import Config
from treue.training.rolling import other_members, rolling

log = logging.getLogger(__name__)


def composed(
    model: LoyaltyClassifier,
    panel: pd.DataFrame,
    label: npt.NDArray[np.int64],
    *,
    target: str,
    config: Config,
    damped: Mapping[str, str],
) -> tuple[LoyaltyClassifier, pd.DataFrame, list[dict[str, Any]]]:
    """Blend and shift a model where the rolling backtest inside its rows supports it.

    Parameters
    ----------
    model
        Fitted on all rows of `panel`.
    panel, label
        Training rows and their outcomes.
    target
        ``churn`` or ``referral``.
    config
        What is tried, and how the inner models are fitted.
    damped
        Features that only every other member uses, with the reason.

    Returns
    -------
    model : LoyaltyClassifier
        With its `blend_`, if one was chosen.
    forward : DataFrame
        Time-forward predictions of what was chosen: ``cutoff``, ``outcome``, ``log_odds``, by
        position in `panel`; empty where there are too few cutoffs.
    decisions : list of dict
        ``name``, ``chosen``, ``reason``: for the bundle's provenance.
    """
    names = list(model.columns_.names)
    season = [
        Decision("season", "every other member", told) for told in sorted(set(damped.values()))
    ]
    forward = rolling(panel, names, label, target=target, config=config, damped=damped)
    if forward.empty:
        told = "no training cutoff has enough rows before it whose outcomes had been known"
        nothing = Decision("blend and level shift", "none", told)
        return model, forward, [one.as_dict() for one in (*season, nothing)]
    customers = panel["customer_id"].to_numpy()[forward.index]
    choice = choose(forward, customers, horizon_days=config.label.horizon_days)
    for decision in choice.decisions:
        log.info("%s, %s: %s (%s)", target, decision.name, decision.chosen, decision.reason)
    if choice.blended:
        model = _blended(model, panel, label, choice, config=config)
    predicted = forward[["cutoff", "outcome"]].assign(log_odds=choice.log_odds)
    return model, predicted, [one.as_dict() for one in (*season, *choice.decisions)]


def _blended(
    model: LoyaltyClassifier,
    panel: pd.DataFrame,
    label: npt.NDArray[np.int64],
    choice: Choice,
    *,
    config: Config,
) -> LoyaltyClassifier:
    """The model with its other members, at the level of its trees out of fold, shifted."""
    encoded = model.columns_.encode(panel[list(model.columns_.names)])
    named = set(choice.weights) - {"tree"}
    others = other_members(model.columns_, panel, label, named, config=config)
    trees = model.calibration_.log_odds(model.oof_raw_)
    unlevelled = Blend.of(choice.weights, others, intercept=0.0)
    level = level_difference(unlevelled.log_odds(trees, encoded), trees)
    return model.blended(unlevelled.model_copy(update={"intercept": level + choice.shift}))
