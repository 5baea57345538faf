"""What people read of a training: the model card in Markdown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from treue.features.catalogue import FAMILY_PHRASES, describe
from treue.models.blend import Blend
from treue.models.bundle import Bundle
from treue.models.intervals import Interval
from treue.training.beside_logistic import from_differences
from treue.training.certain import certain_section
from treue.training.config import Config
from treue.training.curve_report import curve_section
from treue.training.evaluate import Evaluation, Judgement
from treue.training.profit_report import profit_section
from treue.training.recorded_report import recorded_section
from treue.training.rules import RULES
from treue.training.segments import MODEL

METRIC_NAMES = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "log_loss": "log loss ↓",
    "brier": "Brier score ↓",
    "ece": "calibration error ↓",
    "lift_1": "lift at 1 %",
    "lift_5": "lift at 5 %",
    "lift_10": "lift at 10 %",
    "empc": "expected maximum profit per customer, contacted by likelihood",
}
_TOP_FEATURES = 10
_RARE_FIRST = ("average_precision", "lift_10", "lift_5", "lift_1")
"""What counts where few do it: those named first, not how the many others are ordered."""


@dataclass(frozen=True)
class CardFacts:
    """What a card says beyond the model and its figures.

    Attributes
    ----------
    name
        Registered name.
    families
        Family -> mean size of its contributions in log-odds, largest first.
    features
        Feature -> the same, largest first.
    sensitive
        Columns kept out of the model.
    data
        One line a data set: name, rows, fingerprint.
    """

    name: str
    families: pd.Series
    features: pd.Series
    sensitive: tuple[str, ...]
    data: tuple[str, ...]


def definition(target: str, config: Config) -> str:
    """What a model predicts, in one sentence."""
    if config.panel is not None:
        column = config.panel.churned if target == "churn" else config.panel.referred
        return f"The probability that column `{column}` of the panel says yes."
    label = config.label
    window = f"in the {label.horizon_days} days after it"
    if target == "referral":
        what = {
            "made": f"recommends us to somebody {window}",
            "converted": f"makes a recommendation that becomes a customer {window}",
        }[label.referral]
    else:
        what = {
            "inactivity": f"makes no purchase {window}",
            "contract": f"ends the last running contract {window}",
            "decline": f"spends less {window} than {label.decline_share:.0%} of the spend in the "
            f"{label.horizon_days} days before it",
        }[label.churn]
    who = (
        "has a running contract at the cutoff"
        if label.churn == "contract"
        else f"bought in the {label.lookback_days} days before the cutoff"
    )
    return f"The probability that a customer who {who} {what}."


def model_card(bundle: Bundle, evaluation: Evaluation, facts: CardFacts, config: Config) -> str:
    """The model card in Markdown."""
    overall = evaluation.overall
    sections = [
        f"# {facts.name}: model card",
        f"{definition(bundle.target, config)}",
        " ".join(
            filter(
                None,
                (
                    f"**{overall.grade.reasons['en'][0]}**",
                    from_differences(overall.differences, "en"),
                ),
            )
        ),
        "## Data",
        _data(bundle, evaluation, facts),
        "## How good it is",
        _how_judged(evaluation),
        _figures(overall, evaluation.target),
        *recorded_section(evaluation, config),
        *(_cutoffs(evaluation) if len(evaluation.by_cutoff) > 1 else ()),
        "\n".join(f"- {reason}" for reason in overall.grade.reasons["en"][1:]),
        *(
            f"{RULES[rule][0].upper()}{RULES[rule][1:]} is not in the comparison: {why}."
            for rule, why in evaluation.left_out.items()
        ),
        *certain_section(evaluation.sureness, evaluation.target),
        *profit_section(evaluation.profit, config),
        *curve_section(bundle, evaluation.curve, config),
        "## What moves it",
        _drivers(facts),
        *_levels("Segments", evaluation.segments),
        "## Fairness",
        _fairness(evaluation, facts),
        "## Limits",
        _limits(bundle, evaluation, config),
        "## How it was made",
        _made(bundle, facts),
    ]
    return "\n\n".join(sections) + "\n"


def figure(found: Interval, digits: int = 3) -> str:
    """A figure with its interval, as in ``0.712 [0.690, 0.735]``."""
    if pd.isna(found.value):
        return "–"
    value = f"{found.value:.{digits}f}"
    if pd.isna(found.low):
        return value
    return f"{value} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _data(bundle: Bundle, evaluation: Evaluation, facts: CardFacts) -> str:
    made, judged = bundle.provenance, evaluation.overall
    cutoffs = made["train_cutoffs"]
    held_out = [f"{one.cutoff:%Y-%m-%d}" for one in evaluation.by_cutoff if one.cutoff]
    when = f"{len(cutoffs)}: {cutoffs[0][:10]} to {cutoffs[-1][:10]}" if cutoffs else "none"
    rows = [
        ["training", when, made["rows"], made["customers"], made["positives"]],
        [
            "held out",
            f"{len(held_out)}: {', '.join(held_out)}" if held_out else "none",
            *(judged.rows, judged.customers, judged.positives),
        ],
    ]
    sources = "\n".join(f"- {line}" for line in facts.data)
    return table(["", "cutoffs", "rows", "customers", "positives"], rows) + f"\n\n{sources}"


def _how_judged(evaluation: Evaluation) -> str:
    if evaluation.time_forward:
        return (
            "Judged time-forward: the label windows of the training rows had ended when the "
            "held-out cutoff came. Figures with 95 % intervals (customers drawn anew); every "
            "rule on the same rows."
        )
    return (
        "**Not time-forward:** the panel has no cutoffs, so customers were held out instead. "
        "Whether the model holds over time is not shown. Figures with 95 % intervals (customers "
        "drawn anew); every rule on the same rows."
    )


def _figures(judged: Judgement, target: str) -> str:
    names = list(judged.figures)
    first = _RARE_FIRST if target == "referral" else ()
    heads = ["metric", *("model" if name == MODEL else RULES[name] for name in names)]
    rows = [
        [words, *(figure(judged.figures[name][metric]) for name in names)]
        for metric, words in sorted(METRIC_NAMES.items(), key=lambda named: named[0] not in first)
        if metric in judged.figures[MODEL]
    ]
    return table(heads, rows)


def _cutoffs(evaluation: Evaluation) -> list[str]:
    rows = [
        [
            f"{one.cutoff:%Y-%m-%d}",
            one.rows,
            figure(one.figures[MODEL]["auroc"]),
            figure(one.figures[MODEL]["log_loss"]),
            one.grade.letter,
        ]
        for one in evaluation.by_cutoff
    ]
    return [table(["cutoff", "rows", "AUROC", "log loss ↓", "grade"], rows)]


def _drivers(facts: CardFacts) -> str:
    total = facts.families.sum() or 1.0
    families = [
        [FAMILY_PHRASES[name][1] if name in FAMILY_PHRASES else name, f"{size / total:.0%}"]
        for name, size in facts.families.items()
    ]
    features = [
        [f"`{name}`", describe(str(name)).meaning, f"{size:.3f}"]
        for name, size in facts.features.head(_TOP_FEATURES).items()
    ]
    return "\n\n".join(
        [
            "Mean size of the contributions (SHAP values in log-odds) on the held-out rows.",
            table(["family", "share"], families),
            table(["feature", "meaning", "size"], features),
        ]
    )


def _levels(title: str, levels: pd.DataFrame) -> list[str]:
    if levels.empty:
        return []
    rows = [
        [
            *(one["attribute"], one["level"], one["rows"]),
            *(_share(one["observed_share"]), _share(one["predicted_share"])),
            _share(one["calibration_gap"], sign=True),
            figure(Interval(one["auroc"], one["auroc_low"], one["auroc_high"])),
        ]
        for one in levels.to_dict("records")
    ]
    heads = ["column", "level", "rows", "observed", "predicted", "gap", "AUROC"]
    return [f"## {title}", table(heads, rows)]


def _share(value: object, *, sign: bool = False) -> str:
    if not isinstance(value, float) or pd.isna(value):
        return "–"
    return f"{value:+.1%}" if sign else f"{value:.1%}"


def _fairness(evaluation: Evaluation, facts: CardFacts) -> str:
    if not facts.sensitive:
        return (
            "No column was named sensitive, so nothing is said of fairness. Columns named under "
            "`data.sensitive` are never features and are shown here."
        )
    told = f"Never used as features, only looked at here: {', '.join(facts.sensitive)}."
    levels = _levels("", evaluation.sensitive)
    return "\n\n".join([told, *levels[1:]])


def _limits(bundle: Bundle, evaluation: Evaluation, config: Config) -> str:
    made = bundle.provenance
    lines = [
        "Contributions say what the model looks at, not what would change the customer's mind.",
        "Valid for customers like those it was trained on; a new market, price list or habit of "
        "recording needs a new training.",
    ]
    if config.panel is None and config.label.churn != "contract":
        lines.append(
            f"Customers without a purchase in {config.label.lookback_days} days are not scored."
        )
    if len(evaluation.by_cutoff) == 1:
        lines.append(
            "One held-out cutoff can mislead; `treue backtest` judges at several earlier ones."
        )
    lines += [f"`{name}` is not used: {why}." for name, why in made["columns_left_out"].items()]
    return "\n".join(f"- {line}" for line in lines)


def _made(bundle: Bundle, facts: CardFacts) -> str:
    made = bundle.provenance
    libraries: Mapping[str, str] = made["versions"]
    return "\n".join(
        [
            f"- Code: {made['code_version']}",
            f"- Versions: {', '.join(f'{name} {number}' for name, number in libraries.items())}",
            f"- Columns: {len(bundle.model.columns_.names)}; members: "
            f"{len(bundle.model.boosters_)} gradient-boosted tree models, calibrated on customers "
            "that the member had not seen",
            *([f"- Blend: {blend_words(blend)}"] if (blend := bundle.model.blend_) else []),
            *(
                f"- {one['name'].capitalize()}: {one['chosen']} ({one['reason']})."
                for one in bundle.provenance.get("decisions", ())
            ),
            "- The same `treue.toml` (kept in the bundle) on the same data gives the same model.",
        ]
    )


def blend_words(blend: Blend) -> str:
    """Which members a blend adds up, with their weights.

    Examples
    --------
    >>> blend_words(Blend(intercept=-0.1, tree=0.8))
    'log-odds are 0.80 × the trees - 0.10.'
    """
    weights = {
        "the trees": blend.tree,
        "logistic regression on ranks": blend.linear_weight,
        "BG/NBD": blend.bgnbd_weight,
    }
    added = " + ".join(f"{weight:.2f} × {name}" for name, weight in weights.items() if weight)
    sign = "-" if blend.intercept < 0 else "+"
    return f"log-odds are {added or 'constant'} {sign} {abs(blend.intercept):.2f}."
