"""Learning a curve: one small logistic regression a horizon, on top of the classifier."""

import logging
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from treue.models.curve import HORIZONS, Curve, Point, event_log_odds
from treue.models.curve_terms import NAMES, Event, terms, typical_values

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

RIDGE = 10.0
"""Strength of the L2 penalty, in rows, on each standardised weight's distance from the anchor's."""
MOST_CUTOFFS = 3
"""Cutoffs, from the latest back, on which the choice of terms is tried."""
MOST_ROWS = 30_000
"""More are drawn at random, by customer: some ten weights need no more."""

logger = logging.getLogger(__name__)


class _Rows(NamedTuple):
    """Training rows; `day` is the cutoff in days, `after` the days from it to the event."""

    panel: pd.DataFrame
    log_odds: Floats
    after: Floats
    day: Floats
    customer: npt.NDArray[Any]

    def where(self, chosen: Flags) -> "_Rows":
        return _Rows(self.panel[chosen], *(each[chosen] for each in self[1:]))

    def outcome(self, days: int) -> Floats:
        return (self.after <= days).astype(float)

    def is_enough(self, days: int, smallest: int) -> bool:
        yes = self.after <= days
        return all(len(np.unique(self.customer[each])) >= smallest for each in (yes, ~yes))


def fit_curve(
    panel: pd.DataFrame,
    log_odds: npt.ArrayLike,
    *,
    event: Event,
    after: str,
    anchor_days: int,
    smallest: int,
    seed: int = 0,
) -> Curve:
    """Learn the curve of an event from training rows.

    Each horizon's log-odds are a ridge regression drawn towards the classifier's own, on its
    log-odds alone or also on what tells the timing: whichever did better at the latest training
    cutoffs, fitted on those before them whose outcome was known then. Where that cannot be tried,
    the log-odds alone.

    Parameters
    ----------
    panel : DataFrame
        Training rows with ``customer_id``, ``cutoff``, features and the column `after`.
    log_odds : array (n,)
        Out of fold, calibrated, of the classifier's label.
    event : str
    after : str
        Column with days from the cutoff to the event, NaN where there is none. What lay after the
        latest training label was not known and is not looked at: the outcome within h days counts
        for cutoffs up to h days before that moment only.
    anchor_days : int
        The classifier's horizon.
    smallest : int
        Fewest customers of either outcome from which a horizon is learnt; else it is left out.
    """
    stamps = pd.to_datetime(panel["cutoff"])
    day = np.asarray((stamps - stamps.max()) / pd.Timedelta(days=1), dtype=np.float64)
    rows = _Rows(
        panel.reset_index(drop=True),
        event_log_odds(event, np.asarray(log_odds, dtype=float)),
        np.nan_to_num(panel[after].to_numpy(dtype=float), nan=np.inf),
        day,
        pd.factorize(panel["customer_id"])[0],
    )
    rows = _drawn(rows, seed)
    typical = typical_values(event, rows.panel)
    points = []
    for days in HORIZONS:
        if days == anchor_days:
            continue
        known = rows.where(rows.day + days <= anchor_days)
        if not known.is_enough(days, smallest):
            logger.info("no curve at %d days: too few outcomes known in training", days)
            continue
        names = _choose(known, event, days, typical, smallest)
        points.append(_fit(known, event, days, typical, names))
        logger.info("curve at %d days: %d rows, %s", days, len(known.day), ", ".join(names))
    return Curve(event=event, anchor_days=anchor_days, typical=typical, points=points)


def _drawn(rows: _Rows, seed: int) -> _Rows:
    share = MOST_ROWS / max(len(rows.day), 1)
    if share >= 1:
        return rows
    drawn = np.random.default_rng(seed).random(int(rows.customer.max()) + 1) < share
    return rows.where(drawn[rows.customer])


def _choose(
    rows: _Rows, event: Event, days: int, typical: dict[str, float], smallest: int
) -> tuple[str, ...]:
    """Return the terms that did better at the latest cutoffs, as those before them knew it."""
    plain, timing = NAMES[event][:1], NAMES[event]
    gain = 0.0
    for cutoff in np.unique(rows.day)[::-1][:MOST_CUTOFFS]:
        past = rows.where(rows.day + days <= cutoff)
        if not past.is_enough(days, smallest):
            break
        now = rows.where(rows.day == cutoff)
        gain += _loss(now, event, days, typical, _fit(past, event, days, typical, plain))
        gain -= _loss(now, event, days, typical, _fit(past, event, days, typical, timing))
    return timing if gain > 0 else plain


def _loss(rows: _Rows, event: Event, days: int, typical: dict[str, float], point: Point) -> float:
    values = terms(event, rows.log_odds, rows.panel, days=days, typical=typical)
    z = point.intercept + values @ [point.weights.get(name, 0.0) for name in NAMES[event]]
    return float(np.mean(np.logaddexp(0.0, z) - rows.outcome(days) * z))


def _fit(
    rows: _Rows, event: Event, days: int, typical: dict[str, float], names: tuple[str, ...]
) -> Point:
    """Return the regression of one horizon on some of the terms."""
    y = rows.outcome(days)
    values = terms(event, rows.log_odds, rows.panel, days=days, typical=typical)
    values = values[:, [NAMES[event].index(name) for name in names]]
    centre, spread = values.mean(axis=0), values.std(axis=0)
    spread = np.where(spread > 1e-9, spread, np.inf)  # a constant term gets no weight
    design = np.column_stack([np.ones(len(y)), (values - centre) / spread])
    penalty = np.r_[0.0, np.full(len(names), RIDGE / len(y))]

    def loss(w: Floats) -> float:
        z = rows.log_odds + design @ w
        return float(np.mean(np.logaddexp(0.0, z) - y * z) + penalty @ w**2 / 2)

    def gradient(w: Floats) -> Floats:
        return design.T @ (expit(rows.log_odds + design @ w) - y) / len(y) + penalty * w

    def hessian(w: Floats) -> Floats:
        p = expit(rows.log_odds + design @ w)
        return (design * (p * (1 - p))[:, None]).T @ design / len(y) + np.diag(penalty)

    best = minimize(
        loss,
        np.zeros(1 + len(names)),
        jac=gradient,
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-7},
    ).x
    weights = best[1:] / spread
    intercept = float(best[0] - weights @ centre)
    found = {name: float(weight) for name, weight in zip(names, weights, strict=True)}
    found["log_odds"] += 1.0
    return Point(days=days, rows=len(y), intercept=intercept, weights=found)
