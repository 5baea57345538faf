"""Pictures draw what was computed elsewhere, and are closed once written."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from treue.models.explain import explain
from treue.training.artifacts import (
    contributions_table,
    importance,
    save_pictures,
)
from treue.training.fit import fit
from treue.training.pictures import draw_calibration, draw_families, draw_lift, draw_shap


@pytest.fixture(scope="module")
def bundle(panel, quick):
    return fit(panel, "churn", config=quick, families={"attribute_region": "customer"})


@pytest.fixture(scope="module")
def rows(panel):
    return panel.tail(50)


@pytest.fixture(scope="module")
def explanation(bundle, rows):
    return explain(bundle.model, rows, families=bundle.families)


def test_calibration_shows_each_bin_with_its_interval():
    curve = pd.DataFrame(
        {"predicted": [0.1, 0.4], "observed": [0.2, 0.3], "low": [0.1, 0.2], "high": [0.3, 0.5]}
    )
    figure = draw_calibration(curve, title="churn")
    (axes,) = figure.axes
    observed = axes.containers[0].lines[0]
    np.testing.assert_allclose(observed.get_xydata(), [[0.1, 0.2], [0.4, 0.3]])
    assert axes.get_title() == "churn"
    plt.close(figure)


def test_lift_has_a_line_a_model_from_nothing_to_everything():
    curve = pd.DataFrame({"share": [0.5, 1.0], "gain": [0.8, 1.0]})
    figure = draw_lift({"model": curve, "recency rule": curve}, title="churn")
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert list(lines) == ["at random", "model", "recency rule"]
    np.testing.assert_allclose(lines["model"].get_xydata(), [[0, 0], [0.5, 0.8], [1, 1]])
    plt.close(figure)


def test_families_are_drawn_with_the_largest_on_top():
    figure = draw_families(pd.Series({"purchases": 0.3, "complaints": 0.5}), title="churn")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["purchases", "complaints"]  # from the bottom up
    plt.close(figure)


def test_shap_pictures_are_a_bar_a_beeswarm_and_the_top_features(
    bundle, rows, explanation, tmp_path
):
    open_before = plt.get_fignums()
    pictures = draw_shap(explanation, rows, bundle.model.columns_, dependence=2)
    _, features = importance(explanation)
    assert set(pictures) == {
        "shap_bar",
        "shap_beeswarm",
        *(f"shap_dependence_{name}" for name in features.index[:2]),
    }
    assert set(features.index[:2]) == {"recency_days", "attribute_region"}  # what drives it
    save_pictures(pictures, tmp_path)
    for name in pictures:
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert plt.get_fignums() == open_before


def test_shap_bars_are_of_all_rows_and_points_of_a_few(bundle, rows, explanation):
    pictures = draw_shap(explanation, rows, bundle.model.columns_, dependence=1, points=7)
    _, features = importance(explanation)
    (scatter,) = (name for name in pictures if name.startswith("shap_dependence"))
    points = max(len(one.get_offsets()) for one in pictures[scatter].axes[0].collections)
    assert points == 7 < len(rows)
    widths = {bar.get_width() for bar in pictures["shap_bar"].axes[0].patches}
    assert min(abs(width - features.iloc[0]) for width in widths) < 1e-9
    for figure in pictures.values():
        plt.close(figure)


def test_a_picture_of_an_oddly_named_feature_gets_a_plain_file_name(tmp_path):
    save_pictures({"shap_dependence_share of A/B (%)": plt.figure()}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["shap_dependence_share_of_A_B____.png"]


def test_importance_is_the_mean_size_by_family_and_by_feature(explanation):
    families, features = importance(explanation)
    sizes = np.abs(explanation.contributions).mean(axis=0)
    position = explanation.feature_names.index("recency_days")
    assert features["recency_days"] == pytest.approx(sizes[position])
    assert features.is_monotonic_decreasing
    region = explanation.feature_names.index("attribute_region")
    assert families["customer"] == pytest.approx(sizes[region])  # the only one of its family


def test_the_table_of_contributions_keeps_who_and_when(explanation, rows):
    table = contributions_table(explanation, rows)
    assert list(table.columns[:5]) == ["customer_id", "cutoff", "base", "raw", "probability"]
    assert table["customer_id"].tolist() == rows["customer_id"].tolist()
    sums = table["base"] + table[list(explanation.feature_names)].sum(axis=1)
    np.testing.assert_allclose(sums, table["raw"], atol=1e-10)
