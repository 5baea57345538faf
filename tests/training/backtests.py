"""Backtests made up from probabilities, without any model."""

from datetime import datetime

import numpy as np
import pandas as pd

from treue.training.backtest import BacktestResult
from treue.training.drift import feature_drift
from treue.training.evaluate import Evaluation, judge
from treue.training.fairness import fairness_gaps
from treue.training.segments import MODEL, by_level

CUTOFFS = [datetime(2024, month, 1) for month in range(1, 13)]
RULES = ("base_rate", "recency_rule", "bg_nbd", "logistic")


def predictions_of(rng, customers, cutoff, *, signal, rules=0.5, shift=0.0):
    """Outcomes that follow a hidden log-odds, which the model and the rules see blurred."""
    hidden = rng.normal(-0.5, 1.2, customers)
    outcome = (rng.random(customers) < 1 / (1 + np.exp(-hidden))).astype(int)

    def seen(strength, off=0.0):
        blurred = strength * hidden + (1 - strength) * rng.normal(-0.5, 1.2, customers)
        return 1 / (1 + np.exp(-(blurred + off)))

    table = pd.DataFrame(
        {
            "customer_id": [f"C{number:04d}" for number in range(customers)],
            "cutoff": cutoff,
            "outcome": outcome,
            MODEL: seen(signal, shift),
            "base_rate": 0.4,
            **{rule: seen(rules) for rule in RULES[1:]},
        }
    )
    return table if cutoff is not None else table.drop(columns="cutoff")


def evaluation_of(predictions, *, config, target="churn", decisions=()):
    cutoff = predictions["cutoff"].iloc[0] if "cutoff" in predictions else None
    judged = judge(predictions, target=target, config=config, cutoff=cutoff)
    rng = np.random.default_rng(len(predictions))
    rows = pd.DataFrame(
        {
            "customer_id": predictions["customer_id"],
            "recency_days": rng.uniform(0, 90, len(predictions)),
            "attribute_region": rng.choice(["north", "south"], len(predictions)),
        }
    )
    return Evaluation(
        target=target,
        time_forward=cutoff is not None,
        overall=judged,
        by_cutoff=() if cutoff is None else (judged,),
        segments=by_level(predictions, None, config=config),
        sensitive=by_level(predictions, None, config=config),
        predictions=predictions,
        left_out={},
        drift=feature_drift(
            rows, rows.assign(recency_days=rows["recency_days"] + 60), rows.columns[1:]
        ),
        training_share=0.4,
        decisions=decisions,
    )


def backtest_of(parts, *, config, target="churn", skipped=None, decisions=(), grouped=False):
    """A result, if asked with an age and a sex as sensitive columns and a region as segment."""
    evaluations = tuple(
        evaluation_of(part, config=config, target=target, decisions=decisions) for part in parts
    )
    result = BacktestResult(target, evaluations, skipped=skipped or {})
    if not grouped:
        return result
    rows = result.predictions
    numbers = rows["customer_id"].str[1:].astype(int)
    groups = pd.DataFrame({"age": numbers, "sex": np.where(numbers % 2, "f", "m")})
    regions = pd.DataFrame({"attribute_region": np.where(numbers % 3, "north", "south")})
    return BacktestResult(
        target,
        evaluations,
        segments=by_level(rows, regions, config=config),
        sensitive=by_level(rows, groups, config=config),
        gaps=fairness_gaps(rows, groups, config=config),
        skipped=skipped or {},
    )
