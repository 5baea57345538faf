"""Charts: what they show is where it should be, and nothing hangs on colour alone."""

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treue.serving import charts, portfolio_charts
from treue.serving.customer_view import to_tenths
from treue.serving.dossier import Event, Text
from treue.serving.page_formats import Formats
from treue.svg import ticks

GERMAN = Formats("de", "EUR")
ORDER = Text(de="Auftrag <b>", en="Order <b>")


def parsed(svg):
    return ElementTree.fromstring(str(svg))


def rectangles(svg):
    return [
        (round(float(r.get("x")[:-1])), round(float(r.get("x")[:-1]) + float(r.get("width")[:-1])))
        for r in parsed(svg).iter("rect")
    ]


def test_bar_lies_right_of_the_middle_where_points_raise_and_left_where_they_lower():
    assert rectangles(charts.bar(10, 10, "churn")) == [(50, 99)]
    assert rectangles(charts.bar(-5, 10, "churn")) == [(26, 50)]


def test_what_speaks_against_us_is_leaving_up_or_recommending_down():
    assert charts.tone(3, "churn") == charts.tone(-3, "referral") == "against"
    assert charts.tone(-3, "churn") == charts.tone(3, "referral") == "for"


def test_meter_is_filled_up_to_the_likelihood():
    assert rectangles(charts.meter(0.63, 0.2, "churn")) == [(0, 100), (0, 63)]


def test_waterfall_starts_at_the_base_and_each_step_where_the_last_one_ended():
    base, up, down, end = charts.spans(20, [30, -10])
    assert (base.start, base.end) == (0, 40)
    assert (up.start, up.end) == (40, 100)
    assert (down.start, down.end) == (100, 80)
    assert (end.start, end.end) == (0, 80)


def test_waterfall_that_dips_below_nothing_keeps_all_rows_on_its_track():
    rows = charts.spans(5, [-12, 20])
    assert all(0 <= edge <= 100 for row in rows for edge in (row.start, row.end))
    assert rows[0].start == rows[-1].start > 0


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=9))
def test_rounded_steps_add_up_to_the_rounded_sum(points):
    total = round(10 * sum(points))
    tenths = to_tenths(points, total)
    assert round(sum(tenths) * 10) == total
    assert all(abs(a - b) <= 0.15 + 1e-9 for a, b in zip(points, tenths, strict=True))


def test_a_gap_that_rounding_cannot_explain_is_left_visible():
    assert to_tenths([1.0, 2.0], 500) == [1.0, 2.0]


@given(st.floats(0.001, 1e9))
def test_ticks_reach_the_highest_value_in_round_steps(highest):
    found = ticks(highest)
    assert found[0] == 0
    assert found[-1] >= highest * 0.999
    assert 3 <= len(found) <= 6


def test_quadrants_have_shapes_of_their_own():
    assert len(set(portfolio_charts.QUADRANT_SHAPES.values())) == 4
    svg = portfolio_charts.quadrant_map(
        [(0.6, 0.3, "promoter_at_risk", 1), (0.1, 0.3, "focus", 1)],
        thresholds=(0.3, 0.12),
        formats=GERMAN,
        label="Karte",
    )
    paths = [path.get("d") for path in parsed(svg).iter("path")]
    assert len(paths) == len(set(paths)) == 2
    assert parsed(svg).get("aria-label") == "Karte"


def test_timeline_has_one_lane_a_kind_and_says_what_is_on_it():
    events = [
        Event(at=datetime(2024, 3, 1), kind="order", text=ORDER, amount=400.0),
        Event(at=datetime(2024, 5, 1), kind="return", text=ORDER, amount=-40.0),
        Event(at=datetime(2024, 6, 1), kind="complaint", text=ORDER),
    ]
    svg = charts.lanes(events, datetime(2024, 7, 1), GERMAN)
    assert parsed(svg).get("aria-label") == (
        "Ereignisse von 01.03.2024 bis 01.07.2024: Aufträge 2, Reklamationen 1"
    )
    names = [t.text for t in parsed(svg).iter("text") if t.get("class") == "lane-name"]
    assert names == ["Aufträge", "Reklamationen"]
    assert "Auftrag &lt;b&gt;" in svg


def test_a_single_event_or_score_makes_a_chart_too():
    moment = datetime(2025, 1, 1)
    parsed(charts.lanes([Event(at=moment, kind="order", text=ORDER)], moment, GERMAN))
    parsed(charts.history_chart([(moment, 0.4, None)], GERMAN))
    parsed(portfolio_charts.columns([(moment, 0.0)], formats=GERMAN, label="leer"))


def test_history_tells_its_first_and_last_likelihood():
    rows = [(datetime(2024, 10, 1), 0.42, 0.1), (datetime(2024, 7, 1), 0.2, None)]
    label = parsed(charts.history_chart(rows, GERMAN)).get("aria-label")
    assert label == "Abwanderung von 20\xa0% auf 42\xa0%, 2 Stichtage"


@pytest.mark.parametrize(
    ("amount", "german", "english"),
    [
        (16_210.4, "16.210\xa0€", "€16,210"),
        (812_345, "812\xa0T€", "€812K"),
        (2_450_000, "2,4\xa0Mio.\xa0€", "€2.4M"),
    ],
)
def test_amounts_on_charts_are_short(amount, german, english):
    assert GERMAN.short_money(amount) == german
    assert Formats("en", "EUR").short_money(amount) == english


def test_charts_need_no_inline_style():
    svg = portfolio_charts.columns([(datetime(2025, 1, 1), 10.0)], formats=GERMAN, label="x")
    assert not re.search(r"\bstyle=", svg)
