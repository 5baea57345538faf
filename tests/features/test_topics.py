"""Every feature has one topic, and what is told of it is complete in both languages."""

from __future__ import annotations

import string
from dataclasses import fields

import narwhals.stable.v2 as nw
import pytest

from treue.features.catalogue import CATALOGUE, describe
from treue.features.family import Feature
from treue.features.topic_phrases import Words, before
from treue.features.topics import TELLINGS, TOPICS, topic_of


def test_every_feature_of_the_catalogue_belongs_to_exactly_one_topic() -> None:
    for name in CATALOGUE:
        assert [topic.key for topic in TOPICS.values() if topic.holds(name)] == [
            topic_of(CATALOGUE[name]).key
        ]


def test_every_topic_has_features_and_something_to_tell_but_the_season_and_others() -> None:
    for topic in TOPICS.values():
        own = [name for name in CATALOGUE if topic.holds(name)]
        assert own
        assert bool(set(own) & set(TELLINGS)) == topic.tellable, topic.key
    assert [topic.key for topic in TOPICS.values() if not topic.tellable] == [
        "circle",
        "season",
    ]


def test_only_features_of_the_catalogue_are_told_and_no_decayed_trend_or_ratio() -> None:
    assert set(TELLINGS) <= set(CATALOGUE)
    assert [n for n in TELLINGS if "decayed" in n or "trend" in n or "_per_month" in n] == []
    assert [n for n, t in TELLINGS.items() if CATALOGUE[n].unit == "ratio" and not t.shows] == []


@pytest.mark.parametrize("name", TELLINGS)
def test_both_languages_say_the_same_with_other_words(name: str) -> None:
    telling = TELLINGS[name]
    for part in fields(Words):
        de, en = getattr(telling.de, part.name), getattr(telling.en, part.name)
        if part.name == "than":
            assert bool(de[0]) == bool(en[0])
            continue
        if part.name not in ("one", "pair_one"):  # "1 Stück" needs no own form
            assert bool(de) == bool(en), part.name
        assert _gaps(de) <= {"n", "m", "d"}
        assert _gaps(en) == _gaps(de) or not (de and en)
        if len(de) > 8:
            assert de != en
        for text in (de, en):
            assert text == text.strip()
            assert "  " not in text


@pytest.mark.parametrize("name", TELLINGS)
def test_what_a_telling_speaks_of_is_there(name: str) -> None:
    telling = TELLINGS[name]
    others = {telling.shows, telling.pair, telling.detail} - {""}
    assert others <= set(CATALOGUE)
    assert bool(telling.pair) == bool(telling.de.pair)
    assert bool(telling.detail) == bool(telling.de.detail) == bool(telling.de.details)
    if telling.window_days is not None and not telling.shows:
        assert telling.window_days == CATALOGUE[name].window_days
    if telling.de.more:
        assert telling.de.less
    if telling.detail:
        assert telling.de.single


def test_heads_of_a_feature_differ_from_each_other() -> None:
    for telling in TELLINGS.values():
        for words in (telling.de, telling.en):
            heads = [words.neutral, words.more, words.less, words.high, words.low, words.zero]
            told = [head for head in heads if head]
            assert len(set(told)) == len(told)


def test_an_attribute_and_a_column_of_a_ready_panel_are_topics_of_their_own() -> None:
    assert topic_of(describe("attribute_size_2020")).key == "attribute_size_2020"
    assert topic_of(describe("MonthlyCharges")).key == "MonthlyCharges"


def test_windows_of_an_own_familys_feature_are_one_topic() -> None:
    def clicks(suffix: str) -> Feature:
        name = f"newsletter_clicks_{suffix}"
        return Feature(name, nw.lit(0), "clicks", "", "Klicks", "clicks", stream="clicks")

    assert {topic_of(clicks(suffix)).key for suffix in ("30", "365", "all")} == {
        "newsletter_clicks"
    }


def test_the_window_before_is_told_in_both_languages() -> None:
    assert before(90, "de") == "in den 90 Tagen davor"
    assert before(365, "en") == "in the 12 months before"


def _gaps(text: str) -> set[str]:
    return {gap for _, gap, _, _ in string.Formatter().parse(text) if gap}
