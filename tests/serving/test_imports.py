"""What the program loads before it needs it: nothing heavy."""

import subprocess
import sys

import pytest

from treue import serving
from treue.serving import batch, predict

OF_TABLES = {"duckdb", "narwhals", "treue.features.catalogue"}
"""What only raw events need: a ready panel is scored without them."""
HEAVY = {
    *("shap", "matplotlib", "sklearn", "numba", "mlflow", "lightgbm"),
    *("scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats"),
    *OF_TABLES,
}


def loaded_by(code: str) -> set[str]:
    """Heavy modules that a process of its own has after running some code."""
    ask = f"{code}\nimport sys; print('loaded:', *(name for name, it in sys.modules.items() if it))"
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=300
    )
    return HEAVY & set(done.stdout.rpartition("loaded:")[2].split())


@pytest.mark.parametrize(
    "code",
    [
        "import treue.serving",
        "import treue.serving.predict",
        "import treue.models.bundle",
        "from treue.cli import main\nmain(['--help'], standalone_mode=False)",
        "from treue.cli import main\nmain(['explain', '--help'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded_before_a_model_is(code):
    assert loaded_by(code) == set()


def test_what_scores_many_loads_what_tables_need_and_no_more():
    assert loaded_by("import treue.serving.batch") == OF_TABLES


def test_one_customer_is_scored_and_explained_with_lightgbm_alone(predictors, panel, tmp_path):
    predictors["churn"].bundle.save(tmp_path / "churn")
    panel.head(20).to_parquet(tmp_path / "panel.parquet")
    found = loaded_by(
        "import sys; sys.modules['sklearn'] = None  # LightGBM does without\n"
        "import pandas as pd\n"
        "from treue.serving.predict import Predictor\n"
        f"predictor = Predictor.load({str(tmp_path / 'churn')!r})\n"
        f"panel = pd.read_parquet({str(tmp_path / 'panel.parquet')!r})\n"
        "predictor.predict_panel(panel)\n"
        "predictor.explain(panel['customer_id'].iloc[0]).reasons('en')\n"
    )
    by_lightgbm = {"narwhals", "scipy.sparse"}
    by_reasons = {"treue.features.catalogue"}
    assert found == {"lightgbm", "scipy.special", *by_lightgbm, *by_reasons}


def test_the_names_of_the_package_are_those_of_its_modules():
    assert serving.Predictor is predict.Predictor
    assert serving.score is batch.score
    assert all(getattr(serving, name).__name__ == name for name in serving.__all__)
    with pytest.raises(AttributeError, match=r"'treue\.serving' has no attribute 'Predict'"):
        _ = serving.Predict
