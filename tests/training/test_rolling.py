"""Inside the training rows, a cutoff is predicted without what came after it."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from treue.features.errors import TreueError
from treue.models import linear
from treue.models.boosting import Binned
from treue.models.classifier import LoyaltyClassifier
from treue.models.columns import Columns
from treue.training import compose
from treue.training.choose import Choice
from treue.training.compose import composed
from treue.training.fit import fit
from treue.training.rolling import asked_and_known, origins_of, possible_members, rolling


@pytest.fixture(scope="module")
def known(panel):
    return panel.reset_index(drop=True), panel["churned"].to_numpy().astype(np.int64)


@pytest.fixture(scope="module")
def names(panel):
    return ["recency_days", "purchase_days", "tenure_days", "attribute_region"]


@pytest.fixture(scope="module")
def binned(panel, names, quick):
    columns = Columns.of(panel[names])
    parameters = LoyaltyClassifier(**quick.model.classifier()).lightgbm_parameters(0)
    return Binned.of(columns, columns.encode(panel[names]), parameters)


@pytest.fixture(scope="module")
def forward(binned, known, quick):
    return rolling(binned, *known, target="churn", config=quick)[0]


def test_cutoffs_lie_half_a_horizon_apart_and_have_a_past(known, quick):
    origins = origins_of(*known, config=quick)
    assert 1 <= len(origins) <= quick.model.inner_cutoffs
    assert all(
        later - earlier >= pd.Timedelta(days=quick.label.horizon_days / 2)
        for later, earlier in pairwise(origins)
    )
    first = pd.to_datetime(known[0]["cutoff"]).min()
    assert min(origins) - first >= pd.Timedelta(days=quick.label.horizon_days)


def test_none_is_asked_for(binned, known, quick):
    off = quick.model_copy(update={"model": quick.model.model_copy(update={"inner_cutoffs": 0})})
    assert rolling(binned, *known, target="churn", config=off)[0].empty


def test_rows_are_those_of_the_cutoffs_with_every_member(forward, known, quick):
    panel, label = known
    wanted = panel["cutoff"].isin(origins_of(panel, label, config=quick))
    assert sorted(forward.index) == list(np.flatnonzero(wanted))
    assert list(forward.columns) == ["cutoff", "outcome", "tree", "linear", "bgnbd"]
    assert np.isfinite(forward[["tree", "linear", "bgnbd"]].to_numpy()).all()
    np.testing.assert_array_equal(forward["outcome"], label[forward.index])


def test_what_was_not_known_by_then_changes_no_prediction(forward, binned, known, quick):
    """The law: outcomes whose window had not passed at a cutoff are not seen by its models."""
    panel, label = known
    origin = origins_of(panel, label, config=quick)[-1]
    unknown = pd.to_datetime(panel["cutoff"]) + pd.Timedelta(days=quick.label.horizon_days) > origin
    turned = np.where(unknown, 1 - label, label)
    again, _ = rolling(binned, panel, turned, target="churn", config=quick)
    here = forward.index[forward["cutoff"] == origin]
    np.testing.assert_array_equal(
        forward.loc[here, ["tree", "linear", "bgnbd"]], again.loc[here, ["tree", "linear", "bgnbd"]]
    )


def test_later_rows_change_no_prediction_beyond_the_edges_of_the_bins(
    forward, binned, known, quick
):
    """Later rows change places: the edges, quantiles of all rows, stay where they are."""
    panel, label = known
    origin = origins_of(panel, label, config=quick)[-1]
    later = np.flatnonzero(pd.to_datetime(panel["cutoff"]) > origin)
    mixed = np.arange(len(panel))
    mixed[later] = np.random.default_rng(0).permutation(later)
    moved = panel.iloc[mixed].reset_index(drop=True).assign(cutoff=panel["cutoff"])
    parameters = LoyaltyClassifier(**quick.model.classifier()).lightgbm_parameters(0)
    other = Binned.of(binned.columns, binned.encoded[mixed], parameters)
    again, _ = rolling(other, moved, label[mixed], target="churn", config=quick)
    here = forward.index[forward["cutoff"] == origin]
    members = ["tree", "linear", "bgnbd"]
    np.testing.assert_array_equal(forward.loc[here, members], again.loc[here, members])
    assert not forward["tree"].equals(again["tree"])


def test_a_penalty_is_settled_by_the_rows_known_first_once_they_are_enough(
    binned, known, quick, monkeypatch
):
    panel, label = known
    _, open_yet = rolling(binned, panel, label, target="churn", config=quick)
    assert open_yet is None
    chosen = []

    def choice(scaled, labels, customers, rng):
        chosen.append(len(labels))
        return 0.07

    monkeypatch.setattr(linear, "_chosen", choice)
    monkeypatch.setattr("treue.training.rolling.CHOICE_ROWS", 2)
    _, settled = rolling(binned, panel, label, target="churn", config=quick)
    first = origins_of(panel, label, config=quick)[-1]
    assert settled == 0.07
    assert chosen == [len(asked_and_known(panel, first, quick.label.horizon_days)[1])]


def test_bg_nbd_says_nothing_of_recommendations_or_contracts(quick):
    label = quick.label.model_copy(update={"churn": "contract"})
    assert possible_members("referral", quick) == ["linear"]
    assert possible_members("churn", quick.model_copy(update={"label": label})) == ["linear"]
    assert possible_members("churn", quick) == ["linear", "bgnbd"]


@pytest.fixture(scope="module")
def trees(known, names, quick):
    panel, label = known
    model = LoyaltyClassifier(**quick.model.classifier())
    return model.fit(panel[names], label, groups=panel["customer_id"])


def test_a_chosen_blend_is_deployed_at_the_trees_level_and_adds_up(
    binned, known, names, quick, trees, monkeypatch
):
    panel, label = known

    def favourite(forward, customers, *, horizon_days):
        return Choice({"tree": 0.5, "linear": 0.4, "bgnbd": 0.2}, 0.3, forward["tree"], ())

    monkeypatch.setattr(compose, "choose", favourite)
    model, *_ = composed(trees, binned, panel, label, target="churn", config=quick, damped={})
    before, after = trees.decision_function(panel[names]), model.decision_function(panel[names])
    assert not np.allclose(before, after)
    out_of_fold = trees.calibration_.log_odds(trees.oof_raw_)
    blended = model.blend_.log_odds(out_of_fold, trees.columns_.encode(panel[names])) - 0.3
    assert expit(blended).mean() == pytest.approx(trees.oof_probability_.mean())
    base, values = model.contributions(panel[names])
    np.testing.assert_allclose(base + values.sum(axis=1), after, atol=1e-9)


def test_a_member_that_some_cutoffs_cannot_fit_is_no_member(panel, quick):
    """A young shop: at first nobody has bought on two days, so there is no BG/NBD."""
    young = panel.copy()
    early = young["cutoff"] < young["cutoff"].max() - pd.Timedelta(days=61)
    young.loc[early, "purchase_days"] = 1.0
    young.loc[early, "tenure_days"] = young.loc[early, "recency_days"]
    bundle = fit(young, "churn", config=quick)
    blend = bundle.model.blend_
    assert blend is None or blend.bgnbd is None


def test_a_member_that_cannot_be_fitted_on_all_rows_leaves_the_trees(
    binned, known, quick, trees, monkeypatch
):
    panel, label = known

    def favourite(forward, customers, *, horizon_days):
        return Choice({"tree": 0.5, "bgnbd": 0.5}, 0.0, forward["tree"].to_numpy(), ())

    monkeypatch.setattr(compose, "choose", favourite)
    monkeypatch.setattr(compose, "other_members", lambda *_, **__: {})
    model, _, _, decisions = composed(
        trees, binned, panel, label, target="churn", config=quick, damped={}
    )
    assert model.blend_ is None
    assert "bgnbd could be fitted at later cutoffs" in decisions[-1].reason


def test_words_that_are_all_missing_at_first_are_categories(panel, quick):
    channel = panel["attribute_region"].astype(object)
    channel[panel["cutoff"] < panel["cutoff"].max()] = None
    assert fit(panel.assign(channel=channel), "churn", config=quick).provenance["decisions"]


def test_cutoffs_with_a_time_zone_are_refused(panel, quick):
    aware = panel.assign(cutoff=panel["cutoff"].dt.tz_localize("Europe/Vienna"))
    with pytest.raises(
        TreueError, match=r"cutoff: has a time zone .Europe/Vienna.; moments are UTC"
    ):
        fit(aware, "churn", config=quick)


def test_a_bundle_says_what_was_decided(panel, quick):
    made = fit(panel, "churn", config=quick).provenance["decisions"]
    assert {"blend", "level shift"} <= {one["name"] for one in made}
    assert all(one["reason"] for one in made)


def test_a_panel_without_cutoffs_decides_nothing(panel_without_cutoffs, quick):
    bundle = fit(panel_without_cutoffs, "referral", config=quick)
    assert [one["chosen"] for one in bundle.provenance["decisions"]] == ["none"]
    assert bundle.model.blend_ is None
