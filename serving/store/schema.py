"""The tables of the store, as the code of today sees them; migrations make and change them.

Times are UTC without zone. Who may see a customer stands in one place only,
``customers.account_manager``.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _run_id() -> sa.Column[int]:
    run = sa.ForeignKey("runs.run_id", ondelete="CASCADE")
    return sa.Column("run_id", sa.Integer, run, primary_key=True)


runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("cutoff", sa.DateTime, nullable=False, unique=True),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("backfilled", sa.Boolean, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)

customers = sa.Table(
    "customers",
    metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("account_manager", sa.Text, index=True),
    sa.Column("cutoff", sa.DateTime, nullable=False),
)
"""Each customer as of the newest run that has them."""

scores = sa.Table(
    "scores",
    metadata,
    _run_id(),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("search", sa.Text, nullable=False),
    sa.Column("account_manager", sa.Text),
    sa.Column("churn_probability", sa.Float),
    sa.Column("referral_probability", sa.Float),
    sa.Column("quadrant", sa.Text),
    sa.Column("margin", sa.Float),
    sa.Column("margin_at_risk", sa.Float),
    sa.Column("change_points", sa.Float),
    sa.Column("main_reason_de", sa.Text),
    sa.Column("main_reason_en", sa.Text),
    sa.Column("main_points", sa.Float),
    sa.Column("open_complaint", sa.Boolean, nullable=False),
    sa.Column("sayable_de", sa.Text),
    sa.Column("sayable_en", sa.Text),
    sa.Column("approach_de", sa.Text),
    sa.Column("approach_en", sa.Text),
    sa.Column("churn_low", sa.Float),
    sa.Column("churn_high", sa.Float),
    sa.Column("care_de", sa.Text),
    sa.Column("care_en", sa.Text),
    sa.Index(None, "customer_id"),
    sa.Index("ix_scores_by_margin", "run_id", "margin_at_risk", "churn_probability"),
    sa.Index("ix_scores_by_churn", "run_id", "churn_probability"),
    sa.Index("ix_scores_by_referral", "run_id", "referral_probability", "churn_probability"),
    sa.Index(
        "ix_scores_by_change",
        *("run_id", "change_points", "churn_probability", "margin_at_risk", "search"),
    ),
    sa.Index("ix_scores_by_name", "run_id", "name", "churn_probability"),
    sa.Index(
        "ix_scores_by_quadrant",
        *("run_id", "quadrant", "margin_at_risk", "churn_probability", "margin", "search"),
    ),
    sa.Index(
        "ix_scores_numbers",  # side by side: sums, sorts and searches need no other texts
        *("run_id", "account_manager", "margin_at_risk", "churn_probability"),
        *("referral_probability", "quadrant", "margin", "change_points", "customer_id"),
        "search",
    ),
)
"""What the worklist sorts and shows; account_manager is whose the customer was at that cutoff.

In the newest run, and there only, it is that of ``customers``. `care` says why the likelihood of
leaving is to be read with care; it and the ends of its interval are null in runs made before.
"""

dossiers = sa.Table(
    "dossiers",
    metadata,
    _run_id(),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""Dossiers as compressed JSON, apart from the scores so that lists do not read them."""

sums = sa.Table(
    "sums",
    metadata,
    _run_id(),
    sa.Column("account_manager", sa.Text, primary_key=True),
    sa.Column("customers", sa.Integer, nullable=False),
    sa.Column("margin_at_risk", sa.Float, nullable=False),
)
"""Per run and account manager ('' for none), so that the history of all needs no single score."""

pictures = sa.Table(
    "pictures",
    metadata,
    _run_id(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("outcome_id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("concession_amount", sa.Float),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("next_step_at", sa.DateTime),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("cutoff", sa.DateTime),
    sa.Column("churn_probability", sa.Float),
    sa.Column("on_plan", sa.Text),
    sa.Index(None, "customer_id", "at"),
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("plan_id", sa.Integer, primary_key=True),
    sa.Column("made_at", sa.DateTime, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("account_manager", sa.Text),
    sa.Column("cutoff", sa.DateTime, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("hold_out_share", sa.Float, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Index(None, "made_by", "plan_id"),
)

plan_entries = sa.Table(
    "plan_entries",
    metadata,
    sa.Column("plan_id", sa.ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("churn_probability", sa.Float),
    sa.Column("drawn", sa.Boolean),
    sa.Index(None, "customer_id"),
)
"""`drawn`: this plan drew the role by chance; null on plans made before that was kept."""

views = sa.Table(
    "views",
    metadata,
    sa.Column("view_id", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("viewer", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Index(None, "customer_id", "at"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("revoked_at", sa.DateTime),
)
"""Only the hash of a token is kept."""
