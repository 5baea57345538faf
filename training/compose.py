"""From fitted trees to the model in use: with what later cutoffs support, and nothing else."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.bgnbd_member import BetaGeoMember
from treue.models.blend import Blend
from treue.models.boosting import Binned
from treue.models.classifier import LoyaltyClassifier
from treue.models.linear import QuantileLogistic
from treue.training.choose import ALONE, Choice, Decision, choose
from treue.training.config import Config
from treue.training.members import other_members
from treue.training.rolling import rolling

log = logging.getLogger(__name__)


def composed(
    model: LoyaltyClassifier,
    binned: Binned,
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
    binned, panel, label
        Training rows, encoded and as they came, and their outcomes.
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
    season = [
        Decision("season", "every other member", told) for told in sorted(set(damped.values()))
    ]
    forward, penalty = rolling(binned, panel, label, target=target, config=config, damped=damped)
    if forward.empty:
        told = "no training cutoff has enough rows before it whose outcomes had been known"
        nothing = Decision("blend and level shift", "none", told)
        return model, forward, [one.as_dict() for one in (*season, nothing)]
    customers = panel["customer_id"].to_numpy()[forward.index]
    choice = choose(forward, customers, horizon_days=config.label.horizon_days)
    if choice.blended:
        named = set(choice.weights) - set(ALONE)
        others = other_members(
            *(binned.columns, panel, binned.encoded, label, named), config=config, penalty=penalty
        )
        if missing := sorted(named - set(others)):
            told = f"{', '.join(missing)} could be fitted at later cutoffs, but not on all rows"
            alone = (Decision("blend", "trees alone", told),)
            choice = Choice(ALONE, 0.0, forward["tree"].to_numpy(), alone)
        else:
            model = _blended(model, binned.encoded, choice, others)
    for decision in choice.decisions:
        log.info("%s, %s: %s (%s)", target, decision.name, decision.chosen, decision.reason)
    predicted = forward[["cutoff", "outcome"]].assign(log_odds=choice.log_odds)
    return model, predicted, [one.as_dict() for one in (*season, *choice.decisions)]


def _blended(
    model: LoyaltyClassifier,
    encoded: npt.NDArray[np.float64],
    choice: Choice,
    others: Mapping[str, QuantileLogistic | BetaGeoMember],
) -> LoyaltyClassifier:
    """The model with its other members, at the level of its trees out of fold, shifted."""
    trees = model.calibration_.log_odds(model.oof_raw_)
    unlevelled = Blend.of(choice.weights, others, intercept=0.0)
    level = unlevelled.level(trees, encoded) + choice.shift
    return model.blended(unlevelled.model_copy(update={"intercept": level}))
