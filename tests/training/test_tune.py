"""A search for parameters sees training rows only, and is believed by other customers alone."""

import shutil
import sys
import tomllib

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, event
from threadpoolctl import threadpool_limits

from treue.cli import main
from treue.features.errors import TreueError
from treue.models.boosting import Binned
from treue.models.threads import available
from treue.training.backtest import split
from treue.training.config import Model
from treue.training.rolling import origins_of
from treue.training.tune import tune
from treue.training.tune_rounds import Rounds
from treue.training.tune_study import RANGES, Trials

LONG = 600.0


@pytest.fixture(autouse=True, scope="module")
def unsynchronised():
    """SQLite that does not wait for the disk: the files of these tests need not outlive a crash."""

    def hasty(connection, _):
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", hasty)
    yield
    event.remove(Engine, "connect", hasty)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A file whose tables are made."""
    path = tmp_path_factory.mktemp("empty") / "treue-tune.db"
    Trials(path, "empty", model=Model())
    return path


@pytest.fixture
def told():
    return []


@pytest.fixture
def search(panel, quick, tmp_path, told, empty):
    """A search in a file of the test's own."""

    def run(*, rows=panel, config=quick, target="churn", seconds=LONG, trials=8, file="t.db"):
        if not (tmp_path / file).exists():
            shutil.copy(empty, tmp_path / file)
        return tune(
            rows,
            target,
            config=config,
            storage=tmp_path / file,
            seconds=seconds,
            trials=trials,
            progress=told.append,
        )

    return run


@pytest.fixture
def cheap(monkeypatch):
    """Losses that follow the parameters at once, in place of fits; returns what was asked for."""
    asked = []

    def losses(self, changed, one, *, after_each_tree=None):
        asked.append((dict(changed), one.name))
        if after_each_tree is not None:
            after_each_tree(None)
        model = self._config.model.model_copy(update=dict(changed))
        spread = np.random.default_rng(0).normal(0, 0.01, len(one.asked))
        return 0.5 + 0.1 * np.log(model.num_leaves / 10) ** 2 + spread

    monkeypatch.setattr(Rounds, "losses", losses)
    return asked


def numbers(result):
    """Everything but the time it took and the file it is in."""
    return result.baseline, result.best, result.gain, result.trials, result.pruned


def test_the_first_trial_is_the_configuration_as_it_is(search, cheap, panel, quick, told):
    search(trials=2)
    training, _ = split(panel, config=quick)
    origins = origins_of(training, training["churned"].to_numpy(), config=quick)
    oldest_first = [f"{origin:%Y-%m-%d}" for origin in sorted(origins)]
    assert [one for one in cheap if not one[0]] == [({}, name) for name in oldest_first]
    assert list(cheap[len(origins)][0]) == list(RANGES)
    assert told[0].startswith("trial 1: log loss 0.58")
    assert told[0].endswith("the configuration as it is")


def test_a_configuration_outside_the_ranges_is_measured_as_it_is(search, cheap, quick):
    model = quick.model.model_copy(update={"num_leaves": 200, "lambda_l2": 0.0})
    result = search(config=quick.model_copy(update={"model": model}), trials=1)
    expected = 0.5 + 0.1 * np.log(20) ** 2
    np.testing.assert_allclose(result.baseline.searched, expected, atol=0.01)
    assert (result.best, result.recommended, result.snippet()) == (None, False, "")
    assert "give the search more time" in result.to_text()


def test_where_nothing_is_better_the_configuration_is_kept(search, monkeypatch):
    monkeypatch.setattr(Rounds, "losses", lambda self, changed, one, **_: np.ones(len(one.asked)))
    assert "as it is: keep it." in search(trials=2).to_text()


def test_an_interrupted_search_goes_on_as_if_it_had_not_been(search, cheap, told):
    at_once = search(trials=8, file="a.db")
    search(trials=5, file="b.db")
    in_two = search(trials=3, file="b.db")
    assert in_two.earlier == 5
    assert any("going on after 5 trials" in line for line in told)
    assert numbers(in_two) == numbers(at_once)


def test_trials_ended_early_are_counted_and_cost_less(search, cheap):
    result = search(trials=20)
    cutoffs = len(result.parts)
    assert 0 < result.pruned < 20 == result.trials
    assert len(cheap) < 20 * cutoffs
    assert f"20 trials, {result.pruned} ended early" in result.to_text()


def test_the_time_limit_ends_a_search_but_never_its_first_trial(search, cheap):
    result = search(seconds=0.0, trials=None)
    assert (result.trials, result.stopped) == (1, "time")


def test_time_that_runs_out_within_a_trial_leaves_nothing_of_it(search, cheap, monkeypatch):
    search(trials=3)
    begun = len(cheap)
    clock = iter([0.0, *[1.0] * 3, *[99.0] * 10])
    monkeypatch.setattr("treue.training.tune.time.monotonic", lambda: next(clock))
    result = search(seconds=50.0, trials=None)
    assert (result.trials, result.stopped) == (3, "time")
    assert len(cheap) > begun


def test_ctrl_c_keeps_finished_trials(search, cheap, monkeypatch):
    without = search(trials=5, file="a.db")
    quiet, count = Rounds.losses, iter(range(1000))

    def interrupted(self, *arguments, **options):
        if next(count) == 3 * 3 + 1:
            raise KeyboardInterrupt
        return quiet(self, *arguments, **options)

    monkeypatch.setattr(Rounds, "losses", interrupted)
    stopped = search(trials=5, file="b.db")
    assert (stopped.trials, stopped.stopped) == (3, "interrupted")
    assert numbers(search(trials=2, file="b.db")) == numbers(without)


