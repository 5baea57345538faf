"""A blend for few customers: stacked over customers left out, where no later cutoff can judge.

With hundreds of customers trees hardly grow, and BG/NBD or a regression may well be better; which
of them is, as few customers cannot tell either. An equal share of each is hard to beat then, so the
weights start there, and move as far as the customers left out speak for it
(docs/decisions/21-few-customers.md). With more customers the trees need no help that can be proven
without later cutoffs, and stay alone.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.blend import Blend, fit_weights
from treue.models.boosting import Binned
from treue.models.classifier import LoyaltyClassifier
from treue.models.folds import customer_folds
from treue.models.linear import QuantileLogistic
from treue.training.choose import ALONE, Decision, combined
from treue.training.config import Config
from treue.training.members import Members, other_members
from treue.training.verdict import SURE, gained, row_log_loss

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_SILENT = 1e-6  # spread in log-odds, up to which a member tells nobody apart and has no vote


@dataclass(frozen=True)
class Stack:
    """A blend, and what it says of customers left out.

    Attributes
    ----------
    blend
        Members fitted on all rows, at the level of the trees out of fold; None for trees alone.
    weights
        By member; trees alone are ``{"tree": 1.0}``.
    log_odds
        Of each row (n,), by members that never saw its customer.
    decision
        The reason.
    """

    blend: Blend | None
    weights: dict[str, float]
    log_odds: Floats
    decision: Decision


def is_few(panel: pd.DataFrame, config: Config) -> bool:
    """Whether a panel has too few customers for its trees to grow as they are set.

    A tree with all its leaves needs ``num_leaves * min_child_samples`` rows (1,200 by default);
    rows of one customer resemble each other, so that customers are counted.
    """
    return int(panel["customer_id"].nunique()) < _enough(config)


def _enough(config: Config) -> int:
    return config.model.num_leaves * config.model.min_child_samples


def stacked(
    model: LoyaltyClassifier,
    binned: Binned,
    panel: pd.DataFrame,
    label: Labels,
    names: Collection[str],
    *,
    config: Config,
    penalty: float | None = None,
) -> Stack:
    """Stack out of fold: every member says of each customer what it learned from others.

    Parameters
    ----------
    model
        Fitted on all rows.
    binned, panel, label
        Those rows, encoded and as they came, and their outcomes.
    names
        Members beside the trees that may be used; one that cannot be fitted is left out.
    config
        How members are fitted.
    penalty
        C of the logistic regression, if it is known.
    """
    trees = model.calibration_.log_odds(model.oof_raw_)
    fold = _folds(panel, label, config)
    members, left_out = _beside(binned, panel, label, names, fold, config=config, penalty=penalty)
    said = {"tree": trees, **left_out}
    whole = {"tree": model.log_odds(binned.encoded)}
    whole |= {name: member.log_odds(binned.encoded) for name, member in members.items()}
    asked = [name for name in said if np.std(whole[name]) > _SILENT]
    if not set(asked) - set(ALONE):
        told = "no other member could be fitted on these customers"
        return Stack(None, ALONE, trees, Decision("blend", "trees alone", told))
    outs = np.column_stack([said[name] for name in asked])
    codes, known = pd.factorize(panel["customer_id"])
    cutoffs = panel["cutoff"].to_numpy() if "cutoff" in panel else np.zeros(len(panel))

    def weights_of(rows: npt.NDArray[np.bool_]) -> dict[str, float]:
        share = np.full(len(asked), 1.0 / len(asked))
        found = fit_weights(
            *(outs[rows], label[rows], cutoffs[rows]), customers=codes[rows], expected=share
        )
        return {name: float(w) for name, w in zip(asked, found, strict=True) if w > 0} or ALONE

    blended = np.empty(len(label))
    for k in np.unique(fold):
        here = fold == k
        blended[here] = combined({n: z[here] for n, z in said.items()}, weights_of(~here))
    found = gained(row_log_loss(trees, label) - row_log_loss(blended, label), fold, codes)
    reason = (
        f"{len(known):,} customers, fewer than {_enough(config):,}: stacked out of fold from an "
        f"equal share each, unless surely worse; {found.told('groups of customers left out')}"
    )
    weights = weights_of(np.ones(len(label), dtype=bool))
    if weights == ALONE or found.gain < -SURE * found.error:
        return Stack(None, ALONE, trees, Decision("blend", "trees alone", reason))
    log_odds = combined(said, weights)
    level = float(np.mean(log_odds - sum(w * said[name] for name, w in weights.items())))
    words = " + ".join(f"{weight:.2f} {name}" for name, weight in weights.items())
    blend = Blend.of(weights, members, intercept=level)
    return Stack(blend, weights, log_odds, Decision("blend", words, reason))


def _folds(panel: pd.DataFrame, label: Labels, config: Config) -> npt.NDArray[np.int_]:
    """Return each row's fold, by customer; not the trees' own folds, whose seed is drawn."""
    customers = panel["customer_id"].to_numpy()
    return customer_folds(
        label,
        customers,
        n_folds=min(config.model.n_folds, len(np.unique(customers))),
        seed=config.model.random_state,
    )


def _beside(
    binned: Binned,
    panel: pd.DataFrame,
    label: Labels,
    names: Collection[str],
    fold: npt.NDArray[np.int_],
    *,
    config: Config,
    penalty: float | None,
) -> tuple[Members, dict[str, Floats]]:
    """Return members beside the trees on all rows, and log-odds (n,) of each out of fold.

    One that cannot be fitted on all rows, or on those outside of a fold, is left out. The
    regression's penalty is chosen once, on all rows: one number of three.
    """
    members = other_members(
        *(binned.columns, panel, binned.encoded, label, names), config=config, penalty=penalty
    )
    linear = members.get("linear")
    if isinstance(linear, QuantileLogistic):
        penalty = linear.C_
    said = {name: np.full(len(label), np.nan) for name in members}
    for k in np.unique(fold):
        inside, here = fold != k, fold == k
        for name, member in other_members(
            *(binned.columns, panel[inside], binned.encoded[inside], label[inside], members),
            config=config,
            penalty=penalty,
        ).items():
            said[name][here] = member.log_odds(binned.encoded[here])
    said = {name: log_odds for name, log_odds in said.items() if np.isfinite(log_odds).all()}
    return {name: members[name] for name in said}, said
