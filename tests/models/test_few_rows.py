"""Lines of many columns at once: every number is that of `numpy.interp`, column by column."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from treue.models.few_rows import FEW, Lines
from treue.models.linear_terms import CategoryTerm, Linear, NumberTerm

finite = st.floats(-1e300, 1e300)


@st.composite
def lines(draw):
    """Knots and heights of some columns; nearly touching and far knots among them."""
    drawn = st.lists(
        st.one_of(finite, st.integers(-3, 3).map(float), st.sampled_from([0.1, 0.1 + 2**-56])),
        min_size=1,
        max_size=6,
        unique=True,
    )
    knots = [sorted(each) for each in draw(st.lists(drawn, min_size=1, max_size=4))]
    return [(x, sorted(draw(st.floats(-5, 5)) for _ in x)) for x in knots]


@example(drawn=[([0.0, 5e-324, 1.0], [0.0, 2.0, 2.0]), ([3.0], [1.5])], extra=[5e-324, 0.5])
@given(drawn=lines(), extra=st.lists(finite, max_size=4))
def test_a_line_has_the_heights_of_interp(drawn, extra):
    knots, heights = zip(*drawn, strict=True)
    tried = sorted({*extra, *(k for each in knots for k in each), 0.0, -1e300, 1e300})
    values = np.repeat(np.array(tried)[:, np.newaxis], len(knots), axis=1)
    with np.errstate(all="ignore"):
        expected = [np.interp(values[:, i], knots[i], heights[i]) for i in range(len(knots))]
    np.testing.assert_array_equal(Lines.of(knots, heights).at(values), np.column_stack(expected))


def test_few_rows_have_the_shares_of_many():
    rng = np.random.default_rng(0)
    encoded = rng.normal(size=(FEW + 1, 12))
    encoded[rng.random(encoded.shape) < 0.2] = np.nan
    encoded[:3, 0] = [np.inf, -np.inf, 1e308]
    encoded[:, 11] = [*range(FEW), np.nan]
    numbers = [
        NumberTerm(
            position=i,
            knots=np.sort(rng.normal(size=i + 1)).tolist(),
            scores=np.sort(rng.normal(size=i + 1)).tolist(),
            center=rng.normal(),
            weight=rng.normal(),
            unknown_share=0.2,
            unknown_weight=0.7 * (i % 2),
        )
        for i in (0, 7, 3, 9)
    ]
    levels = CategoryTerm(position=11, levels=[1, 4], shares=[0.3, 0.2], weights=[1.0, -2.0])
    linear = Linear(width=12, base=0.25, numbers=numbers, categories=[levels])
    base, many = linear.contributions(encoded)
    assert base == 0.25
    assert np.count_nonzero(many.any(axis=0)) == 5
    for rows in ([0], [1, 2], list(range(FEW))):
        np.testing.assert_array_equal(linear.contributions(encoded[rows])[1], many[rows])
        np.testing.assert_array_equal(
            linear.log_odds(encoded[rows]), linear.log_odds(encoded)[rows]
        )
