"""Would it have worked? The model fitted and judged anew at several past cutoffs."""

import logging
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd

from treue.features.errors import TreueError
from treue.features.tables import Tables
from treue.training.config import Config
from treue.training.evaluate import Evaluation, Judgement, evaluate
from treue.training.fairness import COLUMNS as GAP_COLUMNS
from treue.training.fairness import fairness_gaps
from treue.training.fit import check_enough, cutoffs_of, fit
from treue.training.rules import RULES
from treue.training.segments import LEVEL_COLUMNS, MODEL, by_level, records
from treue.training.split import rolling_origin, single_split

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BacktestResult:
    """Figures of models fitted anew for each held-out cutoff.

    Attributes
    ----------
    target
        ``churn`` or ``referral``.
    evaluations
        One a held-out cutoff, oldest first; a single one for a panel without cutoffs.
    segments, gaps
        The model by segment, and each sensitive group beside all others, over all held-out rows;
        see `treue.training.segments.by_level` and `treue.training.fairness.fairness_gaps`.
    sensitive
        As `segments`, for the sensitive groups.
    skipped
        Cutoffs that could not be judged, with the reason.
    """

    target: str
    evaluations: tuple[Evaluation, ...]
    segments: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*LEVEL_COLUMNS]))
    sensitive: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*LEVEL_COLUMNS]))
    gaps: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*GAP_COLUMNS]))
    skipped: Mapping[datetime, str] = field(default_factory=dict)

    @classmethod
    def of_training(cls, evaluation: Evaluation) -> "BacktestResult":
        """The held-out figures of the one model of a training, as a result of their own."""
        return cls(
            target=evaluation.target,
            evaluations=(evaluation,),
            segments=evaluation.segments,
            sensitive=evaluation.sensitive,
            gaps=evaluation.gaps,
        )

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """How each held-out cutoff went, oldest first."""
        return tuple(one for evaluation in self.evaluations for one in evaluation.judgements)

    @property
    def predictions(self) -> pd.DataFrame:
        """All held-out rows: ``customer_id``, ``cutoff``, ``outcome``, the model and the rules.

        A rule that could not be fitted at every cutoff is left out.
        """
        parts = [one.predictions for one in self.evaluations]
        return pd.concat(parts, ignore_index=True, join="inner")

    def as_dict(self) -> dict[str, Any]:
        """Return all figures for JSON."""
        return {
            "target": self.target,
            "cutoffs": [one.as_dict() for one in self.evaluations],
            "skipped": {cutoff.isoformat(): why for cutoff, why in self.skipped.items()},
            "segments": records(self.segments),
            "sensitive": records(self.sensitive),
            "fairness_gaps": records(self.gaps),
        }

    def table(self) -> pd.DataFrame:
        """One row a cutoff, model and metric: ``value``, ``low``, ``high``, ``rows``, ``grade``."""
        return pd.DataFrame(
            [
                {
                    "cutoff": judged.cutoff,
                    "model": name,
                    "metric": metric,
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                    "rows": judged.rows,
                    "positives": judged.positives,
                    "grade": judged.grade.letter if name == MODEL else None,
                }
                for judged in (one.overall for one in self.evaluations)
                for name, figures in judged.figures.items()
                for metric, found in figures.items()
            ]
        )

    def to_text(self, *, metrics: Iterable[str] = ("auroc", "log_loss")) -> str:
        """The chosen metrics as a table for reading, one row a cutoff and model."""
        chosen = list(metrics)
        heads = ["cutoff", "rows", "share", "", *chosen, "grade"]
        lines = []
        for one in self.evaluations:
            judged = one.overall
            for name, figures in judged.figures.items():
                first = name == MODEL
                when = f"{judged.cutoff:%Y-%m-%d}" if judged.cutoff else "customers"
                lines.append(
                    [
                        when if first else "",
                        str(judged.rows) if first else "",
                        f"{judged.positives / judged.rows:.3f}" if first else "",
                        "Treue" if first else RULES[name],
                        *(
                            f"{figures[metric].value:.3f} "
                            f"[{figures[metric].low:.3f}, {figures[metric].high:.3f}]"
                            for metric in chosen
                        ),
                        judged.grade.letter if first else "",
                    ]
                )
        widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in (heads, *lines)
        )


