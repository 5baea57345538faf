"""Why one customer is scored as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from treue.serving.dossier import Reason, Sure, When
from treue.serving.question import Question
from treue.serving.reasons import other_points, sentences


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
    told
        Three to five reasons, most important first, in both languages.
    families
        Family by feature.
    language
        What reasons are written in unless asked otherwise.
    grade
        The model's grade against simple rules; None where it was never judged.
    question
        What the probability is asked about.
    curve
        When, not only whether; None where the model has no curve.
    sure
        How sure: interval and flag; None where the model has no intervals.
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
    told: Sequence[Reason] = ()
    families: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    grade: str | None = None
    question: Question | None = None
    curve: When | None = None
    sure: Sure | None = None

    @property
    def family_contributions(self) -> dict[str, float]:
        """Contributions summed by family, in log-odds, largest first."""
        return self._by_family(self.contributions)

    @property
    def family_points(self) -> dict[str, float]:
        """Points summed by family, largest first."""
        return self._by_family(self.points)

    def reasons(self, language: str | None = None) -> list[str]:
        """Three to five sentences with their points, most important first."""
        return sentences(self.told, language or self.language)

    def other_points(self) -> float:
        """Points of all that `reasons` leaves out, as a reader must add them."""
        return other_points(self.probability, self.base_probability, self.told)

    def to_dict(self, language: str | None = None) -> dict[str, Any]:
        """Everything as plain values that JSON can hold."""
        return {
            "target": self.target,
            "customer_id": self.customer_id,
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "horizon_days": self.question.horizon_days if self.question else None,
            "grade": self.grade,
            "probability": self.probability,
            "base_probability": self.base_probability,
            "raw": self.raw,
            "base": self.base,
            "curve": self.curve.model_dump() if self.curve else None,
            "sure": self.sure.model_dump() if self.sure else None,
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
