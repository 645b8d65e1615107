"""Anchors: each camera's health as it was, to replay looks that come late from.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
WORD = sa.String(32)

PRESENT = """
INSERT INTO health_anchors (
    camera_id, at, status, since, last_look_at, evidence_at, contradictions, contradicted_since,
    faults, failure
)
SELECT
    camera_id, CASE WHEN last_look_at > since THEN last_look_at ELSE since END, status, since,
    last_look_at, evidence_at, contradictions, contradicted_since, faults, failure
FROM health_states
"""


def upgrade() -> None:
    """The first anchor of each camera is its present state."""
    key = sa.ForeignKey("cameras.id", name="fk_health_anchors_camera_id", ondelete="CASCADE")
    op.create_table(
        "health_anchors",
        sa.Column("camera_id", sa.Integer, key, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("last_look_at", MOMENT),
        sa.Column("evidence_at", MOMENT),
        sa.Column("contradictions", sa.Integer, nullable=False),
        sa.Column("contradicted_since", MOMENT),
        sa.Column("faults", JSON),
        sa.Column("failure", JSON),
        sa.PrimaryKeyConstraint("camera_id", "at", name="pk_health_anchors"),
    )
    op.create_index("ix_health_anchors_at", "health_anchors", ["at"])
    op.execute(PRESENT)


def downgrade() -> None:
    """Anchors hold nothing that the history does not, and go stale while a version that does not
    know them works. So they are dropped, not set aside: the next upgrade makes new ones."""
    op.drop_table("health_anchors")
