"""The command line: messages, exit codes, and the whole way from demo to explanation."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from treue.cli import main
from treue.commands.shared import typed
from treue.features.errors import TreueError

PROJECT = Path(__file__).parents[1]
COMMANDS = ["demo", "check", "train", "backtest", "score", "explain", "serve"]
COMMANDS += ["outcomes", "tokens", "store", "models", "tune"]
GROUPS = {
    "tokens": ["add", "list", "revoke"],
    "store": ["list", "remove", "forget", "prune"],
    "models": ["list", "promote", "roll-back"],
}


def run(*arguments):
    """Invoke a command in this process, whatever store the environment names."""
    runner = CliRunner(env={"MLFLOW_TRACKING_URI": None})
    return runner.invoke(main, [str(each) for each in arguments])


def shell(*arguments, **options):
    """Run the command as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "treue", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


@pytest.fixture
def failing(monkeypatch):
    """A command that raises what it is told to."""

    def command_that_raises(error):
        @click.command("fail")
        def fail():
            raise error

        monkeypatch.setitem(main.commands, "fail", fail)

    return command_that_raises


def test_help_costs_less_than_three_tenths_of_a_second():
    """Processor time, since other tests may run beside this one; help waits for nothing."""
    seconds = []
    for _ in range(3):
        before = os.times()
        assert shell("--help").returncode == 0
        after = os.times()
        seconds.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
    assert min(seconds) < 0.3


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom treue.cli import main\nmain(['--help'], standalone_mode=False)\n"
        "print([name for name in ('pandas', 'numpy', 'pyarrow', 'duckdb', 'lightgbm', 'mlflow',"
        " 'pydantic', 'babel') if name in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.stderr.strip() == "[]"


def test_the_commands_are_listed_in_the_order_of_the_work():
    assert list(main.commands) == COMMANDS


@pytest.mark.parametrize(
    "path",
    [[name] for name in COMMANDS if name not in GROUPS]
    + [[group, name] for group, names in GROUPS.items() for name in names],
    ids=" ".join,
)
def test_every_command_shows_an_example(path):
    found = run(*path, "--help")
    assert found.exit_code == 0
    assert f"  treue {' '.join(path)}" in found.output.split("Example")[1]


def test_the_version_is_the_package_s():
    from importlib.metadata import version

    assert run("--version").output == f"treue {version('treue')}\n"


def test_a_mistake_is_one_message_without_traceback(failing):
    failing(TreueError("purchases.amount: 3 rows are no numbers; correct them"))
    found = run("fail")
    assert found.exit_code == 1
    assert found.stderr == "Error: purchases.amount: 3 rows are no numbers; correct them\n"


def test_a_mistake_of_the_models_is_treated_alike(failing):
    from treue.models.errors import BundleError

    failing(BundleError("bundle.json: not JSON"))
    assert run("fail").exit_code == 1


def test_the_traceback_is_shown_when_asked_for(failing):
    failing(TreueError("wrong"))
    found = run("--traceback", "fail")
    assert isinstance(found.exception, TreueError)


def test_an_unexpected_error_is_short_and_says_how_to_see_more(failing):
    failing(ZeroDivisionError("division by zero"))
    found = run("fail")
    assert found.exit_code == 70
    assert found.stderr == (
        "Unexpected: ZeroDivisionError: division by zero\n"
        "This should not happen. Repeat the command with --traceback to see where.\n"
    )


def test_control_c_ends_cleanly(failing):
    failing(KeyboardInterrupt())
    found = run("fail")
    assert found.exit_code == 130
    assert "Interrupted" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_missing_configuration_is_told_with_where_to_find_one(tmp_path):
    found = run("check", "-c", tmp_path / "treue.toml")
    assert found.exit_code == 1
    assert "treue.toml: no such file; treue demo writes an example" in found.stderr


def test_options_common_to_all_stand_before_or_after_the_command(tmp_path):
    for arguments in (["--traceback", "check"], ["check", "--traceback"]):
        found = run(*arguments, "-c", tmp_path / "treue.toml")
        assert isinstance(found.exception, TreueError)


