import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.models.booster_text import booster_text, check_booster_text, read_booster
from treue.models.bundle import Bundle
from treue.models.certainty import Certainty
from treue.models.classifier import LoyaltyClassifier
from treue.models.curve import Curve, Point
from treue.models.errors import BundleError, ModelError
from treue.models.explain import explain
from treue.models.familiar import Familiar
from treue.models.known_columns import Known
from treue.models.linear_terms import CategoryTerm, NumberTerm

FILES = {
    "bundle.json",
    "booster_0.txt",
    "booster_1.txt",
    "calibration.json",
    "columns.json",
    "config.toml",
    "metrics.json",
    "model_card.md",
}


def panel():
    rng = np.random.default_rng(0)
    n = 400
    X = pd.DataFrame(
        {
            "Tage seit Auftrag": rng.exponential(60, n),
            "orders[90], mean": np.where(rng.random(n) < 0.2, np.nan, rng.poisson(2, n)),
            "Größe": pd.Categorical(rng.choice(["klein", "groß", "mittel", "ohne Angabe"], n)),
        }
    )
    y = (X["Tage seit Auftrag"] > 50) ^ (X["Größe"] == "groß") ^ (rng.random(n) < 0.2)
    return X, y.astype(int)


@pytest.fixture(scope="module")
def bundle():
    model = LoyaltyClassifier(
        n_folds=2, n_estimators=15, min_child_samples=10, feature_fraction=1.0, num_threads=1
    ).fit(*panel())
    return Bundle(
        target="churn",
        model=model,
        config_toml='language = "de"\n',
        metrics={"auroc": np.float64(0.75), "lift": (1.5, float("nan"))},
        card="# Abwanderung\n",
        families={"Tage seit Auftrag": "purchases"},
        provenance={"lightgbm": "4.7.0"},
    )


@pytest.fixture(scope="module", name="saved")
def saved_once(bundle, tmp_path_factory):
    return bundle.save(tmp_path_factory.mktemp("bundles") / "churn")


@pytest.fixture
def folder(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / "churn"))


def test_a_bundle_is_a_folder_of_text_files(saved):
    assert {path.name for path in saved.iterdir()} == FILES
    for path in saved.iterdir():
        path.read_text(encoding="utf-8")


def test_a_loaded_model_scores_and_explains_the_same_to_the_bit(bundle, saved):
    X, _ = panel()
    loaded = Bundle.load(saved)
    np.testing.assert_array_equal(
        loaded.model.decision_function(X), bundle.model.decision_function(X)
    )
    np.testing.assert_array_equal(loaded.model.predict(X), bundle.model.predict(X))
    before, after = explain(bundle.model, X), explain(loaded.model, X)
    assert before.base == after.base
    np.testing.assert_array_equal(before.contributions, after.contributions)
    np.testing.assert_array_equal(before.points, after.points)


def test_what_belongs_to_the_model_comes_back_with_it(bundle, saved):
    loaded = Bundle.load(saved)
    assert loaded.target == "churn"
    assert loaded.config_toml == 'language = "de"\n'
    assert loaded.metrics == {"auroc": 0.75, "lift": [1.5, None]}
    assert loaded.card == "# Abwanderung\n"
    assert loaded.families == {
        "Tage seit Auftrag": "purchases",
        "orders[90], mean": "other",
        "Größe": "other",
    }
    assert loaded.provenance == {"lightgbm": "4.7.0"}
    assert loaded.model.get_params() == bundle.model.get_params()
    assert loaded.model.columns_ == bundle.model.columns_


def test_the_fingerprint_survives_loading_and_changes_with_any_part(bundle, saved):
    assert Bundle.load(saved).fingerprint == bundle.fingerprint
    manifest = (saved / "bundle.json").read_bytes()
    assert bundle.fingerprint == hashlib.sha256(manifest).hexdigest()
    other = Bundle(target="churn", model=bundle.model, card="# Churn\n")
    assert other.fingerprint != bundle.fingerprint


CURVE = Curve(
    event="has_left",
    anchor_days=180,
    typical={"contract_days_to_end": 1.0 / 3.0},
    points=[Point(days=30, rows=100, intercept=-1.5, weights={"log_odds": 0.7})],
)


def with_curve(bundle):
    return Bundle(target="churn", model=bundle.model, curve=CURVE)


