"""Few customers: members are stacked over customers left out, from an equal share each."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from treue.features.errors import TreueError
from treue.models.blend import Blend
from treue.models.boosting import Binned
from treue.models.bundle import Bundle
from treue.models.classifier import LoyaltyClassifier
from treue.models.columns import Columns
from treue.training import stacked as module
from treue.training.certain import certain_section, sureness_of
from treue.training.compose import composed
from treue.training.config import Config
from treue.training.fit import fit
from treue.training.stacked import is_few, stacked
from treue.training.verdict import row_log_loss

NAMES = ["recency_days", "tenure_days", "purchase_days", "noise"]


def shop(customers, cutoffs=("2024-01-01",), *, seed=0, unlike=0.0):
    """Customers whose leaving follows recency and purchases; in half of them the other way."""
    rng = np.random.default_rng(seed)
    rows = customers * len(cutoffs)
    tenure = rng.integers(60, 700, rows).astype(float)
    purchases = rng.integers(2, 20, rows).astype(float)
    recency = np.floor(rng.random(rows) * (tenure - 1))
    z = 0.012 * (recency - 150) - 0.1 * (purchases - 8) + unlike * rng.normal(size=rows)
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"C{i}" for i in range(customers)], len(cutoffs)),
            "cutoff": pd.to_datetime(np.repeat(cutoffs, customers)),
            "recency_days": recency,
            "tenure_days": tenure,
            "purchase_days": purchases,
            "noise": rng.normal(size=rows),
            "churned": (rng.random(rows) < expit(z)).astype(int),
        },
        index=np.arange(rows) + 500,
    )


@pytest.fixture(scope="module")
def config():
    return Config.model_validate(
        {"label": {"horizon_days": 90}, "model": {"n_estimators": 30, "num_threads": 1}}
    )


def made(panel, config, names=("linear", "bgnbd"), y=None):
    columns = Columns.of(panel[NAMES])
    label = panel["churned"].to_numpy().astype(np.int64) if y is None else y
    trees = LoyaltyClassifier(**config.model.classifier())
    parameters = trees.lightgbm_parameters(0)
    binned = Binned.of(columns, columns.encode(panel[NAMES]), parameters)
    trees.fit_binned(binned, label, groups=panel["customer_id"].to_numpy())
    return trees, stacked(trees, binned, panel, label, names, config=config)


@pytest.fixture(scope="module")
def few():
    return shop(250, ("2024-01-01", "2024-02-01"))


@pytest.fixture(scope="module")
def found(few, config):
    return made(few, config)


def test_customers_are_few_below_the_rows_that_a_tree_with_all_its_leaves_needs(config):
    assert is_few(shop(1199), config)
    assert not is_few(shop(1200), config)
    assert is_few(shop(300, [f"2024-0{month}-01" for month in range(1, 9)]), config)


def test_every_member_has_a_weight_and_the_reason_says_how_it_was_judged(found):
    _, stack = found
    assert set(stack.weights) == {"tree", "linear", "bgnbd"}
    assert stack.decision.chosen.endswith("bgnbd")
    assert stack.decision.reason.startswith(
        "250 customers, fewer than 1,200: stacked out of fold from an equal share each, unless "
        "surely worse; log loss lower by "
    )
    assert "5 groups of customers left out" in stack.decision.reason


def test_the_level_is_that_of_the_trees_out_of_fold(found):
    trees, stack = found
    assert expit(stack.log_odds).mean() == pytest.approx(trees.oof_probability_.mean(), abs=1e-9)


def test_the_curve_is_learned_from_what_is_said_of_customers_left_out(config):
    """Not from members that saw them: among many columns and few customers these know too much."""
    few = shop(120, unlike=2.0)
    columns = Columns.of(few[NAMES])
    label = few["churned"].to_numpy().astype(np.int64)
    trees = LoyaltyClassifier(**config.model.classifier())
    binned = Binned.of(columns, columns.encode(few[NAMES]), trees.lightgbm_parameters(0))
    trees.fit_binned(binned, label, groups=few["customer_id"].to_numpy())
    found = composed(trees, binned, few, label, target="churn", config=config, damped={})
    _, stack = made(few, config)
    assert found.model.blend_ is not None
    np.testing.assert_allclose(found.log_odds, stack.log_odds)
    seen = found.model.decision_function(few[NAMES])
    assert row_log_loss(found.log_odds, label).mean() > row_log_loss(seen, label).mean() + 0.01


def test_what_is_said_out_of_fold_does_not_know_the_outcomes_of_the_fold(few, config):
    """The law: a customer's outcomes turned round change nothing that members say of him.

    All but the regression's penalty, given here: it is one of three, chosen on all rows.
    """
    label = few["churned"].to_numpy().astype(np.int64)
    columns = Columns.of(few[NAMES])
    binned = Binned.of(columns, columns.encode(few[NAMES]), {})
    fold = module._folds(few, label, config)

    def said(y):
        asked = ["linear", "bgnbd"]
        return module._beside(binned, few, y, asked, fold, config=config, penalty=0.01)[1]

    here = fold == 0
    once, again = said(label), said(np.where(here, 1 - label, label))
    for name in ("linear", "bgnbd"):
        np.testing.assert_array_equal(once[name][here], again[name][here])
        assert not np.allclose(once[name][~here], again[name][~here])


def test_trees_without_a_split_have_no_vote(config):
    trees, stack = made(shop(80), config)
    assert all(booster.num_trees() <= 1 for booster in trees.boosters_)
    assert set(stack.weights) == {"linear", "bgnbd"}
    assert sum(stack.weights.values()) > 0.7
    assert stack.blend.tree == 0.0


def test_without_another_member_the_trees_stay_alone(few, config):
    trees, stack = made(few, config, names=())
    assert stack.blend is None
    assert stack.weights == {"tree": 1.0}
    assert stack.decision.reason == "no other member could be fitted on these customers"
    np.testing.assert_allclose(expit(stack.log_odds), trees.oof_probability_)


def test_a_blend_that_is_surely_worse_is_not_deployed(few, config, monkeypatch):
    """Members that say the opposite of what they learned."""
    real = module._beside

    def lying(*args, **kwargs):
        members, said = real(*args, **kwargs)
        return members, {name: -3 * log_odds for name, log_odds in said.items()}

    monkeypatch.setattr(module, "_beside", lying)
    monkeypatch.setattr(
        module, "fit_weights", lambda *_, expected, **__: np.asarray(expected, dtype=float)
    )
    _, stack = made(few, config)
    assert stack.blend is None
    assert "log loss higher by 0." in stack.decision.reason


def test_bg_nbd_that_cannot_be_fitted_is_left_out(config):
    panel = shop(200)
    panel["purchase_days"] = 1.0
    panel["recency_days"] = panel["tenure_days"]
    _, stack = made(panel, config)
    assert "bgnbd" not in stack.weights
    assert "linear" in stack.weights


@pytest.mark.parametrize("seed", range(4))
def test_contributions_of_a_deployed_stack_add_up_and_survive_saving(seed, config, tmp_path):
    panel = shop(90 + 60 * seed, seed=seed, unlike=0.5 * seed)
    panel.loc[panel.index[::7], ["noise", "recency_days"]] = np.nan
    bundle = fit(panel, "churn", config=config)
    assert isinstance(bundle.model.blend_, Blend)
    many = pd.concat([panel] * 12, ignore_index=True)  # explained by tables from 1,000 rows on
    base, values = bundle.model.contributions(many)
    log_odds = bundle.model.decision_function(many)
    np.testing.assert_allclose(base + values.sum(axis=1), log_odds, rtol=0, atol=1e-9)
    few_base, few_values = bundle.model.contributions(panel)
    np.testing.assert_allclose(
        few_base + few_values.sum(axis=1), log_odds[: len(panel)], rtol=0, atol=1e-9
    )
    loaded = Bundle.load(bundle.save(tmp_path / "churn"))
    np.testing.assert_array_equal(loaded.model.decision_function(many), log_odds)


def test_intervals_are_learned_from_the_blend_out_of_fold(few, config):
    bundle = fit(few, "churn", config=config)
    _, stack = made(few, config)
    assert bundle.certainty.cutoffs == 0
    assert bundle.certainty.scores[0] == pytest.approx(stack.log_odds.min())
    assert bundle.certainty.scores[-1] == pytest.approx(stack.log_odds.max())
    sureness = sureness_of(
        bundle, few, few["churned"], bundle.model.predict_proba(few[NAMES])[:, 1]
    )
    assert "No earlier cutoffs could teach" in "\n".join(certain_section(sureness, "churn"))


def test_one_later_cutoff_is_too_few_to_judge_and_the_intervals_are_of_the_blend(config):
    young = shop(200, ("2024-01-01", "2024-04-10"))
    bundle = fit(young, "churn", config=config)
    assert bundle.model.blend_ is not None
    assert bundle.certainty.cutoffs == 1
    told = {one["name"]: one for one in bundle.provenance["decisions"]}
    assert told["level shift"]["reason"] == (
        "cutoffs whose level could be foretold: at most 1; 3 are needed"
    )


def test_nothing_is_switched_on_where_the_configuration_says_so(few, config):
    model = config.model.model_copy(update={"inner_cutoffs": 0})
    bundle = fit(few, "churn", config=config.model_copy(update={"model": model}))
    assert bundle.model.blend_ is None


def test_a_ready_panel_of_few_customers_is_stacked_too(few, config):
    ready = few.drop(columns="cutoff").drop_duplicates("customer_id")
    bundle = fit(ready, "churn", config=config)
    assert bundle.model.blend_ is not None
    assert bundle.certainty.drift == 0.0


def test_a_shop_of_60_customers_trains(config):
    panel = shop(60, ("2024-01-01", "2024-02-01", "2024-03-01"))
    bundle = fit(panel, "churn", config=config)
    p = bundle.model.predict_proba(panel)[:, 1]
    assert np.isfinite(p).all()
    assert np.ptp(p) > 0.1


def test_a_shop_of_60_customers_of_whom_few_left_is_refused_clearly(config):
    panel = shop(60)
    panel["churned"] = (np.arange(60) < 8).astype(int)
    with pytest.raises(
        TreueError,
        match="churn: 8 customers who left among 60 in the training rows, 20 are needed; bring a",
    ):
        fit(panel, "churn", config=config)


def test_few_customers_are_told_apart_better_by_the_stack_than_by_the_trees(config):
    """On average over shops: trees with 100 rows a leaf hardly split."""
    ahead = []
    for seed in range(4):
        bundle = fit(shop(150, seed=seed), "churn", config=config)
        test = shop(3000, seed=100 + seed)
        y = test["churned"].to_numpy()

        def loss(model, test=test, y=y):
            z = model.decision_function(test)
            return np.mean(np.logaddexp(0.0, z) - y * z)

        ahead.append(loss(bundle.model.blended(None)) - loss(bundle.model))
    assert np.mean(ahead) > 0.02
