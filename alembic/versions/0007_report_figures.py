"""What reports need beyond intervals: each day's pictures and clocks, and corrections.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from camera_registry.set_aside import set_aside, take_back

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("daily_pictures", "corrections")

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
NAME = sa.String(500)
WORD = sa.String(32)


def upgrade() -> None:
    if not take_back(TABLES):
        _create_tables()


def downgrade() -> None:
    """What people corrected can be had from nowhere else: the tables are set aside."""
    set_aside(TABLES)


def _create_tables() -> None:
    op.create_table(
        "daily_pictures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("camera_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("clock_offset_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("day", "camera_id", name="pk_daily_pictures"),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name="fk_daily_pictures_camera_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", WORD, nullable=False),
        sa.Column("camera_id", sa.Integer()),
        sa.Column("upstream_id", sa.Integer()),
        sa.Column("town", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("judgement", WORD, nullable=False),
        sa.Column("reason", NAME, nullable=False),
        sa.Column("made_by", NAME, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.Column("removed_by", NAME, nullable=False),
        sa.Column("removed_reason", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_ended_at", "corrections", ["ended_at"])
