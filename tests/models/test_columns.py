import datetime
import logging
from decimal import Decimal
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings

from treue.models.columns import Columns
from treue.models.errors import ModelError

PANEL = pd.DataFrame(
    {
        "orders_90": [3, 0, 1],
        "amount_90": [30.5, np.nan, 7.0],
        "is_member": [True, False, True],
        "region": pd.Categorical(["south", "north", None], categories=["west", "south", "north"]),
        "channel": ["web", None, "shop"],
    }
)


def test_numbers_and_flags_are_numeric_categories_and_text_are_categorical():
    columns = Columns.of(PANEL)
    assert columns.names == ("orders_90", "amount_90", "is_member", "region", "channel")
    assert columns.kinds == ("numeric", "numeric", "numeric", "categorical", "categorical")
    assert columns.categories == {"region": ("north", "south"), "channel": ("shop", "web")}
    assert columns.categorical_positions == [3, 4]


def test_a_panel_becomes_a_matrix_with_codes_and_nan():
    np.testing.assert_array_equal(
        Columns.of(PANEL).encode(PANEL),
        [[3, 30.5, 1, 1, 1], [0, np.nan, 0, 0, np.nan], [1, 7.0, 1, np.nan, 0]],
    )


def test_order_and_additional_columns_do_not_matter():
    columns = Columns.of(PANEL)
    shuffled = PANEL[["channel", "is_member", "orders_90", "region", "amount_90"]]
    shuffled = shuffled.assign(customer_id=["a", "b", "c"])
    assert columns.difference(shuffled) == ""
    np.testing.assert_array_equal(columns.encode(shuffled), columns.encode(PANEL))


def test_an_unseen_category_becomes_nan_and_is_counted_in_the_log(caplog):
    columns = Columns.of(PANEL)
    with caplog.at_level(logging.WARNING):
        encoded = columns.encode(PANEL.assign(region=["moon", "north", None]))
    np.testing.assert_array_equal(encoded[:, 3], [np.nan, 0, np.nan])
    assert [record.getMessage() for record in caplog.records] == [
        "region: 1 of 3 rows have a category not seen in training (such as 'moon'); "
        "they are scored as if it were missing"
    ]


@pytest.mark.parametrize(
    "column",
    [
        pd.Categorical(["south", "north", None]),
        pd.array(["south", "north", None], dtype="string"),
        np.array(["south", "north", None], dtype=object),
    ],
    ids=["category", "string", "object"],
)
def test_a_category_is_known_by_its_text_whatever_the_dtype(column):
    np.testing.assert_array_equal(
        Columns.of(PANEL).encode(PANEL.assign(region=column))[:, 3], [1, 0, np.nan]
    )


def test_the_category_3_and_the_category_text_3_are_the_same():
    columns = Columns.of(pd.DataFrame({"grade": pd.Categorical([3, 1])}))
    np.testing.assert_array_equal(columns.encode(pd.DataFrame({"grade": ["1", "3"]})), [[0], [1]])


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, None, 2], dtype="Int64"),
        pd.array([1.0, None, 2.0], dtype="Float64"),
        np.array([1, None, 2], dtype=object),
        np.array([1.0, np.nan, 2.0], dtype=np.float32),
    ],
    ids=["Int64", "Float64", "object", "float32"],
)
def test_nullable_numbers_become_floats_with_nan(values):
    X = pd.DataFrame({"x": values})
    np.testing.assert_array_equal(Columns.of(X).encode(X), [[1], [np.nan], [2]])


def test_a_column_without_any_value_fits_every_kind():
    empty = PANEL.assign(region=np.nan, amount_90=[None, None, None])
    assert Columns.of(PANEL).difference(empty) == ""
    assert np.isnan(Columns.of(PANEL).encode(empty)[:, [1, 3]]).all()


def test_the_difference_names_missing_other_and_additional_columns():
    other = PANEL.drop(columns="orders_90").assign(orders_91=1, amount_90="much")
    assert Columns.of(PANEL).difference(other) == (
        "- orders_90: missing (numeric in the model)\n"
        "! amount_90: numeric in the model, categorical here\n"
        "+ orders_91: not in the model"
    )


def test_keys_and_labels_are_not_in_the_difference():
    other = PANEL.drop(columns="orders_90").assign(customer_id="a", cutoff=1, churned=0, referred=1)
    assert Columns.of(PANEL).difference(other) == "- orders_90: missing (numeric in the model)"


def test_a_panel_that_differs_is_refused_with_the_difference_in_the_message():
    dated = PANEL.assign(orders_90=pd.Timestamp("2024-01-01"))
    with pytest.raises(
        ModelError,
        match="does not fit the model's 5 columns:\n"
        "! orders_90: numeric in the model, datetime64 here",
    ):
        Columns.of(PANEL).encode(dated)


