"""The simple rule for recommendations: who has recommended before will do so again."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln, logit
from sklearn.linear_model import LogisticRegression

from treue.models.errors import ModelError
from treue.models.rule import Floats, Rule, labels_of, needed

COLUMNS = ("referrals_made_all", "tenure_days", "referrals_decayed_90")
LIMITS = ((-7.0, 7.0), (0.0, 12.0))
"""Bounds of log shape and log scale (days): data that say little must not send them to infinity."""
FAINT = 1 / 30
"""What counts as no recent recommendation: one that is 15 months old."""


class ReferralRule(Rule):
    """How often a customer has recommended in the time that he had, and how lately.

    Recommendations come by chance at a rate of each customer's own, and rates differ as a gamma
    distribution: of ``n`` recommendations in ``t`` days follows a rate with shape ``a + n`` and
    scale ``b + t``, and with it

    ``P(any in h days) = 1 - ((b + t) / (b + t + h)) ** (a + n)``

    so a new customer counts as the average one, and an old one as his own past. Because
    recommendations come in bursts, a logistic regression on that log-odds and on the logarithm of
    the recent ones (half-life 90 days) turns it into the rule's probability.

    Reads the panel's ``referrals_made_all``, ``tenure_days`` and ``referrals_decayed_90``.

    Parameters
    ----------
    horizon_days : int
    max_customers : int
        More are drawn at random (seeded) for fitting the gamma distribution.

    Attributes
    ----------
    a_, b_ : float
        Shape, and scale in days.
    regression_ : LogisticRegression

    References
    ----------
    Ehrenberg (1959), The pattern of consumer purchases, Applied Statistics 8: the negative
    binomial; empirical Bayes after Robbins (1956).
    """

    def __init__(self, *, horizon_days: int, max_customers: int = 20_000) -> None:
        self.horizon_days = horizon_days
        self.max_customers = max_customers

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike, groups: Any = None) -> Self:
        """Fit the gamma distribution on the latest cutoff, the regression on all rows.

        Raises
        ------
        ModelError
            If a column is not there, nobody has recommended yet, or `y` holds one class only.
        """
        labels = labels_of(y, len(X))
        if labels.min() == labels.max():
            raise ModelError(f"y holds one class only ({labels[0]}); the rule needs both")
        latest = X if "cutoff" not in X else X.loc[X["cutoff"] == X["cutoff"].max()]
        self.a_, self.b_ = self._rates(latest)
        self.regression_ = LogisticRegression(C=10.0, max_iter=1000).fit(self._terms(X), labels)
        return self

    def _rates(self, X: pd.DataFrame) -> tuple[float, float]:
        n, t, _ = needed(X, list(COLUMNS), "the rule of earlier recommendations")
        if not (n > 0).any():
            raise ModelError("nobody has recommended yet; there is no earlier behaviour to go by")
        n, t = np.nan_to_num(n), _days(t)
        if len(n) > self.max_customers:
            drawn = np.random.default_rng(0).choice(len(n), self.max_customers, replace=False)
            n, t = n[drawn], t[drawn]

        def cost(at: Floats) -> float:
            """Mean negative log-likelihood of the counts, without what the counts alone fix."""
            a, b = np.exp(at)
            likelihood = gammaln(a + n) - gammaln(a) + a * np.log(b / (b + t)) - n * np.log(b + t)
            return -float(likelihood.mean())

        start = np.array([-1.0, np.log(t.mean())])
        found = minimize(cost, start, method="L-BFGS-B", bounds=LIMITS).x
        a, b = np.exp(found)
        return float(a), float(b)

    def _terms(self, X: pd.DataFrame) -> Floats:
        n, t, recent = needed(X, list(COLUMNS), "the rule of earlier recommendations")
        stays_away = (self.a_ + np.nan_to_num(n)) * (
            np.log(self.b_ + _days(t)) - np.log(self.b_ + _days(t) + self.horizon_days)
        )
        any_ = np.clip(-np.expm1(stays_away), 1e-9, 1 - 1e-9)
        return np.column_stack([logit(any_), np.log(FAINT + np.nan_to_num(recent))])

    def _probability(self, X: pd.DataFrame) -> Floats:
        return self.regression_.predict_proba(self._terms(X))[:, 1]


def _days(tenure: Floats) -> Floats:
    return np.maximum(np.nan_to_num(tenure), 1.0)
