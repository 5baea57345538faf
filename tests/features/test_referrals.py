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
    "referrals_made_90": 2,
    "referrals_made_180": 3,
    "referrals_made_365": 3,
    "referrals_made_all": 4,
    "referrals_decayed_90": sum(2 ** (-a / 90) for a in (30, 80, 90, 400)),
    "days_since_referral": 30,
    "referrals_converted_365": 0,
    "referrals_converted_all": 1,
    "referrals_converted_share": 0.25,
    "referrals_received": 0,  # emil recommends her only after the cutoff
    "reference_customers": 3,  # bert, cleo, dora; emil is four steps away
    "reference_amount": 700,  # 100 + 200 + 400
    "reference_margin": 70.5,
}


@pytest.fixture(scope="module")
def panel(features_of: Panel) -> pd.DataFrame:
    return features_of([REFERRALS], {"purchases": PURCHASED, "referrals": RECOMMENDED})


def test_every_feature_of_a_recommending_customer(panel: pd.DataFrame) -> None:
    assert set(ANNA) == {f.name for f in CATALOGUE.values() if f.family == "referrals"}
    assert panel.loc["anna"].to_dict() == pytest.approx(ANNA, abs=2e-6)


def test_each_customer_down_the_chain_reaches_three_steps(panel: pd.DataFrame) -> None:
    names = ["reference_customers", "reference_margin", "referrals_received"]
    assert panel.loc["bert", names].tolist() == [3, 140.5, 1]  # cleo, dora, emil
    assert panel.loc["cleo", names].tolist() == [2, 120, 1]
    assert panel.loc["dora", names].tolist() == [1, 80, 1]
    assert panel.loc["emil", names].tolist() == [0, 0, 1]


def test_a_customer_who_never_recommended_counts_zero(panel: pd.DataFrame) -> None:
    emil = panel.loc["emil"]
    assert pd.isna(emil["days_since_referral"])
    assert pd.isna(emil["referrals_converted_share"])
    rest = emil.drop(["days_since_referral", "referrals_converted_share", "referrals_received"])
    assert (rest == 0).all()


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


def test_without_whom_and_without_margin_their_features_are_left_out(features_of: Panel) -> None:
    made = [row[:2] for row in RECOMMENDED]
    bought = [row[:3] for row in PURCHASED]
    panel = features_of([REFERRALS], {"purchases": bought, "referrals": made})
    assert set(panel) == {name for name in ANNA if "made" in name or "_decayed_" in name} | {
        "days_since_referral"
    }
    panel = features_of([REFERRALS], {"purchases": bought, "referrals": RECOMMENDED})
    assert set(ANNA) - set(panel) == {"reference_margin"}


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
