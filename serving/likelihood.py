"""All that is said of one customer's likelihood: reasons, shares of families, sums that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from treue.models.explain import Explanation
from treue.serving.comparison import Compared
from treue.serving.dossier import FamilyShare, FeatureShare, Likelihood, Sure, Text, When
from treue.serving.missing import is_missing
from treue.serving.question import Question
from treue.serving.reasons import Storyteller, other_points
from treue.serving.when import later

SMALLEST_POINTS = 0.05
"""A feature below it is left out, unless its topic is told by it first: a later score may want to
say how it changed."""


def likelihood(
    storyteller: Storyteller,
    explanation: Explanation,
    row: int,
    values: Sequence[Any],
    *,
    target: Literal["churn", "referral"],
    threshold: float,
    compared: Mapping[str, Compared] | None = None,
    frequency: Text | None = None,
    question: Question | None = None,
    grade: str | None = None,
    curve: When | None = None,
    sure: Sure | None = None,
) -> Likelihood:
    """Return one customer's likelihood and why, for a dossier.

    Parameters
    ----------
    storyteller
        Of the model, by `Predictor.storyteller`.
    explanation, row
        Of `storyteller.explain`, and which of its rows is meant.
    values
        Of `storyteller.values`, that row.
    threshold
        From which probability on the customer counts as likely.
    compared
        Of `Comparison.of`.
    frequency, question, grade, curve, sure
        As they are to be said.
    """
    points = explanation.points[row]
    probability = float(explanation.probability[row])
    told = storyteller.reasons(points, values, compared, explanation.agreement_of(row))
    return Likelihood(
        target=target,
        probability=probability,
        base_probability=explanation.base_probability,
        likely=probability >= threshold,
        frequency=frequency,
        question=question.in_words() if question else None,
        grade=grade,
        reasons=told,
        other_points=other_points(probability, explanation.base_probability, told),
        families=families(storyteller, points.tolist(), values),
        curve=curve,
        sure=sure,
        heading=question.heading() if question else None,
        later=later(curve, question),
    )


def families(
    storyteller: Storyteller, points: Sequence[float], values: Sequence[Any]
) -> list[FamilyShare]:
    """Return families by weight, each with its features by weight."""
    shares: dict[str, list[FeatureShare]] = {}
    sums: dict[str, float] = {}
    for name, number, value in zip(storyteller.names, points, values, strict=True):
        family = storyteller.families.get(name, "other")
        sums[family] = sums.get(family, 0.0) + number
        if abs(number) >= SMALLEST_POINTS or name in storyteller.told_first:
            plain = None if is_missing(value) else value
            share = FeatureShare(name=name, value=plain, points=round(number, 4))
            shares.setdefault(family, []).append(share)
    return [
        FamilyShare(
            family=family,
            points=round(sums[family], 4),
            features=sorted(shares.get(family, []), key=lambda share: -abs(share.points)),
        )
        for family in sorted(sums, key=lambda family: -abs(sums[family]))
    ]
