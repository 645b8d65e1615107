"""Incidents with their timelines, who takes them on, maintenance windows, and the last looks by
which a camera that goes to and fro is told.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from camera_registry.set_aside import set_aside, take_back

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("incidents", "incident_events", "incident_acknowledgements", "maintenance_windows")
OF_LOOKS = ("health_states", "health_anchors")

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
INCIDENT_ID = sa.String(200)
NAME = sa.String(500)
WORD = sa.String(32)


def upgrade() -> None:
    for table in OF_LOOKS:
        column = sa.Column("looks", sa.Integer, nullable=False, server_default="1")
        op.add_column(table, column)
    if take_back(TABLES):
        return
    _create_incidents()
    _create_events()
    _create_acknowledgements()
    _create_windows()


def downgrade() -> None:
    """The looks are those of two hours: they are told anew after the next upgrade."""
    set_aside(TABLES)
    for table in OF_LOOKS:
        op.drop_column(table, "looks")


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", INCIDENT_ID, nullable=False),
        sa.Column("cause", WORD, nullable=False),
        sa.Column("trouble", WORD, nullable=False),
        sa.Column("camera_id", sa.Integer),
        sa.Column("upstream_id", sa.Integer),
        sa.Column("inferred", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("town", NAME, nullable=False),
        sa.Column("category", WORD),
        sa.Column("kind", WORD),
        sa.Column("repair_class", sa.String(64), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("noticed_at", MOMENT, nullable=False),
        sa.Column("members", JSON, nullable=False),
        sa.Column("failure", JSON),
        sa.Column("paged_at", MOMENT),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("acknowledged_by", NAME, nullable=False),
        sa.Column("escalated_at", MOMENT),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.Column("reopened", sa.Integer, nullable=False),
        sa.Column("again_at", MOMENT),
        sa.Column("merged_into", INCIDENT_ID, nullable=False),
        sa.Column("last_number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    for column in ("camera_id", "opened_at", "resolved_at"):
        op.create_index(f"ix_incidents_{column}", "incidents", [column])


def _create_events() -> None:
    op.create_table(
        "incident_events",
        sa.Column("incident_id", INCIDENT_ID, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("what", WORD, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("cameras", JSON, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "number", name="pk_incident_events"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_incident_events_incident_id"
        ),
    )
    op.create_index("ix_incident_events_at", "incident_events", ["at"])


def _create_acknowledgements() -> None:
    op.create_table(
        "incident_acknowledgements",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("incident_id", INCIDENT_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident_acknowledgements"),
    )


def _create_windows() -> None:
    op.create_table(
        "maintenance_windows",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("camera_id", sa.Integer),
        sa.Column("upstream_id", sa.Integer),
        sa.Column("town", NAME, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT),
        sa.Column("weekdays", sa.String(7), nullable=False),
        sa.Column("at", sa.Time, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.Column("removed_by", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance_windows"),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name="fk_maintenance_windows_camera_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["upstream_id"],
            ["upstreams.id"],
            name="fk_maintenance_windows_upstream_id",
            ondelete="CASCADE",
        ),
    )
