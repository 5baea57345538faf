"""Referrals: every feature, and the graph of recommendations by hand."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.purchases import PURCHASES
from treue.features.referrals import REFERRALS

Panel = Callable[..., pd.DataFrame]

PURCHASED = [
    ("customer_id", "purchased_at", "amount", "margin", "is_return"),
    ("anna", 1000, 1000.0, 500.0, False),
    ("bert", 60, 100.0, 10.0, False),
    ("bert", 365, 900.0, 900.0, False),  # exactly a year ago: not in the last 365 days
    ("bert", 30, -40.0, -4.0, True),
    ("cleo", 50, 200.0, 20.5, False),
    ("dora", 40, 400.0, 40.0, False),
    ("emil", 30, 800.0, 80.0, False),
]
# anna -> bert -> cleo -> dora -> emil
RECOMMENDED = [
    ("referrer_id", "referred_at", "referred_id", "converted_at"),
    ("anna", 400, "bert", 380),
    ("anna", 90, "fritz", None),  # never became a customer
    ("anna", 80, "gerd", -5),  # became one after the cutoff
    ("anna", 30, None, None),  # nobody knows whom
    ("bert", 300, "cleo", 290),
    ("cleo", 200, "dora", 190),
    ("dora", 100, "emil", 0),  # a customer at the cutoff
    ("emil", -1, "anna", -1),
]

ANNA = {
    "referrals_made_30": 0,  # the one exactly 30 days ago is not in it
    "referrals_made_90": 2,
    "referrals_made_180": 3,
    "referrals_made_365": 3,
    "referrals_made_all": 4,
    "referrals_decayed_30": sum(2 ** (-a / 30) for a in (30, 80, 90, 400)),
    "referrals_decayed_90": sum(2 ** (-a / 90) for a in (30, 80, 90, 400)),
    "days_since_referral": 30,
    "referral_bursts": 3,  # 400; 90 and 80; 30
    "referral_per_burst": 4 / 3,
    "referral_gap_mean_days": 370 / 3,
    "referral_overdue_ratio": 30 / (370 / 3),
    "referral_per_year": 4 * 365 / 1000,
    "referrals_converted_365": 0,
    "referrals_converted_all": 1,
    "referrals_converted_share": 0.25,
    "referrals_converted_shrunk": (1 + 1) / (4 + 5),
    "referrals_received": 0,  # emil recommends her only after the cutoff
    "reference_customers": 3,  # bert, cleo, dora; emil is four steps away
    "reference_amount": 700,  # 100 + 200 + 400
    "reference_margin": 70.5,
    "reference_margin_direct": 10,  # bert
    "reference_customers_direct": 1,
    "reference_customers_second": 1,  # cleo
    "reference_customers_active": 1,
    "reference_customers_active_share": 1,
    "reference_customers_recommending": 1,
    "circle_depth": 0,
}
CIRCLE = [
    "circle_referrer_recency_days",
    "circle_referrer_referrals_365",
    "circle_siblings",
    "circle_siblings_recommending",
]


@pytest.fixture(scope="module")
def panel(features_of: Panel) -> pd.DataFrame:
    frames = {"purchases": PURCHASED, "referrals": RECOMMENDED}
    return features_of([PURCHASES, REFERRALS], frames)


def test_every_feature_of_a_recommending_customer(panel: pd.DataFrame) -> None:
    assert {*ANNA, *CIRCLE} == {f.name for f in CATALOGUE.values() if f.family == "referrals"}
    assert panel.loc["anna", list(ANNA)].to_dict() == pytest.approx(ANNA, abs=2e-6)
    assert panel.loc["anna", CIRCLE].isna().all()  # nobody known recommended us to her


def test_what_a_customers_own_recommendations_led_to_does_not_depend_on_others(
    features_of: Panel, panel: pd.DataFrame
) -> None:
    names = [name for name in panel if name.startswith(("referral_", "referrals_"))]
    own = [*RECOMMENDED[:1], *(row for row in RECOMMENDED if row[0] == "anna")]
    purchases = [*PURCHASED[:1], *(row for row in PURCHASED if row[0] == "anna")]
    alone = features_of([PURCHASES, REFERRALS], {"purchases": purchases, "referrals": own})
    assert "referrals_converted_shrunk" in names
    pd.testing.assert_series_equal(
        alone.loc["anna", names], panel.loc["anna", names], check_dtype=False
    )


def test_each_customer_down_the_chain_reaches_three_steps(panel: pd.DataFrame) -> None:
    names = ["reference_customers", "reference_margin", "referrals_received"]
    assert panel.loc["bert", names].tolist() == [3, 140.5, 1]  # cleo, dora, emil
    assert panel.loc["cleo", names].tolist() == [2, 120, 1]
    assert panel.loc["dora", names].tolist() == [1, 80, 1]
    assert panel.loc["emil", names].tolist() == [0, 0, 1]


def test_a_customer_who_never_recommended_counts_zero(panel: pd.DataFrame) -> None:
    emil = panel.loc["emil", list(ANNA)]
    missing = emil.index[emil.isna()]
    assert list(missing) == [
        "days_since_referral",
        "referral_per_burst",
        "referral_gap_mean_days",
        "referral_overdue_ratio",
        "referrals_converted_share",
        "referrals_converted_shrunk",
        "reference_customers_active_share",
    ]
    assert (emil.drop([*missing, "referrals_received", "circle_depth"]) == 0).all()


def test_the_chain_above_a_customer_ends_at_three_steps(panel: pd.DataFrame) -> None:
    assert panel["circle_depth"].tolist() == [0, 1, 2, 3, 3]  # anna to emil


def test_of_two_referrers_the_busier_and_later_one_counts_and_all_their_customers(
    features_of: Panel,
) -> None:
    rows = [
        RECOMMENDED[0],
        *(("a", 300, "c", 100), ("b", 380, "c", 100)),  # c is won by two
        *(("a", 200, "d", 100), ("b", 50, "e", 40), ("b", 20, None, None)),
        ("d", 10, None, None),
    ]
    purchases = [("customer_id", "purchased_at", "amount", "margin")]
    purchases += [(letter, 10.0 * (i + 1), 50.0, 1.0) for i, letter in enumerate("abcde")]
    panel = features_of([REFERRALS], {"purchases": purchases, "referrals": rows})
    assert panel.loc["c", CIRCLE].tolist() == [10, 2, 2, 1]  # b: e and somebody; d recommends
    assert panel.loc["d", CIRCLE].tolist() == [10, 1, 1, 0]  # a: c, who does not
    assert panel.loc["a", CIRCLE].isna().all()


def edges(*pairs: str) -> list[tuple[object, ...]]:
    """Recommendations such as ``ab``, made and converted long ago."""
    rows: list[tuple[object, ...]] = [RECOMMENDED[0]]
    return [*rows, *((pair[0], 300 - i, pair[1], 100) for i, pair in enumerate(pairs))]


def worth(letters: str) -> list[tuple[object, ...]]:
    """Purchases of a margin that tells who is in a sum: a 1, b 2, c 4, d 8 ..."""
    rows: list[tuple[object, ...]] = [("customer_id", "purchased_at", "amount", "margin")]
    return [*rows, *((letter, 10, 50.0, 2.0 ** (ord(letter) - 97)) for letter in letters)]


@pytest.mark.parametrize(
    ("pairs", "letters", "margins", "customers"),
    [
        # a diamond: d is reached over b and c, and counted once
        (("ab", "ac", "bd", "cd"), "abcd", [14, 8, 8, 0], [3, 1, 1, 0]),
        # a circle: nobody is a customer won by oneself
        (("ab", "bc", "ca"), "abc", [6, 5, 3], [2, 2, 2]),
        # two who recommend each other
        (("ab", "ba"), "ab", [2, 1], [1, 1]),
        # c is reached in one step and in two
        (("ab", "bc", "ac"), "abc", [6, 4, 0], [2, 1, 0]),
        # the same recommendation on two days
        (("ab", "ab"), "ab", [2, 0], [1, 0]),
        # a chain of five ends at depth three
        (("ab", "bc", "cd", "de"), "abcde", [14, 28, 24, 16, 0], [3, 3, 2, 1, 0]),
    ],
    ids=["diamond", "circle", "mutual", "shortcut", "repeated", "chain"],
)
def test_every_customer_reached_counts_once(
    features_of: Panel,
    pairs: tuple[str, ...],
    letters: str,
    margins: list[float],
    customers: list[int],
) -> None:
    frames = {"purchases": worth(letters), "referrals": edges(*pairs)}
    panel = features_of([REFERRALS], frames)
    assert panel.index.tolist() == list(letters)
    assert panel["reference_margin"].tolist() == margins
    assert panel["reference_customers"].tolist() == customers


def test_a_customer_recommended_by_two_is_the_reference_of_both(features_of: Panel) -> None:
    frames = {"purchases": worth("abc"), "referrals": edges("ac", "bc")}
    panel = features_of([REFERRALS], frames)
    assert panel["referrals_received"].tolist() == [0, 0, 2]
    assert panel["reference_margin"].tolist() == [4, 4, 0]


def test_a_way_over_someone_who_never_became_a_customer_leads_nowhere(features_of: Panel) -> None:
    rows = [RECOMMENDED[0], ("a", 300, "b", None), ("b", 200, "c", 100)]
    panel = features_of([REFERRALS], {"purchases": worth("abc"), "referrals": rows})
    assert panel["reference_customers"].tolist() == [0, 1, 0]


def test_without_a_time_of_conversion_every_recommendation_leads_on(features_of: Panel) -> None:
    rows = [row[:3] for row in RECOMMENDED]
    panel = features_of([REFERRALS], {"purchases": PURCHASED, "referrals": rows})
    # bert, cleo, dora, and fritz and gerd, who bought nothing
    assert panel.loc["anna", "reference_customers"] == 5
    assert panel.loc["anna", "reference_margin"] == 70.5
    assert not any("converted" in name for name in panel)
    assert panel.loc["anna", "reference_customers_direct"] == 3


def test_without_whom_and_without_margin_their_features_are_left_out(features_of: Panel) -> None:
    made = [row[:2] for row in RECOMMENDED]
    bought = [row[:3] for row in PURCHASED]
    panel = features_of([REFERRALS], {"purchases": bought, "referrals": made})
    rhythm = {"days_since_referral", "referral_bursts", "referral_per_burst"}
    rhythm |= {"referral_gap_mean_days", "referral_overdue_ratio"}
    assert set(panel) == rhythm | {n for n in ANNA if "made" in n or "_decayed_" in n}
    panel = features_of([REFERRALS], {"purchases": bought, "referrals": RECOMMENDED})
    no_margin = {"reference_margin", "reference_margin_direct"}
    assert set(ANNA) - set(panel) == no_margin | {"referral_per_year"}  # no tenure either


def test_a_recommendation_recorded_after_the_cutoff_is_not_there(features_of: Panel) -> None:
    rows = [
        ("referrer_id", "referred_at", "referred_id", "recorded_at"),
        ("a", 300, "b", -1),
        ("a", 200, "c", 100),
    ]
    panel = features_of([REFERRALS], {"purchases": worth("abc"), "referrals": rows})
    assert panel.loc["a", ["referrals_made_all", "reference_margin"]].tolist() == [1, 4]
    assert panel["referrals_received"].tolist() == [0, 0, 1]


def test_without_the_table_there_is_no_such_family(features_of: Panel) -> None:
    families = [PURCHASES, REFERRALS]
    with_purchases = features_of(families, {"purchases": PURCHASED})
    assert set(with_purchases).isdisjoint(ANNA)
