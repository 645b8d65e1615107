"""What each camera's good pictures measure, private areas, and the pictures kept as evidence.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from camera_registry.set_aside import set_aside, take_back

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "picture_slots",
    "picture_views",
    "picture_acceptances",
    "privacy_masks",
    "evidence",
    "evidence_views",
)

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NAME = sa.String(500)
WORD = sa.String(32)


def upgrade() -> None:
    if take_back(TABLES):
        return
    _create_histories()
    _create_masks()
    _create_evidence()


def downgrade() -> None:
    set_aside(TABLES)


def _owned(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_camera_id"
    return sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=name, ondelete="CASCADE")


def _create_histories() -> None:
    op.create_table(
        "picture_slots",
        sa.Column("camera_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("slot", WORD, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("means", sa.LargeBinary, nullable=False),
        sa.Column("spreads", sa.LargeBinary, nullable=False),
        sa.Column("anchors", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "slot", name="pk_picture_slots"),
        _owned("picture_slots"),
    )
    op.create_table(
        "picture_views",
        sa.Column("camera_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("slot", WORD, nullable=False),
        sa.Column("view", sa.LargeBinary, nullable=False),
        sa.Column("view_at", MOMENT, nullable=False),
        sa.Column("view_range", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "slot", name="pk_picture_views"),
        _owned("picture_views"),
    )
    op.create_table(
        "picture_acceptances",
        sa.Column("camera_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_picture_acceptances"),
        _owned("picture_acceptances"),
    )


def _create_masks() -> None:
    op.create_table(
        "privacy_masks",
        sa.Column("camera_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("polygons", JSON, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_privacy_masks"),
        _owned("privacy_masks"),
    )


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("camera_id", sa.Integer, nullable=False),
        sa.Column("what", WORD, nullable=False),
        sa.Column("slot", WORD),
        sa.Column("faults", JSON, nullable=False),
        sa.Column("captured_at", MOMENT, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_camera_id", "evidence", ["camera_id"])
    op.create_index("ix_evidence_captured_at", "evidence", ["captured_at"])
    op.create_table(
        "evidence_views",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("evidence_id", NUMBER, nullable=False),
        sa.Column("camera_id", sa.Integer, nullable=False),
        sa.Column("viewer", NAME, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evidence_views"),
    )
    op.create_index("ix_evidence_views_at", "evidence_views", ["at"])