def test_a_part_that_may_be_missing_comes_back_where_it_is_there(bundle, saved, tmp_path):
    assert Bundle.load(saved).curve is None
    folder = with_curve(bundle).save(tmp_path / "with")
    assert {path.name for path in folder.iterdir()} == FILES | {"curve.json"}
    loaded = Bundle.load(folder)
    assert loaded.curve == CURVE
    assert loaded.fingerprint == with_curve(bundle).fingerprint
    bundle.save(folder)
    assert {path.name for path in folder.iterdir()} == FILES


def test_a_part_that_is_listed_must_be_there_and_be_what_its_name_says(bundle, tmp_path):
    folder = with_curve(bundle).save(tmp_path / "with")
    forge("curve.json", "180", "0")(folder)
    with pytest.raises(
        BundleError, match=r"curve\.json: anchor_days: .*greater than or equal to 1"
    ):
        Bundle.load(folder)
    (folder / "curve.json").unlink()
    with pytest.raises(BundleError, match=r"curve\.json: missing"):
        Bundle.load(folder)


def test_certainty_comes_back_and_belongs_to_the_columns(bundle, tmp_path):
    columns = bundle.model.columns_
    known = [
        Known(name=name, low=0.0, high=1.0, unit=1.0, values=[], ranks=[], missing=0.1)
        for name in columns.names
    ]
    familiar = Familiar(columns=known, center=[], directions=[], most_excess=0.0, most_distance=1.0)
    certainty = Certainty(
        level=0.9,
        group_size=100,
        cutoffs=3,
        drift=0.2,
        degrees=4.5,
        spread=1.0 / 3.0,
        thin_missing=0.5,
        thin_factor=1.0,
        customers=50,
        scores=[-1.0, 1.0],
        familiar=familiar,
    )
    folder = Bundle(target="churn", model=bundle.model, certainty=certainty).save(tmp_path / "sure")
    assert Bundle.load(folder).certainty == certainty
    forge("certainty.json", columns.names[0], "another")(folder)
    with pytest.raises(BundleError, match=r"certainty\.json: its columns are not those"):
        Bundle.load(folder)


def test_a_part_that_is_not_listed_does_not_belong_to_the_bundle(folder):
    (folder / "curve.json").write_text("{}")
    with pytest.raises(BundleError, match=r"curve\.json: does not belong"):
        Bundle.load(folder)


def test_text_labels_and_a_model_without_column_names_come_back(tmp_path):
    X = np.random.default_rng(0).normal(size=(80, 2))
    y = np.where(X[:, 0] > 0, "leaves", "stays")
    model = LoyaltyClassifier(n_folds=2, n_estimators=5, min_child_samples=5).fit(X, y)
    loaded = Bundle.load(Bundle(target="churn", model=model).save(tmp_path / "b")).model
    assert loaded.classes_.tolist() == ["leaves", "stays"]
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_the_text_does_not_depend_on_the_number_of_threads():
    texts = [
        [
            booster_text(booster)
            for booster in LoyaltyClassifier(
                n_folds=2, n_estimators=3, min_child_samples=10, num_threads=threads
            )
            .fit(*panel())
            .boosters_
        ]
        for threads in (1, 2)
    ]
    assert texts[0] == texts[1]


def test_saving_replaces_a_bundle_and_leaves_nothing_beside_it(bundle, folder):
    Bundle(target="referral", model=bundle.model).save(folder)
    assert Bundle.load(folder).target == "referral"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("content", ["notes.txt", "bundle.json"])
def test_saving_does_not_touch_a_folder_that_is_no_bundle(bundle, tmp_path, content):
    (tmp_path / content).write_text("{}")
    with pytest.raises(BundleError, match="exists and is not a bundle; nothing was written"):
        bundle.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [content]


def test_a_failed_save_leaves_the_old_bundle_and_nothing_beside_it(bundle, folder, monkeypatch):
    def fail(self, content):
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="no space left"):
        Bundle(target="referral", model=bundle.model).save(folder)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert Bundle.load(folder).target == "churn"


