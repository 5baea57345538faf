"""The training of one target: fit, judge, compare with the champion, log and register."""

import dataclasses
import logging
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from treue.models.boosting import Bins
from treue.models.bundle import Bundle
from treue.models.errors import ModelError
from treue.models.explain import Explanation, explain
from treue.training.artifacts import importance, metric_values, write_artifacts
from treue.training.config import Config
from treue.training.decision_words import WORDS
from treue.training.evaluate import Evaluation, evaluate
from treue.training.fingerprint import Fingerprint
from treue.training.fit import check_enough, fit
from treue.training.prepare import Prepared, Progress
from treue.training.promote import CHAMPION, Champion, Decision, decide, labels_until, promote
from treue.training.report import CardFacts, model_card
from treue.training.segments import MODEL
from treue.training.tracking import Store

log = logging.getLogger(__name__)

_EXAMPLE_ROWS = 5


@dataclass(frozen=True)
class TargetResult:
    """One trained model.

    Attributes
    ----------
    name, version
        In the registry.
    run_id
        MLflow run that holds its figures and files.
    bundle, evaluation, decision
        The model, its held-out figures, and whether it became champion.
    explanation
        Contributions of the rows of the latest held-out cutoff.
    """

    name: str
    version: int
    run_id: str
    bundle: Bundle
    evaluation: Evaluation
    decision: Decision
    explanation: Explanation


