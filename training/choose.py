"""What a model is made of, chosen by the rolling backtest inside its training rows.

The simplest is kept unless later cutoffs speak against it: a blend must have had the lower log loss
at every one of them, by more than chance, with weights that the others gave; a shift of the level
must have helped at every cutoff where earlier ones could foretell it. Why so strict: on real data
label-shift correction by expectation-maximisation, shifts by the last error, and blends fitted out
of fold alone all did harm (docs/decisions/19-drift-and-blending.md).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from treue.models.blend import fit_weights
from treue.models.level import level_observed, level_to
from treue.training.members import MEMBERS
from treue.training.verdict import gained, row_log_loss

Floats = npt.NDArray[np.float64]

ALONE: dict[str, float] = {"tree": 1.0}
LEAST_CUTOFFS = 3
"""Cutoffs to judge members at, below which nothing is blended."""
LARGEST_DRIFT = 0.25
"""Mean error of the level in log-odds (6 points at 50 %), above which nothing is blended."""
LEAST_FORECASTS = 3
"""Cutoffs whose level earlier ones could foretell, below which no shift is considered."""
FORECAST_SHARE = 0.5
"""Share of the last known error that is expected to come again."""


@dataclass(frozen=True)
class Decision:
    """One choice, for the log, the model card and the report."""

    name: str
    chosen: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Choice:
    """Weights of the members in log-odds, and what was decided why.

    Attributes
    ----------
    weights
        By member; trees alone are ``{"tree": 1.0}``.
    shift
        Added to the log-odds: how far the level is expected to move.
    log_odds
        What was chosen, of the rows it was chosen by, before the shift: that is a forecast made
        after them.
    decisions
        The reasons.
    """

    weights: dict[str, float]
    shift: float
    log_odds: Floats
    decisions: tuple[Decision, ...]

    @property
    def blended(self) -> bool:
        """Whether anything but the trees as they are is wanted."""
        return self.weights != ALONE or self.shift != 0.0


def choose(forward: pd.DataFrame, customers: npt.NDArray[Any], *, horizon_days: int) -> Choice:
    """Choose by time-forward predictions.

    Parameters
    ----------
    forward
        As `treue.training.rolling.rolling` returns it.
    customers
        Customer of each of its rows: rows of one customer count together.
    horizon_days
        Days until a cutoff's outcomes are known.
    """
    weights, blend = _blend(forward, customers)
    log_odds = combined({name: forward[name] for name in weights | ALONE}, weights)
    shift, level = _shift(forward, log_odds, customers, horizon_days)
    return Choice(weights, shift, log_odds, (blend, level))


def combined(members: Mapping[str, Any], weights: dict[str, float]) -> Floats:
    """The weighted sum of members' log-odds, moved to the mean probability of the trees'."""
    trees = np.asarray(members["tree"], dtype=float)
    if weights == ALONE:
        return trees
    total = sum(
        (w * np.asarray(members[name]) for name, w in weights.items()), np.zeros_like(trees)
    )
    return total + level_to(total, float(expit(trees).mean()))


def _blend(forward: pd.DataFrame, customers: npt.NDArray[Any]) -> tuple[dict[str, float], Decision]:
    names = [name for name in MEMBERS if name in forward and forward[name].notna().all()]
    origins = np.unique(forward["cutoff"])
    if len(names) < 2:
        told = "no other member could be fitted at every one of the cutoffs to judge at"
        return ALONE, Decision("blend", "trees alone", told)
    if len(origins) < LEAST_CUTOFFS:
        told = f"cutoffs to judge members at: {len(origins)}; {LEAST_CUTOFFS} are needed"
        return ALONE, Decision("blend", "trees alone", told)
    members = forward[names].to_numpy(dtype=float)
    outcome = forward["outcome"].to_numpy()
    cutoff = forward["cutoff"].to_numpy()
    drift = float(
        np.mean(
            [abs(level_observed(members[cutoff == o, 0], outcome[cutoff == o])) for o in origins]
        )
    )
    if drift > LARGEST_DRIFT:
        told = (
            f"the level moved by {drift:.2f} in log-odds on average between training and the "
            f"{len(origins)} later cutoffs, more than {LARGEST_DRIFT}: too much to learn weights"
        )
        return ALONE, Decision("blend", "trees alone", told)
    gain = np.empty(len(forward))
    for origin in origins:
        here = cutoff == origin
        weights = fit_weights(members[~here], outcome[~here], cutoff[~here])
        blended = members[here] @ weights
        without, with_it = (
            row_log_loss(_levelled(one, outcome[here]), outcome[here])
            for one in (members[here, 0], blended)
        )
        gain[here] = without - with_it
    found = gained(gain, cutoff, customers)
    if not found.helps:
        return ALONE, Decision("blend", "trees alone", f"blending: {found.told()}")
    weights = fit_weights(members, outcome, cutoff)
    kept = {name: float(w) for name, w in zip(names, weights, strict=True) if w > 0}
    words = " + ".join(f"{w:.2f} {name}" for name, w in kept.items())
    return kept, Decision("blend", words, f"blending: {found.told()}")


def _shift(
    forward: pd.DataFrame, log_odds: Floats, customers: npt.NDArray[Any], horizon_days: int
) -> tuple[float, Decision]:
    outcome, cutoff = forward["outcome"].to_numpy(), forward["cutoff"].to_numpy()
    horizon = np.timedelta64(horizon_days, "D")
    origins = np.unique(cutoff)
    error = {o: level_observed(log_odds[cutoff == o], outcome[cutoff == o]) for o in origins}
    known = {o: [q for q in origins if q + horizon <= o] for o in origins}
    foretold = [o for o in origins if known[o]]
    if len(foretold) < LEAST_FORECASTS:
        told = (
            f"cutoffs whose level earlier ones could foretell: {len(foretold)}; "
            f"{LEAST_FORECASTS} are needed (model.inner_cutoffs)"
        )
        return 0.0, Decision("level shift", "none", told)
    rows = np.isin(cutoff, foretold)
    forecast = np.array([FORECAST_SHARE * error[known[o][-1]] for o in cutoff[rows]])
    gain = row_log_loss(log_odds[rows], outcome[rows]) - row_log_loss(
        log_odds[rows] + forecast, outcome[rows]
    )
    found = gained(gain, cutoff[rows], customers[rows])
    told = f"shifting by the last error: {found.told()}"
    if not found.helps:
        return 0.0, Decision("level shift", "none", told)
    shift = FORECAST_SHARE * error[origins[-1]]
    return shift, Decision("level shift", f"{shift:+.2f}", told)


def _levelled(log_odds: Floats, outcome: npt.NDArray[np.int64]) -> Floats:
    return log_odds + level_observed(log_odds, outcome)
