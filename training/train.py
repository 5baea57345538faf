"""The main job: tables in, two judged models out, tracked, registered and compared."""

import json
import logging
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from treue.features.errors import TreueError
from treue.features.tables import Tables
from treue.models import columns
from treue.models.boosting import Bins
from treue.training.backtest import split
from treue.training.config import Config
from treue.training.decision_words import WORDS
from treue.training.fingerprint import Fingerprint
from treue.training.fit import LABELS, code_version, versions
from treue.training.job import Job, TargetResult, flat_parameters
from treue.training.once import once
from treue.training.prepare import Prepared, Progress, prepare
from treue.training.report import figure
from treue.training.segments import MODEL
from treue.training.tracking import Store

log = logging.getLogger(__name__)

_EXAMPLE_ROWS = 5


@dataclass(frozen=True)
class TrainingResult:
    """What a training left behind.

    Attributes
    ----------
    targets
        ``churn`` and ``referral``, as far as they were trained.
    left_out
        Target -> why there is no model.
    prepared
        The panel and what was found in the data.
    tracking_uri, run_id
        Where everything is logged.
    language
        The configuration's, in which decisions are worded.
    """

    targets: Mapping[str, TargetResult]
    left_out: Mapping[str, str]
    prepared: Prepared
    tracking_uri: str
    run_id: str
    language: str = "en"

    def to_text(self) -> str:
        """Each model, or why there is none, for reading, in the configuration's language."""
        words, language = WORDS[self.language], self.language
        parts = []
        for target, one in self.targets.items():
            judged = one.evaluation.overall
            figures = judged.figures[MODEL]
            lines = [
                f"{target}: {judged.grade.reasons[language][0]}",
                f"  AUROC {figure(figures['auroc'])}, log loss {figure(figures['log_loss'])} "
                + words["judged"].format(
                    rows=judged.rows, share=f"{judged.positives / judged.rows:.1%}"
                ),
                f"  {one.name} {words['version']} {one.version}: {one.decision.reason}",
                *(f"  {words['remark']}: {warning}" for warning in one.decision.warnings),
            ]
            parts.append("\n".join(lines))
        parts += [f"{words[f'no {target} model']}: {why}" for target, why in self.left_out.items()]
        parts.append(words["logged"].format(uri=self.tracking_uri, run=self.run_id))
        return "\n\n".join(parts)


def train(
    config: Config,
    *,
    base_dir: Path,
    tables: Tables | None = None,
    tracking_uri: str | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Read, check, build the panel, fit, judge, log, register, and decide on the champions.

    The model registered is the very one whose held-out figures are logged.

    Parameters
    ----------
    config, base_dir, tables, progress
        As `treue.training.prepare.prepare`.
    tracking_uri
        MLflow store; without it MLFLOW_TRACKING_URI, else ``sqlite:///mlflow.db``.

    Raises
    ------
    TreueError
        If the data are refused or too few for the churn model, or the store cannot be opened.
        Too few recommendations leave the referral model out instead.
    """
    started = time.perf_counter()
    say = progress or (lambda _: None)
    store = Store(experiment=config.tracking.experiment, uri=tracking_uri)
    prepared = prepare(config, base_dir=base_dir, tables=tables, progress=progress)
    training, held_out = split(prepared.panel, config=config)
    data = fingerprints(prepared, training, held_out)
    trained: dict[str, TargetResult] = {}
    left_out: dict[str, str] = {}
    bins = Bins()
    with (
        once(columns.logger),
        store.run("training", tags={"treue.code_version": code_version()}) as run_id,
    ):
        _log_parent(store, run_id, config, prepared, data)
        for target in LABELS:
            job = Job(target, config, store, run_id, prepared, training, held_out, data, bins, say)
            if LABELS[target] not in prepared.panel:
                left_out[target] = WORDS[config.language][_absent(target, config)]
                continue
            try:
                trained[target] = job.run()
            except TreueError as error:
                if target == "churn" or "churned" not in prepared.panel:
                    raise
                left_out[target] = str(error)
                log.warning("no %s model: %s", target, error)
        store.log(
            run_id, tags={f"treue.left_out.{target}": why for target, why in left_out.items()}
        )
    if not trained:
        raise TreueError("no label in the data: " + "; ".join(left_out.values()))
    log.info("trained %s: %.1f s", ", ".join(trained), time.perf_counter() - started)
    return TrainingResult(trained, left_out, prepared, store.uri, run_id, config.language)


def _absent(target: str, config: Config) -> str:
    """Key of the words for a target whose label is not in the panel."""
    made = config.panel is None and target == "referral"
    return "no referral table" if made else f"no {target} column"


def fingerprints(
    prepared: Prepared, training: pd.DataFrame, held_out: pd.DataFrame
) -> tuple[Fingerprint, ...]:
    """Digests of the tables, and of the training and held-out rows of the panel."""
    tables = prepared.tables.frames if prepared.tables is not None else {}
    return (
        *(
            Fingerprint.of(table.to_pandas(), name=n, context="table")
            for n, table in tables.items()
        ),
        Fingerprint.of(training, name="panel-training", context="training"),
        Fingerprint.of(held_out, name="panel-held-out", context="held out"),
    )


def _log_parent(
    store: Store,
    run_id: str,
    config: Config,
    prepared: Prepared,
    data: tuple[Fingerprint, ...],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = {
            "treue.toml": config.to_toml(),
            "findings.txt": prepared.report.to_text(config.language),
            "findings.json": prepared.report.to_json(),
            "versions.json": json.dumps(versions(), indent=2),
        }
        if prepared.usability is not None:
            texts["usability.txt"] = prepared.usability.to_text(config.language)
            texts["usability.json"] = prepared.usability.to_json()
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
        if prepared.report.set_aside:
            prepared.report.write_set_aside(folder / "set_aside")
        store.log(run_id, params=flat_parameters(config), data=data, artifacts=folder)
