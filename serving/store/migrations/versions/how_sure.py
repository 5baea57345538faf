"""keep of each score how sure it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; they stay empty for runs that are there."""
    for name in ("churn_low", "churn_high"):
        op.add_column("scores", sa.Column(name, sa.Float(), nullable=True))
    for name in ("care_de", "care_en"):
        op.add_column("scores", sa.Column(name, sa.Text(), nullable=True))
