"""The report is one file that stands for itself, and all that it draws it also tells."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from backtests import CUTOFFS, backtest_of, predictions_of

from treue.training.backtest_report import Extra, backtest_report, question
from treue.training.backtest_report_findings import findings
from treue.training.backtest_report_parts import Table
from treue.training.backtest_report_verdict import sentences
from treue.training.backtest_report_words import WORDS
from treue.training.certain import Sureness
from treue.training.config import config_from
from treue.training.curve import JUDGED

VOID = {"meta", "br", "rect", "line"}


class Outline(HTMLParser):
    """Checks that tags are closed, and keeps what they hold."""

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def read(html):
    found = Outline()
    found.feed(html)
    assert found.open == []
    return found


@pytest.fixture(scope="module")
def result(quick):
    rng = np.random.default_rng(0)
    parts = [predictions_of(rng, 120, cutoff, signal=0.8) for cutoff in CUTOFFS[:3]]
    decided = ({"name": "drift correction", "chosen": True, "reason": "log loss −0.01"},)
    return backtest_of(
        parts,
        config=quick,
        skipped={CUTOFFS[4]: "too few <customers> | {left}"},
        decisions=decided,
        grouped=True,
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_report_needs_no_network_and_no_script(result, quick, language):
    html = backtest_report(result, config=quick, language=language)
    found = read(html)
    assert ("html", {"lang": language}) in found.attributes
    assert not {tag for tag, _ in found.attributes} & {"script", "link", "img", "iframe", "object"}
    addresses = [
        value
        for _, attributes in found.attributes
        for key, value in attributes.items()
        if key in ("href", "src", "action")
    ]
    assert addresses == ["#content"]
    assert "http" not in html.replace("http-equiv", "")
    assert "{" not in "".join(found.text).replace("{left}", "")
    assert "nan" not in "".join(found.text).split()


def test_every_chart_has_words_and_a_table(result, quick):
    html = backtest_report(result, config=quick, language="en")
    charts = re.findall(r'<svg class="chart[^>]*role="img" aria-label="([^"]+)"', html)
    assert len(charts) == 8
    assert all(re.search(r"\d", label) for label in charts)
    assert html.count("<details>") == len(charts)
    for panel in html.split('<svg class="chart')[1:]:
        assert "<table" in panel.split("</details>")[0]


def test_the_sentences_come_first_and_the_reader_is_told_what_is_missing(result, quick):
    text = "".join(read(backtest_report(result, config=quick, language="en")).text)
    for section in ("Can the model be trusted?", "Over the cutoffs", "Do the percentages hold?"):
        assert section in text
    for sentence in sentences(findings(result, config=quick), language="en"):
        assert sentence in text.split("Over the cutoffs")[0]
    assert "1 May 2024 was not judged: too few <customers> | {left}" in text
    assert "drift correction" in text


def test_groups_and_segments_are_shown_with_their_intervals(result, quick):
    text = "".join(read(backtest_report(result, config=quick, language="de")).text)
    assert re.search(r"f\s*60\s*[+−]?\d,\d{3} \[[+−]?\d,\d{3}; [+−]?\d,\d{3}\]", text)
    assert "0 bis 29,8" in text  # a quarter of the ages
    assert "Tage seit dem letzten Auftrag" in text


def test_without_groups_it_says_that_fairness_was_not_checked(quick):
    rng = np.random.default_rng(0)
    alone = backtest_of([predictions_of(rng, 60, None, signal=0.8)], config=quick)
    text = "".join(read(backtest_report(alone, config=quick, language="en")).text)
    assert "whether the model treats groups alike has not been checked" in text
    assert "Not forward in time" in text


@pytest.mark.parametrize("alike", [1, 2])
def test_a_cutoff_where_all_outcomes_are_alike_has_no_grade_and_no_figure_of_ranking(quick, alike):
    rng = np.random.default_rng(0)
    parts = [predictions_of(rng, 120, cutoff, signal=0.8) for cutoff in CUTOFFS[:2]]
    for outcome, part in enumerate(parts[:alike]):
        part["outcome"] = outcome
    html = backtest_report(backtest_of(parts, config=quick), config=quick, language="en")
    text = "".join(read(html).text)
    assert "NaN" not in text
    assert "nan" not in text.split()
    assert html.count('class="grade-of"') == 2 - alike


def test_names_and_values_of_a_company_are_escaped(quick):
    rng = np.random.default_rng(0)
    made = backtest_of(
        [predictions_of(rng, 120, CUTOFFS[0], signal=0.8)], config=quick, grouped=True
    )
    bad = "<script>alert(1)</script>"
    made = replace(made, gaps=made.gaps.assign(attribute=bad, level=bad))
    html = backtest_report(made, config=quick)
    assert bad not in html
    assert "&lt;script&gt;" in html


def test_all_figures_go_into_json_as_they_are(result):
    content = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert content["fairness_gaps"][0]["rows"] > 0
    assert content["cutoffs"][0]["drift"][0]["feature"]
    assert content["skipped"] == {"2024-05-01T00:00:00": "too few <customers> | {left}"}


def test_further_sections_can_be_added(result, quick):
    extra = Extra(
        "coverage", "90 % stated, 89 % held.", table=Table(["", "share"], [["all", "89 %"]])
    )
    text = "".join(read(backtest_report(result, config=quick, extras=[extra])).text)
    assert "How sure are the percentages?" in text
    assert "90 % stated, 89 % held." in text


def test_decisions_are_named_in_german_with_the_english_reason_folded(quick):
    rng = np.random.default_rng(0)
    decided = (
        {"name": "blend", "chosen": "0.80 tree + 0.20 linear", "reason": "log loss lower"},
        {"name": "level shift", "chosen": "none", "reason": "0 cutoffs"},
    )
    parts = [predictions_of(rng, 120, CUTOFFS[0], signal=0.8)]
    made = backtest_of(parts, config=quick, decisions=decided)
    html = backtest_report(made, config=quick, language="de")
    assert "<td>0,80 Bäume + 0,20 logistische Regression</td>" in html
    assert "<td>Niveau</td><td>keine</td>" in html
    folded = '<summary>Begründung (englisch)<span class="hidden">: Mischung</span></summary>'
    assert f'{folded}<span lang="en">log loss lower</span></details>' in html
    assert "Über die Stichtage" not in html


def with_later_figures(evaluation):
    """The evaluation as of a model that also has intervals and a curve."""
    sure = Sureness(
        level=0.9, group_size=50, coverage=0.8, groups=10, width=0.2, unlike=0.03, cutoffs=6
    )
    curve = pd.DataFrame([(30, 100, 0.2, 0.25, 0.05, 0.5), (90, 300, 0.4, 0.4, 0.02, 0.6)])
    return replace(evaluation, sureness=sure, curve=curve.set_axis([*JUDGED], axis=1))


def test_coverage_and_curve_are_shown_where_a_model_has_them(result, quick):
    made = replace(result, evaluations=tuple(map(with_later_figures, result.evaluations)))
    text = "".join(read(backtest_report(made, config=quick)).text)
    assert "it held for 80% of 30 groups" in text
    assert "20 percentage points wide on average. Promised" in text
    assert "90 days" in text
    assert "calibration error, mean over the cutoffs, points" in text
    assert "buy again within so many days" in text
    assert "How sure" not in "".join(read(backtest_report(result, config=quick)).text)


def test_referral_reports_speak_of_recommendations(quick):
    rng = np.random.default_rng(0)
    parts = [predictions_of(rng, 120, CUTOFFS[0], signal=0.8).drop(columns="bg_nbd")]
    made = backtest_of(parts, config=quick, target="referral")
    text = "".join(read(backtest_report(made, config=quick, language="de")).text)
    assert "Rückrechnung: Empfehlungen" in text
    assert "empfahlen uns" in text
    assert "BG/NBD" not in text


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_definition_of_an_outcome_is_told(language):
    for label in (
        {"churn": "inactivity"},
        {"churn": "contract"},
        {"churn": "decline"},
        {"referral": "made"},
        {"referral": "converted"},
    ):
        config = config_from({"label": label})
        told = question(next(iter(label)), config, language)
        assert str(config.label.horizon_days) in told


def test_every_word_is_there_in_both_languages_with_the_same_blanks():
    for german, english in WORDS.values():
        blanks = [set(re.findall(r"{(\w+)}", text)) for text in (german, english)]
        assert blanks[0] == blanks[1], german
