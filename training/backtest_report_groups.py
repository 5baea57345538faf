"""The report's tables by segment and by sensitive group."""

import re
from collections.abc import Iterable, Iterator
from math import isnan
from typing import Any

import pandas as pd
from markupsafe import Markup

from treue.features.catalogue import describe
from treue.numbers import Numbers
from treue.training import backtest_report_charts as charts
from treue.training.backtest_report_parts import Table
from treue.training.backtest_report_words import Language, word
from treue.training.fairness import MEASURES

_QUARTER = re.compile(r"^\((-?[\d.e+]+), (-?[\d.e+]+)\]$")


def segment_tables(
    segments: pd.DataFrame, *, target: str, language: Language
) -> Iterator[tuple[str, Table]]:
    """The name and the figures of each attribute, one row a level."""
    numbers = Numbers(language)
    heads = ["level", "customers", f"positives_{target}", "stated", "metric_auroc"]
    reach = float(segments[["observed_share", "predicted_share"]].max().max())
    for attribute, rows in segments.groupby("attribute", sort=False):
        yield (
            _name(str(attribute), language),
            Table(
                [word(head, language) for head in heads],
                [_segment(row, reach, numbers) for row in rows.to_dict("records")],
            ),
        )


def gap_tables(gaps: pd.DataFrame, *, language: Language) -> Iterator[tuple[str, Table]]:
    """The name of each sensitive attribute, and each of its groups against all others."""
    numbers = Numbers(language)
    heads = ["group", "customers", *(f"gap_{measure}" for measure in MEASURES)]
    reaches = {
        measure: max(_largest(gaps[f"{measure}_gap{end}"] for end in ("_low", "_high")), 0.02)
        for measure in MEASURES
    }
    for attribute, rows in gaps.groupby("attribute", sort=False):
        yield (
            _name(str(attribute), language),
            Table(
                [word(head, language) for head in heads],
                [
                    [
                        _level(row["level"], numbers),
                        numbers.number(row["customers"], 0),
                        *(_gap(row, measure, reaches[measure], numbers) for measure in MEASURES),
                    ]
                    for row in rows.to_dict("records")
                ],
            ),
        )


def _segment(row: dict[Any, Any], reach: float, numbers: Numbers) -> list[str | Markup]:
    came, stated = row["observed_share"], row["predicted_share"]
    counted = numbers.number(row["positives"], 0)
    if isnan(came):
        return [
            _level(row["level"], numbers),
            numbers.number(row["customers"], 0),
            counted,
            "–",
            "–",
        ]
    auroc = "–"
    if not isnan(row["auroc"]):
        ends = "; " if numbers.language == "de" else ", "
        auroc = (
            f"{numbers.exact(row['auroc'], 3)} [{numbers.exact(row['auroc_low'], 3)}{ends}"
            f"{numbers.exact(row['auroc_high'], 3)}]"
        )
    return [
        _level(row["level"], numbers),
        numbers.number(row["customers"], 0),
        Markup('<span class="with-bar">{}<span>{}</span></span>').format(
            charts.pair_bar(stated, came, reach), numbers.fine_share(came)
        ),
        numbers.fine_share(stated),
        auroc,
    ]


def _gap(row: dict[Any, Any], measure: str, reach: float, numbers: Numbers) -> str | Markup:
    value, low, high = (row[f"{measure}_gap{end}"] for end in ("", "_low", "_high"))
    if isnan(value):
        return "–"

    def shown(gap: float) -> str:
        if measure == "auroc":
            rounded, digits = round(gap, 3) + 0.0, 3
        else:
            rounded, digits = round(100 * gap, 1) + 0.0, 1
        return ("+" if rounded > 0 else "") + numbers.exact(rounded, digits)

    interval = ""
    if not isnan(low + high):
        interval = f"[{shown(low)}{'; ' if numbers.language == 'de' else ', '}{shown(high)}]"
    return Markup('<span class="with-bar">{}<span><b>{}</b> {}</span></span>').format(
        charts.gap_bar(value, low, high, reach), shown(value), interval
    )


def _name(attribute: str, language: Language) -> str:
    feature = describe(attribute)
    phrase = feature.de if language == "de" else feature.en
    return (phrase[:1].upper() + phrase[1:]).replace("_", " ")


def _level(level: str, numbers: Numbers) -> str:
    """A level as readers write it; quarters of numbers stand in the table as ``(a, b]``."""
    if level in ("(missing)", "(other)"):
        return word(level.strip("()"), numbers.language)
    quarter = _QUARTER.match(level)
    if quarter is None:
        return level
    ends = [_round(float(end)) for end in quarter.groups()]
    digits = 0 if max(map(abs, ends)) >= 100 else 1 if max(map(abs, ends)) >= 10 else 2
    low, high = (numbers.number(end, digits) for end in ends)
    return word("range", numbers.language, low=low, high=high)


def _round(end: float) -> float:
    """The least value of all stands a hundredth lower in its quarter."""
    return float(round(end)) if abs(end - round(end)) < 0.011 else end


def _largest(columns: Iterable[pd.Series]) -> float:
    known = [column.abs().max() for column in columns]
    return max((float(one) for one in known if not pd.isna(one)), default=0.0)
