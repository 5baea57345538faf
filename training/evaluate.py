"""A model beside simple rules on the same held-out rows: figures, intervals, segments, grade."""

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from treue.features.tables import Tables
from treue.models.bundle import Bundle
from treue.models.grade import Grade, grade
from treue.models.intervals import Interval, paired_difference, summary
from treue.training.certain import Sureness, sureness_of
from treue.training.config import Config
from treue.training.curve import JUDGED as CURVE_COLUMNS
from treue.training.curve import judge_curve
from treue.training.drift import COLUMNS as DRIFT_COLUMNS
from treue.training.drift import feature_drift
from treue.training.fairness import COLUMNS as GAP_COLUMNS
from treue.training.fairness import fairness_gaps
from treue.training.fit import cutoffs_of, label_of
from treue.training.frequencies import Frequency, frequencies
from treue.training.profit import Profit, judge_lists
from treue.training.rules import RULES, predict_all
from treue.training.segments import MODEL, by_level, records
from treue.training.worth import worth_of

log = logging.getLogger(__name__)

COMPARED = ("log_loss", "auroc", "average_precision", "brier")


@dataclass(frozen=True)
class Judgement:
    """How the model and the simple rules did on one set of held-out rows.

    Attributes
    ----------
    cutoff
        The rows' cutoff; None for all held-out rows together.
    rows, customers, positives
        How many there are.
    figures
        Name (``model`` or a rule) -> metric -> figure with its 95 % interval.
    differences
        Rule -> metric -> model minus rule, paired.
    grade
        Against the best simple rule (logistic regression is no simple rule).
    """

    cutoff: datetime | None
    rows: int
    customers: int
    positives: int
    figures: Mapping[str, Mapping[str, Interval]]
    differences: Mapping[str, Mapping[str, Interval]]
    grade: Grade

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "rows": self.rows,
            "customers": self.customers,
            "positives": self.positives,
            "figures": _plain(self.figures),
            "model_minus_rule": _plain(self.differences),
            "grade": self.grade.as_dict(),
        }


