"""The suggested approach: which rule decides, what it says, and which rules are refused."""

import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.models.quadrants import Thresholds
from treue.serving.approach import default_rules, facts_of, rules_of, suggest
from treue.serving.approach_words import QUANTITIES, TEXTS
from treue.serving.conditions import holds
from treue.settings import QUANTITIES as QUANTITY_NAMES
from treue.settings import SUGGESTIONS, Approach, Condition
from treue.training.config import parse_config

USUAL = {
    "quadrant": "quiet",
    "likely_to_leave": False,
    "margin_365": 1_000.0,
    "margin_at_risk": 20.0,
    "ceiling_in_concessions": 0.3,
    "concession_ceiling": 3.0,
    "reference_value": 0.0,
    "tenure_days": 900.0,
    "negotiations_365": 0.0,
    "complaints_open": 0.0,
    "complaint_current": False,
    "referrals_made_90": 0.0,
    "gap_mean_days": 30.0,
    "orders_180": 6.0,
    "goodwill_per_margin_365": 0.0,
    "contracts_running": 1.0,
    "contract_days_to_end": 300.0,
    "service_share_365": 0.1,
    "categories_new_365": 0.0,
}
"""A quiet regular of whom nothing in particular is to be said."""

SERVICE = {"contracts_running": 0.0, "contract_days_to_end": None, "service_share_365": 0.4}
CUSTOMERS = {
    "nothing in particular": ({}, ["write"]),
    "haggles over every price": ({"negotiations_365": 5.0}, ["call"]),
    "haggles, but is worth a visit": (
        {"negotiations_365": 5.0, "margin_365": 4_000.0, "quadrant": "focus"},
        ["visit", "consultation", "ask_to_recommend"],
    ),
    "may leave and much is at stake": (
        {"likely_to_leave": True, "quadrant": "price_hunter", "margin_365": 3_000.0},
        ["visit", "consultation"],
    ),
    "may leave and brings little": (
        {"likely_to_leave": True, "quadrant": "price_hunter", "margin_365": 299.0},
        ["write"],
    ),
    "may leave and brings enough for a call": (
        {"likely_to_leave": True, "quadrant": "price_hunter", "margin_365": 300.0},
        ["call"],
    ),
    "may leave and holds others": (
        {
            "likely_to_leave": True,
            "quadrant": "price_hunter",
            "margin_365": 10.0,
            "reference_value": 1_500.0,
        },
        ["call"],
    ),
    "promoter at risk who has just recommended us twice": (
        {
            "likely_to_leave": True,
            "quadrant": "promoter_at_risk",
            "margin_365": 100.0,
            "referrals_made_90": 2.0,
        },
        ["call", "thank_for_recommending"],
    ),
    "loses money alone but holds others": (
        {"margin_365": -500.0, "reference_value": 5_000.0, "quadrant": "promoter_at_risk"},
        ["visit", "consultation"],
    ),
    "loses money and holds nobody": (
        {"margin_365": -500.0, "quadrant": "price_hunter"},
        ["call", "part_ways"],
    ),
    "loses money, but a complaint is open": (
        {"margin_365": -500.0, "complaints_open": 1.0, "complaint_current": True},
        ["call", "goodwill_own_mistake"],
    ),
    "loses money in the first year": ({"margin_365": -500.0, "tenure_days": 200.0}, ["write"]),
    "loses money, references unknown": (
        {"margin_365": -500.0, "reference_value": None},
        ["write"],
    ),
    "loyal and open to more": ({"categories_new_365": 2.0}, ["write", "offer_more"]),
    "loyal, recommends, complaints unknown": (
        {"quadrant": "focus", "complaints_open": None},
        ["call", "ask_to_recommend"],
    ),
    "recommends, but we lose money": ({"quadrant": "focus", "margin_365": -1.0}, ["call"]),
    "recommends, but cancelled a contract": (
        {"quadrant": "focus", "days_since_cancellation": 100.0},
        ["call"],
    ),
    "recommends, and did so lately": (
        {"quadrant": "focus", "referrals_made_90": 1.0},
        ["call", "thank_for_recommending"],
    ),
    "recommended us, but a complaint is open": (
        {"quadrant": "focus", "referrals_made_90": 1.0, "complaints_open": 1.0},
        ["call"],
    ),
    "brings much, but a complaint is open": (
        {"margin_365": 5_000.0, "complaints_open": 1.0},
        ["call"],
    ),
    "contract ends soon": ({"contract_days_to_end": 60.0}, ["write", "contract_extension"]),
    "contract ends because it was cancelled": (
        {"contract_days_to_end": 60.0, "days_since_cancellation": 9.0},
        ["write"],
    ),
    "service without a contract": ({**SERVICE}, ["write", "contract_offer"]),
    "service, but a complaint is open": ({**SERVICE, "complaints_open": 1.0}, ["call"]),
    "service, but hardly ever": ({**SERVICE, "gap_mean_days": 200.0}, ["write"]),
    "service, but not lately": ({**SERVICE, "orders_180": 0.0}, ["write"]),
    "complaint of one who recommends us": (
        {"quadrant": "focus", "complaint_current": True},
        ["call", "ask_to_recommend", "goodwill"],
    ),
    "complaint of one who may leave": (
        {"complaint_current": True, "ceiling_in_concessions": 2.0},
        ["write", "goodwill_within_ceiling"],
    ),
    "complaint, but hardly any room": (
        {"complaint_current": True, "ceiling_in_concessions": 1.9},
        ["write", "goodwill_own_mistake"],
    ),
    "complaint long settled": ({"complaints_365": 1.0, "ceiling_in_concessions": 9.0}, ["write"]),
    "the mistake was ours": (
        {
            "quadrant": "focus",
            "complaint_current": True,
            "complaints_365": 1.0,
            "complaints_by_us_365": 1.0,
        },
        ["call", "ask_to_recommend", "goodwill_own_mistake"],
    ),
    "the cause lay with the customer": (
        {"complaint_current": True, "complaints_365": 1.0, "complaints_by_customer_365": 1.0},
        ["write", "goodwill_own_mistake"],
    ),
    "goodwill has a limit": (
        {"quadrant": "focus", "complaint_current": True, "goodwill_per_margin_365": 0.3},
        ["call", "ask_to_recommend", "goodwill_own_mistake"],
    ),
}


