"""When, not only whether: the probability within so many days, from one model.

A curve starts from the classifier's log-odds at the horizon it was fitted for and says the same
of shorter and longer windows.
"""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from treue.models.bundle_files import Part

HORIZONS = (30, 60, 90, 180, 365)
"""Days that a curve is asked for."""

Event = Literal["buys_again", "has_left", "has_recommended"]


class Term(Part):
    """A term of the regressions: what it is called, and how it is centred and scaled."""

    name: str
    center: FiniteFloat
    scale: Annotated[FiniteFloat, Field(gt=0)]


class Point(Part):
    """The regression of one horizon: log-odds of the event within so many days."""

    days: Annotated[int, Field(ge=1)]
    intercept: FiniteFloat
    weights: list[FiniteFloat]


class Curve(Part):
    """Probability of an event within several horizons.

    Attributes
    ----------
    event
        What the probability is of; it can only grow with the horizon.
    anchor_days
        The classifier's own horizon, at which the curve is its probability.
    terms, points
        Of the regressions of the other horizons, ascending.
    """

    event: Event
    anchor_days: Annotated[int, Field(ge=1)]
    terms: list[Term]
    points: list[Point]
