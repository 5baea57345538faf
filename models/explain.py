"""Why a score is what it is: contributions in log-odds, points on the probability scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from treue.models.scorer import Scorer

Floats = npt.NDArray[np.float64]

OTHER = "other"  # the family of a column that none was given for


class FamilySums(NamedTuple):
    """Contributions and points summed by family: two frames, one column a family."""

    contributions: pd.DataFrame
    points: pd.DataFrame


@dataclass(frozen=True)
class Explanation:
    """Scores of n customers taken apart into the shares of k features.

    Both ways of counting add up, as far as floating point goes:
    ``base + contributions.sum(axis=1) == raw`` and
    ``100 * base_probability + points.sum(axis=1) == 100 * probability``.

    Attributes
    ----------
    feature_names : tuple of str
    families : tuple of str
        Family of each feature.
    base : float
        Calibrated log-odds before anything is known of the customer.
    base_probability : float
    contributions : array (n, k)
        SHAP values in calibrated log-odds.
    raw : array (n,)
        Calibrated log-odds.
    probability : array (n,)
    points : array (n, k)
        The same in percentage points.
    groups : tuple of str
        Groups of columns whose members' signs were compared.
    agreement : array (n, groups)
        Of the model's members to which the group counts at all, the share whose contribution has
        the sign of the whole model's; 0 where the whole is exactly 0. A member that may not use a
        damped column has no say in it.
    encoded : array (n, k)
        The rows as the trees read them.
    index : pandas.Index
        Of the rows explained.
    """

    feature_names: tuple[str, ...]
    families: tuple[str, ...]
    base: float
    base_probability: float
    contributions: Floats
    raw: Floats
    probability: Floats
    points: Floats
    groups: tuple[str, ...]
    agreement: Floats
    encoded: Floats
    index: pd.Index

    def by_family(self) -> FamilySums:
        """Return contributions and points summed by family, families in order of appearance."""
        return FamilySums(self._sums(self.contributions), self._sums(self.points))

    def agreement_of(self, row: int) -> dict[str, float]:
        """Return the members' agreement on one row by group."""
        return dict(zip(self.groups, self.agreement[row].tolist(), strict=True))

    def _sums(self, shares: Floats) -> pd.DataFrame:
        families = list(dict.fromkeys(self.families))
        member = np.array([[family == name for name in families] for family in self.families])
        return pd.DataFrame(shares @ member.astype(float), index=self.index, columns=families)


def explain(
    model: Scorer,
    X: Any,
    *,
    families: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> Explanation:
    """Return the explanation of each row's score.

    Parameters
    ----------
    model : Scorer
        Fitted.
    X : DataFrame or array (n, columns)
    families : mapping of str to str, optional
        Family of each column; columns it does not name are in family "other".
    groups : mapping of str to str, optional
        Group of each column, for the members' agreement; a column it does not name is its own.
    """
    names = model.columns_.names
    group_of = [(groups or {}).get(name, name) for name in names]
    told = tuple(dict.fromkeys(group_of))
    group_places = {group: place for place, group in enumerate(told)}
    of_column = np.array([group_places[group] for group in group_of])
    encoded = model.encode(X)
    contributions, sums = model.grouped_shares(encoded, of_column)
    signs, whole = np.sign(sums), np.sign(sums.sum(axis=0))
    agree = ((signs == whole) & (whole != 0)).sum(axis=0)
    agreement = (agree / np.maximum(np.count_nonzero(signs, axis=0), 1)).T
    base = model.base()
    raw = base + contributions.sum(axis=1)
    return Explanation(
        feature_names=names,
        families=tuple((families or {}).get(name, OTHER) for name in names),
        base=base,
        base_probability=float(scipy.special.expit(base)),
        contributions=contributions,
        raw=raw,
        probability=scipy.special.expit(raw),
        points=points(base, contributions),
        groups=told,
        agreement=agreement,
        encoded=encoded,
        index=X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(raw)),
    )


def points(base: float, contributions: Floats) -> Floats:
    """Return contributions in log-odds as percentage points of probability.

    On the straight way from ``base`` to ``raw = base + contributions.sum()`` every column moves
    in proportion; what it adds to the probability on the way is

    ``points = 100 * contribution * (p(raw) - p(base)) / (raw - base)``

    with ``p(z) = 1 / (1 + exp(-z))``. So points carry the signs and proportions of the
    contributions and add up to the probability shown.

    References
    ----------
    Aumann and Shapley (1974), Values of non-atomic games; Sundararajan, Taly and Yan (2017),
    Axiomatic attribution for deep networks (integrated gradients).
    """
    raw = base + contributions.sum(axis=1)
    return 100.0 * contributions * _mean_slope(base, raw)[:, None]


def _mean_slope(start: float, end: Floats) -> Floats:
    """Return (p(end) - p(start)) / (end - start), exact also where the two meet.

    ``p(high) - p(low) = p(high) * p(-low) * (1 - exp(low - high))`` loses no digits, and
    ``exprel(z) = (exp(z) - 1) / z`` has its limit 1 at z = 0.
    """
    low, high = np.minimum(start, end), np.maximum(start, end)
    expit, exprel = scipy.special.expit, scipy.special.exprel
    return expit(high) * expit(-low) * exprel(low - high)
