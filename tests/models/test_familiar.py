"""Rows unlike anyone seen in training: found, told by name, and seldom a false alarm."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from treue.models.columns import Columns
from treue.models.familiar import Familiar, Oddity


def customers(rows, seed, *, day=0.0):
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1, rows)
    orders = rng.poisson(4 * size) + 1
    return pd.DataFrame(
        {
            "orders_365": orders.astype(float),
            "orders_180": np.round(orders * rng.uniform(0.4, 0.6, rows)),
            "orders_90": np.round(orders * rng.uniform(0.2, 0.3, rows)),
            "quantity_365": orders * rng.uniform(2, 3, rows),
            "amount_365": 50 * orders * rng.lognormal(0, 0.3, rows),
            "recency_days": rng.uniform(0, 365, rows),
            "tenure_days": rng.uniform(0, 400, rows) + day,
            "gap_mean_days": np.where(orders > 1, 365 / orders, np.nan),
            "returns_90": rng.poisson(0.2 * orders).astype(float),
            "region": pd.Categorical(rng.choice(["north", "south"], rows)),
        }
    )


DAYS = np.repeat(np.arange(6) * 60.0, 400)
TRAINING = pd.concat([customers(400, i, day=60.0 * i) for i in range(6)], ignore_index=True)
COLUMNS = Columns.of(TRAINING)
HELD_OUT = customers(2000, 99, day=420.0)


@pytest.fixture(scope="module")
def familiar():
    return Familiar.fit(TRAINING, COLUMNS, DAYS)


def changed(**values):
    return HELD_OUT.head(50).assign(**values)


def test_ordinary_later_rows_are_rarely_flagged(familiar):
    assert familiar.unlike(HELD_OUT, COLUMNS).mean() <= 0.02


@pytest.mark.parametrize(
    ("values", "oddity"),
    [
        ({"amount_365": lambda X: 1e6 + X["amount_365"]}, Oddity("amount_365", "above")),
        ({"recency_days": 2000.0}, Oddity("recency_days", "above")),
        ({"returns_90": -5.0}, Oddity("returns_90", "below")),
        ({"region": "moon"}, Oddity("region", "unseen")),
        ({"orders_365": np.nan}, Oddity("orders_365", "missing")),
    ],
)
def test_strange_values_are_flagged_and_told_by_name(familiar, values, oddity):
    strange = changed(**values)
    assert familiar.unlike(strange, COLUMNS).all()
    assert familiar.oddities(strange.head(1), COLUMNS)[0] == oddity


def test_values_that_do_not_go_together_are_flagged(familiar):
    strange = changed(orders_365=2.0, orders_90=9.0, quantity_365=60.0, gap_mean_days=180.0)
    assert familiar.unlike(strange, COLUMNS).mean() > 0.9
    odd = familiar.oddities(strange[familiar.unlike(strange, COLUMNS)].head(1), COLUMNS)
    assert {one.oddness for one in odd} == {"together"}


def test_the_distance_is_the_length_of_what_the_directions_leave_over(familiar):
    rows = changed(orders_90=300.0, gap_mean_days=np.nan)
    encoded = np.tile(COLUMNS.encode(pd.concat([HELD_OUT, rows])), (2, 1))  # several blocks
    left = familiar._left_over(encoded)
    np.testing.assert_allclose(familiar._distance(encoded), (left**2).sum(axis=1), rtol=1e-9)


def test_nothing_odd_is_told_of_a_row_that_is_not_flagged(familiar):
    flagged = familiar.unlike(HELD_OUT, COLUMNS)
    for i in range(100):
        assert bool(familiar.oddities(HELD_OUT.iloc[[i]], COLUMNS)) == flagged[i]


def test_customers_may_grow_older_than_those_of_training(familiar):
    older = changed(tenure_days=lambda X: X["tenure_days"] + 120)
    assert familiar.unlike(older, COLUMNS).mean() <= 0.05


def test_rows_without_days_and_few_rows_serve_too():
    for rows in (12, 1000):
        X = customers(rows, 5)
        familiar = Familiar.fit(X, Columns.of(X))
        assert familiar.unlike(X, Columns.of(X)).mean() <= 0.01
        assert familiar.unlike(X.assign(amount_365=1e9), Columns.of(X)).all()


def test_it_is_plain_numbers_and_comes_back_the_same(familiar):
    again = Familiar.model_validate_json(familiar.model_dump_json())
    assert again == familiar


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("directions", [[1.0]], "two numbers a column"),
        ("directions", [], "belong together"),
        ("most_distance", 0.0, "greater than 0"),
        ("most_excess", float("nan"), "finite number"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(familiar, field, value, told):
    with pytest.raises(ValidationError, match=told):
        Familiar.model_validate(familiar.model_dump() | {field: value})


EARLY = DAYS < 180
NARROW = {
    "rounding": np.where(EARLY, np.where(np.arange(len(DAYS)) % 2, 0.3, 0.1 + 0.2), 5.0),
    "indexed": np.where(
        EARLY, np.linspace(100.0, 100.02, len(DAYS)), np.linspace(100.0, 160.0, len(DAYS))
    ),
    "falling": np.where(EARLY, np.linspace(-100.02, -100.0, len(DAYS)), -np.arange(1.0, 2401.0)),
    "huge": np.where(np.arange(len(DAYS)) % 2, 1e300, -1e300),
}


@pytest.mark.parametrize("values", NARROW.values(), ids=NARROW)
def test_a_column_that_hardly_varied_at_first_has_a_range_that_can_be_kept(values):
    rows = TRAINING.assign(fee=values)
    columns = Columns.of(rows)
    found = Familiar.fit(rows, columns, DAYS)
    assert Familiar.model_validate_json(found.model_dump_json()) == found
    fee = next(one for one in found.columns if one.name == "fee")
    assert fee.low <= values.min()
    assert fee.high >= values.max()
    assert not found.unlike(rows.assign(fee=values.mean()), columns).all()


def test_one_that_hardly_varied_at_first_still_flags_what_is_far_off():
    rows = TRAINING.assign(fee=NARROW["indexed"])
    columns = Columns.of(rows)
    far = HELD_OUT.head(50).assign(fee=1e6)
    assert Familiar.fit(rows, columns, DAYS).unlike(far, columns).all()


def test_a_day_of_the_year_that_was_no_training_cutoff_makes_nobody_strange():
    angle = 2 * np.pi * (30 + DAYS) / 365.25  # from the end of January to the end of November
    rows = TRAINING.assign(calendar_sin=np.sin(angle), calendar_cos=np.cos(angle))
    columns = Columns.of(rows)
    found = Familiar.fit(rows, columns, DAYS)
    at = HELD_OUT.assign(calendar_sin=0.0, calendar_cos=1.0)  # New Year
    assert at["calendar_cos"].min() > rows["calendar_cos"].max()
    assert found.unlike(at, columns).mean() <= 0.02