def test_many_additional_columns_are_cut_after_ten():
    other = pd.DataFrame({f"c{i:02}": [1] for i in range(12)})
    lines = Columns.of(PANEL[["orders_90"]]).difference(other).splitlines()
    assert lines[-1] == "+ … and 2 more that are not in the model"
    assert len(lines) == 12


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        (PANEL.assign(day=pd.Timestamp("2024-01-01")), "day: a column of datetime64 cannot be a"),
        (PANEL.assign(z=1j), "z: a column of complex128 cannot be a feature"),
        (PANEL.assign(both=["a", 1, 2.5]), "both: a column of mixed"),
        (PANEL[["orders_90", "orders_90"]], "columns that stand twice: orders_90; rename or drop"),
    ],
)
def test_a_column_that_cannot_be_a_feature_is_refused(panel, message):
    with pytest.raises(ModelError, match=message):
        Columns.of(panel)


def test_infinite_numbers_are_refused_with_their_count():
    with pytest.raises(ModelError, match="amount_90: 2 infinite values; replace them by null"):
        Columns.of(PANEL).encode(PANEL.assign(amount_90=[np.inf, 1.0, -np.inf]))


def test_a_needed_column_that_stands_twice_at_scoring_is_refused():
    twice = pd.concat([PANEL, PANEL[["orders_90"]]], axis=1)
    with pytest.raises(ModelError, match="columns that stand twice: orders_90"):
        Columns.of(PANEL).encode(twice)


ROW = Columns(("n", "g"), ("numeric", "categorical"), {"g": ("12", "3", "north", "south")})
NULLS = [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT"), np.timedelta64("NaT"), Decimal("NaN")]
REFUSED = [
    *(pd.Timestamp("2024-01-01"), datetime.date(2024, 1, 1), datetime.timedelta(1), b"12", 1j),
    *(np.datetime64("2024-01-01"), np.timedelta64(1, "D"), Fraction(1, 3), [1.0], (), {"a": 1}),
    *(np.array(3.0), np.array([3.0, 4.0]), object()),
]
VALUES = st.one_of(
    st.sampled_from([*NULLS, *REFUSED, np.bool_(True), np.float32(0.1), np.int8(-3), 10**400]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.decimals(allow_nan=False),
    st.sampled_from(["12", "3", "north", "moon", "nan", ""]),
    st.text(st.characters(codec="utf-8")).map(np.str_),
)


def made_of(encode, caplog):
    """What came of it: the matrix or that it was refused, and what was logged."""
    caplog.clear()
    try:
        found = encode().tolist()
    except ModelError:
        found = "refused"
    return repr(found), [record.getMessage() for record in caplog.records]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(n=VALUES, g=VALUES)
@example(n="12", g="north")
@example(n=np.datetime64("2024-01-01"), g="north")
@example(n=pd.NA, g=pd.NA)
@example(n=pd.NaT, g=pd.NaT)
@example(n=1, g=3)
@example(n=10**400, g="moon")
@example(n=-np.inf, g="moon")
@example(n=np.inf, g="moon")
def test_a_single_row_is_encoded_as_a_panel_of_one_row_is(caplog, n, g):
    panel = pd.DataFrame({"n": pd.Series([n]), "g": pd.Series([g])})
    row = made_of(lambda: ROW.encode_row({"n": n, "g": g}), caplog)
    assert row == made_of(lambda: ROW.encode(panel), caplog)


@pytest.mark.parametrize("null", NULLS, ids=repr)
def test_nothing_known_is_nan_in_numbers_and_categories(null):
    assert np.isnan(ROW.encode(pd.DataFrame({"n": [null], "g": [null]}))).all()
    assert np.isnan(ROW.encode_row({"n": null, "g": null})).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": "12"}, "n: '12' is no number, as in the model"),
        ({"n": np.timedelta64(1, "D")}, "n: .* is no number"),
        ({"n": 10**400}, "n: a number above 1e308; give null"),
        ({"n": -np.inf}, "n: infinite; give null"),
        ({"g": 3}, "g: 3 is no text, as its categories are in the model"),
    ],
)
def test_a_single_row_that_does_not_fit_is_refused_by_column(change, message):
    with pytest.raises(ModelError, match=message):
        ROW.encode_row({"n": 1, "g": "north", **change})


def test_a_number_that_is_too_large_is_refused():
    with pytest.raises(ModelError, match="n: a number above 1e308; replace it by null"):
        ROW.encode(pd.DataFrame({"n": [10**400], "g": ["north"]}))
