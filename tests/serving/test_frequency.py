"""Probabilities as plain frequencies."""

import pytest

from treue.serving.frequency import CalibrationBin, calibration_of, calibration_words, frequency


def bins(observed, *, rows=80):
    return [
        CalibrationBin(low=0.0, high=0.3, rows=19, predicted=0.1, observed=0.1),
        CalibrationBin(low=0.3, high=1.0, rows=rows, predicted=0.5, observed=observed),
    ]


@pytest.mark.parametrize(
    ("observed", "de", "en"),
    [
        (0.3, "7 von 10 solchen Kunden blieben", "7 of 10 such customers stayed"),
        (0.88, "1 von 10 solchen Kunden blieb", "1 of 10 such customers stayed"),
        (0.04, "96 von 100 solchen Kunden blieben", "96 of 100 such customers stayed"),
        (0.999, "weniger als 1 von 100 solchen Kunden blieb", "fewer than 1 of 100 such"),
        (0.0, "mehr als 99 von 100 solchen Kunden blieben", "more than 99 of 100 such"),
    ],
)
def test_of_those_who_may_leave_it_is_told_who_stayed(observed, de, en):
    told = frequency(0.4, bins(observed), target="churn")
    assert told.de == de
    assert told.en.startswith(en)


@pytest.mark.parametrize(
    ("observed", "de"),
    [
        (0.12, "1 von 10 solchen Kunden empfahl uns"),
        (0.04, "4 von 100 solchen Kunden empfahlen uns"),
    ],
)
def test_of_those_who_may_recommend_it_is_told_who_did(observed, de):
    assert frequency(0.4, bins(observed), target="referral").de == de


def test_nothing_is_told_from_few_customers_or_outside_of_what_was_seen():
    assert frequency(0.2, bins(0.3), target="churn") is None
    assert frequency(0.9, bins(0.3, rows=20), target="churn") is not None
    assert frequency(1.0, bins(0.3), target="churn") is not None
    assert frequency(0.4, bins(0.3)[:1], target="churn") is None
    assert frequency(0.4, [], target="churn") is None


def test_calibration_is_told_in_words():
    each = CalibrationBin(low=0.6, high=0.7, rows=50, predicted=0.65, observed=0.64)
    assert calibration_words("churn", each).de == (
        "von denen, die wir bei 60–70\u00a0% sahen, gingen 64\u00a0%"
    )
    assert calibration_words("referral", each).en == "of those we put at 60–70%, 64% recommended us"


def test_a_model_that_was_never_judged_has_no_bins():
    assert calibration_of({}) == []
    judged = {"calibration": [{"low": 0, "high": 1, "rows": 9, "predicted": 0.4, "observed": 0.5}]}
    assert calibration_of(judged)[0].rows == 9
