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
    told = frequency(0.4, bins(observed)[1:], target="churn")
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
    assert frequency(0.4, bins(observed)[1:], target="referral").de == de


def test_nothing_is_told_from_few_customers_or_outside_of_what_was_seen():
    few, many = bins(0.3)
    assert frequency(0.2, [few], target="churn") is None
    assert frequency(0.2, [many], target="churn") is not None  # a tenth away
    assert frequency(0.19, [many], target="churn") is None
    assert frequency(1.0, [many], target="churn") is not None
    assert frequency(0.4, [], target="churn") is None


def test_few_customers_are_told_with_their_neighbours():
    # (19 x 0.1 + 80 x 0.3) / 99 = 0.26 left
    assert frequency(0.1, bins(0.3), target="churn").de == "7 von 10 solchen Kunden blieben"
    top = [
        CalibrationBin(low=0.6, high=0.9, rows=47, predicted=0.7, observed=0.7),
        CalibrationBin(low=0.9, high=1.0, rows=3, predicted=0.95, observed=1.0),
    ]
    # (47 x 0.7 + 3) / 50 = 0.72 left
    assert frequency(0.95, top, target="churn").de == "3 von 10 solchen Kunden blieben"


def test_a_higher_probability_never_goes_with_more_who_stayed():
    observed = [0.05, 0.14, 0.11, 0.26, 0.22, 0.34, 0.51, 0.73, 0.7]
    given = [
        CalibrationBin(low=i / 10, high=(i + 1) / 10, rows=90, predicted=i / 10, observed=share)
        for i, share in enumerate(observed)
    ]
    told = [frequency(i / 100, given, target="churn").en for i in range(100)]
    stayed = [int(words.split()[0]) / int(words.split()[2]) for words in told]
    assert stayed == sorted(stayed, reverse=True)
    assert told[12] == told[25] == "9 of 10 such customers stayed"  # 1 - (0.14 + 0.11) / 2


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
