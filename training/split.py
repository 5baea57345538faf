"""Which cutoffs may teach a model that is judged at a later one.

A model judged at a test cutoff must have been possible to train on that day. The label of a
training cutoff looks at ``(cutoff, cutoff + horizon]``, so it was known in production only once
that window had passed: ``cutoff + horizon <= test``. The cutoffs in between are the gap; they are
left out, however tempting their rows, because nobody could have had them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import pandas as pd

from treue.features.errors import TreueError


class Fold(NamedTuple):
    """One step of a rolling origin."""

    train: tuple[datetime, ...]
    """Cutoffs to train on, oldest first."""
    test: datetime
    """Cutoff to judge at."""


def rolling_origin(
    cutoffs: Iterable[datetime], horizon: int | timedelta, *, holdout: int = 1
) -> list[Fold]:
    """Return one fold for each of the last `holdout` cutoffs, oldest first.

    Each fold trains on every cutoff whose label window had passed at its test cutoff, so the
    training set grows from fold to fold as it would in production.

    Parameters
    ----------
    cutoffs : iterable of datetime
        In any order; repeated ones count once.
    horizon : int or timedelta
        Length of the label window; an int is days.
    holdout : int
        How many of the latest cutoffs to judge at.

    Raises
    ------
    TreueError
        A horizon or holdout below 1, fewer cutoffs than `holdout`, or a test cutoff before which no
        label window had passed.

    Examples
    --------
    >>> from datetime import datetime
    >>> monthly = [datetime(2024, month, 1) for month in (1, 2, 3, 4, 5)]
    >>> for fold in rolling_origin(monthly, horizon=60, holdout=2):
    ...     print([f"{cutoff:%b}" for cutoff in fold.train], f"{fold.test:%b}")
    ['Jan', 'Feb'] Apr
    ['Jan', 'Feb', 'Mar'] May
    """
    known, length, held_out = _checked(cutoffs, horizon, holdout)
    return [Fold(_passed(known, length, before=test), test) for test in held_out]


def single_split(
    cutoffs: Iterable[datetime], horizon: int | timedelta, *, holdout: int = 1
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """Return (training cutoffs, held-out cutoffs): one model, judged at the last `holdout` cutoffs.

    The training windows had passed at the *first* held-out cutoff, so that this one model could
    have been in use at all of them. Parameters and errors as `rolling_origin`.

    Examples
    --------
    >>> from datetime import datetime
    >>> monthly = [datetime(2024, month, 1) for month in (1, 2, 3, 4, 5)]
    >>> train, held_out = single_split(monthly, horizon=60, holdout=2)
    >>> [f"{cutoff:%b}" for cutoff in train], [f"{cutoff:%b}" for cutoff in held_out]
    (['Jan', 'Feb'], ['Apr', 'May'])
    """
    known, length, held_out = _checked(cutoffs, horizon, holdout)
    return _passed(known, length, before=held_out[0]), held_out


def _checked(
    cutoffs: Iterable[datetime], horizon: int | timedelta, holdout: int
) -> tuple[tuple[datetime, ...], timedelta, tuple[datetime, ...]]:
    length = horizon if isinstance(horizon, timedelta) else timedelta(days=horizon)
    if length <= timedelta(0):
        raise TreueError(f"horizon: {horizon} is not above 0; a label needs days to look at")
    if holdout < 1:
        raise TreueError(f"holdout: {holdout} is below 1; at least one cutoff must be held out")
    known = tuple(sorted({pd.Timestamp(cutoff).to_pydatetime() for cutoff in cutoffs}))
    if len(known) <= holdout:
        raise TreueError(
            f"cutoffs: {holdout} to be held out of {len(known)} ({_listed(known)}) leave none to "
            "train on; add earlier cutoffs or hold out fewer"
        )
    return known, length, known[-holdout:]


def _passed(
    known: tuple[datetime, ...], length: timedelta, *, before: datetime
) -> tuple[datetime, ...]:
    train = tuple(cutoff for cutoff in known if cutoff + length <= before)
    if not train:
        raise TreueError(
            f"cutoffs: none can train a model judged at {_day(before)}. A horizon of "
            f"{_days(length)} needs one at or before {_day(before - length)}; there are "
            f"{_listed(known)}. Add earlier cutoffs, shorten the horizon or hold out fewer"
        )
    return train


def _listed(cutoffs: tuple[datetime, ...]) -> str:
    days = [_day(cutoff) for cutoff in cutoffs]
    return ", ".join(days if len(days) <= 5 else [*days[:2], "...", *days[-2:]]) or "none"


def _day(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes").removesuffix(" 00:00")


def _days(length: timedelta) -> str:
    return f"{length / timedelta(days=1):g} days"
