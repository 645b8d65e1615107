"""Coordinates in WGS-84 with the system they came in, what devices say of themselves, and what
platforms report of their points.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from camera_registry.datum import CoordinateSystem, is_moved, to_wgs84
from camera_registry.set_aside import set_aside, take_back

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("device_facts", "platform_lists", "platform_reports")

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NAME = sa.String(500)
WORD = sa.String(32)
SOURCE = "source_coordinate_system"


def upgrade() -> None:
    columns = sa.inspect(op.get_bind()).get_columns("cameras")
    if SOURCE not in {column["name"] for column in columns}:
        op.add_column("cameras", sa.Column(SOURCE, sa.String(16)))
    _convert()
    if not take_back(TABLES):
        _create_tables()


def downgrade() -> None:
    """The column stays: the version before does not see it, and what it holds would be lost. The
    coordinates stay WGS-84 and say so."""
    set_aside(TABLES)


def _convert() -> None:
    """Coordinates that were kept as their sheet gave them become WGS-84."""
    connection = op.get_bind()
    cameras = sa.table(
        "cameras",
        *(sa.column(name) for name in ("id", "longitude", "latitude", "coordinate_system", SOURCE)),
    )
    other = [system.value for system in CoordinateSystem if system is not CoordinateSystem.WGS84]
    query = sa.select(cameras).where(
        cameras.c.coordinate_system.in_(other),
        cameras.c.longitude.is_not(None),
        cameras.c.latitude.is_not(None),
    )
    for row in connection.execute(query).all():
        if not is_moved(row.longitude, row.latitude):
            continue
        system = CoordinateSystem(row.coordinate_system)
        longitude, latitude = to_wgs84(system, row.longitude, row.latitude)
        connection.execute(
            cameras.update()
            .where(cameras.c.id == row.id)
            .values(
                longitude=round(longitude, 9),
                latitude=round(latitude, 9),
                coordinate_system=CoordinateSystem.WGS84.value,
                source_coordinate_system=system.value,
            )
        )


def _camera(table: str) -> sa.Column:
    key = sa.ForeignKey("cameras.id", name=f"fk_{table}_camera_id", ondelete="CASCADE")
    return sa.Column("camera_id", sa.Integer, key, autoincrement=False, nullable=False)


def _create_tables() -> None:
    op.create_table(
        "device_facts",
        _camera("device_facts"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("onvif", JSON, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_device_facts"),
    )
    op.create_table(
        "platform_lists",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("who", NAME, nullable=False),
        sa.Column("file", NAME, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_platform_lists"),
    )
    op.create_table(
        "platform_reports",
        _camera("platform_reports"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "at", name="pk_platform_reports"),
    )
    op.create_index("ix_platform_reports_at", "platform_reports", ["at"])
