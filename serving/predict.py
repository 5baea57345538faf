"""Score and explain customers with a trained model, from raw events or from a ready panel."""

from __future__ import annotations

import difflib
import logging
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from treue.features.catalogue import FAMILIES
from treue.features.errors import TreueError
from treue.features.family import Family
from treue.features.panel import Churn, Referral, build_panel
from treue.features.tables import Tables
from treue.models.bundle import Bundle
from treue.models.explain import Explanation, explain
from treue.serving.reasons import Storyteller
from treue.serving.registry import fetched_bundle, is_registry_uri

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PanelDefinition:
    """How the panel of a model's training was made; scoring makes it the same way.

    Attributes
    ----------
    lookback
        Days before the cutoff in which a customer must have bought to be eligible.
    churn, decline_share, referral
        As `build_panel` takes them.
    left_out
        Families of the catalogue that the training left out.
    own_families
        Files of the families that the company added.
    """

    lookback: int
    churn: Churn
    decline_share: float
    referral: Referral
    left_out: tuple[str, ...]
    own_families: tuple[str, ...]

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read the definition from the treue.toml that a bundle carries."""
        config = tomllib.loads(text)
        try:
            label, features = config["label"], config["features"]
            return cls(
                lookback=label["lookback_days"],
                churn=label["churn"],
                decline_share=label["decline_share"],
                referral=label["referral"],
                left_out=tuple(features["leave_out"]),
                own_families=tuple(features["families"]),
            )
        except KeyError as error:
            raise TreueError(
                f"the model's treue.toml lacks {error.args[0]!r}, which says how its panel was "
                "made; train the model again, or score a ready panel with predict_panel"
            ) from None

    def build(
        self, tables: Tables, cutoff: datetime, *, own_families: Sequence[Family] = ()
    ) -> pd.DataFrame:
        """Build the panel of all customers eligible at `cutoff`, without labels.

        Own families are given as objects: code is never loaded because a bundle names it.
        """
        if len(own_families) != len(self.own_families):
            raise TreueError(
                f"the model was trained with families of the company's own "
                f"({', '.join(self.own_families) or 'none'}), {len(own_families)} are given; "
                "load them with features.catalogue.load_family and give them as own_families"
            )
        kept = [family for family in FAMILIES if family.name not in self.left_out]
        return build_panel(
            tables,
            [cutoff],
            horizon=None,
            lookback=self.lookback,
            churn=self.churn,
            decline_share=self.decline_share,
            referral=self.referral,
            families=(*kept, *own_families),
        )


@dataclass(frozen=True)
class CustomerExplanation:
    """Why one customer is scored as they are.

    Attributes
    ----------
    target
        ``"churn"`` or ``"referral"``.
    customer_id, cutoff
        The customer and the moment of knowledge.
    probability, base_probability
        The customer's probability, and the one that a row without any contribution would get.
    raw, base
        The same in log-odds: ``base + sum(contributions) == raw``.
    contributions, points
        By feature, in log-odds and in percentage points:
        ``100 * base_probability + sum(points) == 100 * probability``.
    values
        The customer's value by feature; None where there is none.
    families
        Family by feature.
    language, currency
        What reasons are written in unless asked otherwise.
    """

    target: str
    customer_id: str
    cutoff: datetime | None
    probability: float
    base_probability: float
    raw: float
    base: float
    contributions: Mapping[str, float]
    points: Mapping[str, float]
    values: Mapping[str, Any]
    families: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    currency: str = "EUR"

    @property
    def family_contributions(self) -> dict[str, float]:
        """Contributions summed by family, in log-odds, largest first."""
        return self._by_family(self.contributions)

    @property
    def family_points(self) -> dict[str, float]:
        """Points summed by family, largest first."""
        return self._by_family(self.points)

    def reasons(self, language: str | None = None) -> list[str]:
        """Three to five sentences, most important first."""
        storyteller = Storyteller(
            tuple(self.points),
            families=self.families,
            language=language or self.language,
            currency=self.currency,
        )
        return storyteller.tell(np.array(list(self.points.values())), list(self.values.values()))

    def to_dict(self, language: str | None = None) -> dict[str, Any]:
        """Everything as plain values that JSON can hold."""
        return {
            "target": self.target,
            "customer_id": self.customer_id,
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "probability": self.probability,
            "base_probability": self.base_probability,
            "raw": self.raw,
            "base": self.base,
            "reasons": self.reasons(language),
            "family_points": self.family_points,
            "family_contributions": self.family_contributions,
            "points": dict(self.points),
            "contributions": dict(self.contributions),
            "values": dict(self.values),
        }

    def _by_family(self, by_feature: Mapping[str, float]) -> dict[str, float]:
        sums: dict[str, float] = {}
        for name, number in by_feature.items():
            family = self.families.get(name, "other")
            sums[family] = sums.get(family, 0.0) + number
        return dict(sorted(sums.items(), key=lambda item: -abs(item[1])))


@dataclass(frozen=True)
class _Scored:
    """What the last prediction looked at, kept for explaining single customers."""

    panel: pd.DataFrame
    tables: Tables | None
    cutoff: datetime | None


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

    @property
    def target(self) -> str:
        """``"churn"`` or ``"referral"``."""
        return self.bundle.target

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every byte of the bundle."""
        return self.bundle.fingerprint

    @property
    def feature_names(self) -> list[str]:
        """Features in the order of the model."""
        return list(self.bundle.model.columns_.names)

    @property
    def families(self) -> dict[str, str]:
        """Family by feature."""
        return {name: self.bundle.families.get(name, "other") for name in self.feature_names}

    @property
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
            ``customer_id``, ``cutoff``, ``probability``, ``raw`` (log-odds), by customer.

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

        Returns the panel's ``customer_id`` and ``cutoff`` (where it has one), ``probability`` and
        ``raw``; raises as `predict` does.
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

    def explain(
        self,
        customer_id: str,
        *,
        tables: Tables | None = None,
        cutoff: datetime | None = None,
    ) -> CustomerExplanation:
        """Explain one customer of the last prediction, or of `tables` at `cutoff`.

        Raises
        ------
        TreueError
            If nothing was predicted yet, or the customer is not among the scored; it says why
            (never bought, or last bought too long ago) and names the nearest ids.
        """
        if tables is not None and cutoff is not None:
            self.predict(tables, cutoff)
        if self._scored is None:
            raise TreueError(
                "nothing was predicted yet; call predict first, or give tables and cutoff"
            )
        scored = self._scored
        rows = scored.panel[scored.panel["customer_id"].astype(str) == str(customer_id)]
        if rows.empty:
            raise TreueError(self._why_not(str(customer_id), scored))
        row = rows.sort_values("cutoff").tail(1) if "cutoff" in rows else rows.tail(1)
        explanation = self.explain_panel(row)
        names = explanation.feature_names
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
            values={name: plain(row[name].iloc[0]) for name in names},
            families=self.families,
            language=self.language,
            currency=self.currency,
        )

    def _predict(self, scored: _Scored) -> pd.DataFrame:
        raw = self.bundle.model.decision_function(scored.panel)
        self._scored = scored
        keys = [name for name in ("customer_id", "cutoff") if name in scored.panel]
        frame = scored.panel[keys].reset_index(drop=True)
        return frame.assign(probability=1 / (1 + np.exp(-raw)), raw=raw)

    def _why_not(self, customer_id: str, scored: _Scored) -> str:
        if scored.tables is None or scored.cutoff is None:
            known = scored.panel["customer_id"].astype(str).tolist()
            return f"customer {customer_id!r} is not in the panel{_nearest(customer_id, known)}"
        known_tables = scored.tables.known_at(scored.cutoff)
        purchases = known_tables.frames["purchases"]
        if "is_return" in purchases.column_names:
            purchases = purchases.filter(pc.invert(pc.fill_null(purchases["is_return"], False)))
        own = purchases.filter(pc.equal(purchases["customer_id"], customer_id))
        day = f"{scored.cutoff:%Y-%m-%d}"
        if own.num_rows == 0:
            known = pc.unique(purchases["customer_id"]).to_pylist()
            return (
                f"customer {customer_id!r} never bought until {day}{_nearest(customer_id, known)}"
            )
        definition = self.definition
        last: datetime = pc.max(own["purchased_at"]).as_py()
        ago = (scored.cutoff - last).days
        if definition.churn == "contract":
            why = "no contract was running"
        elif ago >= definition.lookback:
            why = (
                f"the last purchase was {ago} days before ({last:%Y-%m-%d}), the lookback is "
                f"{definition.lookback} days"
            )
        else:
            why = f"nothing was spent in the lookback of {definition.lookback} days"
        return (
            f"customer {customer_id!r} is not scored at {day}: {why}, so there is nobody to lose; "
            "choose an earlier cutoff"
        )


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
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _nearest(customer_id: str, known: list[str]) -> str:
    """End a message with up to five similar ids of about the same length."""
    similar = [other for other in known if other and abs(len(other) - len(customer_id)) <= 1]
    close = difflib.get_close_matches(customer_id, similar[:20_000], n=5, cutoff=0.6)
    return f"; nearest are {', '.join(close)}" if close else "; check the id"
