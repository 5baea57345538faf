"""When, not only whether: the probability within so many days, from one model.

A curve starts from the classifier's log-odds at the horizon it was fitted for and says the same
of shorter and longer windows.
"""

from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy
from pydantic import Field, FiniteFloat, model_validator

from treue.models.bundle_files import Part
from treue.models.curve_terms import INPUTS, NAMES, Event, terms

Floats = npt.NDArray[np.float64]

HORIZONS = (30, 60, 90, 180, 365)
"""Days that a curve is asked for."""


class Point(Part):
    """The logistic regression of one horizon.

    Attributes
    ----------
    days
        The horizon.
    rows
        Rows of the training whose outcome at this horizon was known.
    intercept, weights
        Log-odds of the event within so many days are ``intercept + sum(weight * term)``, by the
        names in `treue.models.curve_terms.NAMES`; a term without a weight is not used.
    """

    days: Annotated[int, Field(ge=1)]
    rows: Annotated[int, Field(ge=1)]
    intercept: FiniteFloat
    weights: dict[str, FiniteFloat]


class Curve(Part):
    """Probability of an event within several horizons, never decreasing in the horizon.

    Attributes
    ----------
    event
        ``"buys_again"`` (its complement is silence), ``"has_left"`` (no contract runs any more) or
        ``"has_recommended"``. "No purchase within so many days" only gets rarer the longer one
        waits, so it is the purchase that the curve is of.
    anchor_days
        The classifier's own horizon, at which the curve is its probability.
    typical
        What a missing value of the terms' columns counts as.
    points
        The other horizons, ascending. One that could not be learnt from the training is not there.
    """

    event: Event
    anchor_days: Annotated[int, Field(ge=1)]
    typical: dict[str, FiniteFloat]
    points: list[Point]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        days = [point.days for point in self.points]
        if days != sorted(set(days)) or self.anchor_days in days:
            raise ValueError(f"days {days} do not ascend beside the anchor {self.anchor_days}")
        if missing := set(INPUTS[self.event]) - set(self.typical):
            raise ValueError(f"no typical {min(missing)}")
        for point in self.points:
            if unknown := set(point.weights) - set(NAMES[self.event]):
                raise ValueError(f"no term {min(unknown)!r} of {self.event}")
        return self

    @property
    def days(self) -> list[int]:
        """The horizons that the curve has, ascending, with the anchor."""
        return sorted([self.anchor_days, *(point.days for point in self.points)])

    def within(self, log_odds: npt.ArrayLike, panel: pd.DataFrame) -> Floats:
        """Return the probability of the event within each of `days` (n, days).

        Never decreasing along a row: where two regressions cross, the one further from the anchor
        gives way, so that the anchor stays exactly the classifier's.

        Parameters
        ----------
        log_odds : array (n,)
            The classifier's, of its own label; for ``"buys_again"`` that is the complement.
        panel : DataFrame (n rows)
            A column or value that is missing counts as the typical one.
        """
        anchor = event_log_odds(self.event, np.asarray(log_odds, dtype=float))
        found = {self.anchor_days: anchor}
        before = [point for point in self.points if point.days < self.anchor_days]
        after = [point for point in self.points if point.days > self.anchor_days]
        for points, bound in ((before[::-1], np.minimum), (after, np.maximum)):
            nearest = anchor
            for point in points:
                nearest = bound(nearest, self._log_odds(point, anchor, panel))
                found[point.days] = nearest
        return scipy.special.expit(np.column_stack([found[days] for days in self.days]))

    def _log_odds(self, point: Point, anchor: Floats, panel: pd.DataFrame) -> Floats:
        values = terms(self.event, anchor, panel, days=point.days, typical=self.typical)
        weights = [point.weights.get(name, 0.0) for name in NAMES[self.event]]
        return point.intercept + values @ np.array(weights)


def event_log_odds(event: Event, log_odds: Floats) -> Floats:
    """Return log-odds of the event from those of the classifier's label."""
    return -log_odds if event == "buys_again" else log_odds
