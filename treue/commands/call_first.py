"""Whom to call first: the customers with most at risk in a scores file, and why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from treue.features.tables import Tables

TO_CALL = 10
REASONS = 3

WORDS = {
    "en": {
        "title": "Call these {n} first ({by})",
        "margin": "margin",
        "amount": "sales",
        "by_margin": "likelihood of leaving × margin of the last year",
        "by_amount": "likelihood of leaving × sales of the last year",
        "by_probability": "likelihood of leaving",
        "leaving": "leaving",
        "recommending": "recommending",
        "at_risk": "at risk",
    },
    "de": {
        "title": "Diese {n} zuerst anrufen ({by})",
        "margin": "Deckungsbeitrag",
        "amount": "Umsatz",
        "by_margin": "Abwanderung × Deckungsbeitrag des letzten Jahres",
        "by_amount": "Abwanderung × Umsatz des letzten Jahres",
        "by_probability": "Wahrscheinlichkeit der Abwanderung",
        "leaving": "Abwanderung",
        "recommending": "Empfehlung",
        "at_risk": "gefährdet",
    },
}


def to_call_first(scores: Path, tables: Tables | None, language: str) -> pd.DataFrame:
    """Rank customers by what is at risk: likelihood of leaving x margin of the last year.

    Returns
    -------
    pandas.DataFrame
        Of the first ten: ``customer_id``, the probabilities and reasons in `language`; ``name``
        where the customers have one; ``margin`` (without margins ``amount``) of the last year and
        ``at_risk``. For a ready panel, without `tables`, the likelihood alone decides. Empty
        without a churn model.
    """
    import numpy as np
    import pandas as pd
    import pyarrow.parquet as pq

    there = pq.read_schema(scores).names
    wanted = ["customer_id", "cutoff", "churn_probability", "referral_probability"]
    columns = [name for name in (*wanted, f"churn_reasons_{language}") if name in there]
    if "churn_probability" not in columns:
        return pd.DataFrame()
    table = pq.read_table(scores, columns=columns)
    found = table.select([name for name in columns if name in wanted]).to_pandas()
    rank = found["churn_probability"]
    if tables is not None:
        worth, value = _last_year(tables, found["cutoff"].iloc[0])
        found[worth] = found["customer_id"].map(value).fillna(0.0)
        rank = found["at_risk"] = found["churn_probability"] * found[worth]
        customers = tables.frames.get("customers")
        if customers is not None and "name" in customers.column_names:
            names = customers.select(["customer_id", "name"]).to_pandas()
            found["name"] = found["customer_id"].map(names.set_index("customer_id")["name"])
    order = np.argsort(-rank.to_numpy(), kind="stable")[:TO_CALL]
    reasons = table[f"churn_reasons_{language}"].take(order).to_pylist()
    return found.iloc[order].assign(reasons=reasons)


def told(first: pd.DataFrame, language: str, currency: str) -> str:
    """Customers to call with their likelihoods, what is at risk, and reasons."""
    from treue.serving.formats import format_value

    words = WORDS[language]
    worth = next((name for name in ("margin", "amount") if name in first), None)
    by = words[f"by_{worth or 'probability'}"]
    lines = [words["title"].format(n=len(first), by=by), ""]
    for place, row in enumerate(first.to_dict("records"), start=1):
        shown = [f"{words['leaving']} {format_value(row['churn_probability'], 'share', language)}"]
        if "referral_probability" in row:
            referral = format_value(row["referral_probability"], "share", language)
            shown.append(f"{words['recommending']} {referral}")
        shown += [
            f"{words[name]} {format_value(row[name], 'money', language, currency)}"
            for name in ((worth, "at_risk") if worth else ())
        ]
        name = row.get("name")
        named = isinstance(name, str) and name != ""
        who = f"{name} ({row['customer_id']})" if named else row["customer_id"]
        lines.append(f"{place:>2}. {who}: {', '.join(shown)}")
        lines += [f"      - {reason}" for reason in row["reasons"][:REASONS]]
    return "\n".join(lines)


def _last_year(tables: Tables, cutoff: pd.Timestamp) -> tuple[str, pd.Series]:
    """``margin``, or ``amount`` where no margin is known, and its sum by customer."""
    import pyarrow.compute as pc

    bought = tables.known_at(cutoff.to_pydatetime()).frames["purchases"]
    bought = bought.filter(pc.greater(bought["purchased_at"], cutoff - timedelta(days=365)))
    known = "margin" in bought.column_names and bought["margin"].null_count < bought.num_rows
    worth = "margin" if known else "amount"
    rows = bought.select(["customer_id", worth]).to_pandas()
    return worth, rows.groupby("customer_id")[worth].sum()
