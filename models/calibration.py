"""Platt calibration: a raw score's log-odds, straightened by one slope and one intercept."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]

SLOPE_FLOOR = 0.01  # keeps the ranking where raw scores tell nothing, or less than nothing


@dataclass(frozen=True)
class Calibration:
    """``probability = 1 / (1 + exp(-(slope * raw + intercept)))``."""

    slope: float
    intercept: float

    def log_odds(self, raw: Floats) -> Floats:
        """Return calibrated log-odds of raw scores."""
        return self.slope * raw + self.intercept


def platt(raw: Floats, y: npt.NDArray[np.int_]) -> Calibration:
    """Return the calibration that makes raw scores fit what happened, by maximum likelihood.

    Platt's targets ``(n_1 + 1) / (n_1 + 2)`` and ``1 / (n_0 + 2)`` keep the slope finite where
    the scores separate the classes. The slope stays at or above 0.01, so that calibration never
    turns the ranking round.

    Parameters
    ----------
    raw : array (n,)
        Out-of-fold raw scores in log-odds.
    y : array (n,)
        0 or 1.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines;
    Lin, Lin and Weng (2007), A note on Platt's probabilistic outputs.
    """
    n_1 = int(y.sum())
    n_0 = len(y) - n_1
    target = np.where(y == 1, (n_1 + 1) / (n_1 + 2), 1 / (n_0 + 2))
    centre, spread = float(raw.mean()), float(raw.std())
    if spread < 1e-9:
        return _at_slope(1.0, raw, target)
    design = np.column_stack([(raw - centre) / spread, np.ones_like(raw)])

    def loss(w: Floats) -> float:
        z = design @ w
        return float(np.mean(np.logaddexp(0.0, z) - target * z))

    def gradient(w: Floats) -> Floats:
        return design.T @ (scipy.special.expit(design @ w) - target) / len(target)

    def hessian(w: Floats) -> Floats:
        p = scipy.special.expit(design @ w)
        return (design * (p * (1 - p))[:, None]).T @ design / len(target)

    best = scipy.optimize.minimize(
        loss,
        np.zeros(2),
        jac=gradient,
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-12},
    ).x
    slope = float(best[0]) / spread
    if slope < SLOPE_FLOOR:
        return _at_slope(SLOPE_FLOOR, raw, target)
    return Calibration(slope, float(best[1]) - slope * centre)


def _at_slope(slope: float, raw: Floats, target: Floats) -> Calibration:
    """Return the calibration of a given slope whose mean probability is the targets' mean."""
    scaled = slope * raw
    low, high = -scaled.max() - 50.0, -scaled.min() + 50.0
    for _ in range(200):  # bisection: the mean probability grows with the intercept
        middle = (low + high) / 2
        if scipy.special.expit(scaled + middle).mean() < target.mean():
            low = middle
        else:
            high = middle
    return Calibration(slope, float(middle))
