import doctest
from datetime import datetime, timedelta

import numpy as np
import pytest

from treue.features.errors import TreueError
from treue.training import split
from treue.training.split import Fold, rolling_origin, single_split

JAN, FEB, MAR, APR, MAY, JUN = (datetime(2024, month, 1) for month in range(1, 7))
MONTHS = [JAN, FEB, MAR, APR, MAY, JUN]  # 31, 29, 31, 30 and 31 days apart


def test_each_fold_trains_on_what_was_known_at_its_test_cutoff():
    assert rolling_origin(MONTHS, 60, holdout=3) == [
        Fold(train=(JAN, FEB), test=APR),  # February's window ends on 1 April itself
        Fold(train=(JAN, FEB, MAR), test=MAY),
        Fold(train=(JAN, FEB, MAR, APR), test=JUN),
    ]


def test_one_day_more_of_horizon_takes_the_cutoff_whose_window_would_reach_past_the_test():
    assert rolling_origin(MONTHS, 60, holdout=1) == [Fold((JAN, FEB, MAR, APR), JUN)]
    assert rolling_origin(MONTHS, 61, holdout=1) == [Fold((JAN, FEB, MAR, APR), JUN)]
    assert rolling_origin(MONTHS, 62, holdout=1) == [Fold((JAN, FEB, MAR), JUN)]


def test_a_window_that_ends_at_the_very_test_cutoff_was_known():
    hours = [datetime(2024, 1, 1, hour) for hour in (0, 6, 12)]
    assert rolling_origin(hours, timedelta(hours=6)) == [Fold((hours[0], hours[1]), hours[2])]
    assert rolling_origin(hours, timedelta(hours=6, microseconds=1)) == [
        Fold((hours[0],), hours[2])
    ]


def test_one_model_for_all_held_out_cutoffs_knows_only_what_the_first_could_know():
    assert single_split(MONTHS, 60, holdout=3) == ((JAN, FEB), (APR, MAY, JUN))
    assert single_split(MONTHS, 30, holdout=1) == ((JAN, FEB, MAR, APR, MAY), (JUN,))


def test_order_and_repetition_of_cutoffs_and_their_type_do_not_matter():
    given = np.array([*reversed(MONTHS), JAN, JUN], dtype="datetime64[us]")
    assert rolling_origin(given, 60, holdout=3) == rolling_origin(MONTHS, 60, holdout=3)
    assert all(type(cutoff) is datetime for cutoff in single_split(given, 60)[0])


@pytest.mark.parametrize("splitter", [rolling_origin, single_split])
@pytest.mark.parametrize(
    ("cutoffs", "horizon", "holdout", "message"),
    [
        (MONTHS, 0, 1, "horizon: 0 is not above 0; a label needs days to look at"),
        (MONTHS, timedelta(0), 1, "horizon: 0:00:00 is not above 0"),
        (MONTHS, 60, 0, "holdout: 0 is below 1; at least one cutoff must be held out"),
        ([], 60, 1, r"cutoffs: 1 to be held out of 0 \(none\) leave none to train on; add earlier"),
        ([JAN, FEB], 60, 2, r"2 to be held out of 2 \(2024-01-01, 2024-02-01\) leave none"),
        (
            [JAN, FEB, MAR],
            90,
            1,
            "cutoffs: none can train a model judged at 2024-03-01. A horizon of 90 days needs one "
            "at or before 2023-12-02; there are 2024-01-01, 2024-02-01, 2024-03-01. Add earlier",
        ),
        (
            MONTHS,
            180,
            2,
            "judged at 2024-05-01. A horizon of 180 days needs one at or before 2023-11-03; there "
            r"are 2024-01-01, 2024-02-01, \.\.\., 2024-05-01, 2024-06-01. Add earlier cutoffs, "
            "shorten the horizon or hold out fewer",
        ),
    ],
)
def test_no_cutoff_to_train_on_is_refused_with_what_is_needed(
    splitter, cutoffs, horizon, holdout, message
):
    with pytest.raises(TreueError, match=message):
        splitter(cutoffs, horizon, holdout=holdout)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(split)
    assert result.attempted > 0
    assert result.failed == 0
