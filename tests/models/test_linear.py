import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError
from scipy.special import expit, logit, ndtri
from sklearn.metrics import roc_auc_score

from treue.models.bundle_files import dump
from treue.models.errors import ModelError
from treue.models.linear import FEWEST_ROWS, KNOTS, TAIL, QuantileLogistic
from treue.models.linear_terms import CategoryTerm, Linear, NumberTerm

CATEGORY = 3  # position of the column that holds codes


def rows(n=1500, seed=0):
    """Two numbers (one often unknown), one that is never known, a category, one constant."""
    rng = np.random.default_rng(seed)
    encoded = np.column_stack(
        [
            rng.lognormal(5, 1, n),
            np.where(rng.random(n) < 0.3, np.nan, rng.exponential(30, n)),
            np.full(n, np.nan),
            np.where(rng.random(n) < 0.1, np.nan, rng.choice(4, n, p=[0.5, 0.3, 0.195, 0.005])),
            np.ones(n),
        ]
    )
    z = np.log(encoded[:, 0]) - 6 + 2 * np.isnan(encoded[:, 1]) + 2 * (encoded[:, 3] == 2)
    return encoded, (rng.random(n) < expit(z)).astype(int)


@pytest.fixture(scope="module")
def fitted():
    return QuantileLogistic(C=0.1).fit(*rows(), [CATEGORY])


ANY_ROWS = hnp.arrays(
    float,
    st.tuples(st.integers(1, 6), st.just(5)),
    elements=st.one_of(
        st.floats(allow_nan=True, allow_infinity=True),
        st.sampled_from([np.nan, 0.0, 1.0, 2.0, 3.0, 99.0, -1.0]),
    ),
)


@given(encoded=ANY_ROWS)
@settings(deadline=None, max_examples=200)
def test_contributions_add_up_whatever_the_values(fitted, encoded):
    base, values = fitted.contributions(encoded)
    log_odds = fitted.log_odds(encoded)
    assert np.isfinite(log_odds).all()
    assert np.isfinite(values).all()
    np.testing.assert_allclose(base + values.sum(axis=1), log_odds, rtol=0, atol=1e-12)


@given(encoded=ANY_ROWS)
@settings(deadline=None, max_examples=50)
def test_a_row_scores_alone_as_among_others(fitted, encoded):
    together = fitted.log_odds(encoded)
    alone = [fitted.log_odds(encoded[[i]])[0] for i in range(len(encoded))]
    np.testing.assert_array_equal(together, alone)


@given(values=hnp.arrays(float, 40, elements=st.floats(allow_nan=False, allow_infinity=True)))
@settings(deadline=None, max_examples=50)
def test_scores_never_turn_back_and_are_constant_beyond_the_knots(fitted, values):
    (term,) = [term for term in fitted.as_part().numbers if term.position == 0]
    values = np.sort(values)
    score = term.score(values)
    assert (np.diff(score) >= 0).all()
    beyond = (values <= term.knots[0]) | (values >= term.knots[-1])
    assert set(score[beyond]) <= {term.scores[0], term.scores[-1]}


@given(
    values=hnp.arrays(float, 60, elements=st.floats(allow_nan=True, allow_infinity=True)),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=60)
def test_any_column_can_be_learned_from(values, seed):
    y = np.random.default_rng(seed).permutation(np.arange(60) % 2)
    encoded = np.column_stack([values, np.arange(60.0)])
    found = QuantileLogistic(C=0.1).fit(encoded, y)
    assert np.isfinite(found.log_odds(encoded)).all()
    Linear.model_validate_json(dump(found.as_part().model_dump()))


def test_a_numbers_score_is_its_mid_rank_through_the_normal_quantile(fitted):
    x = np.repeat([1.0, 2.0, 5.0], [20, 60, 20])
    found = QuantileLogistic(C=1.0).fit(x[:, None], np.arange(100) % 7 < 3)
    term = found.as_part().numbers[0]
    assert term.knots == [1.0, 2.0, 5.0]
    np.testing.assert_allclose(term.scores, ndtri([0.1, 0.5, 0.9]))
    (many,) = [term for term in fitted.as_part().numbers if term.position == 0]
    assert len(many.knots) <= KNOTS
    assert many.scores[0] == ndtri(TAIL)
    assert many.scores[-1] == pytest.approx(-ndtri(TAIL))


def test_what_varies_counts_and_the_rest_has_no_share(fitted):
    encoded, y = rows(seed=7)
    assert roc_auc_score(y, fitted.log_odds(encoded)) > 0.8
    _, values = fitted.contributions(encoded)
    assert not values[:, [2, 4]].any()
    unknown = np.isnan(encoded[:, 1])
    assert values[unknown, 1].min() > values[~unknown, 1].max()
    assert values[encoded[:, 3] == 2, 3].min() > 0.5


def test_shares_are_counted_from_the_average_training_row(fitted):
    base, values = fitted.contributions(rows()[0])
    assert base == pytest.approx(np.mean(fitted.log_odds(rows()[0])))
    np.testing.assert_allclose(values.mean(axis=0), 0.0, atol=1e-12)


