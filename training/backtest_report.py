"""The report of a backtest: one HTML file that needs no network and runs nothing.

Three sentences first, then what they follow from. Sections that only some backtests have (what was
decided for a model, how sure its percentages are, what a list earns) are `Extra` ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from treue.numbers import Numbers
from treue.training import backtest_report_charts as charts
from treue.training.backtest import BacktestResult
from treue.training.backtest_report_decided import Decided
from treue.training.backtest_report_findings import Findings, findings
from treue.training.backtest_report_groups import gap_tables, segment_tables
from treue.training.backtest_report_moved import Moved
from treue.training.backtest_report_over import Over
from treue.training.backtest_report_parts import Panel, Table, Worded
from treue.training.backtest_report_profit import Money
from treue.training.backtest_report_sure import Sure
from treue.training.backtest_report_together import Together
from treue.training.backtest_report_verdict import (
    Language,
    doubtful,
    rule_name,
    sentences,
    verdict,
)
from treue.training.backtest_report_words import word
from treue.training.config import Config

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Extra:
    """A section that only some backtests have.

    Attributes
    ----------
    name
        Key of its heading in `treue.training.backtest_report_words.WORDS`.
    note
        A sentence under the heading.
    panels
        Charts with their tables, two side by side.
    table
        Figures without a chart.
    """

    name: str
    note: str = ""
    panels: Sequence[Panel] = ()
    table: Table | None = None


def backtest_report(
    result: BacktestResult,
    *,
    config: Config,
    language: Language | None = None,
    extras: Sequence[Extra] = (),
    found: Findings | None = None,
    training: bool = False,
) -> str:
    """The report as HTML, in the configuration's language unless another is asked for.

    Parameters
    ----------
    extras
        Further sections, after the call list.
    found
        The figures, where they have been computed already.
    training
        Whether this is the one model of a training instead of one model a cutoff.
    """
    language = language or config.language
    found = found or findings(result, config=config)
    parts, numbers = Worded(found, language), Numbers(language)
    first = result.evaluations[0]
    return _template().render(
        style=Markup((_FOLDER / "backtest_report.css").read_text(encoding="utf-8")),
        language=language,
        t=parts.word,
        over=Over(found, language),
        together=Together(found, language),
        key=charts.key,
        title=parts.word(f"{'training_' if training else ''}title_{result.target}"),
        question=question(result.target, config, language),
        judged_on=_judged_on(found, parts, numbers),
        sentences=told_of(found, config=config, language=language),
        doubt=doubtful(verdict(found)),
        grades=[(parts.when(one), one.grade.letter) for one in found.cutoffs if one.ranked],
        time_forward=first.time_forward,
        cutoffs=len(found.cutoffs),
        extras=[
            *_profit(found, config, language),
            *_sure(found, config, language),
            *extras,
            *_decisions(found, parts),
        ],
        segments=list(segment_tables(result.segments, target=result.target, language=language)),
        smallest=config.evaluation.smallest_segment,
        gaps=list(gap_tables(result.gaps, language=language)),
        list_share=numbers.fine_share(found.list_share),
        moved=Moved(found, language),
        bootstrap=numbers.number(config.evaluation.bootstrap, 0),
        rules=_rules(found, parts),
        remarks=_remarks(found, language, parts, numbers),
    )


def told_of(found: Findings, *, config: Config, language: Language) -> list[str]:
    """The three sentences, and a fourth on money where profit was judged."""
    told = sentences(found, language=language, churn=config.label.churn)
    money = Money(found, language)
    return [*told, money.sentence(config)] if money.judged() else told


def question(target: str, config: Config, language: Language) -> str:
    """What the model answers, as a clause."""
    label = config.label
    if config.panel is not None:
        column = config.panel.churned if target == "churn" else config.panel.referred
        return word("question_panel", language, column=column)
    key = label.churn
    if target == "referral":
        key = "converted" if label.referral == "converted" else "referral"  # type: ignore[assignment]
    return word(
        f"question_{key}",
        language,
        lookback=label.lookback_days,
        horizon=label.horizon_days,
        share=Numbers(language).share(label.decline_share),
    )


@cache
def _template():  # type: ignore[no-untyped-def]
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("backtest_report.html")


def _judged_on(found: Findings, parts: Worded, numbers: Numbers) -> str:
    predictions = found.result.predictions
    rows = numbers.number(len(predictions), 0)
    customers = numbers.number(predictions["customer_id"].nunique(), 0)
    dates = [numbers.date(one.when) for one in found.cutoffs if one.when]
    if not dates:
        return parts.word("judged_on_customers", customers=customers)
    if len(dates) == 1:
        return parts.word("judged_on_one", first=dates[0], customers=customers)
    return parts.word(
        "judged_on",
        n=len(dates),
        first=dates[0],
        last=dates[-1],
        rows=rows,
        customers=customers,
    )


def _remarks(
    found: Findings, language: Language, parts: Worded, numbers: Numbers
) -> list[str | Markup]:
    """What is missing from the comparison, and why; reasons are English."""
    skipped = [
        (parts.word("skipped", date=numbers.date(cutoff)), why)
        for cutoff, why in found.result.skipped.items()
    ]
    left_out = {rule: why for one in found.result.evaluations for rule, why in one.left_out.items()}
    missing = [
        (parts.word("left_out", rule=rule_name(rule, language)), why)
        for rule, why in left_out.items()
    ]
    return [
        Markup('{} <span lang="en">{}</span>').format(told, why)
        for told, why in (*missing, *skipped)
    ]


def _rules(found: Findings, parts: Worded) -> str:
    """The rules compared with, in words."""
    simple = [name for name in found.names[1:] if name != "logistic"]
    told = parts.word("how_rules", rules=", ".join(parts.word(f"rule_{name}") for name in simple))
    return f"{told} {parts.word('how_logistic')}" if "logistic" in found.names else told


def _decisions(found: Findings, parts: Worded) -> list[Extra]:
    """What was switched on for the model of each cutoff, where anything was decided."""
    table = Decided(found, parts.language).table()
    return [Extra("decisions", parts.word("decisions_note"), table=table)] if table else []


def _profit(found: Findings, config: Config, language: Language) -> list[Extra]:
    money = Money(found, language)
    if not money.judged():
        return []
    return [Extra("profit", money.note(config), money.panels(config))]


def _sure(found: Findings, config: Config, language: Language) -> list[Extra]:
    sure, made = Sure(found, language), []
    if sure.intervals():
        panel = sure.coverage()
        drawn = [panel] if sure.enough_to_draw() else []
        table = None if drawn else panel.table
        made.append(Extra("coverage", sure.coverage_note(), drawn, table))
    if len(sure.horizons()):
        note = sure.when_note(config.label.churn)
        made.append(Extra("when", note, table=sure.when_table()))
    return made
