"""From fitted trees to the model in use: with what rows not seen support, and nothing else."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

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


class Composed(NamedTuple):
    """The model in use, and what it says of rows it was fitted on as if it had not been.

    Attributes
    ----------
    model
        With its `blend_`, if one was chosen.
    log_odds
        Of each training row (n,): its trees never saw the row's customer, nor, where customers are
        few, did anything else in the blend. With many customers the other members of a blend did,
        and say of them what they would of others.
    forward
        ``outcome`` and ``log_odds`` of rows that the members had not seen, by position in the
        panel. With ``cutoff`` the members are of before it (the weights of all), without it they
        are of other customers; empty where there are no later cutoffs and customers are not few.
    decisions
        What was decided, and why.
    """

    model: LoyaltyClassifier
    log_odds: npt.NDArray[np.float64]
    forward: pd.DataFrame
    decisions: tuple[Decision, ...]


def composed(
    model: LoyaltyClassifier,
    binned: Binned,
    panel: pd.DataFrame,
    label: npt.NDArray[np.int64],
    *,
    target: str,
    config: Config,
    damped: Mapping[str, str],
) -> Composed:
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
    return made._replace(decisions=(*season, *made.decisions))


class _Rows(NamedTuple):
    model: LoyaltyClassifier
    binned: Binned
    panel: pd.DataFrame
    label: npt.NDArray[np.int64]


def _by_time(rows: _Rows, forward: pd.DataFrame, config: Config, penalty: float | None) -> Composed:
    """What later cutoffs support; the trees alone without them."""
    model, binned, panel, label = rows
    log_odds = trees = model.calibration_.log_odds(model.oof_raw_)
    if forward.empty:
        told = "no training cutoff has enough rows before it whose outcomes had been known"
        return Composed(model, trees, forward, (Decision("blend and level shift", "none", told),))
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
            blend = Blend.of(choice.weights, others, intercept=0.0)
            level = blend.level(trees, binned.encoded)
            log_odds = level + blend.log_odds(trees, binned.encoded)
            model = model.blended(blend.model_copy(update={"intercept": level + choice.shift}))
    predicted = forward[["cutoff", "outcome"]].assign(log_odds=choice.log_odds)
    return Composed(model, log_odds, predicted, choice.decisions)


def _by_customers(
    rows: _Rows, forward: pd.DataFrame, target: str, config: Config, penalty: float | None
) -> Composed:
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
        return Composed(model, stack.log_odds, left_out, decisions)
    members = {name: forward[name] for name in stack.weights | ALONE}
    predicted = forward[["cutoff", "outcome"]].assign(log_odds=combined(members, stack.weights))
    return Composed(model, stack.log_odds, predicted, decisions)
