"""What may be said: true of the customer, kind, in both languages, without an internal word."""

import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.topics import TOPICS
from treue.serving.guard import check_sayable
from treue.serving.sayable import SAYINGS, sayable


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: f"{saying.topic}: {saying.text.en}")
def test_every_sentence_passes_the_guard_and_asks_for_what_is_there(saying):
    for text in (saying.text.de, saying.text.en):
        check_sayable(text)
        assert text.endswith((".", "?"))
        assert len(text) <= 100
    assert saying.text.de != saying.text.en
    assert saying.topic in TOPICS
    assert set(saying.when) <= set(CATALOGUE)
    assert saying.when, "a sentence without a condition may be untrue"


def test_no_sentence_is_there_twice():
    for language in ("de", "en"):
        texts = [saying.text.in_(language) for saying in SAYINGS]
        assert len(set(texts)) == len(texts)


CASES = [
    ("open_complaints", {"complaints_open": 1}, "Your complaint is still open."),
    ("open_complaints", {"complaints_open": 0}, None),
    ("order_frequency", {"orders_trend_90": -0.5}, "You have ordered less often lately."),
    ("order_frequency", {"orders_trend_90": 0.0, "orders_90": 3}, "Thank you for ordering"),
    ("order_frequency", {"orders_trend_90": 0.0, "orders_90": 1}, None),
    ("complaints", {"complaints_365": 1, "complaints_open": 0}, "Thank you for telling us"),
    ("complaints", {"complaints_365": 1, "complaints_open": 1}, None),
    ("recommending", {"referrals_made_all": 0}, None),
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
    found = sayable(topic, facts)
    assert (found is None) == (start is None)
    if found is not None:
        assert found.en.startswith(start)
