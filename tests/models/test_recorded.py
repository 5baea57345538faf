"""Recorded recommendations and all: the identity, its cap, and the AUROC by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treue.models.errors import ModelError
from treue.models.metrics import auroc
from treue.models.recorded import auroc_recorded_or_not, recorded_or_not

shares = st.floats(0.01, 1.0)
probabilities = st.lists(st.floats(0, 1), min_size=2, max_size=20)


@given(p=probabilities, share=shares)
def test_the_order_is_kept_and_nobody_exceeds_one(p: list[float], share: float) -> None:
    found = recorded_or_not(p, share)
    order = np.argsort(p, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    assert ((found >= np.asarray(p)) & (found <= 1)).all()


@given(p=probabilities)
def test_where_all_is_recorded_nothing_changes(p: list[float]) -> None:
    assert recorded_or_not(p, 1.0).tolist() == p
    assert auroc_recorded_or_not(0.7, 0.2, 1.0) == pytest.approx(0.7)


def test_hiding_half_at_random_is_undone_in_mean_and_auroc() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(1, 12, 200_000)
    recommends = rng.random(len(truth)) < truth
    recorded = recommends & (rng.random(len(truth)) < 0.5)
    assert recorded_or_not(truth * 0.5, 0.5).mean() == pytest.approx(recommends.mean(), rel=0.01)
    seen = auroc(recorded, truth)
    corrected = auroc_recorded_or_not(seen, float(recorded.mean()), 0.5)
    assert abs(corrected - auroc(recommends, truth)) < 0.006
    assert corrected > seen + 0.005


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ModelError, match="give a share above 0 and at most 1"):
        recorded_or_not([0.1], share)


def test_a_share_under_which_more_recommend_than_there_are_is_refused() -> None:
    with pytest.raises(ModelError, match=r"40\.0% are on record .* state a higher share"):
        auroc_recorded_or_not(0.7, rate=0.4, share=0.2)
