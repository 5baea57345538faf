"""How far log-odds must be moved for their mean probability to be a given one."""

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]


def level_to(log_odds: Floats, mean: float) -> float:
    """What must be added for the mean probability to be `mean`, which lies between 0 and 1.

    Examples
    --------
    >>> f"{level_to(np.array([1.0, 1.0]), 0.5):.6f}"
    '-1.000000'
    """
    reach = float(np.abs(log_odds).max()) + 50.0

    def excess(moved: float) -> float:
        return float(scipy.special.expit(log_odds + moved).mean()) - mean

    return float(scipy.optimize.brentq(excess, -reach, reach))


def level_observed(log_odds: Floats, outcome: npt.ArrayLike) -> float:
    """What must be added for the mean probability to be the share of outcomes.

    Half an outcome of either kind is added, so that it is finite where all are the same.
    """
    outcomes = np.asarray(outcome, dtype=float)
    return level_to(log_odds, (outcomes.sum() + 0.5) / (len(outcomes) + 1.0))
