"""Score and explain customers with a trained model, from raw events or from a ready panel."""

from __future__ import annotations

import logging
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import scipy

from treue.features.errors import TreueError
from treue.models.bundle import Bundle
from treue.models.explain import Explanation, explain
from treue.models.recorded import recorded_or_not
from treue.serving.absent import nearest, why_not_scored
from treue.serving.definition import PanelDefinition
from treue.serving.missing import is_missing, records
from treue.serving.question import Question
from treue.serving.registry import fetched_bundle, is_registry_uri
from treue.serving.sure import columns as sure_columns
from treue.serving.sure import in_words as sure_in_words
from treue.serving.sure import recorded_share
from treue.serving.when import columns, in_words

if TYPE_CHECKING:
    from treue.features.family import Family
    from treue.features.tables import Tables
    from treue.serving.comparison import Comparison
    from treue.serving.dossier import Sure, When
    from treue.serving.explanation import CustomerExplanation
    from treue.serving.reasons import Storyteller

log = logging.getLogger(__name__)


@dataclass
class _Scored:
    """What the last prediction looked at, kept for explaining single customers."""

    panel: pd.DataFrame
    tables: Tables | None
    cutoff: datetime | None
    _storyteller: Storyteller | None = None

    def storyteller(self, predictor: Predictor) -> Storyteller:
        """Return what tells reasons, taught once; a single row teaches nothing."""
        if self._storyteller is None:
            alone = len(self.panel) < 2
            self._storyteller = (
                predictor.plain_storyteller if alone else predictor.storyteller(self.panel)
            )
        return self._storyteller


@dataclass(frozen=True)
class RowScore:
    """What a model says of one row: ``base + contributions = raw``, all in log-odds."""

    probability: float
    raw: float
    base: float
    contributions: dict[str, float]


