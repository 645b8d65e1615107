"""The outbox: notices to crews, and the messages that carry them.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from camera_registry.set_aside import set_aside, take_back

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("notice_cursors", "notices", "notice_messages")

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NAME = sa.String(500)
WORD = sa.String(32)
INCIDENT_ID = sa.String(200)
CREW = sa.String(100)


def upgrade() -> None:
    if take_back(TABLES):
        return
    op.create_table(
        "notice_cursors",
        sa.Column("incident_id", INCIDENT_ID, nullable=False),
        sa.Column("event_number", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name="pk_notice_cursors"),
    )
    op.create_index("ix_notice_cursors_at", "notice_cursors", ["at"])
    _create_notices()
    _create_messages()


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("incident_id", INCIDENT_ID, nullable=False),
        sa.Column("event_number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("crew", CREW, nullable=False),
        sa.Column("what", WORD, nullable=False),
        sa.Column("page", sa.Boolean, nullable=False),
        sa.Column("town", NAME, nullable=False),
        sa.Column("repair_class", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("release_at", MOMENT, nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.PrimaryKeyConstraint("incident_id", "event_number", "crew", name="pk_notices"),
    )
    op.create_index("ix_notices_at", "notices", ["at"])
    op.create_index("ix_notices_state_release_at", "notices", ["state", "release_at"])


def _create_messages() -> None:
    op.create_table(
        "notice_messages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("crew", CREW, nullable=False),
        sa.Column("target", CREW, nullable=False),
        sa.Column("page", sa.Boolean, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.Column("failure", sa.String(64), nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice_messages"),
    )
    op.create_index("ix_notice_messages_created_at", "notice_messages", ["created_at"])
    op.create_index("ix_notice_messages_state_next_at", "notice_messages", ["state", "next_at"])


def downgrade() -> None:
    set_aside(TABLES)