@dataclass(frozen=True)
class Job:
    """The training of one target, on rows that are split already."""

    target: str
    config: Config
    store: Store
    parent: str
    prepared: Prepared
    training: pd.DataFrame
    held_out: pd.DataFrame
    data: tuple[Fingerprint, ...]
    bins: Bins
    say: Progress

    @property
    def name(self) -> str:
        """Registered name."""
        return f"{self.config.tracking.model_prefix}-{self.target}"

    def run(self) -> TargetResult:
        """Do everything; raises `TreueError` before anything is logged if data are too few."""
        smallest = self.config.evaluation.smallest_class
        check_enough(self.training, self.target, smallest=smallest)
        check_enough(self.held_out, self.target, smallest=smallest, held_out=True)
        self.say(f"{self.target}: fitting on {len(self.training)} rows")
        bundle = fit(
            self.training,
            self.target,
            config=self.config,
            families=self.prepared.families,
            bins=self.bins,
        )
        self.say(f"{self.target}: judging on {len(self.held_out)} held-out rows")
        evaluation = evaluate(
            bundle,
            self.training,
            self.held_out,
            config=self.config,
            segments=self.prepared.segments.loc[self.held_out.index],
            sensitive=self.prepared.sensitive.loc[self.held_out.index],
            tables=self.prepared.tables,
        )
        decision = self._decide(evaluation)
        rows = _latest(self.held_out)
        explanation = explain(bundle.model, rows, families=bundle.families)
        bundle = self._with_card(bundle, evaluation, explanation)
        self.say(f"{self.target}: logging and registering")
        version, run_id = self._log(bundle, evaluation, decision, explanation, rows)
        return TargetResult(self.name, version, run_id, bundle, evaluation, decision, explanation)

    def _decide(self, evaluation: Evaluation) -> Decision:
        predictions = evaluation.predictions
        decision = decide(
            predictions["outcome"],
            predictions[MODEL],
            self._champion(),
            groups=predictions["customer_id"],
            grade=evaluation.overall.grade.letter,
            held_out_from=self.held_out["cutoff"].min() if evaluation.time_forward else None,
            n_bootstrap=self.config.evaluation.bootstrap,
            language=self.config.language,
        )
        log.info("%s: %s", self.target, decision.reason)
        for warning in decision.warnings:
            log.warning("%s: %s", self.target, warning)
        return decision

    def _champion(self) -> Champion | None:
        """The model in use with its probabilities of the held-out rows, or why it has none."""
        version = self.store.alias(self.name, CHAMPION)
        if version is None:
            return None
        try:
            with self.store.bundle(self.name, version) as folder:
                bundle = Bundle.load(folder)
            other = _other_question(bundle.config_toml, self.config)
            if other:
                return Champion(version, problem=other)
            probabilities = bundle.model.predict_proba(self.held_out)[:, 1]
        except (ModelError, OSError) as error:
            return Champion(version, problem=str(error))
        return Champion(version, probabilities, labels_until=labels_until(bundle.provenance))

    def _with_card(
        self, bundle: Bundle, evaluation: Evaluation, explanation: Explanation
    ) -> Bundle:
        families, features = importance(explanation)
        data = [
            f"{one.name}: {one.rows} rows, {len(one.columns)} columns, fingerprint {one.digest}"
            for one in self.data
        ]
        facts = CardFacts(
            name=self.name,
            families=families,
            features=features,
            sensitive=tuple(str(name) for name in self.prepared.sensitive.columns),
            data=tuple(data),
        )
        provenance = {**bundle.provenance, "data": {one.name: one.digest for one in self.data}}
        return dataclasses.replace(
            bundle,
            metrics=evaluation.as_dict(),
            card=model_card(bundle, evaluation, facts, self.config),
            provenance=provenance,
        )

    def _log(
        self,
        bundle: Bundle,
        evaluation: Evaluation,
        decision: Decision,
        explanation: Explanation,
        rows: pd.DataFrame,
    ) -> tuple[int, str]:
        metrics = metric_values(evaluation)
        grade = evaluation.overall.grade
        tags = {
            "treue.target": self.target,
            "treue.grade": grade.letter,
            "treue.decision": decision.reason,
            "treue.promoted": str(decision.promoted).lower(),
        }
        overall = {name: value for name, value in metrics.items() if "/" not in name}
        with (
            self.store.run(self.target, parent=self.parent, tags=tags) as run_id,
            tempfile.TemporaryDirectory() as folder,
        ):
            files = Path(folder, "files")
            write_artifacts(
                files,
                bundle=bundle,
                evaluation=evaluation,
                decision=decision,
                explanation=explanation,
                rows=rows,
                config=self.config,
            )
            self.store.log(
                run_id,
                params={
                    **flat_parameters(self.config),
                    "columns": len(bundle.model.columns_.names),
                    "training.rows": bundle.provenance["rows"],
                    "training.customers": bundle.provenance["customers"],
                    "training.positives": bundle.provenance["positives"],
                    "training.cutoffs": len(bundle.provenance["train_cutoffs"]),
                },
                metrics=metrics,
                data=[one for one in self.data if one.context != "table"],
                artifacts=files,
            )
            version = self.store.register(
                run_id,
                self.name,
                bundle.save(Path(folder, "bundle")),
                example=rows[list(bundle.model.columns_.names)].head(_EXAMPLE_ROWS),
                metrics=overall,
                tags=tags,
                description=f"{grade.reasons[self.config.language][0]} {decision.reason}.",
            )
            if decision.promoted:
                promote(self.store, self.name, version, reason=decision.reason)
        return version, run_id


def flat_parameters(config: Config) -> dict[str, Any]:
    """Settings as ``section.key``, without where the tables lie."""
    content = config.model_dump(exclude={"tables", "panel"}, exclude_none=True)
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": one for key, one in value.items()}
        else:
            flat[name] = value
    return flat


def _latest(held_out: pd.DataFrame) -> pd.DataFrame:
    if "cutoff" not in held_out:
        return held_out
    return held_out[held_out["cutoff"] == held_out["cutoff"].max()]


def _other_question(champion_toml: str, config: Config) -> str:
    """Why the champion's probabilities mean something else than the new model's; "" if not."""
    asked = tomllib.loads(champion_toml).get("label", {})
    now = config.label.model_dump()
    differing = [
        WORDS[config.language]["setting"].format(key=f"label.{key}", before=asked[key], now=value)
        for key, value in now.items()
        if key in asked and asked[key] != value
    ]
    if not differing:
        return ""
    return WORDS[config.language]["other question"].format(settings=", ".join(differing))