class Predictor:
    """One trained model, ready to score and to explain.

    >>> predictor = Predictor.load("models:/treue-churn@champion")  # doctest: +SKIP
    >>> predictor.predict(tables, datetime(2024, 12, 1))  # doctest: +SKIP
    >>> predictor.explain("C-1042").reasons("de")  # doctest: +SKIP
    """

    def __init__(
        self, bundle: Bundle, *, source: str = "", own_families: Sequence[Family] = ()
    ) -> None:
        config = tomllib.loads(bundle.config_toml)
        self.bundle = bundle
        self.own_families = tuple(own_families)
        self.source = source or f"the {bundle.target} bundle"
        self.language: str = config.get("language", "en")
        self.currency: str = config.get("currency", "EUR")
        self.recorded_share = recorded_share(bundle)
        self._scored: _Scored | None = None

    @classmethod
    def load(
        cls,
        location: str | Path,
        *,
        tracking_uri: str | None = None,
        own_families: Sequence[Family] = (),
    ) -> Self:
        """Load a bundle from its folder, or from MLflow by ``models:/`` or ``runs:/``.

        Parameters
        ----------
        location
            A bundle's folder, ``models:/treue-churn@champion``, ``models:/treue-churn/3`` or
            ``runs:/<run>/<path>``.
        tracking_uri
            MLflow's store; without it MLFLOW_TRACKING_URI, else ``sqlite:///mlflow.db``.
        own_families
            Families that are not in the catalogue, if the training used any.

        Raises
        ------
        TreueError
            If the store, the model or its alias is not there, with what to run.
        BundleError
            If the files are not, or no longer, a bundle as it was saved.
        """
        started = time.perf_counter()
        if is_registry_uri(str(location)):
            with fetched_bundle(str(location), tracking_uri=tracking_uri) as folder:
                bundle = Bundle.load(folder)
        else:
            bundle = Bundle.load(Path(location))
        log.info("loaded %s: %.1f s", location, time.perf_counter() - started)
        return cls(bundle, source=str(location), own_families=own_families)

    def warm(self) -> Self:
        """Make ready what every request needs, so that a single customer is answered at once.

        For a process that stays: it takes a second or two, and the memory of the tables that
        explain (some ten megabytes).
        """
        self.bundle.model.prepare_explaining()
        _ = (self.fingerprint, self.plain_storyteller, self._base)
        return self

    @property
    def target(self) -> str:
        """``"churn"`` or ``"referral"``."""
        return self.bundle.target

    @property
    def grade(self) -> str | None:
        """Grade against simple rules on held-out rows; None where the model was never judged."""
        judged = self.bundle.metrics.get("overall") or {}
        letter: str | None = (judged.get("grade") or {}).get("letter")
        return letter

    @cached_property
    def question(self) -> Question | None:
        """What the probability is asked about; None for a model of a ready panel."""
        return Question.from_bundle(self.bundle)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every byte of the bundle."""
        return self.bundle.fingerprint

    @cached_property
    def feature_names(self) -> list[str]:
        """Features in the order of the model."""
        return list(self.bundle.model.columns_.names)

    @cached_property
    def families(self) -> dict[str, str]:
        """Family by feature."""
        return {name: self.bundle.families.get(name, "other") for name in self.feature_names}

    @cached_property
    def definition(self) -> PanelDefinition:
        """How the panel of the training was made."""
        return PanelDefinition.from_toml(self.bundle.config_toml)

    def build_panel(self, tables: Tables, cutoff: datetime) -> pd.DataFrame:
        """Build the panel of all customers eligible at `cutoff`, made as in the training."""
        return self.definition.build(tables, cutoff, own_families=self.own_families)

    def predict(
        self, tables: Tables, cutoff: datetime, *, panel: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Probabilities of all customers eligible at `cutoff`.

        Parameters
        ----------
        tables
            Raw events; what was not yet known at the cutoff is not seen.
        cutoff
            The moment of knowledge, naive UTC.
        panel
            The panel of these tables at this cutoff, if `shared_panel` has built it already.

        Returns
        -------
        pandas.DataFrame
            ``customer_id``, ``cutoff``, ``probability``, ``raw`` (log-odds), by customer. Where the
            model has a curve, also ``event`` (``buys_again``, ``has_left`` or ``has_recommended``)
            and its probability ``within_30``, ``within_60``, … days (of buying again:
            ``buys_again_within_30`` …), never decreasing; NaN where the training data could not
            tell. Where it has intervals, ``probability_low`` and
            ``probability_high`` (of 20 customers like this one the share to whom it happens lies
            between them, in nine of ten such groups; `treue.models.certainty`) and ``unlike``
            (unlike anyone seen in training). Where only a share of the recommendations is on
            record (``label.referral_recorded``), also ``probability_recorded_or_not``: of
            recommending at all, at most 1; ``probability`` and all that adds up to it stays that of
            a recorded one.

        Raises
        ------
        TreueError
            If the tables end before the cutoff, or nobody is eligible.
        ModelError
            If a feature of the training is missing or of another type, with the difference.
        """
        if panel is None:
            panel = self.build_panel(tables, cutoff)
        return self._predict(_Scored(panel, tables, cutoff))

    def predict_panel(self, panel: pd.DataFrame) -> pd.DataFrame:
        """Probabilities of the rows of a ready panel with ``customer_id``.

        Returns the panel's ``customer_id`` and ``cutoff`` (where it has one), ``probability``,
        ``raw`` and the curve; raises as `predict` does.
        """
        if "customer_id" not in panel:
            raise TreueError(
                "the panel has no column customer_id, which says whom a row is about; rename the "
                "column that does"
            )
        return self._predict(_Scored(panel, None, None))

    def explain_panel(self, panel: pd.DataFrame) -> Explanation:
        """Contributions and points of every row of a panel."""
        return explain(self.bundle.model, panel, families=self.families)

    def score_row(self, values: Mapping[str, Any]) -> RowScore:
        """Score and explain one ready row, given by feature; None or NaN where nothing is known.

        Much quicker than a panel of one row; keys that are no features are passed over.

        Raises
        ------
        ModelError
            If a feature is missing or is no number.
        """
        model = self.bundle.model
        encoded = model.columns_.encode_row(values)
        shares = model.shares(encoded)[0]
        raw = self._base + float(shares.sum())
        contributions = dict(zip(self.feature_names, shares.tolist(), strict=True))
        return RowScore(float(scipy.special.expit(raw)), raw, self._base, contributions)

    @cached_property
    def _base(self) -> float:
        return self.bundle.model.base()

    def storyteller(self, panel: pd.DataFrame) -> Storyteller:
        """Return what tells this model's reasons, taught by the panel that is scored."""
        storyteller = self._storyteller()
        storyteller.learn(panel)
        return storyteller

    @cached_property
    def plain_storyteller(self) -> Storyteller:
        """What tells reasons where there is no panel of peers to learn from."""
        return self._storyteller()

    def _storyteller(self) -> Storyteller:
        from treue.serving.reasons import Storyteller  # has every phrase; scores need none

        return Storyteller(
            self.bundle.model,
            families=self.families,
            currency=self.currency,
            own_families=self.own_families,
            target=self.target,
        )

    def curve_in_words(
        self, raw: np.ndarray[Any, Any], panel: pd.DataFrame
    ) -> Sequence[When | None]:
        """Return each row's curve as it is told; None where nothing is to be said."""
        return in_words(self.bundle, self.question, raw, panel)

    def sure_in_words(self, explanation: Explanation, panel: pd.DataFrame) -> Sequence[Sure | None]:
        """Return how sure each row's probability is, as it is told; None without intervals."""
        return sure_in_words(
            self.bundle,
            explanation.raw,
            panel,
            encoded=explanation.encoded,
            families=self.own_families,
            currency=self.currency,
            question=self.question,
        )

    def explain(
        self,
        customer_id: str,
        *,
        tables: Tables | None = None,
        cutoff: datetime | None = None,
        comparison: Comparison | None = None,
    ) -> CustomerExplanation:
        """Explain one customer of the last prediction, or of `tables` at `cutoff`.

        Parameters
        ----------
        comparison
            What the customer's values are compared with, if another model needed it already.

        Raises
        ------
        TreueError
            If nothing was predicted yet, or the customer is not among the scored; it says why
            (never bought, or last bought too long ago) and names the nearest ids.
        """
        from treue.serving.comparison import compare
        from treue.serving.explanation import CustomerExplanation

        if tables is not None and cutoff is not None:
            self._scored = _Scored(self.build_panel(tables, cutoff), tables, cutoff)
        if self._scored is None:
            raise TreueError(
                "nothing was predicted yet; call predict first, or give tables and cutoff"
            )
        scored = self._scored
        rows = scored.panel[scored.panel["customer_id"].astype(str) == str(customer_id)]
        if rows.empty:
            raise self._why_not(str(customer_id), scored)
        if len(rows) > 1 and "cutoff" in rows:
            rows = rows.sort_values("cutoff")
        row = rows.tail(1)
        if comparison is None:
            comparison = compare(
                scored.tables,
                scored.cutoff,
                scored.panel,
                own_families=self.own_families,
                customers=[str(customer_id)],
            )
        storyteller = scored.storyteller(self)
        explanation = storyteller.explain(row)
        names = explanation.feature_names
        (known,) = records(row)
        values = [known[name] for name in names]
        told = storyteller.reasons(
            explanation.points[0],
            values,
            comparison.of(str(customer_id)),
            explanation.agreement_of(0),
        )
        return CustomerExplanation(
            target=self.target,
            customer_id=str(customer_id),
            cutoff=row["cutoff"].iloc[0].to_pydatetime() if "cutoff" in row else scored.cutoff,
            probability=float(explanation.probability[0]),
            base_probability=float(explanation.base_probability),
            raw=float(explanation.raw[0]),
            base=float(explanation.base),
            contributions=dict(zip(names, explanation.contributions[0].tolist(), strict=True)),
            points=dict(zip(names, explanation.points[0].tolist(), strict=True)),
            values={name: plain(value) for name, value in zip(names, values, strict=True)},
            told=told,
            families=self.families,
            language=self.language,
            grade=self.grade,
            question=self.question,
            curve=self.curve_in_words(explanation.raw, row)[0],
            sure=self.sure_in_words(explanation, row)[0],
        )

    def _why_not(self, customer_id: str, scored: _Scored) -> TreueError:
        if scored.tables is None or scored.cutoff is None:
            known = scored.panel["customer_id"].astype(str)
            near = nearest(customer_id, known)
            return TreueError(f"customer {customer_id!r} is not in the panel; {near}")
        return why_not_scored(customer_id, scored.tables, scored.cutoff, self.definition)

    def _predict(self, scored: _Scored) -> pd.DataFrame:
        raw = self.bundle.model.decision_function(scored.panel)
        self._scored = scored
        keys = [name for name in ("customer_id", "cutoff") if name in scored.panel]
        frame = scored.panel[keys].reset_index(drop=True)
        frame = frame.assign(probability=1 / (1 + np.exp(-raw)), raw=raw)
        if self.recorded_share < 1:
            of_all = recorded_or_not(frame["probability"], self.recorded_share)
            frame = frame.assign(probability_recorded_or_not=of_all)
        frame = frame.assign(**sure_columns(self.bundle, raw, scored.panel))
        curve = self.bundle.curve
        if curve is None:
            return frame
        return frame.assign(event=curve.event, **columns(curve, raw, scored.panel))


def shared_panel(
    predictors: Mapping[str, Predictor], tables: Tables, cutoff: datetime
) -> pd.DataFrame:
    """One panel for several models, refused if their trainings made it differently."""
    definitions = {target: predictor.definition for target, predictor in predictors.items()}
    if len(set(definitions.values())) != 1:
        told = "; ".join(f"{target}: {definition}" for target, definition in definitions.items())
        raise TreueError(
            f"the models were trained on differently made panels ({told}); train both from one "
            "treue.toml, or choose versions that belong together with treue models promote"
        )
    return next(iter(predictors.values())).build_panel(tables, cutoff)


def plain(value: Any) -> Any:
    """Return a panel's value as Python's own type; None where it is missing."""
    if is_missing(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
