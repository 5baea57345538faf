"""What may be said: true of the customer, kind, in both languages, without an internal word."""

import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.topics import TOPICS
from treue.serving.approach_words import QUANTITIES
from treue.serving.dossier import Reason, Suggestion, Text
from treue.serving.guard import check_sayable
from treue.serving.sayable import (
    MOST_SENTENCES,
    ON_OPEN_COMPLAINTS,
    SAYINGS,
    SUBJECTS,
    letter,
    sayable,
    sentence,
)


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: f"{saying.topic}: {saying.text.en}")
def test_every_sentence_passes_the_guard_and_asks_for_what_is_there(saying):
    for text in (saying.text.de, saying.text.en):
        check_sayable(text)
        assert text.endswith((".", "?"))
        assert len(text) <= 100
    assert saying.text.de != saying.text.en
    assert saying.topic in TOPICS
    assert set(saying.when) <= {*CATALOGUE, *QUANTITIES, "churn_points"}
    assert saying.when, "a sentence without a condition may be untrue"


def test_no_sentence_is_there_twice():
    for language in ("de", "en"):
        texts = [saying.text.in_(language) for saying in SAYINGS]
        assert len(set(texts)) == len(texts)


REGULAR = {"orders_trend_90": 0.0, "orders_90": 3, "overdue_ratio": 0.9}
SILENT = {"days_since_contact": 80.0, "days_since_contact_out": 90.0, "recency_days": 70.0}
BY_US = {"complaints_365": 1, "complaints_by_us_365": 1, "days_since_complaint": 40.0}
SETTLED = {"complaints_open": 0, "days_since_complaint": 40.0}
CASES = [
    ("open_complaints", {"complaints_open": 1, "complaint_open_days": 20.0}, "Your complaint is"),
    ("open_complaints", {"complaints_open": 1, "complaint_open_days": 570.0}, "I am sorry that"),
    ("open_complaints", {"complaints_open": 0}, None),
    ("order_pause", {"recency_days": 50.0, "overdue_ratio": 2.5}, "Your last order was some time"),
    ("order_pause", {"recency_days": 50.0, "overdue_ratio": 0.6}, None),
    ("order_frequency", {"orders_trend_90": -0.5}, "You have ordered less often lately."),
    ("order_frequency", REGULAR, "Thank you for ordering"),
    ("order_frequency", {**REGULAR, "orders_90": 1}, None),
    ("order_frequency", {**REGULAR, "overdue_ratio": 1.3}, None),
    ("order_frequency", {**REGULAR, "likely_to_leave": True}, None),
    ("order_frequency", {**REGULAR, "churn_points": 4.0}, None),
    ("contacts_from_us", SILENT, "I have not been in touch"),
    ("contacts_from_us", {**SILENT, "recency_days": 6.0}, None),
    ("contacts_from_us", {**SILENT, "days_since_negotiation": 6.0}, None),
    ("contacts_from_us", {**SILENT, "days_since_contact": 6.0}, None),
    ("contacts", SILENT, "We have not spoken for a while."),
    ("contacts", {**SILENT, "days_since_negotiation": 6.0}, None),
    ("complaints", SETTLED, "Thank you for telling us"),
    ("complaints", {**SETTLED, "days_since_complaint": 300.0}, None),
    ("complaint_severity", {**SETTLED, "complaint_severity_max_365": 5}, None),
    (
        "complaint_severity",
        {**SETTLED, "complaint_severity_max_365": 5, "complaint_days_to_resolve_365": 2.0},
        None,
    ),
    (
        "complaint_severity",
        {**SETTLED, "complaint_severity_max_365": 5, "complaint_days_to_resolve_365": 30.0},
        "Your complaint cost you time",
    ),
    ("complaints_by_us", BY_US, "The mistake was ours."),
    ("complaints_by_us", {**BY_US, "days_since_complaint": 61.0}, None),
    ("complaints_by_us", {**BY_US, "complaints_365": 2}, None),
    (
        "complaints_by_us",
        {**BY_US, "days_since_complaint": 90.0, "complaints_open": 1, "complaint_open_days": 90.0},
        "The mistake is ours.",
    ),
    ("recommending", {"referrals_made_180": 1}, "Thank you for recommending us."),
    ("recommending", {"referrals_made_180": 0, "referrals_made_all": 3}, None),
    ("reference_customers", {"referrals_made_180": 0, "reference_customers": 3}, None),
    ("relationship_age", {"tenure_days": 900.0}, "Thank you for trusting us"),
    ("relationship_age", {"tenure_days": float("nan")}, None),
    ("contract_end", {"contract_days_to_end": -3.0}, None),
    ("recommending", {}, None),
    ("margin", {"margin_365": -100.0}, None),
    ("late_payment", {"days_late_mean_365": 40.0}, None),
    ("attribute_industry", {"attribute_industry": "Bau"}, None),
]


@pytest.mark.parametrize(("topic", "facts", "start"), CASES)
def test_a_sentence_is_said_only_where_it_is_true(topic, facts, start):
    found = sentence(topic, facts)
    assert (found is None) == (start is None)
    if found is not None:
        assert found.en.startswith(start)


def reasons(*topics, points=3.0):
    words = Text(de="Grund", en="reason")
    return [
        Reason(topic=topic, sentence=words, points=points, feature="f", value=1.0)
        for topic in topics
    ]


LOYAL = {**REGULAR, "tenure_days": 900.0, "referrals_made_180": 1, "products_new_90": 2}


def test_with_an_open_complaint_nothing_else_is_spoken_of():
    facts = {**LOYAL, "complaints_open": 1, "complaint_open_days": 20.0}
    told = sayable([], reasons("recommending", "relationship_age"), facts)
    assert [text.en[:17] for text in told] == ["Your complaint is"]
    assert len(sayable([], reasons("recommending", "relationship_age"), LOYAL)) == 2


def test_what_goes_with_leaving_comes_first_and_three_sentences_are_enough():
    told = sayable(
        reasons("relationship_age", "assortment"),
        reasons("recommending", "order_frequency"),
        LOYAL,
    )
    assert [text.en.split()[0] for text in told] == ["Thank", "You", "Thank"]
    assert told[2].en.startswith("Thank you for recommending")
    assert len(told) == MOST_SENTENCES


def test_nobody_is_thanked_for_what_goes_with_leaving():
    assert sayable(reasons("order_frequency", points=-3.0), [], LOYAL)
    assert sayable(reasons("order_frequency", points=3.0), [], LOYAL) == []


def test_one_sentence_is_enough_for_a_subject():
    (told,) = sayable(reasons("contacts_from_us", "contacts"), [], SILENT)
    assert told.en.startswith("I have not been in touch")
    assert set(SUBJECTS) <= set(TOPICS)
    assert not set(SUBJECTS) & set(ON_OPEN_COMPLAINTS)


def test_letters_are_for_those_to_whom_writing_is_suggested_and_with_nothing_open():
    words = Text(de="Danke.", en="Thanks.")
    write, call = (Suggestion(key=key, text=words, rule=words) for key in ("write", "call"))
    assert letter([words], [write], {"complaints_open": 0}) == words
    assert letter([words], [write], {}) == words
    assert letter([words], [write], {"complaints_open": 1}) is None
    assert letter([words], [call], {}) is None
    assert letter([], [write], {}) is None
