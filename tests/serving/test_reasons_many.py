"""Reasons of many customers at once are those that each of them would be told alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.serving.as_shown import as_shown
from treue.serving.comparison import compare
from treue.serving.formats import LANGUAGES, format_value, shown_points
from treue.serving.reasons import Storyteller, sentences
from treue.serving.reasons_many import ManyStories, shown_many

UNITS = ["money", "share", "whole", "tenths", "change", "span", "until", "days", "orders"]
NUMBERS = st.one_of(
    st.floats(-2_000, 2_000),
    st.integers(-3_000, 3_000).map(lambda n: n / 8),
    st.integers(-3_000, 3_000).map(lambda n: n / 200),
    st.integers(-20_000, 20_000).map(float),
)


@settings(max_examples=300, deadline=None)
@given(unit=st.sampled_from(UNITS), one=NUMBERS, step=st.one_of(NUMBERS, st.floats(-1, 1)))
def test_numbers_are_the_same_where_they_are_written_the_same(unit, one, step):
    limit = 0.999 if unit == "change" else 2_000
    one, other = (max(min(value, limit), -limit) for value in (one, one + step / 10))
    alike = as_shown(np.array([one, other]), unit)
    written = {
        language: [format_value(v, unit, language) for v in (one, other)] for language in LANGUAGES
    }
    for texts in written.values():
        assert (alike[0] == alike[1]) == (texts[0] == texts[1])


def test_a_missing_number_is_shown_as_none():
    assert np.isnan(as_shown(np.array([np.nan]), "money")).all()


@pytest.fixture(params=["churn", "referral"])
def storyteller(request, predictors, panel):
    return predictors[request.param].storyteller(panel)


def both(storyteller, rows, comparison, explanation):
    """Sentences by language, once of all together and once of each alone."""
    together = ManyStories(storyteller).sentences(explanation, rows, comparison.many(0))
    alone = [
        storyteller.reasons(
            explanation.points[row], values, comparison.at(row), explanation.agreement_of(row)
        )
        for row, values in enumerate(storyteller.values(rows))
    ]
    told = {language: [sentences(one, language) for one in alone] for language in LANGUAGES}
    return {language: found.to_pylist() for language, found in together.items()}, told


def test_many_are_told_what_each_would_be(storyteller, panel, tables):
    comparison = compare(tables, panel["cutoff"].iloc[0].to_pydatetime(), panel)
    explanation = storyteller.explain(panel)
    together, alone = both(storyteller, panel, comparison, explanation)
    assert together == alone
    assert len({len(one) for one in alone["en"]}) > 1


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_points_many_are_told_what_each_would_be(storyteller, panel, tables, seed):
    comparison = compare(tables, panel["cutoff"].iloc[0].to_pydatetime(), panel)
    found = storyteller.explain(panel)
    random = np.random.default_rng(seed)
    points = found.points * random.choice([-20.0, 0.0, 1.0, 30.0], size=found.points.shape)
    agreement = random.random(found.agreement.shape)
    together, alone = both(
        storyteller, panel, comparison, replace(found, points=points, agreement=agreement)
    )
    assert together == alone


def test_names_flags_and_mixed_columns_are_told_as_each_would_be(panel):
    from treue.models.classifier import LoyaltyClassifier

    random = np.random.default_rng(0)
    n = 300

    def with_gaps(values, dtype):
        return pd.Series(values, dtype=dtype).mask(random.random(n) < 0.2)

    rows = pd.DataFrame(
        {
            "customer_id": [str(i) for i in range(n)],
            "industry": pd.Categorical(random.choice(["a", "b", "c"], n)),
            "region": pd.Series(random.choice(["north", None], n), dtype=object),
            "flag": random.random(n) < 0.5,
            "mixed": pd.Series(random.choice([True, False, None], n), dtype=object),
            "count": random.integers(0, 4, n),
            "amount": np.where(random.random(n) < 0.1, np.nan, random.normal(0, 900, n)),
            "visits": with_gaps(random.integers(0, 4, n), "Int64"),
            "share": with_gaps(random.random(n), "Float64"),
            "member": with_gaps(random.random(n) < 0.5, "boolean"),
            "district": with_gaps(random.choice(["a", "b", "c"], n), "string"),
        }
    )
    features = rows.drop(columns="customer_id")
    label = (rows["count"] + rows["flag"] + random.random(n) > 2).astype(int)
    model = LoyaltyClassifier(n_folds=2, n_estimators=8, min_child_samples=10, num_threads=1)
    storyteller = Storyteller(model.fit(features, label), families={})
    storyteller.learn(rows)
    found = storyteller.explain(rows)
    points = random.normal(0, 3, found.points.shape)
    together, alone = both(
        storyteller, rows, compare(None, None, rows), replace(found, points=points)
    )
    assert together == alone
    for row, values in enumerate(storyteller.values(rows.head(40))):
        as_na = [pd.NA if value is None else value for value in values]
        assert storyteller.reasons(points[row], as_na) == storyteller.reasons(points[row], values)
    told = {sentence.lower() for one in alone["en"] for sentence in one}
    for name in ("mixed", "visits", "share", "member", "district"):
        assert any(name in sentence for sentence in told)
        assert any(f"{name}: not given" in sentence for sentence in told)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(NUMBERS, st.integers(-40, 40).map(lambda n: n / 20)), max_size=20))
def test_weights_of_many_are_shown_as_each_would_be(points):
    found = shown_many(np.array(points, dtype=float)).tolist()
    assert found == [shown_points(number) for number in points]
