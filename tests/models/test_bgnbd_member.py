from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from treue.models.baselines import BetaGeoNBDRule
from treue.models.bgnbd_member import COLUMNS, BetaGeoMember
from treue.models.columns import Columns
from treue.models.errors import ModelError

NAMES = ("recency_days", "orders_90", "purchase_days", "tenure_days")


def panel(n=300, seed=0):
    """Customers with consistent numbers, and whether they stayed away, which follows recency."""
    rng = np.random.default_rng(seed)
    tenure = rng.integers(30, 700, n).astype(float)
    purchases = np.minimum(rng.poisson(3, n) + 1, tenure)
    recency = np.where(purchases > 1, np.floor(rng.random(n) * (tenure - 1)), tenure)
    X = pd.DataFrame(
        {
            "recency_days": recency,
            "orders_90": rng.poisson(1, n).astype(float),
            "purchase_days": purchases,
            "tenure_days": tenure,
        }
    )
    return X, (rng.random(n) < 0.2 + 0.6 * recency / tenure).astype(int)


X, Y = panel()
MEMBER = BetaGeoMember.fit(X, Y, columns=Columns.of(X), horizon_days=90)
ENCODED = Columns.of(X).encode(X)

ANY_ROWS = hnp.arrays(
    float,
    st.tuples(st.integers(1, 5), st.just(len(NAMES))),
    elements=st.one_of(
        st.floats(allow_nan=True, allow_infinity=True), st.floats(-5, 900), st.just(np.nan)
    ),
)


@given(encoded=ANY_ROWS)
@settings(deadline=None, max_examples=200)
def test_contributions_add_up_whatever_the_values(encoded):
    base, values = MEMBER.contributions(encoded)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(
        base + values.sum(axis=1), MEMBER.log_odds(encoded), rtol=0, atol=1e-9
    )


def test_the_member_says_what_the_rule_says():
    rule = BetaGeoNBDRule(horizon_days=90).fit(X, Y)
    np.testing.assert_allclose(
        1 / (1 + np.exp(-MEMBER.log_odds(ENCODED))), rule.predict_proba(X)[:, 1], atol=1e-12
    )


def test_a_share_is_what_a_column_adds_on_average_over_all_orders():
    row = ENCODED[[5]]
    told = dict.fromkeys(COLUMNS, 0.0)
    for order in permutations(COLUMNS):
        mixed = np.full((1, len(NAMES)), np.nan)  # unknown counts as the reference
        for name in order:
            before = MEMBER.log_odds(mixed)[0]
            mixed[0, NAMES.index(name)] = row[0, NAMES.index(name)]
            told[name] += (MEMBER.log_odds(mixed)[0] - before) / 6
    _, values = MEMBER.contributions(row)
    for name, share in told.items():
        assert values[0, NAMES.index(name)] == pytest.approx(share, abs=1e-12)
    assert values[0, NAMES.index("orders_90")] == 0.0


def test_a_customer_like_the_reference_or_unknown_has_no_share():
    nothing = np.full((1, len(NAMES)), np.nan)
    base, values = MEMBER.contributions(nothing)
    assert not values.any()
    assert base == MEMBER.log_odds(nothing)[0]
    assert MEMBER.reference == X[list(COLUMNS)].median().tolist()


def test_numbers_that_contradict_each_other_are_made_to_agree():
    columns = Columns.of(X)
    odd = X.head(3).assign(recency_days=[900.0, 5.0, -3.0], tenure_days=[30.0, 0.0, 30.0])
    fine = X.head(3).assign(recency_days=[29.0, 0.0, 0.0], tenure_days=[30.0, 1.0, 30.0])
    several = {"purchase_days": 3.0}
    np.testing.assert_array_equal(
        MEMBER.log_odds(columns.encode(odd.assign(**several))),
        MEMBER.log_odds(columns.encode(fine.assign(**several))),
    )


def test_rows_that_know_nothing_do_not_stop_fitting():
    gappy = X.copy()
    gappy.loc[::7, "tenure_days"] = np.nan
    found = BetaGeoMember.fit(gappy, Y, columns=Columns.of(gappy), horizon_days=90)
    assert np.isfinite(found.log_odds(Columns.of(gappy).encode(gappy))).all()


def test_a_part_comes_back_through_json_to_the_bit():
    again = BetaGeoMember.model_validate_json(MEMBER.model_dump_json())
    assert again == MEMBER
    np.testing.assert_array_equal(again.log_odds(ENCODED), MEMBER.log_odds(ENCODED))


def test_what_cannot_be_fitted_on_is_refused():
    with pytest.raises(ModelError, match="tenure_days: not in the panel; BG/NBD needs it"):
        BetaGeoMember.fit(X, Y, columns=Columns.of(X.drop(columns="tenure_days")), horizon_days=9)
    nothing = X.assign(tenure_days=np.nan)
    with pytest.raises(ModelError, match="none of 300 rows knows all of purchase_days, tenure"):
        BetaGeoMember.fit(nothing, Y, columns=Columns.of(nothing), horizon_days=9)
