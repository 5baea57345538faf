"""What a probability is asked about, in words: which event, and over which days."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Self

from treue.models.bundle import Bundle
from treue.serving.dossier import Text

_EVENTS = {
    "inactivity": {"de": "kein Kauf", "en": "no purchase"},
    "contract": {"de": "kein laufender Vertrag mehr", "en": "no running contract any more"},
    "decline": {"de": "deutlich weniger Umsatz als zuvor", "en": "much less spent than before"},
    "made": {"de": "eine Empfehlung", "en": "a recommendation"},
    "converted": {
        "de": "eine Empfehlung, die einen Kunden bringt",
        "en": "a recommendation that brings a customer",
    },
}
_HEADING = {
    "de": "Kauft er in den nächsten {days} Tagen nichts?",
    "en": "Will they buy nothing in the next {days} days?",
}
_PERIOD = {"de": "in den nächsten {days} Tagen", "en": "in the next {days} days"}


@dataclass(frozen=True)
class Question:
    """Which event is asked about (a kind of churn or referral), and over how many days."""

    kind: str
    horizon_days: int

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> Self | None:
        """Read it from a bundle; None for one of a ready panel, whose labels mean what they may."""
        config = tomllib.loads(bundle.config_toml)
        label = config.get("label", {})
        kind = label.get("churn" if bundle.target == "churn" else "referral")
        if config.get("panel") or kind not in _EVENTS or "horizon_days" not in label:
            return None
        return cls(kind, int(label["horizon_days"]))

    def to_text(self, language: str) -> str:
        """Return the question in words.

        >>> Question("inactivity", 90).to_text("en")
        'no purchase in the next 90 days'
        """
        return f"{_EVENTS[self.kind][language]} {_PERIOD[language].format(days=self.horizon_days)}"

    @property
    def is_pause(self) -> bool:
        """Whether the event is a pause, after which a customer may buy again."""
        return self.kind == "inactivity"

    def heading(self) -> Text | None:
        """Return the heading of a pause, which is not yet a loss; None for other events.

        >>> Question("inactivity", 90).heading().en
        'Will they buy nothing in the next 90 days?'
        """
        if not self.is_pause:
            return None
        days = self.horizon_days
        return Text(de=_HEADING["de"].format(days=days), en=_HEADING["en"].format(days=days))

    def in_words(self) -> Text:
        """Return the question in words, in both languages."""
        return Text(de=self.to_text("de"), en=self.to_text("en"))
