"""What the dossiers of one cutoff are made of: the panel, the models and the company's settings."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from treue.features.tables import Tables
from treue.models.explain import explain
from treue.models.quadrants import Thresholds
from treue.models.value import Assumptions, assumptions_of
from treue.serving.card import card_of
from treue.serving.comparison import Comparison, compare
from treue.serving.ledger import Ledger
from treue.serving.predict import Predictor, shared_panel
from treue.serving.quadrants import thresholds_of
from treue.settings import Approach, Map, Value

FORMAT = 7
"""Raised when the same data would make other dossiers; what is published is then made anew."""


@dataclass(frozen=True)
class Sections:
    """What dossiers depend on besides data and models, as treue.toml has it."""

    value: Value = field(default_factory=Value)
    map: Map = field(default_factory=Map)
    approach: Approach = field(default_factory=Approach)


@dataclass
class Assembly:
    """All that the dossiers of one cutoff are made of.

    Attributes
    ----------
    panel
        One row a customer, all at `cutoff`.
    tables
        Raw events; None for a ready panel, whose dossiers have no card and no timeline.
    """

    panel: pd.DataFrame
    cutoff: datetime
    predictors: Mapping[str, Predictor]
    sections: Sections
    tables: Tables | None = None

    @classmethod
    def of_tables(
        cls,
        tables: Tables,
        cutoff: datetime,
        predictors: Mapping[str, Predictor],
        *,
        sections: Sections | None = None,
    ) -> Assembly:
        """Build the panel of all customers eligible at a cutoff, and take it from there.

        Parameters
        ----------
        tables
            Raw events; what was not yet known at the cutoff is not seen.
        cutoff
            The moment of knowledge, naive UTC.
        predictors
            Models by target, ``churn``, ``referral`` or both.
        sections
            The company's assumptions, map and rules.

        Raises
        ------
        TreueError
            If the models do not belong together, or a rule asks for what is not there.
        """
        panel = shared_panel(predictors, tables, cutoff)
        return cls(panel, cutoff, predictors, sections or Sections(), tables)

    @property
    def currency(self) -> str:
        """Currency of money, three letters."""
        return next(iter(self.predictors.values())).currency

    @cached_property
    def probabilities(self) -> dict[str, np.ndarray[Any, Any]]:
        """Probability of each row by target."""
        return {
            target: predictor.bundle.model.predict_proba(self.panel)[:, 1]
            for target, predictor in self.predictors.items()
        }

    def base_probability(self, target: str) -> float:
        """Probability of a customer of whom nothing is known."""
        model = self.predictors[target].bundle.model
        return explain(model, self.panel.iloc[:1]).base_probability

    @cached_property
    def ledger(self) -> Ledger | None:
        """Margins and references of all customers."""
        if self.tables is None:
            return None
        return Ledger.at(self.tables, self.cutoff, margin_share=self.sections.value.margin_share)

    @cached_property
    def thresholds(self) -> Thresholds:
        """Where likely begins."""
        margins: Collection[float | None] = ()
        if self.ledger is not None:
            margins = [
                card_of(
                    self.ledger.of(customer_id),
                    churn_probability=None,
                    assumptions=self.assumptions,
                ).expected_margin
                for customer_id in self.customer_ids
            ]
        return thresholds_of(
            self.sections.map,
            self.sections.value,
            churn=self.probabilities.get("churn", np.array([])).tolist(),
            referral=self.probabilities.get("referral", np.array([])).tolist(),
            expected_margins=margins,
        )

    @cached_property
    def assumptions(self) -> Assumptions:
        """The company's assumptions over the horizon of the models."""
        return assumptions_over(self.predictors, self.sections.value)

    @cached_property
    def customer_ids(self) -> list[str]:
        """Ids in the order of the panel."""
        return [str(each) for each in self.panel["customer_id"]]

    @cached_property
    def comparison(self) -> Comparison:
        """What the customers' values are compared with."""
        own_families = next(iter(self.predictors.values())).own_families
        return compare(self.tables, self.cutoff, self.panel, own_families=own_families)


_HORIZON_DAYS = 90


def assumptions_over(predictors: Mapping[str, Predictor], value: Value) -> Assumptions:
    """The company's assumptions over the horizon of the models."""
    days = next(
        (each.question.horizon_days for each in predictors.values() if each.question),
        _HORIZON_DAYS,
    )
    return assumptions_of(value, horizon_days=days)


def identity_of(
    data: str, cutoff: datetime | None, predictors: Mapping[str, Predictor], sections: Sections
) -> str:
    """Fingerprint of all that makes a run: the same one needs not be made again."""
    made_from = {
        "format": FORMAT,
        "cutoff": cutoff.isoformat() if cutoff else None,
        "data": data,
        "models": {target: each.fingerprint for target, each in sorted(predictors.items())},
        "sections": [
            section.model_dump(mode="json")
            for section in (sections.value, sections.map, sections.approach)
        ],
    }
    return sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
