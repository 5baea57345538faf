"""What is said of logistic regression follows from the paired difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treue.models.intervals import Interval
from treue.training.beside_logistic import beside_logistic, from_differences

ends = st.floats(-0.2, 0.2)


@given(ends, ends, ends)
def test_silence_means_ahead_beyond_noise(a, b, c):
    low, value, high = sorted((a, b, c))
    for language in ("de", "en"):
        assert (beside_logistic(Interval(value, low, high), language) == "") == (low > 0)


@pytest.mark.parametrize(
    ("found", "start"),
    [
        (Interval(-0.001, -0.004, 0.003), "A logistic regression does as well here ("),
        (Interval(0.02, -0.05, 0.09), "That it is better than a logistic regression is not shown"),
        (Interval(-0.05, -0.09, -0.02), "A logistic regression does better here, beyond chance"),
    ],
)
def test_the_sentence_names_what_was_found(found, start):
    assert beside_logistic(found, "en").startswith(start)


def test_the_difference_is_told_with_its_interval_in_either_language():
    minus = {"logistic": {"log_loss": Interval(0.001, -0.003, 0.004)}}
    assert from_differences(minus, "en") == (
        "A logistic regression does as well here (difference in log loss 0.001 [−0.003, 0.004]; "
        "below 0 the model would be better)."
    )
    assert from_differences(minus, "de") == (
        "Eine logistische Regression ist hier praktisch gleich gut (Unterschied im Log-Loss 0,001 "
        "[−0,003; 0,004]; unter 0 wäre das Modell besser)."
    )
    assert from_differences({}, "en") == ""
