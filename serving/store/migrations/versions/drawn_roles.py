"""keep of each place on a plan whether its role was drawn by chance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; it stays empty for plans that are there."""
    op.add_column("plan_entries", sa.Column("drawn", sa.Boolean(), nullable=True))
