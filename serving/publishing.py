"""Publishing finished scores into the store: one run a cutoff, and a history from the first day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import pyarrow.compute as pc

from treue.features.tables import Tables
from treue.serving.assembly import Assembly, Sections, identity_of
from treue.serving.batch import fingerprint_panel, fingerprint_tables
from treue.serving.dossiers import make_dossiers
from treue.serving.frequency import calibration_of
from treue.serving.predict import Predictor
from treue.serving.run_files import RunFiles
from treue.serving.store import Store
from treue.serving.store.records import (
    Company,
    ContactTerms,
    CutoffFigures,
    Run,
    TargetInfo,
    Thresholds,
)

log = logging.getLogger(__name__)

HISTORY_MONTHS = 2
"""So many earlier months are scored too when the store has nothing before a cutoff."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class About:
    """What a run says besides its customers.

    Attributes
    ----------
    published_at
        Now, naive UTC.
    files
        By target, what lies beside the model in MLflow.
    """

    published_at: datetime
    language: Literal["de", "en"] = "en"
    sections: Sections = field(default_factory=Sections)
    company: Company = field(default_factory=Company)
    files: Mapping[str, RunFiles] = field(default_factory=dict)


def publish(
    store: Store,
    tables: Tables,
    cutoff: datetime,
    predictors: Mapping[str, Predictor],
    about: About,
    *,
    history_months: int = HISTORY_MONTHS,
    progress: Callable[[str], AbstractContextManager[Progress]] | None = None,
) -> list[datetime]:
    """Publish the scores of a cutoff, and some earlier ones where the store has none before it.

    Earlier cutoffs let readers see from the first day what has changed. They are marked as
    backfilled, for the models may have been trained on what happened since.

    Parameters
    ----------
    store
        Where to.
    tables, cutoff, predictors
        As `treue.serving.batch.score` takes them.
    about
        What else the run says.
    history_months
        How many earlier cutoffs, a calendar month apart; fewer where the data begin later.
    progress
        Gives, for a label, a context with a callback of rows done and rows in all.

    Returns
    -------
    list of datetime
        The cutoffs that were written, oldest first; none if the store had all of it.
    """
    written = []
    moments = [cutoff]
    if not any(run.cutoff < cutoff for run in store.runs()):
        moments = [*earlier_cutoffs(tables, cutoff, predictors, months=history_months), cutoff]
    for moment in moments:
        data = fingerprint_tables(tables, moment)
        identity = identity_of(data, moment, predictors, about.sections)
        if store.has(identity):
            log.info("the store has the scores of %s already", f"{moment:%Y-%m-%d}")
            continue
        made = Assembly.of_tables(tables, moment, predictors, sections=about.sections)
        if made.panel.empty:
            log.info("nobody is eligible at %s", f"{moment:%Y-%m-%d}")
            continue
        _publish(store, made, identity, about, progress, backfilled=moment < cutoff)
        written.append(moment)
    return written


def publish_panel(
    store: Store,
    panel: pd.DataFrame,
    predictors: Mapping[str, Predictor],
    about: About,
    *,
    cutoff: datetime | None = None,
    progress: Callable[[str], AbstractContextManager[Progress]] | None = None,
) -> list[datetime]:
    """Publish the scores of a ready panel: its latest cutoff, or all rows of one without cutoffs.

    Parameters
    ----------
    cutoff
        Of a panel without cutoffs; None: when it is published.

    Returns
    -------
    list of datetime
        As of `publish`.
    """
    if "cutoff" in panel:
        cutoff = panel["cutoff"].max().to_pydatetime()
        panel = panel[panel["cutoff"] == cutoff].reset_index(drop=True)
        named = cutoff
    else:
        named, cutoff = cutoff, cutoff or about.published_at
    identity = identity_of(fingerprint_panel(panel), named, predictors, about.sections)
    if store.has(identity):
        return []
    made = Assembly(panel, cutoff, predictors, about.sections)
    _publish(store, made, identity, about, progress, backfilled=False)
    return [cutoff]


def earlier_cutoffs(
    tables: Tables, cutoff: datetime, predictors: Mapping[str, Predictor], *, months: int
) -> list[datetime]:
    """Cutoffs a calendar month apart before `cutoff`, oldest first, as far as the data bear them.

    Each has the lookback of the models before it, so that customers are known as well as later.
    """
    lookback = next(iter(predictors.values())).definition.lookback
    first: datetime = pc.min(tables.frames["purchases"]["purchased_at"]).as_py()
    moments = [
        (pd.Timestamp(cutoff) - pd.DateOffset(months=back)).to_pydatetime()
        for back in range(months, 0, -1)
    ]
    return [moment for moment in moments if (moment - first).days >= lookback]


def run_of(made: Assembly, *, identity: str, about: About, backfilled: bool = False) -> Run:
    """What pages say of a run besides its customers."""
    company = about.company.model_copy(update={"customers": len(made.panel)})
    return Run(
        cutoff=made.cutoff,
        identity=identity,
        language=about.language,
        currency=made.currency,
        published_at=about.published_at,
        targets={target: _target(each, made) for target, each in made.predictors.items()},  # type: ignore[misc]
        thresholds=Thresholds(churn=made.thresholds.churn, referral=made.thresholds.referral),
        backfilled=backfilled,
        usability=next((each.usability for each in about.files.values() if each.usability), ""),
        company=company,
        contact=ContactTerms(effect=made.assumptions.effect, spent=made.assumptions.spent),
    )


def _publish(
    store: Store,
    made: Assembly,
    identity: str,
    about: About,
    progress: Callable[[str], AbstractContextManager[Progress]] | None,
    *,
    backfilled: bool,
) -> None:
    run = run_of(made, identity=identity, about=about, backfilled=backfilled)
    before = next((each for each in store.runs() if each.cutoff < made.cutoff), None)
    pictures = {
        f"{target}_{name}": image
        for target, files in about.files.items()
        for name, image in files.pictures.items()
    }

    def write(advance: Progress | None) -> None:
        dossiers = make_dossiers(
            made,
            previous=lambda ids: store.before(made.cutoff, ids),
            previous_run=before,
            progress=advance,
        )
        store.publish(run, dossiers, pictures=pictures)

    if progress is None:
        write(None)
        return
    with progress(f"{made.cutoff:%Y-%m-%d}") as advance:
        write(advance)


def _target(predictor: Predictor, made: Assembly) -> TargetInfo:
    question, metrics = predictor.question, predictor.bundle.metrics
    return TargetInfo(
        grade=predictor.grade,
        base_probability=made.base_probability(predictor.target),
        question=question.in_words() if question else None,
        horizon_days=question.horizon_days if question else None,
        fingerprint=predictor.fingerprint,
        source=predictor.source,
        calibration=calibration_of(metrics),
        card=predictor.bundle.card,
        figures=_figures(metrics),
    )


def _figures(metrics: Mapping[str, Any]) -> list[CutoffFigures]:
    """The model's figures at each held-out cutoff, or of the held-out customers."""
    judged = metrics.get("by_cutoff") or [each for each in [metrics.get("overall")] if each]
    return [
        CutoffFigures(
            cutoff=one["cutoff"],
            rows=one["rows"],
            positives=one["positives"],
            figures={name: each["value"] for name, each in one["figures"]["model"].items()},
        )
        for one in judged
    ]
