"""Sentences from contributions, in both languages."""

import numpy as np
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.errors import TreueError
from treue.serving.reasons import (
    LANGUAGES,
    Storyteller,
    choose,
    format_points,
    format_value,
    reasons,
)

POINTS = {
    "orders_90": 9.2,
    "amount_90": 6.0,
    "recency_days": 5.0,
    "complaints_open": -4.4,
    "days_since_contact": 0.6,
    "margin_365": 3.0,
}
VALUES = {
    "orders_90": 2.0,
    "amount_90": 1234.5,
    "recency_days": 61.0,
    "complaints_open": 0.0,
    "days_since_contact": float("nan"),
    "margin_365": 310.0,
}


def test_the_reasons_of_a_customer_in_german():
    assert reasons(POINTS, VALUES, language="de") == [
        "Aufträge in den letzten 90 Tagen: 2 (+9 Punkte)",
        "Umsatz in den letzten 90 Tagen: 1.234\xa0€ (+6 Punkte)",
        "Offene Reklamationen: 0 (−4 Punkte)",
    ]


def test_the_reasons_of_a_customer_in_english():
    assert reasons(POINTS, VALUES, language="en", currency="GBP") == [
        "Orders in the last 90 days: 2 (+9 points)",
        "Revenue in the last 90 days: £1,234 (+6 points)",
        "Open complaints: 0 (−4 points)",
    ]


def test_a_family_is_told_at_most_twice_and_the_first_three_count_however_small():
    points = np.array([8.0, 7.0, 6.0, 0.4, 0.3])
    families = ["purchases", "purchases", "purchases", "contacts", "payments"]
    assert choose(points, families) == [0, 1, 3]


def test_no_more_than_five_are_told():
    assert choose(np.array([2.0, 9.0, 3.0, -8.0, 4.0, 5.0]), list("abcdef")) == [1, 3, 5, 4, 2]


def test_weights_that_would_be_shown_as_zero_are_not_told():
    assert choose(np.array([0.04, -0.2, 0.0]), list("abc")) == [1]


def test_equal_weights_keep_the_order_of_the_features():
    assert choose(np.array([1.0, -1.0, 1.0]), list("abc")) == [0, 1, 2]


@pytest.mark.parametrize(
    ("points", "de", "en"),
    [
        (9.2, "+9 Punkte", "+9 points"),
        (-9.2, "−9 Punkte", "−9 points"),
        (1.2, "+1 Punkt", "+1 point"),
        (-1.0, "−1 Punkt", "−1 point"),
        (0.44, "+0,4 Punkte", "+0.4 points"),
        (0.96, "+1 Punkt", "+1 point"),
    ],
)
def test_points_carry_their_sign(points, de, en):
    assert (format_points(points, "de"), format_points(points, "en")) == (de, en)


@pytest.mark.parametrize(
    ("value", "unit", "de", "en"),
    [
        (12345.0, "orders", "12.345", "12,345"),
        (1.375, "orders", "1,38", "1.38"),
        (-2.5, "ratio", "−2,5", "−2.5"),
        (45.25, "ratio", "45,2", "45.2"),
        (45.25, "days", "45", "45"),
        (4.25, "days", "4,2", "4.2"),
        (-1200.0, "money", "−1.200\xa0€", "−€1,200"),
        (0.125, "share", "12\xa0%", "12%"),
        (0.0, "change", "+0\xa0%", "+0%"),
        (-0.5, "change", "−67\xa0%", "−67%"),
        (0.2, "change", "+50\xa0%", "+50%"),
        (-1.0, "change", "−100\xa0%", "−100%"),
        (1.0, "change", "neu, davor nichts", "new, nothing before"),
        (1.0, "yes or no", "ja", "yes"),
        (False, "", "nein", "no"),
        ("retail", "name", "retail", "retail"),
    ],
)
def test_values_are_written_for_their_readers(value, unit, de, en):
    assert (format_value(value, unit, "de"), format_value(value, unit, "en")) == (de, en)


@pytest.mark.parametrize(
    ("name", "de", "en"),
    [
        (
            "attribute_industry",
            "Merkmal „industry“: keine Angabe",
            "Attribute “industry”: not given",
        ),
        (
            "days_since_complaint",
            "Tage seit der letzten Reklamation: bisher keine",
            "Days since the last complaint: none so far",
        ),
        (
            "rounds_mean_365",
            "Runden je Preisverhandlung in den letzten 365 Tagen: keine in dieser Zeit",
            "Rounds per price negotiation in the last 365 days: none in that time",
        ),
        (
            "gap_mean_days",
            "Tage zwischen zwei Aufträgen im Mittel: trifft nicht zu",
            "Days between two orders on average: does not apply",
        ),
    ],
)
def test_a_missing_value_is_said_on_purpose(name, de, en):
    for value in (None, float("nan")):
        assert reasons({name: 2.0}, {name: value}, language="de") == [f"{de} (+2 Punkte)"]
        assert reasons({name: 2.0}, {name: value}, language="en") == [f"{en} (+2 points)"]


def test_the_season_is_told_without_its_wave():
    assert reasons({"calendar_sin": -3.0}, {"calendar_sin": 0.5}, language="de") == [
        "Jahreszeit (−3 Punkte)"
    ]


def test_a_column_of_a_ready_panel_is_told_by_its_own_name():
    assert reasons({"MonthlyCharges": 3.0}, {"MonthlyCharges": 70.5}, language="en") == [
        "MonthlyCharges: 70.5 (+3 points)"
    ]


def test_the_given_families_stand_above_the_catalogue():
    points = {"a": 3.0, "b": 2.0, "c": 1.5, "d": 1.0}
    told = reasons(points, points, families=dict.fromkeys("abc", "mine"), language="en")
    assert told == ["a: 3 (+3 points)", "b: 2 (+2 points)", "d: 1 (+1 point)"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feature_of_the_catalogue_makes_a_sentence(language):
    names = tuple(CATALOGUE)
    storyteller = Storyteller(names, families={}, language=language)
    for i, name in enumerate(names):
        points = np.zeros(len(names))
        points[i] = 2.0
        for value in (0.0, 0.5, float("nan")):
            (told,) = storyteller.tell(points, [value] * len(names))
            assert told.startswith(getattr(CATALOGUE[name], language)[1:], 1)
            assert told.endswith({"de": " (+2 Punkte)", "en": " (+2 points)"}[language])
            assert "nan" not in told.split(":")[-1]


def test_another_language_is_refused():
    with pytest.raises(TreueError, match="language 'fr': reasons are written in de or en"):
        reasons(POINTS, VALUES, language="fr")


def test_sine_and_cosine_of_the_season_are_told_as_one():
    told = reasons(
        {"calendar_sin": -6.0, "orders_90": 4.0, "calendar_cos": -5.0},
        {"calendar_sin": 0.1, "orders_90": 2.0, "calendar_cos": 0.9},
        language="de",
    )
    assert told[0].startswith("Jahreszeit (")
    assert "11" in told[0]
    assert len(told) == 2
