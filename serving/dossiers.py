"""Putting dossiers together: everything that pages say of the customers scored at one cutoff."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from treue.features.catalogue import CATALOGUE
from treue.features.panel import feature_columns
from treue.features.tables import Tables
from treue.models.explain import Explanation
from treue.models.quadrants import quadrant
from treue.serving.approach import facts_of, rules_of, suggest
from treue.serving.assembly import Assembly
from treue.serving.card import amounts, card_lines
from treue.serving.changes import change
from treue.serving.dossier import Dossier, Likelihood, Plain, Sure, Target, When
from treue.serving.frequency import calibration_of, frequency
from treue.serving.likelihood import likelihood
from treue.serving.missing import values_of
from treue.serving.predict import Predictor, shared_panel
from treue.serving.reasons import Storyteller
from treue.serving.sayable import letter, sayable
from treue.serving.store.records import Run
from treue.serving.sure import in_words as sure_in_words
from treue.serving.timeline import Timeline
from treue.serving.when import in_words
from treue.settings import Rule

log = logging.getLogger(__name__)

CHUNK_ROWS = 5_000

Previous = Callable[[Sequence[str]], Mapping[str, Dossier]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Customer:
    """Master data of one customer as known at the cutoff."""

    name: str | None = None
    account_manager: str | None = None
    since: datetime | None = None
    facts: Mapping[str, Plain] = field(default_factory=dict)


def make_dossiers(
    assembly: Assembly,
    *,
    previous: Previous | None = None,
    previous_run: Run | None = None,
    progress: Progress | None = None,
) -> Iterator[Dossier]:
    """Dossiers in the order of the panel, made as they are asked for.

    Parameters
    ----------
    assembly
        The customers and all that is known of them.
    previous
        Gives the earlier dossiers of some customers, for what has changed since.
    previous_run
        The run that these belong to: it tells whether the models are still the same.
    progress
        Called with rows done and rows in all.

    Raises
    ------
    TreueError
        If a rule asks for what is not there.
    """
    started = time.perf_counter()
    writer = _Writer(assembly, previous, previous_run)
    for start in range(0, len(assembly.panel), CHUNK_ROWS):
        chunk = assembly.panel.iloc[start : start + CHUNK_ROWS]
        yield from writer.write(chunk, start)
        if progress:
            progress(start + len(chunk), len(assembly.panel))
    seconds = time.perf_counter() - started
    log.info("put together %d dossiers: %.1f s", len(assembly.panel), seconds)


def customers_of(tables: Tables, cutoff: datetime) -> dict[str, Customer]:
    """Master data by customer, as known at the cutoff; sensitive columns stay out."""
    frame = tables.known_at(cutoff).frames.get("customers")
    if frame is None:
        return {}
    own = [name for name in tables.attributes if name in frame.column_names]
    wanted = ["customer_id", "name", "account_manager", "since", *own]
    rows = frame.select([name for name in wanted if name in frame.column_names]).to_pylist()
    return {
        row["customer_id"]: Customer(
            name=row.get("name"),
            account_manager=row.get("account_manager"),
            since=row.get("since"),
            facts={name: row[name] for name in own},
        )
        for row in rows
    }


class _Scored:
    """One model's view of some rows: their explanation and values."""

    def __init__(self, target: Target, predictor: Predictor, assembly: Assembly) -> None:
        self.target = target
        self.storyteller: Storyteller = predictor.storyteller(assembly.panel)
        self.bins = calibration_of(predictor.bundle.metrics)
        self.threshold: float = getattr(assembly.thresholds, target)
        self.question, self.grade = predictor.question, predictor.grade
        self.bundle, self.currency = predictor.bundle, predictor.currency
        self.own_families = predictor.own_families
        self.explanation: Explanation
        self.values: list[tuple[Any, ...]]
        self.curves: Sequence[When | None]
        self.sure: Sequence[Sure | None]

    def look_at(self, rows: pd.DataFrame) -> None:
        """Explain these rows; `likelihood` then tells one of them."""
        self.explanation = self.storyteller.explain(rows)
        self.values = self.storyteller.values(rows)
        self.curves = in_words(self.bundle, self.question, self.explanation.raw, rows)
        self.sure = sure_in_words(
            self.bundle,
            self.explanation.raw,
            rows,
            encoded=self.explanation.encoded,
            families=self.own_families,
            currency=self.currency,
            question=self.question,
        )

    def likelihood(self, row: int, compared: Mapping[str, Any] | None = None) -> Likelihood:
        """What is said of one of the rows last looked at."""
        probability = float(self.explanation.probability[row])
        return likelihood(
            self.storyteller,
            self.explanation,
            row,
            self.values[row],
            target=self.target,
            threshold=self.threshold,
            compared=compared,
            frequency=frequency(probability, self.bins, target=self.target),
            question=self.question,
            grade=self.grade,
            curve=self.curves[row],
            sure=self.sure[row],
        )


