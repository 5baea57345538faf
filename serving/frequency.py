"""Probabilities as plain frequencies, from what happened to held-out customers.

"7 of 10 such customers stayed" says what a probability means; it is told only where enough
held-out customers were given about that probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from treue.serving.dossier import Part, Target, Text

LEAST_ROWS = 20
"""A bin of fewer held-out customers is put together with its neighbour."""
REACH = 0.1
"""A probability this far outside of what held-out customers were given still counts as theirs."""

_DID = {  # one customer, several customers
    "churn": Text(de="blieb/blieben", en="stayed/stayed"),
    "referral": Text(de="empfahl uns/empfahlen uns", en="recommended us/recommended us"),
}


class CalibrationBin(Part):
    """Held-out customers who were given about the same probability.

    Attributes
    ----------
    low, high
        The probabilities in this bin: from `low` to below `high`.
    predicted, observed
        Mean probability given, and the share to whom it happened.
    """

    low: float
    high: float
    rows: int
    predicted: float
    observed: float


def calibration_of(metrics: Mapping[str, Any]) -> list[CalibrationBin]:
    """The bins that a bundle's metrics carry; none for a model that was never judged."""
    return [CalibrationBin.model_validate(each) for each in metrics.get("calibration") or ()]


def frequency(probability: float, bins: Sequence[CalibrationBin], *, target: Target) -> Text | None:
    """Say how many of ten held-out customers like this one stayed, or recommended us.

    A higher probability never goes with fewer events: bins that chance has put the wrong way round
    are put together, as are those with few customers.

    Returns
    -------
    Text or None
        None where no `LEAST_ROWS` held-out customers were given about such a probability.

    >>> bins = [CalibrationBin(low=0.3, high=0.4, rows=80, predicted=0.35, observed=0.325)]
    >>> frequency(0.37, bins, target="churn").en
    '7 of 10 such customers stayed'
    >>> frequency(0.6, bins, target="churn") is None
    True
    """
    found = min(_rising(tuple(bins)), key=lambda each: _outside(probability, each), default=None)
    if found is None or found.rows < LEAST_ROWS or _outside(probability, found) > REACH:
        return None
    share = found.observed if target == "referral" else 1 - found.observed
    return _of_ten(share, _DID[target])


def _outside(probability: float, each: CalibrationBin) -> float:
    """How far a probability lies outside of a bin; the upper edge belongs to the next one."""
    if probability >= each.high:
        return max(probability - each.high, 1e-12)
    return max(each.low - probability, 0.0)


@lru_cache(maxsize=64)
def _rising(bins: tuple[CalibrationBin, ...]) -> list[CalibrationBin]:
    """Bins with enough rows whose observed shares rise, by pooling adjacent violators."""
    found: list[CalibrationBin] = []
    for each in bins:
        found.append(each)
        while len(found) > 1 and (
            min(found[-1].rows, found[-2].rows) < LEAST_ROWS
            or found[-1].observed < found[-2].observed
        ):
            upper, lower = found.pop(), found.pop()
            found.append(_together(lower, upper))
    return found


def _together(lower: CalibrationBin, upper: CalibrationBin) -> CalibrationBin:
    rows = lower.rows + upper.rows
    return CalibrationBin(
        low=lower.low,
        high=upper.high,
        rows=rows,
        predicted=(lower.rows * lower.predicted + upper.rows * upper.predicted) / rows,
        observed=(lower.rows * lower.observed + upper.rows * upper.observed) / rows,
    )


def calibration_words(target: Target, each: CalibrationBin) -> Text:
    """What became of the held-out customers of a bin.

    >>> one = CalibrationBin(low=0.6, high=0.7, rows=80, predicted=0.66, observed=0.64)
    >>> calibration_words("churn", one).en
    'of those we put at 60–70%, 64% left'
    """
    low, high, observed = (round(100 * share) for share in (each.low, each.high, each.observed))
    did_de, did_en = (
        ("gingen", "left") if target == "churn" else ("empfahlen uns", "recommended us")
    )
    return Text(
        de=f"von denen, die wir bei {low}–{high}\u00a0% sahen, {did_de} {observed}\u00a0%",
        en=f"of those we put at {low}–{high}%, {observed}% {did_en}",
    )


def _of_ten(share: float, did: Text) -> Text:
    """A share as a count of ten, of a hundred where ten is too coarse."""
    many = 10 if 0.075 <= share <= 0.925 else 100
    count = round(many * share)
    if count == 0:
        told_de, told_en, count = "weniger als 1 von 100", "fewer than 1 of 100", 1
    elif count == many:
        told_de, told_en = "mehr als 99 von 100", "more than 99 of 100"
    else:
        told_de, told_en = f"{count} von {many}", f"{count} of {many}"
    verb = 0 if count == 1 else 1
    return Text(
        de=f"{told_de} solchen Kunden {did.de.split('/')[verb]}",
        en=f"{told_en} such customers {did.en.split('/')[verb]}",
    )
