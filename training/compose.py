"""From fitted trees to the model in use: with what rows not seen support, and nothing else."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.blend import Blend
from treue.models.boosting import Binned
from treue.models.classifier import LoyaltyClassifier
from treue.training.choose import (
    ALONE,
    LEAST_CUTOFFS,
    LEAST_FORECASTS,
    Choice,
    Decision,
    choose,
    combined,
)
from treue.training.config import Config
from treue.training.members import other_members, possible_members
from treue.training.rolling import rolling
from treue.training.stacked import is_few, stacked

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

    Where customers are few, and later cutoffs too, it is blended as customers left out support it.

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
        What was chosen, asked of rows that it had not seen: ``outcome``, ``log_odds``, by position
        in `panel`. With ``cutoff`` it is time-forward, without it is of customers left out; empty
        where there are no later cutoffs and customers are not few.
    decisions : list of dict
        ``name``, ``chosen``, ``reason``: for the bundle's provenance.
    """
    season = [
        Decision("season", "every other member", told) for told in sorted(set(damped.values()))
    ]
    forward, penalty = rolling(binned, panel, label, target=target, config=config, damped=damped)
    rows = _Rows(model, binned, panel, label)
    unjudged = forward["cutoff"].nunique() < LEAST_CUTOFFS
    if config.model.inner_cutoffs and unjudged and is_few(panel, config):
        made = _by_customers(rows, forward, target, config, penalty)
    else:
        made = _by_time(rows, forward, config, penalty)
    for decision in made.decisions:
        log.info("%s, %s: %s (%s)", target, decision.name, decision.chosen, decision.reason)
    return made.model, made.told, [one.as_dict() for one in (*season, *made.decisions)]


class _Rows(NamedTuple):
    model: LoyaltyClassifier
    binned: Binned
    panel: pd.DataFrame
    label: npt.NDArray[np.int64]


class _Made(NamedTuple):
    model: LoyaltyClassifier
    told: pd.DataFrame
    decisions: tuple[Decision, ...]


def _by_time(rows: _Rows, forward: pd.DataFrame, config: Config, penalty: float | None) -> _Made:
    """What later cutoffs support; the trees alone without them."""
    if forward.empty:
        told = "no training cutoff has enough rows before it whose outcomes had been known"
        return _Made(rows.model, forward, (Decision("blend and level shift", "none", told),))
    model, binned, panel, label = rows
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
            trees = model.calibration_.log_odds(model.oof_raw_)
            blend = Blend.of(choice.weights, others, intercept=0.0)
            level = blend.level(trees, binned.encoded) + choice.shift
            model = model.blended(blend.model_copy(update={"intercept": level}))
    predicted = forward[["cutoff", "outcome"]].assign(log_odds=choice.log_odds)
    return _Made(model, predicted, choice.decisions)


def _by_customers(
    rows: _Rows, forward: pd.DataFrame, target: str, config: Config, penalty: float | None
) -> _Made:
    """What customers left out support, where they are few, and later cutoffs too."""
    names = [
        name
        for name in possible_members(target, config)
        if forward.empty or (name in forward and forward[name].notna().all())
    ]
    stack = stacked(*rows, names, config=config, penalty=penalty)
    cutoffs = forward["cutoff"].nunique()
    told = f"cutoffs whose level could be foretold: at most {cutoffs}; {LEAST_FORECASTS} are needed"
    decisions = (stack.decision, Decision("level shift", "none", told))
    model = rows.model if stack.blend is None else rows.model.blended(stack.blend)
    if forward.empty:
        left_out = pd.DataFrame({"outcome": rows.label, "log_odds": stack.log_odds})
        return _Made(model, left_out, decisions)
    members = {name: forward[name] for name in stack.weights | ALONE}
    predicted = forward[["cutoff", "outcome"]].assign(log_odds=combined(members, stack.weights))
    return _Made(model, predicted, decisions)
