"""Pareto/NBD by maximum likelihood: customers buy at a rate of their own and leave for good.

While active, a customer buys at a rate ``lambda ~ Gamma(r, alpha)`` and leaves at a rate
``mu ~ Gamma(s, beta)``. Schmittlein, Morrison and Colombo (1987), "Counting your customers",
Management Science 33(1); the likelihood as Fader and Hardie (2005), "A note on deriving the
Pareto/NBD model and related expressions", write it.

    uv run python tests/benchmarks/quality/pareto.py

fits CDNOW's published sample, whose published parameters are r 0.553, alpha 10.578, s 0.606,
beta 11.669, log-likelihood -9595.0.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1

from treue.models.bgnbd import rfm_summary

_MOST = 10_000  # customers drawn to fit on; four parameters need no more


class ParetoNBD(NamedTuple):
    """The four parameters, in one unit of time."""

    r: float
    alpha: float
    s: float
    beta: float

    @classmethod
    def fit(cls, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> Self:
        """The likeliest parameters for customers with ``x`` repeat purchases, the last at `t_x`."""
        if len(x) > _MOST:
            drawn = np.random.default_rng(0).choice(len(x), _MOST, replace=False)
            x, t_x, T = x[drawn], t_x[drawn], T[drawn]
        unit = float(T.mean())
        known, times = np.unique(
            np.column_stack([x, t_x / unit, T / unit]), axis=0, return_counts=True
        )

        def loss(log_parameters: np.ndarray) -> float:
            likelihood = cls(*np.exp(log_parameters)).log_likelihood(*known.T)
            return -float(times @ likelihood) / len(x)

        found = minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=[(-9.0, 9.0)] * 4)
        r, alpha, s, beta = np.exp(found.x)
        return cls(r, alpha * unit, s, beta * unit)

    def log_likelihood(self, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> np.ndarray:
        """Of each customer, up to a term of `x` and `t_x` alone."""
        r, alpha, s, beta = self
        longest, least = max(alpha, beta), min(alpha, beta)
        b = s + 1 if alpha >= beta else r + x
        c = r + s + x + 1

        def log_term(t: np.ndarray) -> np.ndarray:
            z = (longest - least) / (longest + t)
            # Euler's transformation of 2F1(c - 1, b; c; z): a small number for many purchases too
            series = np.log(hyp2f1(1.0, c - b, c, z)) + (1 - b) * np.log1p(-z)
            return series - (c - 1) * np.log(longest + t)

        first, second = log_term(t_x), log_term(T)
        left = np.log(s) - np.log(c - 1) + first
        left += np.log(-np.expm1(np.minimum(second - first, -1e-300)))
        stayed = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
        constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return constant + np.logaddexp(stayed, left)

    def probability_no_purchase(
        self, horizon: float, x: np.ndarray, t_x: np.ndarray, T: np.ndarray
    ) -> np.ndarray:
        """Of no purchase in ``(T, T + horizon]``: silence up to there, given silence up to T."""
        later = self.log_likelihood(x, t_x, T + horizon)
        return np.exp(np.minimum(later - self.log_likelihood(x, t_x, T), 0.0))


def main() -> None:
    """Reproduce the published fit."""
    import os
    from pathlib import Path

    default = Path(__file__).resolve().parents[4] / "shared" / "data"
    path = Path(os.environ.get("TREUE_DATA", default)) / "cdnow" / "sample.parquet"
    sample = pd.read_parquet(path).rename(columns={"date": "purchased_at"})
    known = rfm_summary(sample, pd.Timestamp("1997-09-30"))
    rows = known[["x", "t_x", "T"]].to_numpy(dtype=float)
    found = ParetoNBD.fit(*rows.T)
    print(found, f"log-likelihood {found.log_likelihood(*rows.T).sum():.1f}")


if __name__ == "__main__":
    main()
