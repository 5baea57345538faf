"""BG/NBD: purchases of a customer who may leave after any of them, without telling."""

import logging
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from treue.models.errors import ModelError

Floats = npt.NDArray[np.float64]

logger = logging.getLogger(__name__)


class BetaGeoNBD:
    """Beta-geometric / negative binomial model of repeat purchases.

    While active, a customer buys at a rate ``lambda ~ Gamma(r, alpha)``; after each repeat
    purchase the customer leaves for good with probability ``p ~ Beta(a, b)``. A customer is
    known by three numbers, in one unit of time:

    ``x`` repeat purchases (purchase days after the first), ``t_x`` time from the first to the
    last purchase (0 where x is 0), ``T`` time from the first purchase to the cutoff.

    Attributes
    ----------
    r_, alpha_, a_, b_ : float
    log_likelihood_ : float
        Of the data fitted on.

    References
    ----------
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to the
    Pareto/NBD model, Marketing Science 24(2).
    """

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Self:
        """Fit by maximum likelihood.

        Where the data leave a parameter open (nobody ever leaves, all buy alike), it stops at
        a bound far out, e^12 times its start, and the predictions are those of the limit.

        Raises
        ------
        ModelError
            If the three numbers of a customer contradict each other, or nobody bought again.
        """
        x, t_x, T = _checked(x, t_x, T)
        if not (x > 0).any():
            raise ModelError(
                f"none of {len(x)} customers bought on a second day; BG/NBD needs repeat purchases"
            )
        unit = float(T.mean())  # so that the search does not depend on the unit of time

        def loss(log_parameters: Floats) -> tuple[float, Floats]:
            value, slope = _log_likelihood(np.exp(log_parameters), x, t_x / unit, T / unit)
            return -value / len(x), -slope * np.exp(log_parameters) / len(x)

        found = scipy.optimize.minimize(
            loss,
            np.zeros(4),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-12.0, 12.0)] * 4,
            options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 1000},
        )
        self.r_, self.alpha_, self.a_, self.b_ = np.exp(found.x) * [1, unit, 1, 1]
        self.log_likelihood_ = self.log_likelihood(x, t_x, T)
        logger.info(
            "BG/NBD on %d customers: r %.4g, alpha %.4g, a %.4g, b %.4g, log-likelihood %.1f",
            *(len(x), self.r_, self.alpha_, self.a_, self.b_, self.log_likelihood_),
        )
        return self

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> float:
        """Return the log-likelihood of customers under the fitted parameters."""
        parameters = np.array([self.r_, self.alpha_, self.a_, self.b_])
        return _log_likelihood(parameters, *_checked(x, t_x, T))[0]

    def probability_no_purchase(
        self, horizon: float, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike
    ) -> Floats:
        """Return the probability (n,) that a customer does not buy in ``(T, T + horizon]``.

        Either the customer left with the last purchase, or is still there and lets the horizon
        pass. With the mixing distributions integrated out, and what both have in common
        cancelled:

        ``left   = a / (b + x - 1) * (alpha + t_x)^-(r + x)``, 0 where x is 0
        ``active = (alpha + T)^-(r + x)``
        ``waits  = (alpha + T + horizon)^-(r + x)``
        ``P(no purchase) = (left + waits) / (left + active)``

        Unlike 1 - P(active), it tells one-time buyers apart, by T.
        """
        x, t_x, T = _checked(x, t_x, T)
        left = _log_left(self.r_, self.alpha_, self.a_, self.b_, x, t_x)
        active = -(self.r_ + x) * np.log(self.alpha_ + T)
        waits = -(self.r_ + x) * np.log(self.alpha_ + T + horizon)
        return np.exp(np.logaddexp(left, waits) - np.logaddexp(left, active))


def rfm_summary(purchases: pd.DataFrame, cutoff: pd.Timestamp, *, unit: str = "7D") -> pd.DataFrame:
    """Return what BG/NBD knows of each customer at a cutoff.

    Purchases of one day count once. The first purchase is not a repeat purchase.

    Parameters
    ----------
    purchases : DataFrame
        ``customer_id``, ``purchased_at``; later ones than the cutoff are not looked at.
    cutoff : Timestamp
        Counted by its day.
    unit : str
        Unit of time, as pandas writes it; a week by default.

    Returns
    -------
    DataFrame
        ``customer_id, x, t_x, T``, sorted by customer.
    """
    known = purchases.loc[purchases["purchased_at"] <= cutoff]
    days = known["purchased_at"].dt.normalize().groupby(known["customer_id"])
    first, last = days.min(), days.max()
    one = pd.Timedelta(unit)
    return pd.DataFrame(
        {
            "x": days.nunique() - 1.0,
            "t_x": (last - first) / one,
            "T": (cutoff.normalize() - first) / one,
        }
    ).reset_index()


def _checked(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> tuple[Floats, ...]:
    x, t_x, T = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (x, t_x, T)))
    wrong = ~((x >= 0) & (t_x >= 0) & (t_x <= T) & ((x > 0) == (t_x > 0)) & np.isfinite(x + T))
    if wrong.any():
        rows = ", ".join(str(row) for row in np.flatnonzero(wrong)[:5])
        raise ModelError(
            f"{wrong.sum()} customers whose purchases contradict each other (rows {rows}): "
            "0 <= t_x <= T must hold, and t_x be 0 exactly where x is 0"
        )
    return x, t_x, T


def _log_left(r: float, alpha: float, a: float, b: float, x: Floats, t_x: Floats) -> Floats:
    log_left = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    return np.where(x > 0, log_left, -np.inf)


def _log_likelihood(parameters: Floats, x: Floats, t_x: Floats, T: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood and its slope in r, alpha, a, b.

    ``common + log(active + left)`` with active and left as in `probability_no_purchase`.
    """
    gammaln, digamma = scipy.special.gammaln, scipy.special.digamma
    r, alpha, a, b = parameters
    active = -(r + x) * np.log(alpha + T)
    left = _log_left(r, alpha, a, b, x, t_x)
    either = np.logaddexp(active, left)
    common = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + b)
        + gammaln(b + x)
        - gammaln(b)
        - gammaln(a + b + x)
    )
    w = np.exp(left - either)  # posterior probability of having left
    slope = [
        digamma(r + x)
        - digamma(r)
        + np.log(alpha)
        - (1 - w) * np.log(alpha + T)
        - w * np.log(alpha + t_x),
        r / alpha - (r + x) * ((1 - w) / (alpha + T) + w / (alpha + t_x)),
        digamma(a + b) - digamma(a + b + x) + w / a,
        digamma(a + b)
        - digamma(a + b + x)
        + digamma(b + x)
        - digamma(b)
        - w / (b + np.maximum(x, 1) - 1),
    ]
    return float((common + either).sum()), np.array([part.sum() for part in slope])
