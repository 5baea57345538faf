"""Whom to call first: the customers with most at risk in a scores file, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from treue.commands import grades

if TYPE_CHECKING:
    import pandas as pd

    from treue.commands.project import Project
    from treue.features.tables import Tables
    from treue.models.value import Assumptions
    from treue.serving.predict import Predictor

TO_CALL = 10
REASONS = 3

WORDS = {
    "en": {
        "title": "Call these {n} first ({by})",
        "margin": "margin",
        "by_margin": "margin at risk in the next {days} days",
        "by_probability": "likelihood of leaving",
        "leaving": "leaving",
        "recommending": "recommending",
        "margin_at_risk": "at risk",
        "worth": "A contact pays for {n} of {of} customers: expected profit {profit}, with the "
        "effect stated in treue.toml.",
    },
    "de": {
        "title": "Diese {n} zuerst anrufen ({by})",
        "margin": "Deckungsbeitrag",
        "by_margin": "Deckungsbeitrag, der in den nächsten {days} Tagen auf dem Spiel steht",
        "by_probability": "Wahrscheinlichkeit der Abwanderung",
        "leaving": "Abwanderung",
        "recommending": "Empfehlung",
        "margin_at_risk": "auf dem Spiel",
        "worth": "Ein Kontakt rechnet sich bei {n} von {of} Kunden: erwarteter Gewinn {profit}, "
        "bei der in treue.toml angenommenen Wirkung.",
    },
}


def of_project(
    project: Project, predictors: dict[str, Predictor], scores: Path, tables: Tables | None
) -> tuple[pd.DataFrame, str]:
    """Whom to call first by the scores of a project, as `to_call_first` and `told` give it.

    Parameters
    ----------
    scores
        The file that was written by these predictors.
    tables
        Raw events; None for a ready panel.
    """
    from treue.serving.assembly import assumptions_over

    config = project.config
    assumptions = assumptions_over(predictors, config.value)
    first = to_call_first(
        scores,
        tables,
        config.language,
        assumptions=assumptions,
        margin_share=config.value.margin_share,
    )
    text = told(
        first,
        config.language,
        config.currency,
        days=assumptions.days,
        warnings=grades.warnings(predictors, config.language),
    )
    worth = told_worth(scores, config.language, config.currency)
    return first, f"{text}\n\n{worth}" if worth else text


def to_call_first(
    scores: Path,
    tables: Tables | None,
    language: str,
    *,
    assumptions: Assumptions,
    margin_share: float | None = None,
) -> pd.DataFrame:
    """Rank customers by their margin at risk, as the pages do.

    Parameters
    ----------
    assumptions, margin_share
        The company's, as the value card takes them.

    Returns
    -------
    pandas.DataFrame
        Of the first ten: ``customer_id``, the probabilities and reasons in `language`; ``name``
        where the customers have one; ``margin`` of the last year and ``margin_at_risk``, both
        missing where no margin is known. Then, and for a ready panel without `tables`, the
        likelihood decides. Empty without a churn model.
    """
    import pandas as pd
    import pyarrow.parquet as pq

    there = pq.read_schema(scores).names
    wanted = ["customer_id", "cutoff", "churn_probability", "referral_probability"]
    columns = [name for name in (*wanted, f"churn_reasons_{language}") if name in there]
    if "churn_probability" not in columns:
        return pd.DataFrame()
    table = pq.read_table(scores, columns=columns)
    found = table.select([name for name in columns if name in wanted]).to_pandas()
    if tables is not None:
        worths = _worths(found, tables, assumptions, margin_share)
        found[["margin", "margin_at_risk"]] = pd.DataFrame(worths, dtype=float)
        customers = tables.frames.get("customers")
        if customers is not None and "name" in customers.column_names:
            names = customers.select(["customer_id", "name"]).to_pandas()
            found["name"] = found["customer_id"].map(names.set_index("customer_id")["name"])
    by = [name for name in ("margin_at_risk", "churn_probability") if name in found]
    ascending = [False] * len(by) + [True]
    first = found.sort_values([*by, "customer_id"], ascending=ascending).head(TO_CALL)
    reasons = table[f"churn_reasons_{language}"].take(first.index.to_numpy()).to_pylist()
    return first.assign(reasons=reasons)


def told(
    first: pd.DataFrame,
    language: str,
    currency: str,
    *,
    days: int,
    warnings: Sequence[str] = (),
) -> str:
    """Customers to call with their likelihoods, what is at risk, and reasons.

    Warnings stand under the title: a list outlives the screen on which it was made.
    """
    from treue.serving.formats import format_value

    words = WORDS[language]
    known = "margin_at_risk" in first and first["margin_at_risk"].notna().any()
    by = words["by_margin" if known else "by_probability"].format(days=days)
    lines = [words["title"].format(n=len(first), by=by), *warnings, ""]
    for place, row in enumerate(first.to_dict("records"), start=1):
        shown = [f"{words['leaving']} {format_value(row['churn_probability'], 'share', language)}"]
        if "referral_probability" in row:
            referral = format_value(row["referral_probability"], "share", language)
            shown.append(f"{words['recommending']} {referral}")
        shown += [
            f"{words[name]} {format_value(row[name], 'money', language, currency)}"
            for name in ("margin", "margin_at_risk")
            if name in row and row[name] == row[name]  # NaN differs from itself
        ]
        name = row.get("name")
        named = isinstance(name, str) and name != ""
        who = f"{name} ({row['customer_id']})" if named else row["customer_id"]
        lines.append(f"{place:>2}. {who}: {', '.join(shown)}")
        lines += [f"      - {reason}" for reason in row["reasons"][:REASONS]]
    return "\n".join(lines)


def told_worth(scores: Path, language: str, currency: str) -> str:
    """How many customers it pays to contact, and what that brings; empty where nobody knows."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from treue.serving.formats import format_value

    if "expected_profit" not in pq.read_schema(scores).names:
        return ""
    profits = pq.read_table(scores, columns=["expected_profit"])["expected_profit"].drop_null()
    if len(profits) == 0:
        return ""
    paying = profits.filter(pc.greater(profits, 0.0))
    total = pc.sum(paying).as_py() or 0.0
    return WORDS[language]["worth"].format(
        n=format_value(len(paying), "whole", language),
        of=format_value(len(profits), "whole", language),
        profit=format_value(total, "money", language, currency),
    )


def _worths(
    scored: pd.DataFrame, tables: Tables, assumptions: Assumptions, margin_share: float | None
) -> list[tuple[float | None, float | None]]:
    """Margin of the last year and margin at risk of each row, as on the value card."""
    from treue.serving.card import card_of
    from treue.serving.ledger import Ledger

    cutoff = scored["cutoff"].iloc[0].to_pydatetime()
    ledger = Ledger.at(tables, cutoff, margin_share=margin_share)
    found = []
    for customer, probability in zip(
        scored["customer_id"], scored["churn_probability"], strict=True
    ):
        worth = ledger.of(customer)
        card = card_of(worth, churn_probability=probability, assumptions=assumptions)
        found.append((worth.margin, card.margin_at_risk))
    return found
