"""Wall clock times of a zone in UTC, without asking DuckDB each time: its offsets, day by day.

DuckDB brings a calendar of time zones of its own. Python's or Arrow's may be of another year, in
which governments decided otherwise; so the offsets are asked of DuckDB, once a process and zone.
"""

from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt

from treue.features.sql import connection, literal

Moments = npt.NDArray[np.datetime64]
Spans = npt.NDArray[np.timedelta64]

FIRST, LAST = date(1900, 1, 1), date(2110, 1, 1)


def to_utc_by_day(moments: Moments, time_zone: str) -> Moments | None:
    """Return wall clock times (n,) in UTC; NaT stays NaT.

    None where one of them lies within two days of a change of the clock, or beyond the calendar:
    which of two equal hours is meant, or what stands for one that never was, DuckDB decides.
    """
    offsets = _offsets(time_zone)
    there = ~np.isnat(moments)
    days = (moments[there].astype("datetime64[D]") - np.datetime64(FIRST)).astype(np.int64)
    if len(days) and (days.min() < 0 or days.max() >= len(offsets)):
        return None
    found = offsets[days]
    if np.isnat(found).any():
        return None
    in_utc = moments.copy()
    in_utc[there] += found
    return in_utc


@cache
def _offsets(time_zone: str) -> Spans:
    """Return by day since `FIRST` what must be added for UTC; NaT where that changes."""
    moment = "CAST(day AS TIMESTAMP)"
    in_utc = f"timezone('UTC', timezone({literal(time_zone)}, {moment}))"
    days = f"generate_series(DATE '{FIRST}', DATE '{LAST}', INTERVAL 1 DAY) AS days(day)"
    with connection() as con:
        found = con.sql(f"SELECT epoch_us({in_utc}) - epoch_us({moment}) AS apart FROM {days}")
        apart = found.to_arrow_table()["apart"].to_numpy()
    offsets = apart.astype("timedelta64[us]")
    changes = np.flatnonzero(np.diff(apart))
    for beside in (-1, 0, 1, 2):
        offsets[np.clip(changes + beside, 0, len(apart) - 1)] = np.timedelta64("NaT")
    return offsets
