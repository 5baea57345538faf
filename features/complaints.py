"""Complaints as evidence, not as guilt: how often, how grave, how answered, what came after.

A complaint that is resolved after the cutoff was open at the cutoff; goodwill and satisfaction
are known with the resolution.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import WINDOWS, Family, Feature, Lazy, Rows, Stream, over, windows
from treue.features.windows import (
    DAY,
    EVER,
    age_days,
    count,
    decayed,
    largest,
    mean,
    money,
    ratio,
    smallest,
    within,
)

OPEN = nw.col("resolved_age").is_null()
RESOLVED = ~OPEN
RESOLVED_AT = ("complaints.resolved_at",)
# nobody who never bought has bought since
BOUGHT_SINCE = (nw.col("recency_days") < nw.col("days_since_complaint")).fill_null(False)
SATISFIED = 4
"""From this satisfaction on, of 5, a resolution was a good one."""
TO_RESOLVE = nw.col("age") - nw.col("resolved_age")


def rows(tables: Rows) -> Lazy:
    """One row a complaint."""
    return tables["complaints"]


COMPLAINTS = Family(
    "complaints",
    "Reklamationen",
    "complaints",
    {"complaints": Stream(rows, ("complaints",))},
    (
        *over(
            WINDOWS,
            lambda w: Feature(
                "complaints",
                count(within(w.days)),
                "complaints",
                "Complaints",
                "Reklamationen",
                "complaints",
                stream="complaints",
                fill=0,
                actionable=True,
            ),
        ),
        *(
            Feature(
                f"complaints_decayed_{half_life}",
                decayed(half_life),
                "complaints",
                f"Complaints, each weighted by 2**(-age / {half_life} days)",
                f"Reklamationen, neuere stärker gewichtet (Halbwertszeit {half_life} Tage)",
                f"complaints, recent ones weighted more (half-life {half_life} days)",
                stream="complaints",
                fill=0,
            )
            for half_life in (30, 90)
        ),
        Feature(
            "days_since_complaint",
            smallest(age_days(), EVER),
            "days",
            "Days from the last complaint to the cutoff",
            "Tage seit der letzten Reklamation",
            "days since the last complaint",
            stream="complaints",
        ),
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                "complaint_severity_mean",
                mean(nw.col("severity"), within(w.days)),
                "severity 1-5",
                "Mean severity of complaints",
                "Schwere der Reklamationen (1 bis 5) im Mittel {of}",
                "average severity of complaints (1 to 5)",
                stream="complaints",
                needs=("complaints.severity",),
            ),
        ),
        Feature(
            "complaint_severity_max_365",
            largest(nw.col("severity"), within(365)),
            "severity 1-5",
            "Highest severity of a complaint in the last 365 days",
            "Schwere der schwersten Reklamation der letzten 365 Tage (1 bis 5)",
            "severity of the gravest complaint of the last 365 days (1 to 5)",
            stream="complaints",
            needs=("complaints.severity",),
            window_days=365,
        ),
        Feature(
            "complaint_severity_decayed_90",
            decayed(90, nw.col("severity") * 1_000_000) / 1_000_000,
            "severity",
            "Severities added up, each weighted by 2**(-age / 90 days)",
            "gesamte Schwere der Reklamationen, neuere stärker gewichtet (Halbwertszeit 90 Tage)",
            "total severity of all complaints, recent ones weighted more (half-life 90 days)",
            stream="complaints",
            needs=("complaints.severity",),
            fill=0,
        ),
        Feature(
            "complaints_open",
            count(OPEN),
            "complaints",
            "Complaints not resolved at the cutoff",
            "offene Reklamationen",
            "open complaints",
            stream="complaints",
            needs=RESOLVED_AT,
            fill=0,
            actionable=True,
        ),
        Feature(
            "complaint_open_days",
            largest(age_days(), OPEN),
            "days",
            "Age in days of the oldest complaint not resolved at the cutoff",
            "Wartezeit der ältesten offenen Reklamation in Tagen",
            "days that the oldest open complaint has been waiting",
            stream="complaints",
            needs=RESOLVED_AT,
            actionable=True,
        ),
        *over(
            windows(365, None),
            lambda w: Feature(
                "complaint_days_to_resolve",
                mean(TO_RESOLVE, RESOLVED & within(w.days)) / DAY,
                "days",
                "Mean days to resolution of the complaints opened {window} and resolved since",
                "Tage bis zur Lösung einer Reklamation im Mittel {of}",
                "average days to resolve a complaint",
                stream="complaints",
                needs=RESOLVED_AT,
                actionable=True,
            ),
        ),
        Feature(
            "complaint_days_to_resolve_max_365",
            largest(TO_RESOLVE, RESOLVED & within(365)) / DAY,
            "days",
            "Longest time to resolve a complaint of the last 365 days",
            "Tage bis zur Lösung der langwierigsten Reklamation der letzten 365 Tage",
            "days to resolve the slowest complaint of the last 365 days",
            stream="complaints",
            needs=RESOLVED_AT,
            window_days=365,
        ),
        *over(
            windows(365, None),
            lambda w: Feature(
                "goodwill",
                money("goodwill_amount", within(w.days)),
                "money",
                "Goodwill granted on complaints opened {window}, as known at the cutoff",
                "gewährte Kulanz",
                "goodwill granted",
                stream="complaints",
                needs=("complaints.goodwill_amount",),
                fill=0,
                actionable=True,
            ),
        ),
        Feature(
            "goodwill_per_complaint",
            ratio(nw.col("goodwill_all"), nw.col("complaints_all")),
            "money",
            "Goodwill per complaint, all history",
            "Kulanz je Reklamation",
            "goodwill per complaint",
            of=("goodwill_all", "complaints_all"),
        ),
        Feature(
            "goodwill_per_margin_365",
            ratio(nw.col("goodwill_365"), nw.col("margin_365")),
            "share",
            "Goodwill over contribution margin of the last 365 days; missing without a margin",
            "Kulanz im Verhältnis zum Deckungsbeitrag der letzten 365 Tage",
            "goodwill relative to the contribution margin of the last 365 days",
            of=("goodwill_365", "margin_365"),
            window_days=365,
        ),
        *(
            feature
            for who, de, en in (
                ("us", "durch uns verursachte", "caused by us"),
                ("customer", "vom Kunden verursachte", "caused by the customer"),
            )
            for feature in over(
                windows(365, None),
                lambda w, who=who, de=de, en=en: Feature(  # type: ignore[misc]
                    f"complaints_by_{who}",
                    count((nw.col("caused_by") == who) & within(w.days)),
                    "complaints",
                    f"Complaints {en}",
                    f"{de} Reklamationen",
                    f"complaints {en}",
                    stream="complaints",
                    needs=("complaints.caused_by",),
                    fill=0,
                    actionable=who == "us",
                ),
            )
        ),
        Feature(
            "complaints_reopened",
            count(~nw.col("reopened_age").is_null()),
            "complaints",
            "Complaints that were opened again",
            "wieder eröffnete Reklamationen",
            "reopened complaints",
            stream="complaints",
            needs=("complaints.reopened_at",),
            fill=0,
            actionable=True,
        ),
        Feature(
            "complaint_satisfaction_mean",
            mean(nw.col("satisfaction"), EVER),
            "satisfaction 1-5",
            "Mean satisfaction with the handling of complaints",
            "mittlere Zufriedenheit mit der Bearbeitung von Reklamationen (1 bis 5)",
            "average satisfaction with how complaints were handled (1 to 5)",
            stream="complaints",
            needs=("complaints.satisfaction",),
            actionable=True,
        ),
        *(
            Feature(
                f"days_since_{name}",
                smallest(age_days("resolved_age"), where),
                "days",
                f"Days from the last resolution of a complaint {meaning} to the cutoff",
                f"Tage seit der letzten Lösung einer Reklamation{de}",
                f"days since a complaint was last resolved{en}",
                stream="complaints",
                needs=(*RESOLVED_AT, *needs),
            )
            for name, where, meaning, de, en, needs in (
                ("resolution", RESOLVED, "of any outcome", "", "", ()),
                (
                    "good_resolution",
                    nw.col("satisfaction") >= SATISFIED,
                    f"with a satisfaction of {SATISFIED} or 5",
                    " zur Zufriedenheit des Kunden",
                    " to the customer's satisfaction",
                    ("complaints.satisfaction",),
                ),
                (
                    "goodwill",
                    nw.col("goodwill_amount") > 0,
                    "with goodwill",
                    " mit Kulanz",
                    " with goodwill",
                    ("complaints.goodwill_amount",),
                ),
            )
        ),
        *over(
            windows(365, None),
            lambda w: Feature(
                "complaints_per_order",
                ratio(nw.col(f"complaints_{w.suffix}"), nw.col(f"orders_{w.suffix}")),
                "ratio",
                "Complaints per order",
                "Reklamationen je Auftrag",
                "complaints per order",
                of=(f"complaints_{w.suffix}", f"orders_{w.suffix}"),
            ),
        ),
        Feature(
            "bought_since_complaint",
            nw.when(~nw.col("days_since_complaint").is_null()).then(BOUGHT_SINCE.cast(nw.Float64)),
            "yes or no",
            "1 if the customer has bought since the last complaint, 0 if not; missing without one",
            "Auftrag seit der letzten Reklamation",
            "order since the last complaint",
            of=("days_since_complaint", "recency_days"),
        ),
        Feature(
            "silence_since_complaint_days",
            nw.when(~BOUGHT_SINCE).then(nw.col("days_since_complaint")),
            "days",
            "Days of silence since the last complaint: no order came after it",
            "Tage ohne neuen Auftrag seit der letzten Reklamation",
            "days without a new order since the last complaint",
            of=("days_since_complaint", "recency_days"),
            actionable=True,
        ),
    ),
)