@dataclass(frozen=True)
class Evaluation:
    """Held-out figures of one model.

    Attributes
    ----------
    target
        ``churn`` or ``referral``.
    time_forward
        True where cutoffs are held out; False where customers are (a panel without cutoffs).
    overall
        All held-out rows together.
    by_cutoff
        Each held-out cutoff, oldest first; empty without cutoffs.
    segments, sensitive
        One row a level of each segment column, or of each sensitive one; see `by_level`.
    predictions
        ``customer_id``, ``cutoff``, ``outcome``, one column of probabilities each for the model
        and the rules.
    left_out
        Rules that could not be fitted, with the reason.
    calibration
        What became of the held-out customers, by the probability that the model gave them.
    curve
        How the curve did at each horizon; see `treue.training.curve.judge_curve`.
    gaps
        Each sensitive group beside all others; see `treue.training.fairness.fairness_gaps`.
    drift
        How far each feature of the model has moved since the training rows; see
        `treue.training.drift.feature_drift`.
    training_share
        Share of events among the training rows; NaN if it is not known.
    decisions
        What was switched on for this model, each with ``name``, ``chosen`` and ``reason``.
    profit
        What the list of whom to contact would have brought; None for referral.
    sureness
        Whether the intervals hold; None for a model without.
    """

    target: str
    time_forward: bool
    overall: Judgement
    by_cutoff: tuple[Judgement, ...]
    segments: pd.DataFrame
    sensitive: pd.DataFrame
    predictions: pd.DataFrame
    left_out: Mapping[str, str]
    calibration: tuple[Frequency, ...] = ()
    curve: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*CURVE_COLUMNS]))
    gaps: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*GAP_COLUMNS]))
    drift: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*DRIFT_COLUMNS]))
    training_share: float = math.nan
    decisions: tuple[Mapping[str, Any], ...] = ()
    profit: Profit | None = None
    sureness: Sureness | None = None

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Each held-out cutoff, oldest first; all rows as one where there are no cutoffs."""
        return self.by_cutoff or (self.overall,)

    def as_dict(self) -> dict[str, Any]:
        """Return all figures for JSON, without the single predictions."""
        return {
            "target": self.target,
            "time_forward": self.time_forward,
            "overall": self.overall.as_dict(),
            "by_cutoff": [one.as_dict() for one in self.by_cutoff],
            "segments": records(self.segments),
            "sensitive": records(self.sensitive),
            "rules_left_out": dict(self.left_out),
            "calibration": [one.as_dict() for one in self.calibration],
            "profit": self.profit.as_dict() if self.profit else None,
            "sureness": self.sureness.as_dict() if self.sureness else None,
            "curve": records(self.curve),
            "fairness_gaps": records(self.gaps),
            "drift": records(self.drift),
        }


def evaluate(
    bundle: Bundle,
    training: pd.DataFrame,
    held_out: pd.DataFrame,
    *,
    config: Config,
    segments: pd.DataFrame | None = None,
    sensitive: pd.DataFrame | None = None,
    tables: Tables | None = None,
) -> Evaluation:
    """Judge a model and the simple rules on rows that none of them has seen.

    Parameters
    ----------
    bundle
        The model, fitted on `training`.
    training
        Labelled panel rows that the rules are fitted on as well.
    held_out
        Labelled panel rows to judge on.
    config
        Number of resamples, assumptions for EMPC, smallest segment.
    segments, sensitive
        One row a row of `held_out`, in the same order: customer attributes to show figures by.
    tables
        The events: BG/NBD is then fitted on all customers, also those no longer eligible.

    Raises
    ------
    TreueError
        If the held-out rows lack the label.
    ModelError
        If they lack a column of the model.
    """
    started = time.perf_counter()
    predictions, left_out = predict_all(bundle, training, held_out, config=config, tables=tables)
    worth = worth_of(held_out, config) if bundle.target == "churn" else None

    def judged(rows: np.ndarray[Any, Any], cutoff: datetime | None) -> Judgement:
        part = predictions[rows]
        return judge(
            part,
            target=bundle.target,
            config=config,
            cutoff=cutoff,
            margin=None if worth is None else worth.kept[rows],
        )

    everything = np.ones(len(predictions), dtype=bool)
    cutoffs = cutoffs_of(held_out)
    overall = judged(everything, cutoffs[0] if len(cutoffs) == 1 else None)
    by_cutoff = (
        [overall]
        if len(cutoffs) == 1
        else [judged((predictions["cutoff"] == cutoff).to_numpy(), cutoff) for cutoff in cutoffs]
    )
    log.info(
        "evaluated %s: %d held-out rows, %d cutoffs, %.1f s",
        *(bundle.target, len(held_out), len(cutoffs), time.perf_counter() - started),
    )
    return Evaluation(
        target=bundle.target,
        time_forward=bool(cutoffs),
        overall=overall,
        by_cutoff=tuple(by_cutoff),
        segments=by_level(predictions, segments, config=config),
        sensitive=by_level(predictions, sensitive, config=config),
        predictions=predictions,
        left_out=left_out,
        calibration=frequencies(predictions["outcome"], predictions[MODEL]),
        curve=judge_curve(bundle, held_out),
        gaps=fairness_gaps(predictions, sensitive, config=config),
        drift=feature_drift(training, held_out, bundle.model.columns_.names),
        training_share=float(label_of(training, bundle.target).mean()),
        decisions=tuple(bundle.provenance.get("decisions", ())),
        profit=None if worth is None else judge_lists(predictions, worth, config=config),
        sureness=sureness_of(bundle, held_out, predictions["outcome"], predictions[MODEL]),
    )


def judge(
    predictions: pd.DataFrame,
    *,
    target: str,
    config: Config,
    cutoff: datetime | None = None,
    margin: np.ndarray[Any, Any] | None = None,
) -> Judgement:
    """Figures, paired differences and grade from `predict_all`'s table."""
    outcome = predictions["outcome"].to_numpy()
    customers = predictions["customer_id"].to_numpy()
    replicates = config.evaluation.bootstrap
    names = [MODEL, *(name for name in RULES if name in predictions)]
    figures = {
        name: summary(
            outcome,
            predictions[name],
            margin=margin,
            groups=customers,
            incentive=config.value.concession_cost,
            contact_cost=config.value.contact_cost,
            effect=config.value.concession_effect,
            n_bootstrap=replicates,
        )
        for name in names
    }
    if target != "churn":  # a campaign to keep customers is no measure of recommending
        figures = {
            name: {metric: found for metric, found in one.items() if metric != "empc"}
            for name, one in figures.items()
        }
    differences = {
        name: {
            metric: paired_difference(
                metric,
                outcome,
                predictions[MODEL],
                predictions[name],
                groups=customers,
                n_bootstrap=replicates,
            )
            for metric in COMPARED
        }
        for name in names[1:]
    }
    return Judgement(
        cutoff=cutoff,
        rows=len(predictions),
        customers=int(predictions["customer_id"].nunique()),
        positives=int(outcome.sum()),
        figures=figures,
        differences=differences,
        grade=grade(
            outcome,
            predictions[MODEL],
            {RULES[name]: predictions[name] for name in names[1:] if name != "logistic"},
            groups=customers,
            n_bootstrap=replicates,
        ),
    )


def _plain(figures: Mapping[str, Mapping[str, Interval]]) -> dict[str, dict[str, Any]]:
    return {
        name: {metric: found.as_dict() for metric, found in one.items()}
        for name, one in figures.items()
    }