def test_rare_and_unseen_categories_are_none_of_them(fitted):
    encoded, _ = rows()
    (term,) = fitted.as_part().categories
    assert (encoded[:, 3] == 3).sum() < FEWEST_ROWS
    assert term.levels == [0, 1, 2]
    row = np.tile(encoded[0], (5, 1))
    row[:, 3] = [np.nan, 3, 99, 0.5, -np.inf]
    assert len(set(fitted.log_odds(row))) == 1


def test_a_flag_of_a_few_rows_gets_little_leverage():
    rng = np.random.default_rng(0)
    flag = np.zeros(5000)
    flag[:4] = 1.0
    y = rng.integers(0, 2, 5000)
    y[:4] = 1
    found = QuantileLogistic(C=0.01).fit(np.column_stack([flag, rng.normal(size=5000)]), y)
    assert abs(found.contributions(np.array([[1.0, 0.0]]))[1][0, 0]) < 1.5


def test_a_part_comes_back_through_json_to_the_bit(fitted):
    encoded, _ = rows(seed=3)
    text = dump(fitted.as_part().model_dump())
    again = Linear.model_validate(json.loads(text))
    assert again == fitted.as_part()
    np.testing.assert_array_equal(again.log_odds(encoded), fitted.log_odds(encoded))


def test_the_penalty_is_chosen_on_customers_left_out():
    """Rows of a customer are alike and labels random: only weights near zero are right."""
    rng = np.random.default_rng(1)
    customers = np.repeat(np.arange(150), 8)
    encoded = np.repeat(rng.normal(size=(150, 20)), 8, axis=0)
    noise = np.repeat(rng.integers(0, 2, 150), 8)
    assert QuantileLogistic().fit(encoded, noise, groups=customers).C_ == 0.001
    assert QuantileLogistic().fit(encoded, noise).C_ == 0.1
    signal = (encoded[:, 0] > 0).astype(int)
    assert QuantileLogistic().fit(encoded, signal, groups=customers).C_ == 0.1


def test_many_rows_are_sampled_by_a_seed(monkeypatch):
    for name in ("KNOT_ROWS", "FIT_ROWS", "CHOICE_ROWS"):
        monkeypatch.setattr(f"treue.models.linear.{name}", 600)
    encoded, y = rows()
    first, again = (QuantileLogistic().fit(encoded, y, [CATEGORY]) for _ in range(2))
    assert first.as_part() == again.as_part()
    other = QuantileLogistic(seed=1).fit(encoded, y, [CATEGORY])
    assert other.as_part() != first.as_part()
    assert roc_auc_score(y, first.log_odds(encoded)) > 0.8


def test_a_wide_design_is_fitted_too(monkeypatch):
    encoded, y = rows()
    narrow = QuantileLogistic(C=0.1).fit(encoded, y, [CATEGORY]).log_odds(encoded)
    monkeypatch.setattr("treue.models.linear.MANY_COLUMNS", 1)
    wide = QuantileLogistic(C=0.1).fit(encoded, y, [CATEGORY]).log_odds(encoded)
    np.testing.assert_allclose(wide, narrow, atol=0.01)


def test_the_intercept_keeps_the_base_rate(fitted):
    encoded, y = rows()
    p = expit(fitted.log_odds(encoded))
    assert logit(p.mean()) == pytest.approx(logit(y.mean()), abs=1e-3)


def test_what_cannot_be_learned_from_is_refused():
    with pytest.raises(ModelError, match=r"y holds one class only \(1\); a regression needs both"):
        QuantileLogistic().fit(np.zeros((30, 1)), np.ones(30))
    with pytest.raises(ModelError, match="none of 2 columns varies; nothing to regress on"):
        QuantileLogistic().fit(np.zeros((30, 2)), np.arange(30) % 2)


LINE = {"position": 0, "knots": [1.0, 2.0], "scores": [-1.0, 1.0]}
LEVELS = {"position": 1, "levels": [0, 2], "shares": [0.5, 0.5], "weights": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        (NumberTerm, LINE | {"knots": [1.0, 1.0]}, "the knots do not increase"),
        (NumberTerm, LINE | {"scores": [1.0, -1.0]}, "the scores turn back"),
        (NumberTerm, LINE | {"scores": [1.0]}, "2 knots, but 1 scores"),
        (NumberTerm, LINE | {"weight": float("inf")}, "finite number"),
        (CategoryTerm, LEVELS | {"weights": [1.0]}, "levels, shares and weights differ in length"),
        (CategoryTerm, LEVELS | {"levels": [2, 0]}, "the levels do not ascend"),
        (
            Linear,
            {"width": 2, "base": 0.0, "numbers": [LINE, LINE], "categories": []},
            "a column has two terms",
        ),
        (
            Linear,
            {"width": 1, "base": 0.0, "numbers": [LINE], "categories": [LEVELS]},
            "position 1 is none of 1 columns",
        ),
    ],
)
def test_a_part_that_contradicts_itself_is_refused(part, content, message):
    with pytest.raises(ValidationError, match=message):
        part.model_validate(content)