def test_a_value_that_json_does_not_know_is_refused_at_saving(bundle, tmp_path):
    broken = Bundle(target="churn", model=bundle.model, metrics={"auroc": object()})
    with pytest.raises(BundleError, match="a value of type object cannot be written as JSON"):
        broken.save(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def cut(name):
    def change(folder):
        path = folder / name
        path.write_bytes(path.read_bytes()[:-10])

    return change


def replace(name, old, new):
    """Change a file's text but not its hash."""

    def change(folder):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def forge(name, old, new):
    """Change a file's text and set its hash and size right."""

    def change(folder):
        replace(name, old, new)(folder)
        content = (folder / name).read_bytes()
        manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        manifest["files"][name] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
        (folder / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")

    return change


def in_manifest(**entries):
    def change(folder):
        path = folder / "bundle.json"
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | entries))

    return change


def listing(name):
    def change(folder):
        manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        manifest["files"][name] = manifest["files"]["config.toml"]
        (folder / "bundle.json").write_text(json.dumps(manifest))

    return change


def link(name):
    def change(folder):
        (folder / name).rename(folder.parent / name)
        (folder / name).symlink_to(folder.parent / name)

    return change


BROKEN = {
    "no folder": (shutil.rmtree, "churn is not a folder; a bundle is a folder with a bundle.json"),
    "no manifest": (lambda f: (f / "bundle.json").unlink(), "is not a bundle: it has no bundle"),
    "manifest cut": (cut("bundle.json"), "bundle.json: not JSON"),
    "manifest of something else": (
        lambda f: (f / "bundle.json").write_text('{"flavors": {}}'),
        'bundle.json: not the manifest of a bundle \\("format" is not "treue-bundle"\\)',
    ),
    "manifest too deep": (
        lambda f: (f / "bundle.json").write_text("[" * 200_000),
        "bundle.json: not JSON",
    ),
    "newer version": (in_manifest(version=2), "bundle version 2, this Treue reads up to 1; upda"),
    "unknown manifest key": (in_manifest(loader="x"), "bundle.json: loader: Extra inputs are not"),
    "unknown parameter": (
        in_manifest(parameters={"objective": 1}),
        "bundle.json: parameters: Invalid parameter 'objective'",
    ),
    "text as parameter": (
        in_manifest(parameters={"num_threads": "1 linear_tree=1"}),
        "bundle.json: parameters.num_threads",
    ),
    "path traversal": (listing("../config.toml"), "lists '../config.toml', which does not belong"),
    "absolute path": (listing("/etc/hosts"), "lists '/etc/hosts', which does not belong"),
    "pickle listed": (listing("model.pkl"), "lists 'model.pkl', which does not belong"),
    "gap in boosters": (listing("booster_7.txt"), "lists 'booster_7.txt', which does not belong"),
    "file missing": (lambda f: (f / "config.toml").unlink(), "config.toml: missing in"),
    "booster missing": (lambda f: (f / "booster_1.txt").unlink(), "booster_1.txt: missing in"),
    "foreign file": (
        lambda f: (f / "model.pkl").write_bytes(b"\x80"),
        "model.pkl: does not belong to the bundle",
    ),
    "file is a link": (link("model_card.md"), "model_card.md: not a plain file"),
    "booster cut": (cut("booster_0.txt"), "booster_0.txt: cut: "),
    "card longer": (
        lambda f: (f / "model_card.md").write_text("# Abwanderung, schöner\n"),
        "model_card.md: changed: ",
    ),
    "one digit changed": (
        replace("booster_0.txt", "shrinkage=0.05", "shrinkage=0.06"),
        "booster_0.txt: changed since it was saved \\(SHA-256 differs\\)",
    ),
    "calibration not a number": (
        forge("calibration.json", '"intercept": ', '"intercept": NaN, "was": '),
        "calibration.json: not JSON \\(NaN is not a number\\)",
    ),
    "calibration beyond floats": (
        forge("calibration.json", '"slope": ', '"slope": 1e999, "was": '),
        "calibration.json: slope: Input should be a finite number",
    ),
    "calibration upside down": (
        forge("calibration.json", '"slope": ', '"slope": -'),
        "calibration.json: slope: Input should be greater than 0",
    ),
    "one class twice": (
        forge("calibration.json", "    0,\n", "    1,\n"),
        "calibration.json: the two classes are the same",
    ),
    "column renamed to another": (
        forge("columns.json", "orders[90], mean", "Größe"),
        "columns.json: a column stands twice",
    ),
    "unknown kind": (
        forge("columns.json", '"numeric"', '"tensor"'),
        "columns.json: columns.0.kind: Input should be 'numeric' or 'categorical'",
    ),
    "metrics not an object": (
        forge("metrics.json", "{", "[{"),
        "metrics.json: not JSON",
    ),
    "booster of other columns": (
        forge("booster_1.txt", "max_feature_idx=2", "max_feature_idx=3"),
        "booster_1.txt: it reads 4 columns, columns.json lists 3",
    ),
    "booster beyond its columns": (
        forge("booster_1.txt", "split_feature=0", "split_feature=7"),
        "booster_1.txt: tree 0: split_feature 7 lies outside 0 … 2",
    ),
}