def backtest(
    panel: pd.DataFrame,
    target: str,
    *,
    config: Config,
    cutoffs: Iterable[datetime] | None = None,
    tables: Tables | None = None,
    segments: pd.DataFrame | None = None,
    sensitive: pd.DataFrame | None = None,
    progress: Callable[[str], None] | None = None,
) -> BacktestResult:
    """Fit and judge at each of several cutoffs, as if each had been today.

    Every model is trained on the cutoffs whose label windows had passed at its held-out cutoff
    (`treue.training.split.rolling_origin`). A panel without cutoffs is judged once, on customers
    held out.

    Parameters
    ----------
    panel
        Labelled panel of all cutoffs.
    target
        ``churn`` or ``referral``.
    config
        Parameters; ``evaluation.backtest_cutoffs`` says how many of the latest cutoffs are judged.
    cutoffs
        The cutoffs to judge at instead.
    tables
        The events, so that BG/NBD is fitted on all customers.
    segments, sensitive
        Attributes with the index of `panel`, to show figures by and to check fairness.
    progress
        Called with a line before each fit, and where a cutoff is left out.

    Raises
    ------
    TreueError
        If a cutoff is not in the panel, none before it can train, or an outcome is too rare at
        each of them; where it is too rare at some only, these are skipped and said in the result.
    """
    smallest = config.evaluation.smallest_class
    if "cutoff" not in panel:
        training, held_out = hold_out_customers(panel, share=config.evaluation.holdout_share)
        check_enough(training, target, smallest=smallest)
        check_enough(held_out, target, smallest=smallest, held_out=True)
        bundle = fit(training, target, config=config)
        judged = evaluate(bundle, training, held_out, config=config)
        return _with_groups((judged,), [held_out], segments, sensitive, {}, config=config)
    known = cutoffs_of(panel)
    chosen = _chosen(known, cutoffs, config)
    holdout = len([cutoff for cutoff in known if cutoff >= min(chosen)])
    found, rows = [], []
    skipped: dict[datetime, str] = {}
    say = progress or (lambda _: None)
    for train, test in rolling_origin(known, config.label.horizon_days, holdout=holdout):
        if test not in chosen:
            continue
        training, held_out = panel[panel["cutoff"].isin(train)], panel[panel["cutoff"] == test]
        try:
            check_enough(training, target, smallest=smallest)
            check_enough(held_out, target, smallest=smallest, held_out=True)
        except TreueError as error:
            skipped[test] = str(error)
            say(f"{target}: {test:%Y-%m-%d} is skipped, {error}")
            log.warning("%s at %s is skipped: %s", target, test, error)
            if len(skipped) == len(chosen):
                raise
            continue
        say(f"{target}: fitting on {len(train)} cutoffs, judging at {test:%Y-%m-%d}")
        bundle = fit(training, target, config=config)
        found.append(evaluate(bundle, training, held_out, config=config, tables=tables))
        rows.append(held_out)
    return _with_groups(tuple(found), rows, segments, sensitive, skipped, config=config)


def _with_groups(
    evaluations: tuple[Evaluation, ...],
    rows: list[pd.DataFrame],
    segments: pd.DataFrame | None,
    sensitive: pd.DataFrame | None,
    skipped: Mapping[datetime, str],
    *,
    config: Config,
) -> BacktestResult:
    """The result with the model's figures by group, over all held-out rows together."""
    result = BacktestResult(evaluations[0].target, evaluations, skipped=skipped)
    index = rows[0].index.append([part.index for part in rows[1:]])
    by_segment, by_group = (
        None if groups is None else groups.loc[index] for groups in (segments, sensitive)
    )
    predictions = result.predictions
    return replace(
        result,
        segments=by_level(predictions, by_segment, config=config),
        sensitive=by_level(predictions, by_group, config=config),
        gaps=fairness_gaps(predictions, by_group, config=config),
    )


def split(panel: pd.DataFrame, *, config: Config) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and held-out rows of the one model that a training makes.

    By time where the panel has cutoffs (the label windows of the training rows end at or before
    the first held-out cutoff), else by customer.
    """
    if "cutoff" not in panel:
        return hold_out_customers(panel, share=config.evaluation.holdout_share)
    train, held_out = single_split(
        cutoffs_of(panel), config.label.horizon_days, holdout=config.cutoffs.holdout
    )
    return panel[panel["cutoff"].isin(train)], panel[panel["cutoff"].isin(held_out)]


def hold_out_customers(panel: pd.DataFrame, *, share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and held-out rows, about `share` of the customers held out.

    Who is held out follows from the id alone, so it stays the same when rows are added or come in
    another order.
    """
    ids = panel["customer_id"].astype(str)
    draw = ids.map(lambda one: zlib.crc32(one.encode()) / 2**32).to_numpy(dtype=float)
    held_out = draw < share
    if not 0 < held_out.sum() < len(panel):
        raise TreueError(
            f"panel: {ids.nunique()} customers are too few to hold out {share:.0%} of them; "
            "bring more or change evaluation.holdout_share"
        )
    return panel[~held_out], panel[held_out]


def _chosen(
    known: list[datetime], cutoffs: Iterable[datetime] | None, config: Config
) -> list[datetime]:
    if cutoffs is not None:
        chosen = sorted(cutoffs)
        absent = [f"{cutoff:%Y-%m-%d}" for cutoff in chosen if cutoff not in known]
        if absent or not chosen:
            raise TreueError(
                f"cutoffs: {', '.join(absent) or 'none given'} not in the panel, whose "
                f"{len(known)} cutoffs run from {known[0]:%Y-%m-%d} to {known[-1]:%Y-%m-%d}"
            )
        return chosen
    horizon = pd.Timedelta(days=config.label.horizon_days)
    possible = [cutoff for cutoff in known if cutoff - horizon >= known[0]]
    if not possible:
        raise TreueError(
            f"cutoffs: none of the {len(known)} in the panel has another one "
            f"{config.label.horizon_days} days before it to train on; add earlier cutoffs or "
            "shorten label.horizon_days"
        )
    return possible[-config.evaluation.backtest_cutoffs :]
