"""How sure a model is: learnt from predictions that did not know their outcomes, then judged."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from treue.models.bundle import Bundle
from treue.models.certainty import Certainty
from treue.models.classifier import LoyaltyClassifier
from treue.models.like_groups import coverage
from treue.training.config import Config

log = logging.getLogger(__name__)

_WIDE = 0.6  # mean width beyond which intervals tell little
_CLOSEST = 1e-9  # to 0 or 1, so that log-odds stay finite


def certainty_of(
    model: LoyaltyClassifier,
    panel: pd.DataFrame,
    names: Sequence[str],
    label: np.ndarray[tuple[int], np.dtype[np.int64]],
    *,
    config: Config,
    forward: pd.DataFrame | None = None,
    encoded: npt.NDArray[np.float64] | None = None,
) -> Certainty:
    """Intervals and flags of a model.

    Parameters
    ----------
    model
        Fitted on `panel`.
    panel, names, label
        Training rows, the features among their columns, and their outcomes.
    forward
        Predictions of a rolling backtest inside these rows: ``cutoff``, ``outcome``, ``log_odds``,
        indexed by position. Without it (a ready panel, or too few cutoffs) the out-of-fold
        predictions serve; they tell nothing of drift.
    encoded
        The rows as the model's columns encode them, where that was done already.
    """
    started = time.perf_counter()
    rows = panel.reset_index(drop=True)
    if forward is None or forward.empty:
        p = np.clip(model.oof_probability_, _CLOSEST, 1 - _CLOSEST)
        forward = pd.DataFrame({"outcome": label, "log_odds": logit(p)}, index=rows.index)
    found = Certainty.fit(
        rows[list(names)],
        model.columns_,
        forward,
        customers=rows["customer_id"],
        cutoff=rows.get("cutoff"),
        horizon_days=config.label.horizon_days,
        encoded=encoded,
    )
    log.info(
        "certainty from %d cutoffs: drift %.2f, spread %.2f, %.1f s",
        *(found.cutoffs, found.drift, found.spread, time.perf_counter() - started),
    )
    return found


@dataclass(frozen=True)
class Sureness:
    """Whether the intervals hold on held-out rows.

    Attributes
    ----------
    level, group_size
        What is stated, and of how many customers.
    coverage
        Share of groups of like customers, of one cutoff each, whose observed share lies in their
        interval; NaN without a group of at least half the size.
    groups
        How many groups were judged.
    width
        Mean width of the intervals, in probability.
    unlike
        Share of rows flagged as unlike anyone seen in training.
    cutoffs
        How many time-forward cutoffs the intervals were learnt from.
    """

    level: float
    group_size: int
    coverage: float
    groups: int
    width: float
    unlike: float
    cutoffs: int

    def metrics(self) -> dict[str, float]:
        """Figures by name, for logging."""
        return {
            "interval_coverage": self.coverage,
            "interval_groups": float(self.groups),
            "interval_width": self.width,
            "unlike_share": self.unlike,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON, NaN as None."""
        return {
            name: None if isinstance(value, float) and isnan(value) else value
            for name, value in asdict(self).items()
        }


def sureness_of(
    bundle: Bundle, held_out: pd.DataFrame, outcome: npt.ArrayLike, probability: npt.ArrayLike
) -> Sureness | None:
    """Judge a model's intervals on held-out rows; None for a model without."""
    certainty = bundle.certainty
    if certainty is None:
        return None
    p = np.asarray(probability, dtype=float)
    log_odds = logit(np.clip(p, _CLOSEST, 1 - _CLOSEST))
    found = certainty.assess(held_out, bundle.model.columns_, log_odds)
    when = held_out["cutoff"].astype("int64") if "cutoff" in held_out else np.zeros(len(p))
    groups = coverage(outcome, found.low, found.high, p, when, size=certainty.group_size)
    return Sureness(
        level=certainty.level,
        group_size=certainty.group_size,
        coverage=float(groups["held"].mean()) if len(groups) else float("nan"),
        groups=len(groups),
        width=float((found.high - found.low).mean()),
        unlike=float(found.unlike.mean()),
        cutoffs=certainty.cutoffs,
    )


def certain_section(sureness: Sureness | None, target: str) -> list[str]:
    """What the model card says of intervals and flags, Markdown."""
    if sureness is None:
        return []
    do = "leave" if target == "churn" else "recommend"
    stated = (
        f"Every probability comes with an interval: of {sureness.group_size} customers like this "
        f"one (about the same probability, same cutoff), between its ends {do}, in "
        f"{sureness.level:.0%} of such groups. It is a statement of groups: a single customer's "
        "probability cannot be seen, and may lie outside."
    )
    if sureness.cutoffs:
        taught = (
            f"Its width was learnt from {sureness.cutoffs} earlier cutoffs, predicted by models "
            "that did not know them. A change such as none of those cutoffs saw is not in it."
        )
    else:
        taught = (
            "No earlier cutoffs could teach how far the level moves over time: its width is that "
            "of customers held out, and, where there are cutoffs, of a drift that is assumed."
        )
    wide = ", so wide that they tell little" if sureness.width > _WIDE else ""
    share = f"{sureness.coverage:.0%}" if sureness.groups else "–"
    judged = (
        f"On the held-out rows {share} of {sureness.groups} groups lay in their interval; mean "
        f"width {100 * sureness.width:.0f} percentage points{wide}. Groups of one cutoff rise and "
        "fall together, so that this share scatters far more than that of as many independent ones."
    )
    flagged = (
        f"{sureness.unlike:.1%} of the held-out customers are unlike anyone seen in training (1 % "
        "is expected where nothing has changed); their intervals are wider."
    )
    return ["## How sure it is", f"{stated} {taught}", f"{judged} {flagged}"]
