"""Whom to contact, how long that list is, and what it would have brought on the held-out rows.

The list holds everybody whose expected profit is above 0 (`treue.models.value.value_card`)::

    expected profit = effect * likelihood of leaving * margin if kept - contact cost - concession
    realised profit = effect * (1 if the customer left, else 0) * margin if kept - the same costs

Both rest on the same stated effect, so that their difference is the model's doing: whether those
whom it put on the list were those who left. Nothing here is tuned to the outcomes; the length of
the list follows from the likelihoods, the margins and the company's own assumptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from treue.models.intervals import Interval, resampled
from treue.models.profit import weighted_profit
from treue.models.ranked import Floats, rank
from treue.models.value import Assumptions, assumptions_of
from treue.training.config import Config
from treue.training.segments import MODEL
from treue.training.worth import Worth

RULE = "recency_rule"
POINTS = 100


@dataclass(frozen=True)
class ListProfit:
    """One way to choose whom to contact, over all held-out rows; money in the currency.

    Attributes
    ----------
    contacted
        Rows on the list.
    expected
        Profit that the model's likelihoods promise of it.
    realised
        Profit with the outcomes as they were.
    chosen_minus
        Realised profit of the chosen list minus this one's, on the same resamples; None for the
        chosen list itself.
    """

    contacted: int
    expected: float
    realised: Interval
    chosen_minus: Interval | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return {
            "contacted": self.contacted,
            "expected": self.expected,
            "realised": self.realised.as_dict(),
            "chosen_minus": self.chosen_minus.as_dict() if self.chosen_minus else None,
        }


@dataclass(frozen=True)
class Profit:
    """The chosen list beside others, judged on rows that the model has not seen.

    Attributes
    ----------
    assumptions
        The company's own, as on the value card.
    rows
        Held-out rows, each a customer at a cutoff.
    known_margins
        Share of the rows whose margin is known; the others count ``value.customer_value``.
    chosen
        The list of all whose expected profit is above 0.
    others
        ``everybody``, ``nobody``, ``recency_rule`` (chosen in the same way by that rule's
        likelihoods; not there where the rule is not) and ``by_probability`` (as many as on the
        chosen list at each cutoff, the most likely to leave).
    empc
        Expected maximum profit per customer (`treue.models.profit`) of campaigns along the expected
        profit; the metric ``empc`` is that of campaigns along the likelihood alone, which begin
        with whoever is likely to leave, loss-making or not.
    curve
        Highest expected profit first: ``contacted``, ``share``, ``expected`` and ``realised`` sums
        with ``low`` and ``high``, and ``chosen`` (true at the end of the chosen list).
    """

    assumptions: Assumptions
    rows: int
    known_margins: float
    chosen: ListProfit
    others: Mapping[str, ListProfit]
    empc: Interval
    curve: pd.DataFrame

    @property
    def list_share(self) -> float:
        """Share of the held-out rows that are on the chosen list."""
        return self.chosen.contacted / self.rows

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        assumed = self.assumptions
        return {
            "effect": assumed.effect,
            "contact_cost": assumed.contact_cost,
            "concession_cost": assumed.concession_cost,
            "days": assumed.days,
            "pays_from": assumed.pays_from if np.isfinite(assumed.pays_from) else None,
            "rows": self.rows,
            "known_margins": self.known_margins,
            "list_share": self.list_share,
            "chosen": self.chosen.as_dict(),
            "others": {name: one.as_dict() for name, one in self.others.items()},
            "empc": self.empc.as_dict(),
            "curve": self.curve.replace({np.nan: None}).to_dict("list"),
        }

    def metrics(self) -> dict[str, float | Interval]:
        """Flat figures for MLflow; profits are per customer scored, as EMPC is."""
        found: dict[str, float | Interval] = {
            "list_length": float(self.chosen.contacted),
            "list_share": self.list_share,
            "profit_expected": self.chosen.expected / self.rows,
            "profit_best": _per(self.chosen.realised, self.rows),
            "empc_by_profit": self.empc,
        }
        for name, one in self.others.items():
            if name != "nobody":
                found[f"profit_{name}"] = _per(one.realised, self.rows)
        return found


def judge_lists(predictions: pd.DataFrame, worth: Worth, *, config: Config) -> Profit:
    """Choose the list and judge it beside others.

    Parameters
    ----------
    predictions
        ``predict_all``'s table of churn: ``customer_id``, ``outcome``, ``model``, the rules, and
        ``cutoff`` where there is one.
    worth
        Of the same rows, from `treue.training.worth.worth_of`.
    """
    assumed = assumptions_of(config.value, horizon_days=config.label.horizon_days)
    probability = predictions[MODEL].to_numpy()
    expected = _profits(probability, worth, assumed)
    realised = _profits(predictions["outcome"].to_numpy(dtype=np.float64), worth, assumed)
    lists = {"chosen": expected > 0, "everybody": np.ones(len(expected), dtype=bool)}
    lists["nobody"] = ~lists["everybody"]
    if RULE in predictions:
        lists[RULE] = _profits(predictions[RULE].to_numpy(), worth, assumed) > 0
    lists["by_probability"] = _as_many(predictions, lists["chosen"])
    masks = np.array(list(lists.values()), dtype=np.float64)
    order = np.lexsort((realised, -expected))
    ends = _ends(len(order), int(lists["chosen"].sum()))
    ranked = rank(predictions["outcome"], expected, margin=worth.kept, probability=False)
    campaign = partial(
        weighted_profit,
        ranked,
        incentive=assumed.concession_cost,
        contact_cost=assumed.contact_cost,
        effect=assumed.effect,
    )

    def sums(counts: Floats) -> list[float]:
        drawn = counts * realised
        totals = masks @ drawn
        running = np.concatenate(([0.0], np.cumsum(drawn[order])))[ends]
        found: list[float] = np.concatenate((totals, totals[0] - totals[1:], running)).tolist()
        return [*found, campaign(counts[ranked.order])]

    found = resampled(sums, predictions["customer_id"], n_bootstrap=config.evaluation.bootstrap)
    n = len(lists)
    made = {
        name: ListProfit(
            contacted=int(mask.sum()),
            expected=float(expected[mask].sum()),
            realised=found[place],
            chosen_minus=found[n + place - 1] if place else None,
        )
        for place, (name, mask) in enumerate(lists.items())
    }
    curve = found[2 * n - 1 : -1]
    return Profit(
        assumptions=assumed,
        rows=len(expected),
        known_margins=float(worth.known.mean()),
        chosen=made.pop("chosen"),
        others=made,
        empc=found[-1],
        curve=pd.DataFrame(
            {
                "contacted": ends,
                "share": ends / len(expected),
                "expected": np.concatenate(([0.0], np.cumsum(expected[order])))[ends],
                "realised": [one.value for one in curve],
                "low": [one.low for one in curve],
                "high": [one.high for one in curve],
                "chosen": ends == lists["chosen"].sum(),
            }
        ),
    )


def _profits(leaves: Floats, worth: Worth, assumed: Assumptions) -> Floats:
    return assumed.effect * leaves * worth.kept - assumed.spent


def _as_many(predictions: pd.DataFrame, chosen: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The most likely to leave, at each cutoff as many as are chosen there."""
    cutoffs = predictions["cutoff"] if "cutoff" in predictions else pd.Series(0, predictions.index)
    rows = pd.DataFrame(
        {
            "cutoff": cutoffs.to_numpy(),
            "p": -predictions[MODEL].to_numpy(),
            "customer": predictions["customer_id"].to_numpy(),
            "chosen": chosen,
        }
    ).sort_values(["cutoff", "p", "customer"])
    by_cutoff = rows.groupby("cutoff", sort=False)
    taken = by_cutoff.cumcount() < by_cutoff["chosen"].transform("sum")
    return taken.sort_index().to_numpy()


def _ends(rows: int, chosen: int) -> np.ndarray[Any, Any]:
    """Lengths at which the curve is told: even steps, finer ones up to the chosen length."""
    even = np.linspace(0, rows, POINTS + 1)
    return np.unique(np.round([*even, *np.linspace(0, chosen, POINTS // 5 + 1)]).astype(np.int64))


def _per(one: Interval, rows: int) -> Interval:
    return Interval(one.value / rows, one.low / rows, one.high / rows, one.level, one.replicates)
