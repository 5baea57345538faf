"""A panel made elsewhere: its columns are named, cast and checked; nothing is guessed silently."""

import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.training.config import ReadyPanel
from treue.training.ready_panel import from_frame, read_ready_panel

FRAME = pd.DataFrame(
    {
        "Id": [17, 42, 88],
        "Left": ["Yes", "No", "No"],
        "Bought again": [False, True, True],
        "Orders": [1, 2, 3],
        "VIP": [True, False, True],
        "Region": ["north", None, "south"],
        "Shop": [1, 1, 2],
        "Gender": ["f", "m", "f"],
    }
)
SETTINGS = ReadyPanel(
    path="panel.csv",
    customer_id="Id",
    churned="Left",
    positive="Yes",
    categorical=["Shop"],
    sensitive=["Gender"],
)


def test_columns_get_treues_names_and_types():
    before = FRAME.copy()
    found = from_frame(FRAME, SETTINGS)
    panel = found.panel
    assert list(panel.columns) == [
        *("customer_id", "Bought again", "Orders", "VIP", "Region", "Shop", "churned"),
    ]
    assert panel["customer_id"].tolist() == ["17", "42", "88"]
    assert panel["churned"].tolist() == [1, 0, 0]
    assert panel["Orders"].dtype == "float64"
    assert panel["VIP"].tolist() == [1.0, 0.0, 1.0]
    assert list(panel["Region"].cat.categories) == ["north", "south"]
    assert panel["Region"].isna().tolist() == [False, True, False]
    assert list(panel["Shop"].cat.categories) == ["1", "2"]
    pd.testing.assert_frame_equal(FRAME, before)


def test_sensitive_columns_stay_beside_the_panel():
    found = from_frame(FRAME, SETTINGS)
    assert "Gender" not in found.panel
    assert found.sensitive["Gender"].tolist() == ["f", "m", "f"]


def test_texts_taken_as_categories_are_reported():
    (finding,) = from_frame(FRAME, SETTINGS).report.findings
    assert (finding.level, finding.column) == ("note", "Region")
    assert finding.message == "text taken as 2 categories"


def test_only_the_named_features_are_taken():
    settings = SETTINGS.model_copy(update={"features": ["Orders"], "categorical": []})
    assert list(from_frame(FRAME, settings).panel) == ["customer_id", "Orders", "churned"]


def test_a_column_named_like_a_label_is_never_a_feature():
    found = from_frame(FRAME.assign(referred=[0, 1, 0]), SETTINGS)
    assert "referred" not in found.panel


def test_the_days_beside_a_label_are_never_a_feature():
    frame = FRAME.assign(churned_after=[3.0, None, 8.0])
    assert "churned_after" not in from_frame(frame, SETTINGS).panel
    settings = SETTINGS.model_copy(update={"features": ["churned_after"], "categorical": []})
    with pytest.raises(TreueError, match=r"panel\.features: churned_after is a key, a label"):
        from_frame(frame, settings)


def test_flags_and_numbers_are_labels_as_they_are():
    settings = ReadyPanel(path="p.csv", customer_id="Id", referred="Bought again")
    assert from_frame(FRAME, settings).panel["referred"].tolist() == [0, 1, 1]


def test_cutoffs_are_read_as_utc_without_zone():
    frame = FRAME.assign(Day=["2024-01-01", "2024-01-01T02:00:00+02:00", "2024-02-01"])
    settings = SETTINGS.model_copy(update={"cutoff": "Day"})
    assert from_frame(frame, settings).panel["cutoff"].tolist() == [
        pd.Timestamp("2024-01-01"),
        pd.Timestamp("2024-01-01"),
        pd.Timestamp("2024-02-01"),
    ]


def changed(**columns):
    return FRAME.assign(**columns)


REFUSED = {
    "a column that is not there": (
        FRAME,
        {"churned": "Leaft"},
        "panel.churned: no column 'Leaft'; did you mean Left?",
    ),
    "rows without a customer": (
        changed(Id=[17, None, 88]),
        {},
        "panel.Id: 1 rows without a customer",
    ),
    "a customer twice": (
        changed(Id=[17, 17, 88]),
        {},
        r"panel.Id: 1 rows stand twice \(customers 17\); keep one row a customer, or name",
    ),
    "a label in words": (
        FRAME,
        {"positive": None},
        r"panel.Left: 3 of 3 rows are neither 0 nor 1 \(such as 'Yes', customers 17, 42, 88\)",
    ),
    "a positive value that never occurs": (
        FRAME,
        {"positive": "yes"},
        r"panel.Left: no row holds 'yes' \(panel.positive\); there are 'Yes', 'No'",
    ),
    "a missing label": (
        changed(Left=["Yes", None, "No"]),
        {},
        "panel.Left: 1 of 3 rows are neither 0 nor 1",
    ),
    "a date as a feature": (
        changed(Since=pd.to_datetime(["2024-01-01"] * 3)),
        {},
        "panel.Since: a date cannot be a feature; turn it into days",
    ),
    "a sensitive feature": (
        FRAME,
        {"features": ["Orders", "Gender"], "categorical": []},
        "panel.features: Gender is a key, a label or sensitive",
    ),
    "cutoffs that are no dates": (
        changed(Day=["2024-01-01", "soon", "2024-01-01"]),
        {"cutoff": "Day"},
        r"panel.Day: 1 of 3 rows are no dates \(such as 'soon'\)",
    ),
    "cutoffs that are numbers": (FRAME, {"cutoff": "Orders"}, "panel.Orders: numbers are no"),
    "no rows": (FRAME.head(0), {}, "panel: no rows"),
}


@pytest.mark.parametrize(("frame", "settings", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused(frame, settings, message):
    with pytest.raises(TreueError, match=message):
        from_frame(frame, SETTINGS.model_copy(update=settings))


@pytest.mark.parametrize("name", ["panel.csv", "panel.parquet"])
def test_csv_and_parquet_are_read_from_beside_the_configuration(tmp_path, name):
    path = tmp_path / name
    FRAME.to_csv(path, index=False) if name.endswith("csv") else FRAME.to_parquet(path)
    found = read_ready_panel(SETTINGS.model_copy(update={"path": name}), base_dir=tmp_path)
    pd.testing.assert_frame_equal(found.panel, from_frame(FRAME, SETTINGS).panel)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(TreueError, match=r"panel.path: .*panel.csv is not a file"):
        read_ready_panel(SETTINGS, base_dir=tmp_path)
    (tmp_path / "panel.xlsx").write_text("")
    with pytest.raises(TreueError, match=r"panel.xlsx is neither .csv nor .parquet"):
        read_ready_panel(SETTINGS.model_copy(update={"path": "panel.xlsx"}), base_dir=tmp_path)
    (tmp_path / "panel.parquet").write_text("no parquet")
    with pytest.raises(TreueError, match=r"panel.parquet cannot be read"):
        read_ready_panel(SETTINGS.model_copy(update={"path": "panel.parquet"}), base_dir=tmp_path)
