"""Reasons from contributions: one topic each, told by a feature that goes with it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.errors import TreueError
from treue.serving.comparison import Compared
from treue.serving.formats import LANGUAGES
from treue.serving.reasons import Storyteller, other_points, sentences

POINTS = {
    "orders_90": 5.0,
    "orders_decayed_90": 4.2,
    "amount_90": 6.0,
    "complaints_open": -4.4,
    "days_since_contact": 0.6,
    "margin_365": 3.0,
}
VALUES = {
    "orders_90": 2.0,
    "orders_decayed_90": 1.7,
    "amount_90": 1234.5,
    "complaints_open": 0.0,
    "days_since_contact": float("nan"),
    "margin_365": 310.0,
}
COMPARED = {
    "orders_90": Compared(6.0, 0.1, 0.8),
    "amount_90": Compared(2000.0, 0.1, 0.8),
    "complaints_open": Compared(None, 0.0, 0.05),
    "margin_365": Compared(None, 0.1, 0.85),
}


def storyteller(names, **options):
    model = SimpleNamespace(columns_=SimpleNamespace(names=tuple(names)))
    return Storyteller(model, families={}, **options)


def reasons(points, values, compared=None, agreement=None, **options):
    teller = storyteller(points, **options)
    shares = np.array(list(points.values()), dtype=float)
    return teller.reasons(shares, [values[name] for name in points], compared, agreement)


def test_the_reasons_of_a_customer_in_german_and_in_english():
    told = reasons(POINTS, VALUES, COMPARED)
    assert sentences(told, "de") == [
        "Bestellt seltener: 2 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 6 "
        "(+9 Punkte)",
        "Weniger Umsatz: 1.234\xa0€ in den letzten 90 Tagen, in den 90 Tagen davor 2.000\xa0€ "
        "(+6 Punkte)",
        "Keine offene Reklamation: wie bei 95\xa0% der Kunden (−4 Punkte)",
        "Geringer Deckungsbeitrag: 310\xa0€ in den letzten 12 Monaten, weniger als bei 85\xa0% der "
        "Kunden (+3 Punkte)",
    ]
    assert sentences(told, "en")[0] == (
        "Orders less often: 2 orders in the last 90 days, 6 in the 90 days before (+9 points)"
    )
    first = told[0]
    assert (first.topic, first.feature, first.points) == ("order_frequency", "orders_90", 9.0)
    assert (first.value, first.earlier, first.percentile) == (2.0, 6.0, 0.1)
    assert (first.actionable, first.uncertain) == (True, False)


def test_the_currency_is_the_companys():
    assert "£1,234" in reasons(POINTS, VALUES, COMPARED, currency="GBP")[1].sentence.en


def test_features_of_a_topic_are_told_once_with_the_points_of_all():
    points = {"orders_30": 2.0, "orders_90": 3.0, "orders_365": 1.0, "orders_trend_90": 1.4}
    (told,) = reasons(points, dict.fromkeys(points, 1.0))
    assert told.points == 7.0
    assert told.feature == "orders_90"


def test_the_first_three_count_however_small_and_no_more_than_five_are_told():
    three = {"orders_90": 0.3, "amount_90": -0.2, "contacts_90": 0.1, "margin_90": 0.9}
    assert [r.points for r in reasons(three, dict.fromkeys(three, 1.0))] == [0.9, 0.3, -0.2]
    seven = dict(zip("abcdefg", [2.0, 9.0, 3.0, -8.0, 4.0, 5.0, 1.0], strict=True))
    told = reasons(seven, dict.fromkeys(seven, 1.0))
    assert [reason.topic for reason in told] == list("bdfec")


def test_the_main_reason_goes_the_way_of_the_difference_and_the_others_follow_by_weight():
    below = {"a": 4.0, "b": -3.0, "c": -2.0, "d": -2.5, "e": 1.5}
    told = reasons(below, dict.fromkeys(below, 1.0))
    assert [reason.topic for reason in told] == list("badce")


def test_small_reasons_are_told_where_they_leave_less_untold():
    small = {"a": 3.0, "b": 2.0, "c": 0.5, **dict.fromkeys("defghijklm", -0.9)}
    told = reasons(small, dict.fromkeys(small, 1.0))
    assert [reason.topic for reason in told] == list("dabef")


def test_what_a_customer_is_comes_once_and_last():
    points = {"attribute_industry": 2.5, "expected_margin_year": 2.0, "orders_90": 1.0}
    told = reasons(points, dict.fromkeys(points, 1.0))
    assert [reason.topic for reason in told] == ["order_frequency", "attribute_industry"]
    points = {"attribute_industry": 2.5, "orders_90": -4.0}
    told = reasons(points, dict.fromkeys(points, 1.0))
    assert [reason.topic for reason in told] == ["order_frequency", "attribute_industry"]
    points = {"attribute_industry": 2.5, "orders_90": -4.0, "amount_90": -0.5, "calendar_sin": -5.0}
    told = reasons(points, dict.fromkeys(points, 1.0))
    assert [reason.topic for reason in told] == ["order_frequency", "sales"]


@pytest.mark.parametrize(
    ("happened", "main"),
    [
        (1.0, "order_frequency"),
        (0.9, "attribute_industry"),
        (-4.0, "attribute_industry"),
    ],
)
def test_what_a_customer_is_comes_first_only_where_little_else_tells(happened, main):
    points = {"attribute_industry": 9.0, "orders_90": happened}
    assert reasons(points, dict.fromkeys(points, 1.0))[0].topic == main


def test_a_third_of_the_weight_of_what_a_customer_is_makes_a_main_reason():
    points = {"attribute_industry": 1.5, "orders_90": 0.5}
    assert reasons(points, dict.fromkeys(points, 1.0))[0].topic == "order_frequency"


def test_weights_that_would_be_shown_as_zero_are_not_told():
    points = {"a": 0.04, "b": -0.2, "c": 0.0}
    assert [reason.topic for reason in reasons(points, dict.fromkeys(points, 1.0))] == ["b"]


def test_the_season_is_never_a_reason():
    points = {"calendar_sin": 9.0, "orders_90": 2.0}
    told = reasons(points, {"calendar_sin": 0.4, "orders_90": 3.0})
    assert [reason.topic for reason in told] == ["order_frequency"]
    assert other_points(0.31, 0.2, told) == 9.0


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name.startswith("circle_")])
def test_what_another_customer_does_is_never_a_reason(name):
    points = {name: 9.0, "orders_90": 2.0}
    told = reasons(points, {name: 4.0, "orders_90": 3.0})
    assert [reason.topic for reason in told] == ["order_frequency"]


def test_the_told_feature_has_the_sign_of_its_topic():
    points = {"orders_90": -1.0, "orders_365": 4.0}
    (told,) = reasons(points, {"orders_90": 3.0, "orders_365": 4.0})
    assert told.feature == "orders_365"


def test_where_no_feature_has_the_topics_sign_the_head_tells_no_direction():
    points = {"orders_90": -1.0, "orders_decayed_90": 4.0}
    compared = {"orders_90": Compared(6.0, 0.1, 0.8)}
    (told,) = reasons(points, {"orders_90": 2.0, "orders_decayed_90": 1.0}, compared)
    assert told.sentence.de == (
        "Bestellhäufigkeit: 2 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 6"
    )


def test_a_topic_of_which_nothing_can_be_told_is_named():
    (told,) = reasons({"orders_decayed_90": 2.0}, {"orders_decayed_90": 1.3})
    assert sentences([told], "de") == ["Bestellhäufigkeit (+2 Punkte)"]
    assert sentences([told], "en") == ["How often orders come (+2 points)"]


def test_a_known_value_is_told_before_a_missing_one():
    points = {"complaint_severity_mean_365": -2.0, "complaint_severity_mean_all": -0.5}
    values = {"complaint_severity_mean_365": None, "complaint_severity_mean_all": 2.0}
    assert reasons(points, values)[0].feature == "complaint_severity_mean_all"


def test_a_sign_on_which_the_members_disagree_is_uncertain():
    told = reasons({"orders_90": 3.0}, {"orders_90": 2.0}, agreement={"order_frequency": 0.6})
    assert sentences(told, "de")[0].endswith(" (+3 Punkte, Richtung unsicher)")
    assert sentences(told, "en")[0].endswith(" (+3 points, direction uncertain)")
    agreed = reasons({"orders_90": 3.0}, {"orders_90": 2.0}, agreement={"order_frequency": 0.8})
    assert not agreed[0].uncertain


def test_the_panel_teaches_which_of_two_true_comparisons_goes_with_a_contribution(
    predictors, panel
):
    churn = predictors["churn"]
    teller = churn.storyteller(panel)
    contributions = churn.explain_panel(panel).contributions
    at = teller.names.index("recency_days")
    expected = np.sign(
        pd.Series(contributions[:, at]).corr(panel["recency_days"], method="spearman")
    )
    assert teller.side("recency_days", 2.0) == expected
    assert teller.side("recency_days", -2.0) == -expected
    assert teller.side("recency_days", 0.0) == 0
    assert storyteller(["recency_days"]).side("recency_days", 2.0) == 0


def test_reasons_and_others_add_up_to_whole_percentages():
    told = reasons(POINTS, VALUES, COMPARED)
    assert [reason.points for reason in told] == [9.0, 6.0, -4.0, 3.0]
    assert other_points(0.384, 0.2, told) == 4.0  # 38 - 20 - (9 + 6 - 4 + 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_topic_without_a_catalogue_is_told_by_its_name(language):
    (told,) = reasons({"MonthlyCharges": 3.0}, {"MonthlyCharges": 70.0})
    assert told.sentence.in_(language) == "MonthlyCharges: 70"


def test_another_language_is_refused():
    with pytest.raises(TreueError, match="language 'fr': reasons are written in de or en"):
        sentences([], "fr")


@pytest.mark.parametrize(("target", "good"), [("churn", -1), ("referral", 1)])
def test_good_handling_is_no_comfort_while_a_complaint_is_open(target, good):
    points = {"complaints_open": -5.0 * good, "complaint_days_to_resolve_max_365": 3.0 * good}
    handled = {"complaint_days_to_resolve_max_365": 2.0}

    def topics(of, waiting):
        found = reasons(of, {**handled, "complaints_open": waiting}, target=target)
        return [reason.topic for reason in found]

    assert "complaint_handling" in topics(points, 0.0)
    assert topics(points, 1.0) == ["open_complaints"]
    badly = {name: -abs(share) * good for name, share in points.items()}
    assert "complaint_handling" in topics(badly, 1.0)
