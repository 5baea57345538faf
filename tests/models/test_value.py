"""The value card: hand-worked graphs and cards, and laws of the arithmetic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.models.errors import ModelError
from treue.models.quadrants import Thresholds, default_thresholds, quadrant
from treue.models.value import Assumptions, kept_margins, reference_values, value_card

MARGINS = {"A": 1.0, "B": 10.0, "C": 100.0, "D": 1_000.0, "E": 10_000.0}
GRAPHS = {
    "a chain is followed three steps": (
        [("A", "B"), ("B", "C"), ("C", "D"), ("D", "E")],
        {"A": 1_110.0, "B": 11_100.0, "C": 11_000.0, "D": 10_000.0},
    ),
    "who is reached on two paths counts once": (
        [("A", "B"), ("A", "C"), ("B", "D"), ("C", "D")],
        {"A": 1_110.0, "B": 1_000.0, "C": 1_000.0},
    ),
    "a circle is survived and nobody counts for themselves": (
        [("A", "B"), ("B", "A")],
        {"A": 10.0, "B": 1.0},
    ),
    "a recommendation of oneself is none": ([("A", "A"), ("A", "B")], {"A": 10.0}),
    "the same recommendation twice counts once": ([("A", "B"), ("A", "B")], {"A": 10.0}),
    "two referrers of one customer each hold that customer": (
        [("A", "C"), ("B", "C")],
        {"A": 100.0, "B": 100.0},
    ),
    "who bought nothing is worth nothing": ([("A", "Z")], {"A": 0.0}),
}


@pytest.mark.parametrize(("edges", "expected"), GRAPHS.values(), ids=GRAPHS.keys())
def test_reference_value_of_a_small_graph(edges, expected):
    assert reference_values(edges, MARGINS) == expected


def test_a_loss_making_customer_may_hold_profitable_ones():
    assert reference_values([("A", "B")], {"A": -500.0, "B": 2_000.0}) == {"A": 2_000.0}


def test_depth_one_counts_only_whom_the_customer_referred():
    assert reference_values([("A", "B"), ("B", "C")], MARGINS, depth=1) == {"A": 10.0, "B": 100.0}


def test_a_depth_of_nothing_is_refused():
    with pytest.raises(ModelError, match="depth: 0 follows no recommendation; give 1 or more"):
        reference_values([], {}, depth=0)


edge_lists = st.lists(st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from("ABCDEFG")))


@settings(deadline=None)
@given(edge_lists, st.randoms())
def test_the_order_of_recommendations_changes_nothing(edges, random):
    mixed = edges[:]
    random.shuffle(mixed)
    assert reference_values(mixed, MARGINS) == reference_values(edges, MARGINS)


@settings(deadline=None)
@given(edge_lists)
def test_the_graph_is_walked_as_by_hand(edges):
    """Distances by repeated relaxation over all edges, instead of frontiers."""
    for root, value in reference_values(edges, MARGINS).items():
        steps = {root: 0}
        for _ in range(3):
            for a, b in edges:
                if a in steps and steps.get(b, 99) > steps[a] + 1:
                    steps[b] = steps[a] + 1
        near = {node for node, count in steps.items() if count <= 3} - {root}
        assert value == sum(MARGINS.get(node, 0.0) for node in sorted(near))


ASSUMED = Assumptions(
    effect=0.25, concession_cost=40.0, contact_cost=10.0, reference_share=0.2, days=73
)
CARDS = {
    # margin, reference, earned days, likelihood -> own, reference, at risk, ceiling, break-even
    "own and reference margin": (
        (1_000.0, 2_000.0, 900, 0.5),
        (200.0, 80.0, 140.0, 25.0, 50 / 140),
    ),
    "no references": ((1_000.0, 0.0, 900, 0.5), (200.0, 0.0, 100.0, 15.0, 0.5)),
    "references unknown": ((1_000.0, None, 900, 0.5), (200.0, None, 100.0, 15.0, 0.5)),
    "a loss that references outweigh": (
        (-1_000.0, 10_000.0, 900, 0.5),
        (-200.0, 400.0, 100.0, 15.0, 0.5),
    ),
    "a loss that nothing outweighs": ((-1_000.0, 0.0, 900, 0.5), (-200.0, 0.0, -100.0, 0.0, None)),
    "a contact that costs more than it saves": (
        (100.0, 0.0, 900, 0.5),
        (20.0, 0.0, 10.0, 0.0, 5.0),
    ),
    "a customer of half a year earned in half a year": (
        (1_000.0, 0.0, 146, 0.5),
        (500.0, 0.0, 250.0, 52.5, 0.2),
    ),
    "a customer of a week is not extrapolated": (
        (300.0, 0.0, 7, 0.5),
        (300.0, 0.0, 150.0, 27.5, 50 / 150),
    ),
}


@pytest.mark.parametrize(("given_", "expected"), CARDS.values(), ids=CARDS.keys())
def test_a_card_reckoned_by_hand(given_, expected):
    margin, reference, earned, churn = given_
    card = value_card(
        margin=margin,
        reference_value=reference,
        earned_days=earned,
        churn_probability=churn,
        assumptions=ASSUMED,
    )
    found = (
        card.expected_margin,
        card.expected_reference,
        card.margin_at_risk,
        card.concession_ceiling,
        card.break_even_effect,
    )
    assert found == pytest.approx(expected)


def test_without_a_margin_or_a_likelihood_nothing_is_said_to_be_at_risk():
    card = value_card(margin=None, churn_probability=0.5, assumptions=ASSUMED)
    assert (card.expected_margin, card.margin_at_risk, card.concession_ceiling) == (None,) * 3
    card = value_card(margin=1_000.0, churn_probability=None, assumptions=ASSUMED)
    assert card.expected_margin == 200.0
    assert (card.margin_at_risk, card.break_even_effect) == (None, None)


money = st.floats(-1e6, 1e6, allow_nan=False)
shares = st.floats(0, 1)


@settings(deadline=None)
@given(money, money, shares, shares)
def test_a_concession_at_the_ceiling_gains_exactly_what_it_costs(margin, reference, churn, effect):
    assumptions = Assumptions(effect=effect, contact_cost=5.0, days=90)
    card = value_card(
        margin=margin, reference_value=reference, churn_probability=churn, assumptions=assumptions
    )
    assert card.concession_ceiling >= 0
    if card.concession_ceiling > 0:
        gained = effect * card.margin_at_risk
        assert gained == pytest.approx(card.concession_ceiling + 5.0)


@settings(deadline=None)
@given(money, shares)
def test_at_the_break_even_effect_the_ceiling_is_the_usual_concession(margin, churn):
    card = value_card(margin=margin, churn_probability=churn, assumptions=Assumptions())
    if card.break_even_effect is not None and card.break_even_effect < 1e6:
        assumed = Assumptions(effect=card.break_even_effect)
        again = value_card(margin=margin, churn_probability=churn, assumptions=assumed)
        assert again.concession_ceiling == pytest.approx(assumed.concession_cost)


THRESHOLDS = Thresholds(churn=0.3, referral=0.1)


@pytest.mark.parametrize(
    ("churn", "referral", "expected"),
    [
        (0.29, 0.10, "focus"),
        (0.30, 0.10, "promoter_at_risk"),
        (0.29, 0.09, "quiet"),
        (0.30, 0.09, "price_hunter"),
    ],
)
def test_a_customer_on_the_threshold_counts_as_likely(churn, referral, expected):
    assert quadrant(churn, referral, THRESHOLDS) == expected


COSTS = {"effect": 0.3, "concession_cost": 10.0, "contact_cost": 1.0}


def test_leaving_is_likely_from_where_a_concession_pays():
    # 11 / (0.3 * 100) = 0.3667
    found = default_thresholds(churn_rate=0.2, referral_rate=0.05, customer_value=100.0, **COSTS)
    assert found.churn == pytest.approx(11 / 30)
    assert found.referral == pytest.approx(0.1)


def test_leaving_is_never_likely_below_the_share_of_all():
    found = default_thresholds(churn_rate=0.2, referral_rate=0.05, customer_value=1e6, **COSTS)
    assert found.churn == 0.2


@pytest.mark.parametrize("value", [0.0, -5.0, 1.0])
def test_where_no_concession_pays_the_map_still_has_two_sides(value):
    found = default_thresholds(churn_rate=0.2, referral_rate=0.0, customer_value=value, **COSTS)
    assert found == Thresholds(churn=0.9, referral=0.001)


def test_a_threshold_outside_the_map_is_refused():
    with pytest.raises(ModelError, match=r"churn threshold: 1.0 leaves one side of the map empty"):
        Thresholds(churn=1.0, referral=0.1)


any_card = st.fixed_dictionaries(
    {
        "margin": st.floats(-5_000, 50_000),
        "churn_probability": st.floats(0, 1),
        "reference_value": st.floats(-500, 5_000),
        "earned_days": st.floats(0, 2_000),
    }
)
any_assumptions = st.builds(
    Assumptions,
    effect=st.floats(0, 1),
    concession_cost=st.floats(0, 200),
    contact_cost=st.floats(0.1, 50),
    days=st.integers(1, 800),
)


@given(any_card, any_assumptions)
@settings(max_examples=200)
def test_ceiling_break_even_and_expected_profit_say_the_same(given_card, assumed):
    card = value_card(**given_card, assumptions=assumed)
    usual = assumed.concession_cost
    if card.concession_ceiling > 0:
        assert card.expected_profit == pytest.approx(card.concession_ceiling - usual)
    if abs(card.expected_profit) > 1e-6:
        pays = card.expected_profit > 0
        assert pays == (card.concession_ceiling > usual)
        assert pays == (card.margin_at_risk > assumed.pays_from)
        assert pays == (
            card.break_even_effect is not None and assumed.effect > card.break_even_effect
        )


@given(any_card, any_assumptions)
@settings(max_examples=100)
def test_many_customers_are_reckoned_as_one_is(given_card, assumed):
    p = given_card.pop("churn_probability")
    card = value_card(**given_card, churn_probability=p, assumptions=assumed)
    kept = kept_margins(
        [given_card["margin"]],
        assumptions=assumed,
        earned_days=[given_card["earned_days"]],
        reference_value=[given_card["reference_value"]],
    )
    assert p * kept[0] == pytest.approx(card.margin_at_risk)


def test_without_an_effect_no_contact_pays():
    assumed = Assumptions(effect=0.0)
    assert assumed.pays_from == float("inf")
    assert assumed.profit(1_000_000.0) == -11.0