def test_the_page_on_the_command_line_is_up_to_date():
    from treue.reference import cli_reference

    written = (PROJECT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == cli_reference(), "run python -m treue.reference docs/cli.md"


def test_ctrl_c_in_a_terminal_ends_with_130(tmp_path):
    code = (
        "import os, signal, treue.cli as cli, treue.commands.demo as demo\n"
        "demo.simulated_company = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)\n"
        "cli.main(['demo', '--folder', 'x'])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert (found.returncode, found.stdout) == (130, "")
    assert "Traceback" not in found.stderr


SMALL = """
[cutoffs]
every_months = 6

[features]
leave_out = ["negotiations", "payments", "contacts", "contracts"]

[model]
n_folds = 2
n_estimators = 20
min_child_samples = 20
num_threads = 1

[evaluation]
bootstrap = 20
backtest_cutoffs = 1
smallest_class = 3

[tracking]
picture_rows = 20
dependence_features = 0
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo on a small company, in a process of its own; it leaves a folder to go on in."""
    folder = tmp_path_factory.mktemp("demo") / "company"
    code = (
        "import sys\nfrom treue.cli import main\nfrom treue.commands import demo\n"
        "demo.CONFIGURATION = demo.CONFIGURATION.partition('[cutoffs]')[0] + sys.argv.pop()\n"
        "main(prog_name='treue')"
    )
    arguments = ["demo", "--folder", str(folder), "--customers", "250", "--language", "de"]
    environment = {key: one for key, one in os.environ.items() if not key.startswith("MLFLOW")}
    found = subprocess.run(
        [sys.executable, "-c", code, *arguments, SMALL],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )
    assert found.returncode == 0, found.stderr
    found.folder = folder
    return found


@pytest.fixture
def config(demo):
    return demo.folder / "treue.toml"


SCORES = "scores-2025-01-01.parquet"


def test_the_demo_leaves_tables_models_and_scores(demo):
    names = {path.name for path in demo.folder.iterdir()}
    assert names == {"data", "treue.toml", "mlflow.db", "mlartifacts", "treue.db", SCORES}
    assert len(list((demo.folder / "data").iterdir())) == 8


def test_the_demo_lists_ten_customers_by_margin_at_risk_with_reasons(demo):
    listed = demo.stdout.split("Diese 10 zuerst anrufen")[1].split("Open next")[0]
    customers = [line for line in listed.splitlines() if line[:3].strip().rstrip(".").isdigit()]
    assert [line[:3] for line in customers] == [f"{place:>2}." for place in range(1, 11)]
    at_risk = [line.rsplit("auf dem Spiel ")[1] for line in customers]
    money = [float(text.removesuffix("\xa0€").replace(".", "")) for text in at_risk]
    assert money == sorted(money, reverse=True)
    reasons = [line for line in listed.splitlines() if line.startswith("      - ")]
    assert 20 <= len(reasons) <= 30
    assert all(" Punkt" in line for line in reasons)


def test_the_demo_says_what_to_open_next(demo):
    opened = demo.stdout.split("Open next:")[1]
    assert f"mlflow ui --backend-store-uri sqlite:///{demo.folder}/mlflow.db" in opened
    assert f"{demo.folder}/scores-2025-01-01.parquet" in opened
    assert f"-c {demo.folder}/treue.toml" in opened


def test_the_demo_tells_each_model_beside_the_simple_rules(demo):
    for told in ("churn: treue-churn version 1", "BG/NBD", "recency rule", "Note ", "Champion: "):
        assert told in demo.stdout


def test_one_line_a_step_goes_to_stderr_and_nothing_of_mlflow(demo):
    steps = demo.stderr.splitlines()
    assert steps[0] == "simulating a company of 250 customers"
    months = ("2024-11-01", "2024-12-01", "2025-01-01")
    assert steps[-4:] == ["scoring ...", *(f"publishing {month} ..." for month in months)]
    assert [line for line in steps if "INFO" in line or "Warning" in line or "mlflow" in line] == []
    for target in ("churn", "referral"):
        told = [line.split(" on ")[0] for line in steps if line.startswith(f"{target}: ")]
        assert told[:2] == [f"{target}: fitting", f"{target}: judging"]


def test_the_demo_does_not_overwrite_another_company(demo):
    found = run("demo", "--folder", demo.folder, "--customers", 120)
    assert found.exit_code == 1
    assert "describes another company; name a new --folder" in found.stderr


def test_the_demo_leaves_a_folder_with_other_things_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    for other in ("", "[tables]\n"):
        if other:
            (tmp_path / "treue.toml").write_text(other)
        found = run("demo", "--folder", tmp_path)
        assert found.exit_code == 1
        assert f"{tmp_path} is not empty; name a new --folder" in found.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"letter.txt", "treue.toml"}


def test_hints_can_be_typed_as_they_stand(monkeypatch):
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
    assert typed("treue score") == "treue score"
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert typed("treue score") == "uv run treue score"


def test_check_reports_what_the_tables_are_good_for(config, tmp_path):
    report, folder = tmp_path / "report.json", tmp_path / "aside"
    found = run("check", "-c", config, "--json", report, "--set-aside", folder)
    assert found.exit_code == 0, found.output
    assert "Wozu die Tabellen taugen" in found.stdout
    content = json.loads(report.read_text())
    assert content["usability"]["verdicts"]["a churn model"] is True
    assert f"Wrote {report}" in found.stdout


def test_check_ends_with_1_on_errors_and_still_writes_the_report(tmp_path):
    (tmp_path / "purchases.csv").write_text("customer_id,purchased_at,amount\nA,yesterday,1\n")
    config = tmp_path / "treue.toml"
    config.write_text('[tables]\npurchases.path = "purchases.csv"\n')
    found = run("check", "-c", config, "--json", tmp_path / "report.json")
    assert found.exit_code == 1
    assert "yesterday" in found.stdout
    assert "Mend the errors, then check again." in found.stderr
    findings = json.loads((tmp_path / "report.json").read_text())["findings"]
    assert findings[0]["level"] == "error"


def test_check_ends_with_1_where_the_history_is_too_short(tmp_path):
    rows = "".join(f"A,2024-01-{day:02},5\n" for day in range(1, 20))
    (tmp_path / "purchases.csv").write_text("customer_id,purchased_at,amount\n" + rows)
    config = tmp_path / "treue.toml"
    config.write_text('[tables]\npurchases.path = "purchases.csv"\n')
    found = run("check", "-c", config)
    assert found.exit_code == 1
    assert "the purchases cover 18 days" in found.stderr


def test_check_ends_with_1_where_there_is_too_little_for_a_churn_model(tmp_path):
    rows = "".join(
        f"A{customer},2023-{month:02}-{day:02},5\n"
        for month in range(1, 13)
        for day, customer in ((3, 1), (13, 2), (23, 3))
    )
    (tmp_path / "purchases.csv").write_text("customer_id,purchased_at,amount\n" + rows)
    config = tmp_path / "treue.toml"
    config.write_text(
        '[data]\nobserved_until = 2023-12-31\n[tables]\npurchases.path = "purchases.csv"\n'
    )
    found = run("check", "-c", config)
    assert found.exit_code == 1
    assert "a churn model: too little" in found.stdout
    assert (
        "Too little for a churn model (customers eligible at the last cutoff: 3, needed 100"
        in found.stderr
    )
    config.write_text('language = "de"\n' + config.read_text())
    found = run("check", "-c", config)
    assert "ein Modell der Abwanderung: zu wenig" in found.stdout
    assert (
        "Zu wenig für ein Modell der Abwanderung (am letzten Stichtag betrachtete Kunden: 3, "
        "nötig 100"
    ) in found.stderr


def test_check_of_a_ready_panel_counts_its_labels(ready):
    found = run("check", "-c", ready)
    assert found.exit_code == 0, found.output
    assert "120 rows, 60 with churned = yes" in found.stdout


def test_scores_are_written_once(config, demo):
    found = run("score", "-c", config)
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("Nothing to do: the scores of ")
    assert "cutoff: 2025-01-01 00:00 UTC, up to when the data were observed" in found.stderr
    assert f"the pages have these scores already, in {demo.folder}/treue.db" in found.stderr


def test_scores_of_an_earlier_cutoff_are_a_file_of_their_own(config, demo, tmp_path):
    out = tmp_path / "then.parquet"
    found = run("score", "-c", config, "--cutoff", "2024-06-01", "--out", out, "--no-store")
    assert found.exit_code == 0, found.output
    assert f"customers to {out}\n\nDiese 10 zuerst anrufen" in found.stdout
    again = run("score", "-c", config, "--cutoff", "2024-07-01", "--out", out)
    assert again.exit_code == 1
    assert "made from cutoff 2024-06-01T00:00:00 and other data; replace it with --force" in (
        again.stderr
    )


def test_the_demo_publishes_three_months_for_the_pages(demo):
    told = "Published the scores of 2024-11-01, 2024-12-01 and 2025-01-01 for the pages, in"
    assert f"{told} {demo.folder}/treue.db" in demo.stdout


def test_a_month_is_published_when_it_is_scored(config, demo, tmp_path):
    copy = tmp_path / "company"
    shutil.copytree(demo.folder, copy)
    found = run("score", "-c", copy / "treue.toml", "--cutoff", "2024-09-01", "--history", 0)
    assert found.exit_code == 0, found.output
    assert f"Published the scores of 2024-09-01 for the pages, in {copy}/treue.db" in found.stdout


def test_outcomes_are_written_as_rows_of_contacts(config, demo, tmp_path):
    from treue.commands.project import open_project
    from treue.commands.publishing import open_store
    from treue.serving.store import Outcome
    from treue.serving.viewer import Viewer

    lead = Viewer("lena", "lead")
    out, plans = tmp_path / "contacts.csv", tmp_path / "plans.parquet"
    empty = run("outcomes", "-c", config, "--out", out)
    assert empty.stdout == f"Wrote 0 rows to {out}\n"
    customer_id = first_customer(demo)
    with open_store(open_project(config)) as store:
        plan = store.make_plan(lead, capacity=3, seed=1, at=datetime(2025, 1, 2))
        outcome = Outcome(at=datetime(2025, 1, 3, 9), channel="call", result="reached")
        store.record_outcome(customer_id, outcome, viewer=lead)
    found = run("outcomes", "-c", config, "--out", out, "--plans", plans)
    assert found.stdout == f"Wrote 1 row to {out}\nWrote 3 rows to {plans}\n"
    (row,) = pd.read_csv(out).to_dict("records")
    assert (row["customer_id"], row["contacted_at"]) == (customer_id, "2025-01-03 09:00:00")
    assert (row["channel"], row["direction"], row["result"]) == ("call", "out", "reached")
    planned = pd.read_parquet(plans)
    assert planned["customer_id"].tolist() == [entry.customer_id for entry in plan.entries]
    assert set(planned["role"]) == {"call"}
    effect = run("outcomes", "-c", config, "--effect")
    assert "Es ist noch niemand ausgelost" in effect.stdout
    assert "3 auf Anruflisten zählen nicht mit: Dort wurde niemand zurückge" in effect.stdout


def test_outcomes_asked_for_nothing_say_what_to_ask_for(config):
    found = run("outcomes", "-c", config)
    assert found.exit_code == 2
    assert "Nothing to do: give --out, --plans or --effect." in found.stderr


def test_outcomes_go_into_csv_or_parquet_only(config, tmp_path):
    found = run("outcomes", "-c", config, "--out", tmp_path / "contacts.xls")
    assert found.exit_code == 2
    assert "contacts.xls ends in neither .csv nor .parquet" in found.stderr


def test_a_token_is_shown_once_listed_and_revoked(config):
    made = run("tokens", "add", "shop", "--scope", "predict", "-c", config)
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    assert token.startswith("treue_")
    assert len(token) > 40
    assert "Keep it now, it cannot be shown again" in made.stderr
    listed = run("tokens", "list", "-c", config).stdout
    assert listed.split()[:2] == ["shop", "predict"]
    assert "in use" in listed
    assert token not in listed
    assert run("tokens", "revoke", "shop", "-c", config).stdout == "The token of shop is revoked.\n"
    assert "revoked 20" in run("tokens", "list", "-c", config).stdout
    again = run("tokens", "revoke", "shop", "-c", config)
    assert (again.exit_code, "no token 'shop' in use" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "de",
            (
                "Kunde",
                "Abwanderung: ",
                "Kauft er in den nächsten 90 Tagen nichts?",
                "Empfehlung: ",
                "weitere Gründe zusammen: ",
                "nach Bereichen (Punkte): ",
                "+8 Punkte: hebt die Wahrscheinlichkeit um 8 Prozentpunkte",
            ),
        ),
        (
            "en",
            (
                "Customer",
                "Leaving: ",
                "Will they buy nothing in the next 90 days?",
                "Recommending: ",
                "all other reasons together: ",
                "by area (points): ",
                "+8 points: raises the likelihood by 8 percentage points",
            ),
        ),
    ],
)
def test_a_customer_is_explained_in_both_languages(config, demo, language, words):
    customer_id = first_customer(demo)
    found = run("explain", customer_id, "-c", config, "--language", language)
    assert found.exit_code == 0, found.output
    assert f"{words[0]} {customer_id}, " in found.stdout
    assert all(word in found.stdout for word in words)


