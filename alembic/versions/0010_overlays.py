"""What each camera's overlay text was found to be.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from camera_registry.set_aside import set_aside, take_back

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("overlay_readings",)

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NAME = sa.String(500)


def upgrade() -> None:
    if take_back(TABLES):
        return
    op.create_table(
        "overlay_readings",
        sa.Column("camera_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.Column("expected_place", NAME, nullable=False),
        sa.Column("shown_place", NAME),
        sa.Column("offset_s", sa.Float(53)),
        sa.Column("standing", JSON, nullable=False),
        sa.Column("doubted", JSON, nullable=False),
        sa.Column("told", JSON, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_overlay_readings"),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name="fk_overlay_readings_camera_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    set_aside(TABLES)
