"""What to say of models that are in use although nothing shows that they are worth it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treue.serving.predict import Predictor

TARGETS = {
    "de": {"churn": "Abwanderung", "referral": "Empfehlung"},
    "en": {"churn": "Leaving", "referral": "Recommending"},
}
_UNRELIABLE = {
    "de": "Note C: nicht nachweislich besser als eine einfache Regel; nicht darauf verlassen",
    "en": "grade C: not shown to be better than a simple rule; do not rely on it",
}


def warnings(predictors: Mapping[str, Predictor], language: str) -> list[str]:
    """One line for each model of grade C."""
    return [
        f"{TARGETS[language][target]}: {_UNRELIABLE[language]}"
        for target, predictor in predictors.items()
        if predictor.grade == "C"
    ]
