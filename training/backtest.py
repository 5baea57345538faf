"""Would it have worked? The model fitted and judged anew at several past cutoffs."""

import logging
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from treue.features.errors import TreueError
from treue.features.tables import Tables
from treue.training.config import Config
from treue.training.evaluate import Evaluation, evaluate
from treue.training.fit import cutoffs_of, fit
from treue.training.rules import RULES
from treue.training.segments import MODEL
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
    """

    target: str
    evaluations: tuple[Evaluation, ...]

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
    progress
        Called with a line before each fit.

    Raises
    ------
    TreueError
        If a cutoff is not in the panel, none before it can train, or an outcome is too rare.
    """
    if "cutoff" not in panel:
        training, held_out = hold_out_customers(panel, share=config.evaluation.holdout_share)
        bundle = fit(training, target, config=config)
        return BacktestResult(target, (evaluate(bundle, training, held_out, config=config),))
    known = cutoffs_of(panel)
    chosen = _chosen(known, cutoffs, config)
    holdout = len([cutoff for cutoff in known if cutoff >= min(chosen)])
    found = []
    for train, test in rolling_origin(known, config.label.horizon_days, holdout=holdout):
        if test not in chosen:
            continue
        if progress is not None:
            progress(f"{target}: fitting on {len(train)} cutoffs, judging at {test:%Y-%m-%d}")
        training = panel[panel["cutoff"].isin(train)]
        bundle = fit(training, target, config=config)
        held_out = panel[panel["cutoff"] == test]
        found.append(evaluate(bundle, training, held_out, config=config, tables=tables))
    return BacktestResult(target, tuple(found))


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
