"""The champion gate: which model is in use, and why."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from numpy.typing import ArrayLike

from treue.features.errors import TreueError
from treue.models.intervals import Interval, paired_difference
from treue.models.metrics import log_loss
from treue.training.decision_words import WORDS

if TYPE_CHECKING:
    from treue.training.tracking import Store, Version

log = logging.getLogger(__name__)

CHAMPION, PREVIOUS = "champion", "previous"
_SIGNED = "+0.0000;-0.0000"


@dataclass(frozen=True)
class Champion:
    """The model in use, as far as the gate must know it.

    Attributes
    ----------
    version
        Its number in the registry.
    probabilities
        What it says of the held-out rows; None where it cannot score them.
    problem
        Why it cannot.
    labels_until
        End of the last label window it was trained on; None where that is not known.
    """

    version: int
    probabilities: ArrayLike | None = None
    problem: str = ""
    labels_until: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """Whether the challenger becomes champion, with the figures behind it.

    Attributes
    ----------
    promoted
        Whether the alias moves.
    reason
        One plain sentence.
    champion_version
        The champion before; None where there was none.
    challenger_log_loss, champion_log_loss
        On the same held-out rows; None where there was no comparison.
    difference
        Challenger minus champion with its 95 % interval; below zero speaks for the challenger.
    warnings
        What to know before relying on the decision.
    """

    promoted: bool
    reason: str
    champion_version: int | None = None
    challenger_log_loss: float | None = None
    champion_log_loss: float | None = None
    difference: Interval | None = None
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the decision for JSON."""
        difference = self.difference.as_dict() if self.difference else None
        return {**asdict(self), "difference": difference, "warnings": list(self.warnings)}


def decide(
    y: ArrayLike,
    challenger: ArrayLike,
    champion: Champion | None,
    *,
    groups: ArrayLike,
    grade: str,
    held_out_from: datetime | None = None,
    n_bootstrap: int = 500,
    language: str = "en",
) -> Decision:
    """Whether a new model takes the champion's place.

    It does where its log loss on the same held-out rows is surely lower: the whole 95 % interval
    of the paired difference, drawing customers, lies below zero. The first model of its kind takes
    the empty place. A champion that cannot score the rows stays, for nothing was shown.

    Parameters
    ----------
    y, challenger
        Outcomes and the new model's probabilities of the held-out rows.
    champion
        The model in use, or None.
    groups
        Customers of the rows.
    grade
        The challenger's grade against simple rules; ``"C"`` is warned of.
    held_out_from
        First held-out cutoff; a champion whose labels reach past it has seen part of the answers.
    language
        ``en`` or ``de``: of the reason and the warnings.
    """
    words = WORDS[language]

    def number(value: float, pattern: str = "0.0000") -> str:
        return format_decimal(value, pattern, locale=language).replace("-", "−")

    warnings = [words["grade C"]] if grade == "C" else []
    own = log_loss(y, challenger)
    if champion is None:
        return Decision(True, words["first"], challenger_log_loss=own, warnings=tuple(warnings))
    name = words["champion"].format(version=champion.version)
    if champion.probabilities is None:
        return Decision(
            False,
            words["cannot score"].format(champion=name, problem=champion.problem),
            champion_version=champion.version,
            challenger_log_loss=own,
            warnings=tuple(warnings),
        )
    until = champion.labels_until
    if held_out_from is not None and until is not None and until > held_out_from:
        warnings.append(
            words["has seen"].format(
                champion=name, until=f"{until:%Y-%m-%d}", held_out_from=f"{held_out_from:%Y-%m-%d}"
            )
        )
    theirs = log_loss(y, champion.probabilities)
    difference = paired_difference(
        "log_loss", y, challenger, champion.probabilities, groups=groups, n_bootstrap=n_bootstrap
    )
    better = difference.high < 0
    figures = words["figures"].format(
        own=number(own),
        theirs=number(theirs),
        value=number(difference.value, _SIGNED),
        low=number(difference.low, _SIGNED),
        high=number(difference.high, _SIGNED),
    )
    reason = words["better" if better else "not better"].format(champion=name, figures=figures)
    return Decision(better, reason, champion.version, own, theirs, difference, tuple(warnings))


def labels_until(provenance: Mapping[str, Any]) -> datetime | None:
    """End of the last label window of a bundle's training, from its provenance."""
    cutoffs, horizon = provenance.get("train_cutoffs"), provenance.get("horizon_days")
    if not cutoffs or horizon is None:
        return None
    return datetime.fromisoformat(max(cutoffs)) + timedelta(days=horizon)


def list_models(store: "Store", names: list[str]) -> "list[Version]":
    """All versions of the named models, newest first within a name."""
    return [version for name in names for version in store.versions(name)]


def promote(store: "Store", name: str, version: int, *, reason: str = "by hand") -> int | None:
    """Make a version champion; the one before keeps the alias ``previous``.

    Returns
    -------
    int or None
        The version that was champion before.

    Raises
    ------
    TreueError
        If there is no such model or version; it names those there are.
    """
    known = [one.version for one in store.versions(name)]
    if not known:
        raise TreueError(f"{name} has no versions in {store.uri}; run treue train first")
    if version not in known:
        shown = ", ".join(map(str, known[:10]))
        raise TreueError(f"{name} has no version {version}; there are {shown}")
    before = store.alias(name, CHAMPION)
    if before == version:
        return before
    if before is not None:
        store.set_alias(name, PREVIOUS, before)
    store.set_alias(name, CHAMPION, version)
    store.tag_version(name, version, {"treue.promoted": reason[:5000]})
    log.info("%s: version %d is champion, before it %s", name, version, before or "none")
    return before


def roll_back(store: "Store", name: str) -> int:
    """Make the previous champion champion again; the two change places. Returns its version.

    Raises
    ------
    TreueError
        If there is no previous champion.
    """
    previous = store.alias(name, PREVIOUS)
    if previous is None:
        raise TreueError(
            f"{name} has no previous champion to roll back to; treue models list shows the "
            "versions, treue models promote chooses one"
        )
    promote(store, name, previous, reason="rolled back")
    return previous