@pytest.mark.parametrize(("facts", "expected"), CUSTOMERS.values(), ids=CUSTOMERS.keys())
def test_the_rules_that_come_with_treue(facts, expected):
    found = suggest({**USUAL, **facts}, default_rules())
    assert [suggestion.key for suggestion in found] == expected


def test_a_suggestion_says_its_rule_with_the_customers_numbers():
    (found,) = suggest({**USUAL, "negotiations_365": 5.0}, default_rules())
    assert found.text.de == "Anrufen"
    assert found.rule.de == (
        "Wer oft über Preise verhandelt, mit dem reden wir am Telefon; der Aufwand eines Besuchs "
        "ist nicht gedeckt. Preisverhandlungen in den letzten 365 Tagen: 5 (mindestens 4); "
        "Deckungsbeitrag der letzten 365 Tage: 1.000\xa0€ (unter 3.000\xa0€)"
    )
    assert found.rule.en.endswith(
        "Price negotiations in the last 365 days: 5 (at least 4); "
        "margin of the last 365 days: €1,000 (below €3,000)"
    )


def test_the_ceiling_stands_in_the_suggestion_in_the_companys_currency():
    facts = {
        **USUAL,
        "complaint_current": True,
        "concession_ceiling": 42.4,
        "ceiling_in_concessions": 4.24,
    }
    found = suggest(facts, default_rules(), currency="CHF")[-1]
    assert found.text.de == "Kulanz: bis zur Obergrenze von 42\xa0CHF"
    assert found.text.en == "Goodwill: up to the ceiling of CHF42"


def test_rules_of_the_company_come_first_and_bring_their_own_words():
    config = parse_config(
        """
        [[approach.rules]]
        kind = "contact"
        suggest = "invite"
        text = { de = "Zum Hausfest einladen", en = "Invite to the open house" }
        when = { attribute_region = { one_of = ["West", "Nord"] }, orders_90 = { above = 2 } }
        """
    )
    rules = rules_of(config.approach)
    facts = {**USUAL, "attribute_region": "West", "orders_90": 3}
    (found,) = suggest(facts, rules)
    assert (found.key, found.text.en) == ("invite", "Invite to the open house")
    assert found.rule.de == (
        "Region: West (West oder Nord); Aufträge in den letzten 90 Tagen: 3 (über 2)"
    )
    assert [s.key for s in suggest({**facts, "orders_90": 2}, rules)] == ["write"]


def test_without_the_defaults_only_the_companys_rules_are_there():
    assert rules_of(Approach(defaults=False)) == []
    assert suggest(USUAL, []) == []


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA])
def test_a_missing_value_fulfils_a_condition_only_where_it_may_be_missing(value):
    assert not holds(Condition(at_least=1), value)
    assert holds(Condition(at_least=1, or_missing=True), value)


def test_a_rule_without_conditions_says_that_it_holds_otherwise():
    (found,) = suggest({}, default_rules())
    assert found.key == "write"
    assert found.rule.en.endswith("Holds where no other rule fits")


def test_facts_know_the_quadrant_and_prefer_the_card_to_the_feature():
    found = facts_of(
        {"margin_365": 120.0, "orders_90": 4.0},
        {"margin_365": 100.0, "reference_value": None, "concession_ceiling": 30.0},
        churn_probability=0.3,
        referral_probability=0.05,
        thresholds=Thresholds(churn=0.3, referral=0.1),
        concession_cost=10.0,
    )
    assert found == {
        "margin_365": 100.0,
        "orders_90": 4.0,
        "reference_value": None,
        "concession_ceiling": 30.0,
        "ceiling_in_concessions": 3.0,
        "complaint_current": None,
        "churn_probability": 0.3,
        "referral_probability": 0.05,
        "likely_to_leave": True,
        "likely_to_recommend": False,
        "quadrant": "price_hunter",
    }