def test_ctrl_c_in_the_first_trial_leaves_it_to_the_next_call(search, cheap, monkeypatch):
    def interrupted(self, *arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(Rounds, "losses", interrupted)
        with pytest.raises(KeyboardInterrupt):
            search(trials=2)
    result = search(trials=1)
    assert (result.trials, result.earlier, result.baseline.parameters) == (1, 0, {})


def test_other_data_target_or_configuration_begin_anew(search, cheap, panel, quick):
    first = search(trials=1)
    turned = panel.assign(purchase_days=panel["purchase_days"] + 1)
    model = quick.model.model_copy(update={"num_leaves": 5})
    others = [
        search(trials=1, rows=turned),
        search(trials=1, target="referral"),
        search(trials=1, config=quick.model_copy(update={"model": model})),
    ]
    assert [one.earlier for one in others] == [0, 0, 0]
    assert len({one.study for one in (first, *others)}) == 4
    threads = quick.model.model_copy(update={"num_threads": 2})
    again = search(trials=1, config=quick.model_copy(update={"model": threads}))
    assert (again.study, again.earlier) == (first.study, 1)


def test_held_out_rows_change_nothing(search, panel, quick):
    _, held_out = split(panel, config=quick)
    poisoned = panel.copy()
    poisoned.loc[held_out.index, "churned"] = 1 - held_out["churned"]
    poisoned.loc[held_out.index, ["recency_days", "purchase_days"]] = 1e9
    found, again = search(trials=2, file="a.db"), search(trials=2, file="b.db", rows=poisoned)
    assert found.study == again.study
    assert numbers(found) == numbers(again)


def test_the_data_are_binned_once_for_all_trials(search, monkeypatch):
    binned, made = [], lgb.Dataset.__init__

    def counted(self, data, *arguments, **options):
        if data is not None:
            binned.append(data)
        made(self, data, *arguments, **options)

    monkeypatch.setattr(lgb.Dataset, "__init__", counted)
    result = search(trials=3)
    assert (len(binned), result.trials) == (1, 3)


def test_binning_keeps_to_the_threads_of_the_configuration(panel, quick, monkeypatch):
    class SeenError(Exception):
        pass

    def seen(*_):
        raise SeenError(available())

    monkeypatch.setattr(Binned, "of", seen)
    model = quick.model.model_copy(update={"num_threads": 1})
    config = quick.model_copy(update={"model": model})
    with threadpool_limits(3, user_api="openmp"), pytest.raises(SeenError, match=r"^1$"):
        Rounds(panel, "churn", config=config)


def test_a_gain_is_judged_by_customers_that_did_not_search(panel, quick, search, monkeypatch):
    """What is lower only for those who searched is found, and not recommended."""

    def losses(self, changed, one, *, after_each_tree=None):
        gain = np.where(self.searching[one.asked], 0.1, 0.0) if changed else 0.0
        return np.full(len(one.asked), 0.5) - gain

    monkeypatch.setattr(Rounds, "losses", losses)
    result = search(trials=2)
    assert np.mean(result.best.searched) < np.mean(result.baseline.searched)
    assert not result.recommended
    assert "keep the configuration as it is" in result.to_text()
    customers = Rounds(split(panel, config=quick)[0], "churn", config=quick)
    halves = pd.Series(customers.searching).groupby(customers.customers).nunique()
    assert (halves == 1).all()


def test_what_is_better_is_recommended_as_lines_for_the_configuration(search, cheap):
    result = search(trials=6)
    assert result.recommended
    assert result.snippet() in result.to_text()
    lines = tomllib.loads(result.snippet())["model"]
    assert lines == dict(result.best.parameters)
    assert Model(**lines).num_leaves == result.best.parameters["num_leaves"]


def test_without_later_cutoffs_groups_of_customers_are_asked(search, panel_without_cutoffs):
    result = search(rows=panel_without_cutoffs, trials=2)
    assert not result.time_forward
    assert result.parts == tuple(f"customers {number} of 3" for number in (1, 2, 3))


def test_a_file_that_is_no_study_is_named(tmp_path):
    path = tmp_path / "treue-tune.db"
    path.write_text("not a database, but long enough to be read as one" * 20)
    with pytest.raises(TreueError, match=r"treue-tune\.db: no file for the trials .* --study"):
        Trials(path, "churn", model=Model())


@pytest.fixture
def project(tmp_path, panel_without_cutoffs):
    rows = panel_without_cutoffs.drop(columns="referred")
    rows.to_csv(tmp_path / "panel.csv", index=False)
    config = tmp_path / "treue.toml"
    config.write_text(
        '[panel]\npath = "panel.csv"\nchurned = "churned"\n'
        "[model]\nn_folds = 2\nnum_leaves = 4\nn_estimators = 10\nnum_threads = 1\n"
    )
    return config


def test_the_command_prints_what_was_measured_and_changes_no_file(project):
    before = project.read_text()
    found = CliRunner().invoke(main, ["tune", "-c", str(project), "--trials", "2"])
    assert found.exit_code == 0, found.output
    assert "churn: 2 trials, 0 ended early" in found.stdout
    assert "* of the customers that had no part in the choice" in found.stdout
    assert str(project.parent / "treue-tune.db") in found.stdout
    assert "trial 1: log loss" in found.stderr
    assert project.read_text() == before


def test_without_optuna_it_is_said_how_to_install_it(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    found = CliRunner().invoke(main, ["tune", "-c", str(project)])
    assert found.exit_code == 1
    assert 'needs the package optuna; install it with pip install "treue[tune]"' in found.stderr
