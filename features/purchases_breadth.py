"""How widely a customer buys, what is new, and what comes back."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import Feature, over, step, windows
from treue.features.windows import (
    EVER,
    LAST,
    age_days,
    count,
    ratio,
    smallest,
    total,
    within,
)


def _breadth(stream: str, de: str, de_new: str, en: str) -> tuple[Feature, ...]:
    # a thing counts once: at its last purchase before the cutoff
    return (
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                f"{stream}",
                count(LAST & within(w.days)),
                stream,
                f"Distinct {en} bought",
                f"verschiedene gekaufte {de}",
                f"different {en} bought",
                stream=stream,
                fill=0,
                actionable=True,
            ),
        ),
        *over(
            windows(90, 365),
            lambda w: Feature(
                f"{stream}_new",
                count(nw.col("is_first") & within(w.days)),
                stream,
                f"{en.capitalize()} bought for the first time",
                f"erstmals gekaufte {de_new}",
                f"{en} bought for the first time",
                stream=stream,
                fill=0,
            ),
        ),
        Feature(
            f"{stream}_new_share_365",
            ratio(nw.col(f"{stream}_new_365"), nw.col(f"{stream}_365")),
            "share",
            f"First-time {en} among the different {en} of the last 365 days",
            f"Anteil erstmals gekaufter {de_new} in den letzten 365 Tagen",
            f"share of first-time {en} in the last 365 days",
            of=(f"{stream}_new_365", f"{stream}_365"),
            window_days=365,
        ),
    )


RETURNS = (
    *over(
        windows(90, 365, None),
        lambda w: Feature(
            "returns",
            count(within(w.days)),
            "lines",
            "Returned or cancelled lines",
            "zurückgegebene Positionen",
            "returned order lines",
            stream="returns",
            fill=0,
            actionable=True,
        ),
    ),
    step(
        "returned_365",
        total(nw.col("amount").abs(), within(365)) / 100,
        stream="returns",
        fill=0,
    ),
    Feature(
        "return_share_365",
        ratio(nw.col("returned_365"), nw.col("amount_365")),
        "share",
        "Value of returns over revenue in the last 365 days",
        "Wert der Rückgaben im Verhältnis zum Umsatz der letzten 365 Tage",
        "value of returns relative to revenue in the last 365 days",
        of=("returned_365", "amount_365"),
        window_days=365,
        actionable=True,
    ),
    Feature(
        "days_since_return",
        smallest(age_days(), EVER),
        "days",
        "Days from the last return to the cutoff",
        "Tage seit der letzten Rückgabe",
        "days since the last return",
        stream="returns",
    ),
)


BREADTH = (
    *_breadth("products", "Artikel", "Artikel", "products"),
    *_breadth("categories", "Warengruppen", "Warengruppen", "product groups"),
)