@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_bundle_is_refused_with_the_file_named(folder, change, message):
    change(folder)
    with pytest.raises(BundleError, match=message):
        Bundle.load(folder)


TREE = """\
tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=Column_0 Column_1
feature_infos=-1:11:6:0 [-3.9:3.07]
tree_sizes={size}

{block}end of trees
"""
BLOCK = """\
Tree=0
num_leaves=3
num_cat=1
split_feature=0 1
split_gain=63.084 2.32334
threshold=0 1.5
decision_type=1 2
left_child=1 -1
right_child=-2 -3
leaf_value=0.25 0.5 1
leaf_weight=27 21 1
leaf_count=109 86 5
internal_value=0.120144 0.157206
internal_weight=49 28
internal_count=200 114
cat_boundaries=0 1
cat_threshold=5
is_linear=0
shrinkage=1


"""


def tree(old="", new=""):
    assert old in BLOCK
    block = BLOCK.replace(old, new, 1)
    return TREE.format(size=len(block), block=block)


def test_the_hand_written_tree_scores_as_worked_by_hand():
    booster = read_booster(tree(), n_columns=2)
    X = [[0, 1], [2, 9], [1, 0], [3, 0], [np.nan, 0]]  # categories 0 and 2 go left
    np.testing.assert_array_equal(booster.predict(X, raw_score=True), [0.25, 1, 0.5, 0.5, 0.5])


def test_a_split_of_all_known_numbers_from_missing_ones_is_read_as_lightgbm_writes_it():
    block = BLOCK.replace("threshold=0 1.5", "threshold=0 inf").replace("type=1 2", "type=1 8")
    text = TREE.format(size=len(block), block=block)
    booster = read_booster(text, n_columns=2)
    X = [[0, 1], [0, 1e300], [0, np.nan], [1, 0]]
    np.testing.assert_array_equal(booster.predict(X, raw_score=True), [0.25, 0.25, 1, 0.5])
    assert booster_text(booster).split("\n\n")[1] == text.split("\n\n")[1]


MALFORMED = {
    "not ascii": (tree() + "é", "it holds characters that LightGBM does not write"),
    "cut": (tree()[:-5], 'it does not run from "tree" to "end of trees"'),
    "other objective": (tree().replace("binary s", "poisson s"), "objective is 'poisson sigmoid:1"),
    "other version": (tree().replace("v4", "v9"), "version is 'v9', not 'v4'"),
    "averaged": (tree().replace("label_index=0", "average_output"), "unexpected line 'average_"),
    "two signs": (tree().replace("[-3.9:", "[-3=9:"), "unexpected line 'feature_infos"),
    "names": (tree().replace("Column_0 ", ""), "feature_names does not list 2 columns"),
    "size": (tree().replace("tree_sizes=", "tree_sizes=1"), "tree_sizes does not fit the trees"),
    "no trees": (TREE.format(size="", block=""), "the header: tree_sizes is missing"),
    "two sizes": (
        TREE.format(size=f"5 {len(BLOCK) - 5}", block=BLOCK),
        "tree 0 does not begin where|tree 0: unexpected line|tree 0: num_leaves|tree 1 does not",
    ),
    "key twice": (tree("num_cat=1", "num_cat=1\nnum_cat=1"), "tree 0: unexpected line 'num_cat=1'"),
    "key missing": (tree("leaf_value=0.25 0.5 1\n"), "leaf_value is missing or not a list of fin"),
    "too short": (tree("leaf_value=0.25 0.5 1", "leaf_value=0.25 0.5"), "leaf_value has 2 numbers"),
    "not finite": (tree("=0.25 ", "=nan "), "leaf_value is missing or not a list of finite numb"),
    "overflow": (tree("=0.25 ", "=1e+999 "), "leaf_value is not finite"),
    "endless": (tree("=0.25 ", "=inf "), "leaf_value is missing or not a list of finite numb"),
    "endless set": (tree("threshold=0 1.5", "threshold=inf 1.5"), "threshold inf lies outside"),
    "text": (tree("threshold=0 1.5", "threshold=0 x"), "threshold is missing or not a list"),
    "leaves": (tree("num_leaves=3", "num_leaves=30000"), "num_leaves is 30000"),
    "leaves wrong": (tree("num_leaves=3", "num_leaves=4"), "leaf_value has 3 numbers, not 4"),
    "linear": (tree("is_linear=0", "is_linear=1"), "is_linear is '1', not '0'"),
    "feature": (tree("feature=0 1", "feature=0 2"), "split_feature 2 lies outside 0 … 1"),
    "negative feature": (tree("feature=0 1", "feature=0 -1"), "split_feature -1 lies outside"),
    "child loop": (tree("left_child=1", "left_child=0"), "right_child do not make a tree"),
    "child outside": (tree("left_child=1", "left_child=9"), "right_child do not make a tree"),
    "leaf twice": (tree("right_child=-2", "right_child=-3"), "right_child do not make a tree"),
    "decision": (tree("type=1 2", "type=1 99"), "decision_type 99 lies outside 0 … 11"),
    "count": (tree("internal_count=200", "internal_count=0"), "internal_count 0 lies outside"),
    "no set": (tree("num_cat=1", "num_cat=0"), "num_cat 0 lies outside"),
    "set": (tree("threshold=0 1.5", "threshold=4 1.5"), "threshold 4.0 lies outside 0 … 0"),
    "bounds": (tree("boundaries=0 1", "boundaries=0 900"), "cat_boundaries does not fit cat_thre"),
    "words": (tree("cat_threshold=5", "cat_threshold=-5"), "cat_threshold -5 lies outside"),
}


