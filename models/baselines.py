"""The simple rules that a model has to beat: base rate, recency, BG/NBD, logistic."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import log_loss

from treue.models.bgnbd import BetaGeoNBD
from treue.models.calibration import Calibration, platt
from treue.models.columns import Columns
from treue.models.folds import customer_folds
from treue.models.linear import QuantileLogistic
from treue.models.rule import Floats, Labels, Rule, labels_of, needed


class BaseRate(Rule):
    """Everybody has the share of positives in training."""

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike, groups: Any = None) -> Self:
        """Learn the share."""
        self.share_ = float(labels_of(y, len(X)).mean())
        return self

    def _probability(self, X: pd.DataFrame) -> Floats:
        return np.full(len(X), self.share_)


class RecencyRule(Rule):
    """Days since the last purchase, and nothing else.

    Two curves are tried, and the one with the lower log loss on customers left out is kept: a
    logistic in ``log(1 + recency)``, and an isotonic one, free but never turning back. Whether
    the probability rises or falls with recency is learned too. An unknown recency counts as the
    median.

    Parameters
    ----------
    column : str

    Attributes
    ----------
    curve_ : {"logistic", "isotonic"}
    """

    def __init__(self, *, column: str = "recency_days") -> None:
        self.column = column

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike, groups: Any = None) -> Self:
        """Learn direction and curve."""
        labels = labels_of(y, len(X))
        (recency,) = needed(X, [self.column], "the recency rule")
        self.median_ = float(np.nanmedian(recency)) if np.isfinite(recency).any() else 0.0
        raw = self._filled(recency)
        aligned = np.mean((raw - raw.mean()) * (labels - labels.mean()))
        self.direction_ = 1.0 if aligned >= 0 else -1.0
        raw *= self.direction_
        customers = np.arange(len(labels)) if groups is None else np.asarray(groups)
        fold = customer_folds(labels, customers, n_folds=min(5, len(labels)), seed=0)
        losses = {}
        for curve in ("logistic", "isotonic"):
            p = np.full(len(labels), labels.mean())
            for k in np.unique(fold) if fold.any() else ():
                p[fold == k] = _apply(
                    _learn(curve, raw[fold != k], labels[fold != k]), raw[fold == k]
                )
            losses[curve] = log_loss(labels, p, labels=[0, 1])
        self.curve_ = min(losses, key=lambda curve: losses[curve])
        self.learned_ = _learn(self.curve_, raw, labels)
        return self

    def _probability(self, X: pd.DataFrame) -> Floats:
        (recency,) = needed(X, [self.column], "the recency rule")
        return _apply(self.learned_, self.direction_ * self._filled(recency))

    def _filled(self, recency: Floats) -> Floats:
        return np.log1p(np.maximum(np.where(np.isnan(recency), self.median_, recency), 0.0))


class BetaGeoNBDRule(Rule):
    """BG/NBD's probability of no purchase in the horizon.

    Reads the panel's ``purchase_days`` (distinct days with a purchase), ``tenure_days`` and
    ``recency_days``: ``x = purchase_days - 1``, ``t_x = tenure_days - recency_days``,
    ``T = tenure_days``.

    Parameters
    ----------
    horizon_days : int
    max_customers : int
        More are drawn at random (seeded) for fitting; 20,000 fix the four parameters to some
        percent.

    Attributes
    ----------
    model_ : BetaGeoNBD
    calibration_ : Calibration or None
    """

    def __init__(self, *, horizon_days: int, max_customers: int = 20_000) -> None:
        self.horizon_days = horizon_days
        self.max_customers = max_customers

    def fit(
        self,
        X: pd.DataFrame,
        y: npt.ArrayLike | None = None,
        groups: Any = None,
        *,
        everybody: pd.DataFrame | None = None,
    ) -> Self:
        """Fit the four parameters on one cutoff, then calibrate on all rows.

        Parameters
        ----------
        X : DataFrame
            If it has a column ``cutoff``, the rows of the latest one are fitted on.
        y : array, optional
            Without it the probability is the model's own, not calibrated.
        everybody : DataFrame, optional
            All customers at one cutoff with ``x, t_x, T`` in days, as
            `treue.models.bgnbd.rfm_summary` gives them. A panel holds eligible customers only:
            fitted on them alone the model sees nobody leave, and only calibration saves its
            probabilities (log loss 0.79 without, on CDNOW at a horizon of 180 days, against
            0.64 from everybody).
        """
        if everybody is not None:
            known = everybody[["x", "t_x", "T"]].to_numpy(dtype=float)
        else:
            latest = X if "cutoff" not in X else X.loc[X["cutoff"] == X["cutoff"].max()]
            known = np.column_stack(_summary(latest))
        if len(known) > self.max_customers:
            drawn = np.random.default_rng(0).choice(len(known), self.max_customers, replace=False)
            known = known[drawn]
        self.model_ = BetaGeoNBD().fit(*known.T)
        self.calibration_: Calibration | None = None
        if y is not None:
            self.calibration_ = platt(self._raw(X), labels_of(y, len(X)))
        return self

    def _probability(self, X: pd.DataFrame) -> Floats:
        raw = self._raw(X)
        return expit(raw if self.calibration_ is None else self.calibration_.log_odds(raw))

    def _raw(self, X: pd.DataFrame) -> Floats:
        p = self.model_.probability_no_purchase(self.horizon_days, *_summary(X))
        return logit(np.clip(p, 1e-9, 1 - 1e-9))


class LogisticBaseline(Rule):
    """Logistic regression on ranks: `treue.models.linear.QuantileLogistic` of a panel.

    Beyond what was seen in training, a number counts as the extreme seen. An unknown number
    counts as the median and sets an indicator; categories are one-hot, a rare or unseen one is
    none of them.

    Parameters
    ----------
    C : float, optional
        Inverse strength of the L2 penalty; by default chosen on customers left out.

    Attributes
    ----------
    columns_ : Columns
    logistic_ : QuantileLogistic
    """

    def __init__(self, *, C: float | None = None) -> None:
        self.C = C

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike, groups: Any = None) -> Self:
        """Fit on all columns that vary; `groups` holds the customer of each row."""
        labels = labels_of(y, len(X))
        self.columns_ = Columns.of(X)
        self.logistic_ = QuantileLogistic(C=self.C).fit(
            self.columns_.encode(X),
            labels,
            self.columns_.categorical_positions,
            groups=None if groups is None else np.asarray(groups),
        )
        return self

    def _probability(self, X: pd.DataFrame) -> Floats:
        return expit(self.logistic_.log_odds(self.columns_.encode(X)))


def _learn(curve: str, raw: Floats, labels: Labels) -> Calibration | IsotonicRegression:
    if curve == "logistic":
        return platt(raw, labels)
    edge = 1 / (len(labels) + 2)  # no probability of 0 or 1
    isotonic = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip")
    return isotonic.fit(raw, labels)


def _apply(learned: Calibration | IsotonicRegression, raw: Floats) -> Floats:
    if isinstance(learned, Calibration):
        return expit(learned.log_odds(raw))
    return learned.predict(raw)


def _summary(X: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x, T in days; a first day with several purchases has t_x = 0."""
    purchase_days, tenure, recency = needed(
        X, ["purchase_days", "tenure_days", "recency_days"], "BG/NBD"
    )
    x = purchase_days - 1
    return x, np.where(x > 0, tenure - recency, 0.0), tenure
