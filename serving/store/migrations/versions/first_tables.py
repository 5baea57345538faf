"""make the tables: runs, scores, dossiers, outcomes, plans, views, tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("account_manager", sa.Text(), nullable=True),
        sa.Column("cutoff", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customers"),
    )
    op.create_index("ix_customers_account_manager", "customers", ["account_manager"])
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("account_manager", sa.Text(), nullable=True),
        sa.Column("cutoff", sa.DateTime(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("hold_out_share", sa.Float(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name="pk_plans"),
    )
    op.create_index("ix_plans_made_by_plan_id", "plans", ["made_by", "plan_id"])
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("cutoff", sa.DateTime(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
        sa.UniqueConstraint("cutoff", name="uq_runs_cutoff"),
    )
    op.create_table(
        "tokens",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_tokens"),
        sa.UniqueConstraint("sha256", name="uq_tokens_sha256"),
    )
    op.create_table(
        "views",
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("viewer", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", name="pk_views"),
    )
    op.create_index("ix_views_customer_id_at", "views", ["customer_id", "at"])
    op.create_table(
        "dossiers",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name="fk_dossiers_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id", name="pk_dossiers"),
    )
    op.create_table(
        "outcomes",
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("concession_amount", sa.Float(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("next_step_at", sa.DateTime(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("cutoff", sa.DateTime(), nullable=True),
        sa.Column("churn_probability", sa.Float(), nullable=True),
        sa.Column("on_plan", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name="fk_outcomes_customer_id"
        ),
        sa.PrimaryKeyConstraint("outcome_id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_customer_id_at", "outcomes", ["customer_id", "at"])
    op.create_table(
        "pictures",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name="fk_pictures_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_pictures"),
    )
    op.create_table(
        "plan_entries",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("churn_probability", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name="fk_plan_entries_customer_id"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name="fk_plan_entries_plan_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "customer_id", name="pk_plan_entries"),
    )
    op.create_index("ix_plan_entries_customer_id", "plan_entries", ["customer_id"])
    op.create_table(
        "scores",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("account_manager", sa.Text(), nullable=True),
        sa.Column("churn_probability", sa.Float(), nullable=True),
        sa.Column("referral_probability", sa.Float(), nullable=True),
        sa.Column("quadrant", sa.Text(), nullable=True),
        sa.Column("margin", sa.Float(), nullable=True),
        sa.Column("margin_at_risk", sa.Float(), nullable=True),
        sa.Column("change_points", sa.Float(), nullable=True),
        sa.Column("main_reason_de", sa.Text(), nullable=True),
        sa.Column("main_reason_en", sa.Text(), nullable=True),
        sa.Column("main_points", sa.Float(), nullable=True),
        sa.Column("open_complaint", sa.Boolean(), nullable=False),
        sa.Column("sayable_de", sa.Text(), nullable=True),
        sa.Column("sayable_en", sa.Text(), nullable=True),
        sa.Column("approach_de", sa.Text(), nullable=True),
        sa.Column("approach_en", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name="fk_scores_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id", name="pk_scores"),
    )
    op.create_index(
        "ix_scores_by_change",
        "scores",
        ["run_id", "change_points", "churn_probability", "margin_at_risk", "search"],
    )
    op.create_index("ix_scores_by_churn", "scores", ["run_id", "churn_probability"])
    op.create_index(
        "ix_scores_by_margin", "scores", ["run_id", "margin_at_risk", "churn_probability"]
    )
    op.create_index("ix_scores_by_name", "scores", ["run_id", "name", "churn_probability"])
    op.create_index(
        "ix_scores_by_quadrant",
        "scores",
        ["run_id", "quadrant", "margin_at_risk", "churn_probability", "margin", "search"],
    )
    op.create_index(
        "ix_scores_by_referral", "scores", ["run_id", "referral_probability", "churn_probability"]
    )
    op.create_index("ix_scores_customer_id", "scores", ["customer_id"])
    op.create_index(
        "ix_scores_numbers",
        "scores",
        [
            "run_id",
            "account_manager",
            "margin_at_risk",
            "churn_probability",
            "referral_probability",
            "quadrant",
            "margin",
            "change_points",
            "customer_id",
            "search",
        ],
    )
    op.create_table(
        "sums",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("account_manager", sa.Text(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("margin_at_risk", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name="fk_sums_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "account_manager", name="pk_sums"),
    )