def test_explaining_loads_neither_scikit_learn_nor_pictures_and_lets_idle_threads_sleep(
    config, demo
):
    code = (
        "import sys\nfrom treue.cli import main\nmain(sys.argv[1:], standalone_mode=False)\n"
        "print([name for name in ('sklearn', 'shap', 'matplotlib', 'scipy.stats', 'scipy.optimize')"
        " if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, "explain", first_customer(demo), "-c", str(config)],
        env={
            **{name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"},
            "OMP_DISPLAY_ENV": "TRUE",  # then OpenMP says what it has understood
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert found.stdout.splitlines()[-1] == "[]"
    assert re.search(r"OMP_WAIT_POLICY ?= ?'PASSIVE'", found.stderr)


def test_threads_wait_as_the_user_says(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert run("check", "-c", "nowhere.toml").exit_code == 1
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_scikit_learn_can_be_loaded_after_lightgbm_without_it():
    code = (
        "import sys\nfrom treue.commands.project import load_lightgbm\nload_lightgbm()\n"
        "print('lightgbm' in sys.modules, 'sklearn' in sys.modules)\nimport sklearn"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout == "True False\n"


def test_the_page_for_a_customer_is_written_beside_the_others(config, demo, tmp_path):
    customer_id, out = first_customer(demo), tmp_path / "information.html"
    options = ["--for-customer", "--language", "en", "--out", out]
    found = run("explain", customer_id, "-c", config, *options)
    assert found.exit_code == 0, found.output
    assert found.stdout == f"Wrote {out}\n"
    page = out.read_text(encoding="utf-8")
    assert all(
        part in page for part in (customer_id, "invoices and orders", "Your right to object")
    )
    assert re.search(r"Finished estimates[^<]*</td><td[^>]*>1\sNov", page)
    assert "invoices and orders (purchases.parquet)" in found.stderr
    assert "purchases.parquet" not in page


def test_a_former_customer_gets_a_page_though_nothing_is_estimated(config, demo, tmp_path):
    scored = set(pd.read_parquet(demo.folder / SCORES, columns=["customer_id"])["customer_id"])
    buyers = pd.read_parquet(demo.folder / "data" / "purchases.parquet")["customer_id"]
    former = next(each for each in buyers if each not in scored)
    out = tmp_path / "auskunft.html"
    assert run("explain", former, "-c", config).exit_code == 1
    found = run("explain", former, "-c", config, "--for-customer", "--out", out)
    assert found.exit_code == 0, found.output
    assert "Zu Ihnen wird zurzeit nichts geschätzt." in out.read_text(encoding="utf-8")
    unknown = run("explain", "nobody", "-c", config, "--for-customer", "--out", out)
    assert (unknown.exit_code, "is not in the data" in unknown.stderr) == (1, True)


def test_an_explanation_as_json_adds_up(config, demo):
    found = run("explain", first_customer(demo), "-c", config, "--json")
    content = json.loads(found.stdout)
    assert set(content) == {"churn", "referral"}
    for each in content.values():
        assert 100 * each["base_probability"] + sum(each["points"].values()) == pytest.approx(
            100 * each["probability"]
        )
        assert 1 <= len(each["reasons"]) <= 5
        assert each["grade"] in ("A", "B", "C")
        assert each["horizon_days"] == 90


def test_a_model_of_grade_c_is_warned_of_when_scoring_and_explaining(config, demo, monkeypatch):
    from treue.serving.predict import Predictor

    monkeypatch.setattr(Predictor, "grade", property(lambda own: {"churn": "C"}.get(own.target)))
    english = "Leaving: grade C: not shown to be better than a simple rule; do not rely on it\n"
    german = (
        "Abwanderung: Note C: nicht nachweislich besser als eine einfache Regel; "
        "nicht darauf verlassen\n"
    )
    explained = run("explain", first_customer(demo), "-c", config, "--language", "en")
    assert explained.stdout.startswith(english + "Customer ")
    scored = run("score", "-c", config)
    assert scored.stderr.count(german) == 1
    assert scored.stderr.count("Note C") == 1
    _, warning, gap, first = scored.stdout.partition("Diese 10 zuerst")[2].splitlines()[:4]
    assert (warning + "\n", gap) == (german, "")  # with the list, which outlives the screen
    assert first.startswith(" 1. ")


def test_a_company_without_referrals_is_not_told_of_a_missing_referral_model(config):
    from dataclasses import replace

    from treue.commands.project import open_project

    project = open_project(config)
    without = {name: one for name, one in project.config.tables.items() if name != "referrals"}
    other = project.config.model_copy(update={"tables": without})
    assert project._knows_referrals
    assert not replace(project, config=other)._knows_referrals


@pytest.mark.parametrize("written", ["2024-06-01", "01.06.2024"])
def test_a_cutoff_may_be_written_in_german(config, demo, tmp_path, written):
    out = tmp_path / "then.parquet"
    found = run("score", "-c", config, "--cutoff", written, "--out", out, "--no-store")
    assert "cutoff: 2024-06-01 00:00 UTC, as asked" in found.stderr


def test_a_cutoff_that_is_no_date_is_refused_with_an_example(config):
    found = run("score", "-c", config, "--cutoff", "June")
    assert found.exit_code == 2
    assert "'June' is no date; write it as 2024-12-31" in found.stderr


def test_an_unknown_customer_is_a_mistake_with_the_nearest_ids(config):
    found = run("explain", "K000000x", "-c", config)
    assert found.exit_code == 1
    assert "customer 'K000000x' is not in the data; nearest are K0000" in found.stderr


def test_models_are_listed_promoted_and_rolled_back(config):
    listed = run("models", "list", "-c", config)
    assert listed.exit_code == 0, listed.output
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [
        ["treue-churn", "1"],
        ["treue-referral", "1"],
    ]
    assert "champion" in listed.stdout
    promoted = run("models", "promote", "churn", 1, "-c", config)
    assert promoted.stdout == "treue-churn: version 1 is champion (it was already).\n"
    absent = run("models", "promote", "churn", 9, "-c", config)
    assert (absent.exit_code, "has no version 9" in absent.stderr) == (1, True)
    rolled = run("models", "roll-back", "referral", "-c", config)
    assert (rolled.exit_code, "no previous champion" in rolled.stderr) == (1, True)


def test_a_backtest_is_printed_and_written(config, tmp_path):
    found = run("backtest", "-c", config, "--out", tmp_path / "out", "--report", tmp_path)
    assert found.exit_code == 0, found.output
    assert "BG/NBD" in found.stdout
    concluded = found.stdout.split("churn: grades ")[1].splitlines()[0]
    assert concluded.startswith(("A", "B", "C"))
    assert "on average AUROC 0." in concluded
    assert concluded.endswith(" of the best simple rule")
    assert "- Geprüft ist nur ein Stichtag, der " in found.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"backtest.json", "backtest.md", "churn.csv", "referral.csv"}
    figures = json.loads((tmp_path / "out" / "backtest.json").read_text())
    assert figures["churn"][0]["overall"]["figures"]["model"]["auroc"]["value"] > 0.5
    for target, title in (("churn", "Abwanderung"), ("referral", "Empfehlungen")):
        path = tmp_path / f"backtest-{target}.html"
        assert f"Wrote {path}" in found.stdout
        assert f"<h1>Rückrechnung: {title}</h1>" in path.read_text(encoding="utf-8")


def test_a_backtest_as_json_is_nothing_but_json(ready, tmp_path):
    path = tmp_path / "held-out.html"
    found = run("backtest", "-c", ready, "--json", "--report", path)
    assert found.exit_code == 0, found.output
    content = json.loads(found.stdout)
    assert len(content["churn"]["sentences"]) in (3, 4)  # the fourth is on money
    assert "It was judged on customers held out" in content["churn"]["sentences"][1]
    assert f"Wrote {path}" in found.stderr
    assert path.exists()
    both = run("backtest", "-c", ready, "--no-report", "--report", path)
    assert (both.exit_code, "exclude each other" in both.stderr) == (2, True)


@pytest.fixture
def ready(tmp_path):
    """A ready panel: 120 customers, of whom those with few visits left."""
    rows = [
        f"R{i:03},{i % 10 + i % 3},{'north' if i % 4 else 'south'},{int(i % 10 < 5)}\n"
        for i in range(120)
    ]
    (tmp_path / "panel.csv").write_text("customer_id,visits,region,left\n" + "".join(rows))
    config = tmp_path / "treue.toml"
    config.write_text(
        '[panel]\npath = "panel.csv"\nchurned = "left"\n'
        + SMALL.partition("[model]")[2].join(["[model]", ""]).replace("20\nnum", "5\nnum")
    )
    return config


def test_a_ready_panel_is_trained_scored_and_explained(ready):
    trained = run("train", "-c", ready)
    assert trained.exit_code == 0, trained.output
    assert "Champion: the first model of its kind" in trained.stdout
    assert f"treue score -c {ready}" in trained.stdout
    scored = run("score", "-c", ready)
    assert scored.exit_code == 0, scored.output
    out = ready.parent / "scores.parquet"
    assert scored.stdout.startswith(f"Wrote the scores of 120 customers to {out}\nPublished ")
    assert "Call these 10 first (likelihood of leaving)\n\n 1. R0" in scored.stdout
    again = run("score", "-c", ready)
    assert "the pages have these scores already" in again.stderr
    explained = run("explain", "R007", "-c", ready)
    assert explained.exit_code == 0, explained.output
    assert "Visits: 8" in explained.stdout
    page = ready.parent / "auskunft.pdf"
    for_customer = run("explain", "R007", "-c", ready, "--for-customer", "--out", page)
    assert for_customer.exit_code == 0, for_customer.output
    assert page.read_bytes().startswith(b"%PDF-")
    assert run("explain", "R120", "-c", ready).exit_code == 1


def test_scoring_before_training_says_what_to_run(tmp_path):
    config = tmp_path / "treue.toml"
    config.write_text('[tables]\npurchases.path = "purchases.csv"\n')
    for command in (["score"], ["explain", "A"], ["models", "list"]):
        found = run(*command, "-c", config)
        assert found.exit_code == 1
        assert "mlflow.db is not there; run treue train first" in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["treue.toml"]


def first_customer(demo):
    return demo.stdout.split(" treue explain ")[1].split()[0]
