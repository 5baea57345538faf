"""What a logistic regression on the same features does: said wherever a grade is said.

It is no simple rule, so the grade does not count it; whoever pays for a model wants to know it all
the same. Compared is the log loss on the same held-out rows, paired, customers drawn anew.
"""

from collections.abc import Mapping
from math import isnan
from typing import Literal

from treue.models.intervals import Interval
from treue.numbers import Numbers

PRACTICALLY = 0.01
"""Log loss up to which a difference counts for nothing, with its whole interval."""
Language = Literal["de", "en"]
Outcome = Literal["ahead", "as good", "open", "behind", "unknown"]

_WORDS = {
    "de": {
        "as good": "Eine logistische Regression ist hier praktisch gleich gut",
        "open": "Dass es besser ist als eine logistische Regression, ist nicht gezeigt",
        "behind": "Eine logistische Regression ist hier nachweislich besser",
        "figures": "Unterschied im Log-Loss {value} [{low}; {high}]; unter 0 wäre das Modell "
        "besser",
    },
    "en": {
        "as good": "A logistic regression does as well here",
        "open": "That it is better than a logistic regression is not shown",
        "behind": "A logistic regression does better here, beyond chance",
        "figures": "difference in log loss {value} [{low}, {high}]; below 0 the model would be "
        "better",
    },
}


def outcome(advantage: Interval | None) -> Outcome:
    """How the model stands beside logistic regression.

    Parameters
    ----------
    advantage
        Log loss of the logistic regression less that of the model, above 0 where the model is
        better; None where there is none.

    Examples
    --------
    >>> outcome(Interval(-0.001, -0.004, 0.003)), outcome(Interval(0.03, 0.01, 0.05))
    ('as good', 'ahead')
    """
    if advantage is None or isnan(advantage.low + advantage.high):
        return "unknown"
    if advantage.low > 0:
        return "ahead"
    if -PRACTICALLY <= advantage.low <= advantage.high <= PRACTICALLY:
        return "as good"
    return "behind" if advantage.high < 0 else "open"


def beside_logistic(advantage: Interval | None, language: Language) -> str:
    """A sentence wherever the model is not shown to be ahead; else nothing."""
    found = outcome(advantage)
    if found in ("ahead", "unknown") or advantage is None:
        return ""
    words, numbers = _WORDS[language], Numbers(language)
    value, low, high = (
        numbers.exact(round(-one, 3) + 0.0, 3)
        for one in (advantage.value, advantage.high, advantage.low)
    )
    figures = words["figures"].format(value=value, low=low, high=high)
    return f"{words[found]} ({figures})."


def from_differences(differences: Mapping[str, Mapping[str, Interval]], language: Language) -> str:
    """The same from a judgement's figures, each the model's less a rule's."""
    minus = differences.get("logistic", {}).get("log_loss")
    if minus is None:
        return ""
    return beside_logistic(Interval(-minus.value, -minus.high, -minus.low), language)