@pytest.mark.parametrize(
    ("features", "current"),
    [
        ({"complaints_open": 1.0, "days_since_complaint": 570.0}, True),
        ({"complaints_open": 0.0, "days_since_complaint": 90.0}, True),
        ({"complaints_open": 0.0, "days_since_complaint": 91.0}, False),
        ({"complaints_open": 0.0, "days_since_complaint": float("nan")}, False),
        ({}, None),
    ],
)
def test_a_complaint_is_current_while_open_and_for_90_days(features, current):
    found = facts_of(
        features,
        {},
        churn_probability=None,
        referral_probability=None,
        thresholds=Thresholds(churn=0.3, referral=0.1),
    )
    assert found["complaint_current"] is current


def test_it_is_said_that_a_customer_loses_us_money():
    for facts in ({"tenure_days": 200.0}, {"quadrant": "price_hunter"}):
        first = suggest({**USUAL, "margin_365": -500.0, **facts}, default_rules())[0]
        assert first.rule.de.startswith("An diesem Kunden verlieren wir Geld")
        assert first.rule.en.startswith("We lose money on this customer")


def test_without_a_referral_model_there_is_no_quadrant():
    found = facts_of(
        {},
        {},
        churn_probability=0.3,
        referral_probability=None,
        thresholds=Thresholds(churn=0.3, referral=0.1),
    )
    assert (found["quadrant"], found["likely_to_recommend"]) == (None, None)
    assert found["likely_to_leave"] is True


MISTAKES = {
    "an unknown kind": (
        'kind = "contacts"\nsuggest = "call"',
        "approach.rules.1.kind: must be 'contact', 'service', 'offer', 'goodwill', 'parting' or "
        "'other', not 'contacts'",
    ),
    "a misspelt quantity": (
        'kind = "contact"\nsuggest = "call"\nwhen = { negotiation_365 = { at_least = 4 } }',
        "approach.rules.1: no quantity 'negotiation_365'; did you mean negotiations_365?",
    ),
    "a quantity that is like no other": (
        'kind = "other"\nsuggest = "tea"\ntext = { de = "Tee", en = "{xyzzy}" }',
        "approach.rules.1: no quantity 'xyzzy'; docs/features.md names all features",
    ),
    "a suggestion without words": (
        'kind = "contact"\nsuggest = "dance"',
        "approach.rules.1: suggest = 'dance' has no words; give it a text = { de = ..., en = ... } "
        "or choose one of visit, call, write",
    ),
    "a suggestion of another kind": (
        'kind = "service"\nsuggest = "call"',
        "approach.rules.1: 'call' is of the kind 'contact', not 'service'",
    ),
    "a condition that asks nothing": (
        'kind = "contact"\nsuggest = "call"\nwhen = { orders_90 = {} }',
        "approach.rules.1.when.orders_90: asks nothing; give at_least, above, at_most, below or "
        "one_of",
    ),
    "a condition that is misspelt": (
        'kind = "contact"\nsuggest = "call"\nwhen = { orders_90 = { atleast = 4 } }',
        "approach.rules.1.when.orders_90.atleast: unknown key; did you mean at_least?",
    ),
    "a quadrant that is none": (
        'kind = "contact"\nsuggest = "call"\nwhen = { quadrant = { one_of = ["fokus"] } }',
        "approach.rules.1.when: quadrant must be one_of focus, promoter_at_risk, quiet, "
        "price_hunter",
    ),
}


@pytest.mark.parametrize(("rule", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_rule_that_cannot_work_is_refused_at_load(rule, message):
    with pytest.raises(TreueError) as error:
        parse_config(f"[[approach.rules]]\n{rule}\n")
    assert message in str(error.value)


def test_features_of_own_families_are_known_when_scoring():
    text = """
    [features]
    families = ["own.py"]
    [[approach.rules]]
    kind = "contact"
    suggest = "call"
    when = { own_feature = { at_least = 1 } }
    """
    approach = parse_config(text).approach
    assert rules_of(approach, own_features=["own_feature"])[0].suggest == "call"
    with pytest.raises(TreueError, match=r"approach.rules.1: no quantity 'own_feature'"):
        rules_of(approach)


def test_every_suggestion_and_quantity_has_words():
    assert set(TEXTS) == set(SUGGESTIONS)
    assert set(QUANTITIES) == set(QUANTITY_NAMES)
    for text in [*TEXTS.values(), *(name for name, _ in QUANTITIES.values())]:
        assert text.de != text.en


def test_every_default_rule_is_known_and_gives_its_reason():
    assert rules_of(Approach(rules=list(default_rules()), defaults=False)) == [*default_rules()]
    assert all(rule.because for rule in default_rules())
    assert not any(" %" in rule.because.de for rule in default_rules())
    assert {rule.suggest for rule in default_rules()} == set(SUGGESTIONS)