class _Writer:
    """Writes the dossiers of an assembly, some rows at a time."""

    def __init__(
        self, assembly: Assembly, previous: Previous | None, previous_run: Run | None
    ) -> None:
        self.assembly = assembly
        self.previous = previous
        self.scored = {
            target: _Scored(target, predictor, assembly)  # type: ignore[arg-type]
            for target, predictor in assembly.predictors.items()
        }
        self.timeline: Timeline | None = None
        self.customers: dict[str, Customer] = {}
        if assembly.tables is not None:
            self.customers = customers_of(assembly.tables, assembly.cutoff)
            self.timeline = Timeline(assembly.tables, assembly.cutoff, currency=assembly.currency)
        names = feature_columns(assembly.panel)
        own = [name for name in names if name not in CATALOGUE]
        self.features = names
        self.rules: list[Rule] = rules_of(assembly.sections.approach, own_features=own)
        self.earlier = _Earlier(assembly, previous_run) if previous_run else None

    def write(self, chunk: pd.DataFrame, start: int) -> Iterator[Dossier]:
        """Dossiers of a chunk of the panel that begins at row `start`."""
        ids = self.assembly.customer_ids[start : start + len(chunk)]
        for each in self.scored.values():
            each.look_at(chunk)
        events = self.timeline.of(ids) if self.timeline else {}
        before = self.previous(ids) if self.previous else {}
        if self.earlier:
            self.earlier.look_at(ids)
        rows = values_of(chunk, self.features)
        for row, (customer_id, values) in enumerate(zip(ids, rows, strict=True)):
            compared = self.assembly.comparison.at(start + row)
            told = {
                target: self._likelihood(each, row, compared, before.get(customer_id))
                for target, each in self.scored.items()
            }
            features = dict(zip(self.features, values, strict=True))
            yield self._dossier(customer_id, told, features, events.get(customer_id, []))

    def _likelihood(
        self, each: _Scored, row: int, compared: Mapping[str, Any], before: Dossier | None
    ) -> Likelihood:
        found = each.likelihood(row, compared)
        if before is None:
            return found
        rescored = None
        if self.earlier and each.target in self.earlier.scored:
            rescored = self.earlier.likelihood(each.target, before.customer_id)
            if rescored is None:  # another model, and nothing to tell the two apart by
                return found
        changed = change(before, found, each.storyteller, rescored=rescored)
        return found.model_copy(update={"change": changed})

    def _dossier(
        self,
        customer_id: str,
        told: Mapping[str, Likelihood],
        features: Mapping[str, Any],
        events: list[Any],
    ) -> Dossier:
        assembly = self.assembly
        churn, referral = told.get("churn"), told.get("referral")
        p_churn = churn.probability if churn else None
        p_referral = referral.probability if referral else None
        card, at_risk = [], None
        if assembly.ledger is not None:
            worth = assembly.ledger.of(customer_id)
            card = card_lines(
                worth,
                churn_probability=p_churn,
                assumptions=assembly.assumptions,
                currency=assembly.currency,
            )
            at_risk = amounts(card)["margin_at_risk"]
        facts = facts_of(
            features,
            amounts(card),
            churn_probability=p_churn,
            referral_probability=p_referral,
            thresholds=assembly.thresholds,
            concession_cost=assembly.sections.value.concession_cost,
        )
        approach = suggest(facts, self.rules, currency=assembly.currency)
        said = sayable(churn.reasons if churn else [], referral.reasons if referral else [], facts)
        where = None
        if p_churn is not None and p_referral is not None:
            where = quadrant(p_churn, p_referral, assembly.thresholds)
        customer = self.customers.get(customer_id, Customer())
        return Dossier(
            customer_id=customer_id,
            name=customer.name,
            account_manager=customer.account_manager,
            since=customer.since,
            cutoff=assembly.cutoff,
            currency=assembly.currency,
            churn=churn,
            referral=referral,
            quadrant=where,
            margin_at_risk=at_risk,
            card=card,
            approach=approach,
            timeline=events,
            sayable=said,
            letter=letter(said, approach, facts),
            open_complaint=(features.get("complaints_open") or 0) >= 1,
            facts=dict(customer.facts),
        )


class _Earlier:
    """The rows of the previous cutoff, scored by today's models where these are others now."""

    def __init__(self, assembly: Assembly, run: Run) -> None:
        self.assembly = assembly
        self.scored: dict[str, _Scored] = {}
        self._rows: dict[str, int] = {}
        changed = [
            target
            for target, predictor in assembly.predictors.items()
            if target in run.targets and run.targets[target].fingerprint != predictor.fingerprint
        ]
        if not changed:
            return
        self.panel = pd.DataFrame()
        if assembly.tables is not None:
            self.panel = shared_panel(assembly.predictors, assembly.tables, run.cutoff)
            ids = self.panel["customer_id"].astype(str)
            self._all = {customer_id: row for row, customer_id in enumerate(ids)}
        else:
            self._all = {}
        for target in changed:
            predictor = assembly.predictors[target]
            self.scored[target] = _Scored(target, predictor, assembly)

    def look_at(self, customer_ids: Sequence[str]) -> None:
        """Explain the earlier rows of these customers."""
        if not self.scored:
            return
        there = [name for name in customer_ids if name in self._all]
        self._rows = {name: row for row, name in enumerate(there)}
        if there:
            rows = self.panel.iloc[[self._all[name] for name in there]]
            for each in self.scored.values():
                each.look_at(rows)

    def likelihood(self, target: str, customer_id: str) -> Likelihood | None:
        """An earlier row by today's model; None where there was none."""
        row = self._rows.get(customer_id)
        return None if row is None else self.scored[target].likelihood(row)
