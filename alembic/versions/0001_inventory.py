"""Places, devices, cameras and the log of changes.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from camera_registry.set_aside import set_aside, take_back

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("towns", "villages", "grids", "key_locations", "upstreams", "cameras", "change_log")

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NAME = sa.String(500)
CODE = sa.String(8)
WORD = sa.String(32)

CAMERA_FIELDS = {
    "device_code": sa.String(20),
    "original_device_code": NAME,
    "device_name": NAME,
    "division_code": sa.String(12),
    "monitor_point_type": CODE,
    "point_common_name": NAME,
    "parent_device": sa.String(20),
    "construction_unit": NAME,
    "platform_owner_code": NAME,
    "management_unit": NAME,
    "camera_dept": NAME,
    "admin_name": NAME,
    "admin_contact": NAME,
    "contractor": NAME,
    "maintain_unit": NAME,
    "device_vendor": NAME,
    "device_model": NAME,
    "camera_type": CODE,
    "photoelectric_imaging_type": CODE,
    "camera_function_type": CODE,
    "video_encoding_format": CODE,
    "image_resolution": NAME,
    "supply_light": CODE,
    "jurisdiction_police": NAME,
    "installation_address": NAME,
    "surrounding_landmark": NAME,
    "longitude": sa.Float(53),
    "latitude": sa.Float(53),
    "coordinate_system": sa.String(16),
    "installation_location": CODE,
    "monitoring_direction": CODE,
    "pole_number": NAME,
    "networking_property": CODE,
    "access_network": CODE,
    "ipv4": sa.String(15),
    "ipv6": sa.String(39),
    "mac_address": sa.String(17),
    "access_port": sa.Integer(),
    "channel_number": sa.Integer(),
    "connection_protocol": NAME,
    "device_username": sa.Text(),
    "device_password": sa.Text(),
    "stream_url": sa.Text(),
    "enabled_time": sa.Date(),
    "scrapped_time": sa.Date(),
    "device_status": CODE,
    "recording_retention_days": sa.Integer(),
    "osd_name": NAME,
    "build_period": NAME,
}


def upgrade() -> None:
    if take_back(TABLES):
        return
    _create_places()
    _create_upstreams()
    _create_cameras()
    op.create_table(
        "change_log",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", NAME, nullable=False),
        sa.Column("action", CODE, nullable=False),
        sa.Column("entity", WORD, nullable=False),
        sa.Column("entity_id", sa.Integer, nullable=False),
        sa.Column("field", sa.String(64)),
        sa.Column("old", sa.Text),
        sa.Column("new", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_change_log"),
    )
    op.create_index("ix_change_log_at", "change_log", ["at"])
    op.create_index("ix_change_log_of_entity", "change_log", ["entity", "entity_id"])


def downgrade() -> None:
    set_aside(TABLES)


def _town(table: str, *, nullable: bool = False) -> sa.Column:
    key = sa.ForeignKey("towns.code", name=f"fk_{table}_town_code")
    return sa.Column("town_code", sa.String(9), key, nullable=nullable)


def _reference(table: str, column: str, target: str) -> sa.Column:
    return sa.Column(column, sa.Integer, sa.ForeignKey(target, name=f"fk_{table}_{column}"))


def _partly_unique(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_places() -> None:
    op.create_table(
        "towns",
        sa.Column("code", sa.String(9), nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("name_en", NAME, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_towns"),
        sa.UniqueConstraint("name", name="uq_towns_name"),
    )
    op.create_table(
        "villages",
        sa.Column("id", sa.Integer, nullable=False),
        _town("villages"),
        sa.Column("name", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_villages"),
        sa.UniqueConstraint("town_code", "name", name="uq_villages_town_code_name"),
    )
    op.create_table(
        "grids",
        sa.Column("id", sa.Integer, nullable=False),
        _town("grids"),
        _reference("grids", "village_id", "villages.id"),
        sa.Column("name", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grids"),
    )
    _partly_unique("uq_grids_of_village", "grids", ["village_id", "name"], "village_id IS NOT NULL")
    _partly_unique("uq_grids_of_town", "grids", ["town_code", "name"], "village_id IS NULL")
    op.create_table(
        "key_locations",
        sa.Column("id", sa.Integer, nullable=False),
        _town("key_locations"),
        sa.Column("name", NAME, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_locations"),
        sa.UniqueConstraint("town_code", "name", name="uq_key_locations_town_code_name"),
    )


def _create_upstreams() -> None:
    op.create_table(
        "upstreams",
        sa.Column("id", sa.Integer, nullable=False),
        _town("upstreams", nullable=True),
        sa.Column("name", NAME, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        _reference("upstreams", "parent_id", "upstreams.id"),
        sa.PrimaryKeyConstraint("id", name="pk_upstreams"),
    )
    _partly_unique(
        "uq_upstreams_of_town", "upstreams", ["town_code", "name"], "town_code IS NOT NULL"
    )
    _partly_unique("uq_upstreams_of_city", "upstreams", ["name"], "town_code IS NULL")


def _create_cameras() -> None:
    op.create_table(
        "cameras",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        *(sa.Column(name, kind) for name, kind in CAMERA_FIELDS.items()),
        _town("cameras"),
        _reference("cameras", "village_id", "villages.id"),
        _reference("cameras", "grid_id", "grids.id"),
        sa.Column("build_source", WORD, nullable=False),
        _reference("cameras", "key_location_id", "key_locations.id"),
        _reference("cameras", "upstream_id", "upstreams.id"),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
        sa.UniqueConstraint("device_code", name="uq_cameras_device_code"),
    )
    op.create_index("ix_cameras_town_code", "cameras", ["town_code"])
    op.create_index("ix_cameras_ipv4", "cameras", ["ipv4"])
