"""Does the horizon fit how customers buy? Who counts as left, and buys again all the same.

After `horizon` days without a purchase a customer counts as left (``label.churn = "inactivity"``).
Where many of them come back, the label says little of leaving and much of an ordinary pause.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from treue.features.words import Words

FOLLOWED_DAYS = 365
"""Days after a cutoff in which a purchase counts as coming back, where the data go so far."""
OTHERS = (30, 60, 90, 180, 270)
MANY = 1 / 3
"""Share of those who count as left, above which coming back is the rule rather than a chance."""
FEWEST = 30  # customers who count as left, below which a share says nothing

_HEADING = Words(
    "Does the horizon fit how customers buy", "Ob der Prognosezeitraum zum Kaufrhythmus passt"
)
_FOUND = Words(
    "of {left} customers without a purchase in the {days} days after {cutoff}, {share} bought "
    "again by day {followed}",
    "von {left} Kunden ohne Kauf in den {days} Tagen nach dem {cutoff} haben {share} bis zum Tag "
    "{followed} wieder gekauft",
)
_VERDICT = {
    True: Words(
        "too many to call them lost: churned means a pause here, and money at risk is not money "
        "lost",
        "zu viele, um sie verloren zu nennen; „abgewandert“ bedeutet hier nur eine Pause, und "
        "Geld, das auf dem Spiel steht, ist noch nicht verloren",
    ),
    False: Words("few enough to call them lost", "wenige genug, um die übrigen verloren zu nennen"),
}
_LONGER = Words(
    "label.horizon_days = {days} would leave {share}",
    "mit label.horizon_days = {days} wären es {share}",
)
_DECLINE = Words(
    'label.churn = "decline" asks for less spend instead of none',
    'label.churn = "decline" fragt nach weniger Umsatz statt nach gar keinem',
)


@dataclass(frozen=True)
class Pause:
    """How many had not bought after so many days, and how many of them came back."""

    days: int
    left: int
    back: int

    @property
    def share(self) -> float:
        """Of those who had not bought, the share that came back."""
        return self.back / self.left


@dataclass(frozen=True)
class Rhythm:
    """What became of customers who count as left at one cutoff.

    Attributes
    ----------
    cutoff
        The latest after which the data go on long enough.
    followed_days
        Until when a purchase counts as coming back, in days after the cutoff.
    asked
        For the horizon in use.
    others
        For other horizons, shortest first.
    """

    cutoff: datetime
    followed_days: int
    asked: Pause
    others: tuple[Pause, ...]

    @property
    def too_short(self) -> bool:
        """Whether many of those who count as left come back."""
        return self.asked.share > MANY

    @property
    def longer(self) -> Pause | None:
        """The shortest longer horizon after which few come back, if any was looked at."""
        fitting = (p for p in self.others if p.days > self.asked.days and p.share <= MANY)
        return next(fitting, None)

    def to_text(self, language: str = "en") -> str:
        """Return a heading and what was found, in ``language`` (``en`` or ``de``)."""
        found = _FOUND.of(
            **asdict(self.asked), share=self.asked.share, cutoff=self.cutoff,
            followed=self.followed_days,
        )  # fmt: skip
        lines = [f"{found.in_(language)}: {_VERDICT[self.too_short].in_(language)}"]
        if self.too_short:
            advice = [_DECLINE]
            if self.longer:
                advice.insert(0, _LONGER.of(days=self.longer.days, share=self.longer.share))
            lines += [each.in_(language) for each in advice]
        return "\n".join([_HEADING.in_(language), *(f"  {line}" for line in lines)])

    def as_dict(self) -> dict[str, Any]:
        """Return everything ready for JSON."""
        return asdict(self) | {"too_short": self.too_short}


def rhythm(panel: pd.DataFrame, observed_until: datetime, *, horizon: int) -> Rhythm | None:
    """Follow those who count as left by inactivity.

    Parameters
    ----------
    panel
        ``cutoff`` and ``churned_after``, days to the next purchase however late, NaN for none.
    observed_until
        Until when the data are complete.
    horizon
        Of the label, in days.

    Returns
    -------
    Rhythm or None
        None where no cutoff of the panel lies two horizons before the end of the data, or hardly
        anybody counts as left.
    """
    cutoffs = sorted(pd.to_datetime(panel["cutoff"].unique()))
    followed = {cutoff: (observed_until - cutoff.to_pydatetime()).days for cutoff in cutoffs}
    wanted = max(FOLLOWED_DAYS, 2 * horizon)
    long = [cutoff for cutoff in cutoffs if followed[cutoff] >= wanted]
    cutoff = long[-1] if long else next(iter(cutoffs), None)
    if cutoff is None or followed[cutoff] < 2 * horizon:
        return None
    end = min(wanted, followed[cutoff])
    after = panel.loc[pd.to_datetime(panel["cutoff"]) == cutoff, "churned_after"]

    def pause(days: int) -> Pause:
        return Pause(
            days=days,
            left=int(((after > days) | after.isna()).sum()),
            back=int(((after > days) & (after <= end)).sum()),
        )

    asked = pause(horizon)
    if asked.left < FEWEST:
        return None
    others = (pause(days) for days in OTHERS if days != horizon and 2 * days <= end)
    return Rhythm(cutoff.to_pydatetime(), end, asked, tuple(p for p in others if p.left >= FEWEST))