@pytest.mark.parametrize(("text", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_booster_is_refused_before_lightgbm_reads_it(text, message):
    with pytest.raises(ModelError, match=message):
        check_booster_text(text, n_columns=2)


@settings(max_examples=300, deadline=None)
@given(
    position=st.integers(0, len(BLOCK) - 2),
    put=st.text(st.sampled_from("0123456789-=. \nTe"), max_size=4),
    length=st.integers(0, 4),
)
def test_a_damaged_tree_is_refused_or_still_scores_finite_numbers(position, put, length):
    block = BLOCK[:position] + put + BLOCK[position + length :]
    try:
        booster = read_booster(TREE.format(size=len(block), block=block), n_columns=2)
    except ModelError:
        return
    assert np.isfinite(booster.predict([[0, 1], [np.nan, 9]], raw_score=True)).all()
    booster.predict([[0, 1], [np.nan, 9]], pred_contrib=True)


def test_the_text_of_a_loaded_booster_is_the_text_it_was_loaded_from(bundle):
    text = booster_text(bundle.model.boosters_[0])
    assert booster_text(read_booster(text, n_columns=3)) == text
    assert text.endswith("end of trees\n")


def test_a_split_into_known_and_missing_values_can_be_saved(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    known = rng.random(400) < 0.5
    X = pd.DataFrame({"gap": np.where(known, rng.integers(0, 2, 400), np.nan)})
    y = (rng.random(400) < np.where(known, 0.1, 0.9)).astype(int)
    model = LoyaltyClassifier(n_folds=2, n_estimators=5, min_child_samples=20, num_threads=1)
    model.fit(X, y)
    assert "inf" in "".join(booster.model_to_string() for booster in model.boosters_)
    bundle = Bundle(
        target="churn",
        model=model,
        config_toml="",
        metrics={},
        card="",
        families={"gap": "purchases"},
        provenance={},
    )
    bundle.save(tmp_path / "bundle")
    again = Bundle.load(tmp_path / "bundle")
    np.testing.assert_array_equal(again.model.predict_proba(X), model.predict_proba(X))


def test_what_a_part_has_derived_and_kept_is_neither_compared_nor_copied():
    fresh, used = (NumberTerm(position=0, knots=[0.0, 1.0], scores=[0.0, 2.0]) for _ in range(2))
    assert used.score(np.array([0.5])).tolist() == [1.0]
    assert used == fresh
    other = used.model_copy(update={"scores": [0.0, 4.0]})
    assert other != used
    assert other.score(np.array([0.5])).tolist() == [2.0]
    assert fresh != CategoryTerm(position=0, levels=[1], shares=[0.5], weights=[0.0])
