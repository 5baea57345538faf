"""Numbers, days and points for German and English readers."""

import math
from datetime import date, datetime, timedelta

import pytest
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import example, given, settings
from hypothesis import strategies as st

from treue.serving.formats import (
    LANGUAGES,
    LEAST_SHOWN,
    calendar_days,
    format_day,
    format_points,
    format_sum,
    format_value,
    shown_percent,
    shown_points,
)


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
        (3.67, "tenths", "3,7", "3.7"),
        (4.0, "tenths", "4", "4"),
        (27.6, "whole", "28", "28"),
        (date(2024, 10, 1), "", "01.10.2024", "1 Oct 2024"),
    ],
)
def test_values_are_written_for_their_readers(value, unit, de, en):
    assert (format_value(value, unit, "de"), format_value(value, unit, "en")) == (de, en)


@pytest.mark.parametrize(
    ("days", "de", "en"),
    [
        (0.0, "weniger als einem Tag", "less than a day"),
        (0.4, "1 Tag", "1 day"),
        (56.4, "57 Tagen", "57 days"),
        (57.0, "57 Tagen", "57 days"),
        (179.0, "179 Tagen", "179 days"),
        (180.0, "5 Monaten", "5 months"),
        (700.0, "22 Monaten", "22 months"),
        (731.0, "2 Jahren", "2 years"),
        (1000.0, "2,7 Jahren", "2.7 years"),
    ],
)
def test_a_length_of_time_follows_a_preposition_and_counts_days_by_the_calendar(days, de, en):
    assert (format_value(days, "span", "de"), format_value(days, "span", "en")) == (de, en)


@pytest.mark.parametrize(
    ("event", "days"),
    [
        (datetime(2024, 11, 5, 0, 0), 57),
        (datetime(2024, 11, 5, 14, 30), 57),
        (datetime(2024, 11, 5, 23, 59), 57),
        (datetime(2024, 12, 31, 23, 59), 1),
    ],
)
def test_days_before_midnight_are_the_difference_of_the_dates(event, days):
    assert calendar_days((datetime(2025, 1, 1) - event) / timedelta(days=1)) == days


def test_days_ahead_are_counted_to_the_day_in_which_they_end():
    ends = datetime(2025, 1, 11, 18) - datetime(2025, 1, 1)
    assert format_value(ends / timedelta(days=1), "until", "de") == "10 Tagen"


def test_days_and_whole_percentages():
    assert (format_day(date(2024, 3, 5), "de"), format_day(date(2024, 3, 5), "en")) == (
        "05.03.2024",
        "5 Mar 2024",
    )
    assert [shown_percent(p) for p in (0.005, 0.015, 0.3849)] == [0, 2, 38]


PATTERNS = {
    "share": ("#,##0\xa0%;−#,##0\xa0%", "#,##0%;−#,##0%"),
    "whole": ("#,##0;−#,##0", "#,##0;−#,##0"),
    "tenths": ("#,##0.#;−#,##0.#", "#,##0.#;−#,##0.#"),
}


def unsigned_zero(text):
    """Take its sign from what Babel writes for less than nothing but rounds to nothing."""
    return text if any("1" <= digit <= "9" for digit in text) else text.replace("−", "")


@settings(max_examples=300, deadline=None)
@example(number=0.0, language="en")
@example(number=-0.0, language="en")  # equal to it, so one kept answer serves both
@example(number=-0.3, language="de")
@given(
    number=st.one_of(
        st.floats(-1e9, 1e9), st.floats(-9, 9), st.integers(), st.integers().map(lambda n: n / 200)
    ),
    language=st.sampled_from(LANGUAGES),
)
def test_numbers_are_written_as_babel_writes_them(number, language):
    number = max(min(number, 1e12), -1e12)
    at = LANGUAGES.index(language)
    for unit, patterns in PATTERNS.items():
        babel = format_percent if unit == "share" else format_decimal
        written = unsigned_zero(babel(number, patterns[at], locale=language))
        assert format_value(number, unit, language) == written
    money = ("#,##0\xa0¤;−#,##0\xa0¤", "¤#,##0;−¤#,##0")[at]
    for currency in ("EUR", "USD", "CHF", "XTS"):
        written = format_currency(number, currency, money, locale=language, currency_digits=False)
        assert format_value(number, "money", language, currency) == unsigned_zero(written)
    points = format_decimal(abs(number), "#,##0.#", locale=language)
    points = ("−" if number < 0 and points != "0" else "+") + points
    assert format_sum(number, language).split(" ")[0] == points


def test_fewer_points_than_the_least_that_are_shown_are_shown_as_none():
    assert shown_points(LEAST_SHOWN) == 0.1
    assert shown_points(math.nextafter(LEAST_SHOWN, 0)) == 0
