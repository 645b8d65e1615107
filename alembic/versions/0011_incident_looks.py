"""The last failing looks of incidents, which outlast the single looks.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from camera_registry.set_aside import set_aside, take_back

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("incident_looks",)

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    if take_back(TABLES):
        return
    op.create_table(
        "incident_looks",
        sa.Column("incident_id", sa.String(200), nullable=False),
        sa.Column("camera_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("failure", JSON),
        sa.Column("stages", JSON, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "camera_id", name="pk_incident_looks"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_incident_looks_incident_id"
        ),
    )


def downgrade() -> None:
    set_aside(TABLES)
