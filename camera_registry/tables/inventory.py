"""Tables of what is out there: places, devices, points, and what was changed of them.

Names of the cameras' columns are the fields of `config/archive_fields.csv`. Five fields refer to
places and devices and are kept as references: 乡镇街道 as `town_code`, 村社区 as `village_id`,
网格编号 as `grid_id`, 重点部位 (with its kind) as `key_location_id`, 上联设备 as `upstream_id`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from camera_registry.columns import UtcDateTime, json_document, word
from camera_registry.tables.base import NAME, TOWN_CODE, camera_key, metadata
from camera_registry.vocabulary import Category, KeyLocationKind, Status, UpstreamKind

towns = Table(
    "towns",
    metadata,
    Column("code", TOWN_CODE, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("name_en", NAME, nullable=False),
)

villages = Table(
    "villages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("town_code", TOWN_CODE, ForeignKey("towns.code"), nullable=False),
    Column("name", NAME, nullable=False),
    UniqueConstraint("town_code", "name"),
)

# Numbers of grids are given out by villages and repeat between them.
grids = Table(
    "grids",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("town_code", TOWN_CODE, ForeignKey("towns.code"), nullable=False),
    Column("village_id", Integer, ForeignKey("villages.id"), nullable=True),
    Column("name", NAME, nullable=False),
)
Index(
    "uq_grids_of_village",
    grids.c.village_id,
    grids.c.name,
    unique=True,
    sqlite_where=grids.c.village_id.is_not(None),
    postgresql_where=grids.c.village_id.is_not(None),
)
Index(
    "uq_grids_of_town",
    grids.c.town_code,
    grids.c.name,
    unique=True,
    sqlite_where=grids.c.village_id.is_(None),
    postgresql_where=grids.c.village_id.is_(None),
)

key_locations = Table(
    "key_locations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("town_code", TOWN_CODE, ForeignKey("towns.code"), nullable=False),
    Column("name", NAME, nullable=False),
    Column("kind", word(KeyLocationKind), nullable=False),
    UniqueConstraint("town_code", "name"),
)

upstreams = Table(
    "upstreams",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("town_code", TOWN_CODE, ForeignKey("towns.code"), nullable=True),
    Column("name", NAME, nullable=False),
    Column("kind", word(UpstreamKind), nullable=False),
    Column("parent_id", Integer, ForeignKey("upstreams.id"), nullable=True),
)
Index(
    "uq_upstreams_of_town",
    upstreams.c.town_code,
    upstreams.c.name,
    unique=True,
    sqlite_where=upstreams.c.town_code.is_not(None),
    postgresql_where=upstreams.c.town_code.is_not(None),
)
Index(
    "uq_upstreams_of_city",
    upstreams.c.name,
    unique=True,
    sqlite_where=upstreams.c.town_code.is_(None),
    postgresql_where=upstreams.c.town_code.is_(None),
)

# Columns whose text is a Fernet token. The stream address is among them because some vendors
# put user and password into its path or query, where they cannot be told apart.
SEALED_FIELDS = ("device_username", "device_password", "stream_url")

cameras = Table(
    "cameras",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("device_code", String(20), unique=True),
    Column("original_device_code", NAME),
    Column("device_name", NAME),
    Column("division_code", String(12)),
    Column("monitor_point_type", String(8)),
    Column("point_common_name", NAME),
    Column("parent_device", String(20)),
    Column("construction_unit", NAME),
    Column("platform_owner_code", NAME),
    Column("management_unit", NAME),
    Column("camera_dept", NAME),
    Column("admin_name", NAME),
    Column("admin_contact", NAME),
    Column("contractor", NAME),
    Column("maintain_unit", NAME),
    Column("device_vendor", NAME),
    Column("device_model", NAME),
    Column("camera_type", String(8)),
    Column("photoelectric_imaging_type", String(8)),
    Column("camera_function_type", String(8)),
    Column("video_encoding_format", String(8)),
    Column("image_resolution", NAME),
    Column("supply_light", String(8)),
    Column("jurisdiction_police", NAME),
    Column("installation_address", NAME),
    Column("surrounding_landmark", NAME),
    Column("longitude", Float(53)),
    Column("latitude", Float(53)),
    Column("coordinate_system", String(16)),
    Column("source_coordinate_system", String(16)),
    Column("installation_location", String(8)),
    Column("monitoring_direction", String(8)),
    Column("pole_number", NAME),
    Column("networking_property", String(8)),
    Column("access_network", String(8)),
    Column("ipv4", String(15), index=True),
    Column("ipv6", String(39)),
    Column("mac_address", String(17)),
    Column("access_port", Integer),
    Column("channel_number", Integer),
    Column("connection_protocol", NAME),
    Column("device_username", Text),
    Column("device_password", Text),
    Column("stream_url", Text),
    Column("enabled_time", Date),
    Column("scrapped_time", Date),
    Column("device_status", String(8)),
    Column("recording_retention_days", Integer),
    Column("osd_name", NAME),
    Column("build_period", NAME),
    Column("town_code", TOWN_CODE, ForeignKey("towns.code"), nullable=False, index=True),
    Column("village_id", Integer, ForeignKey("villages.id")),
    Column("grid_id", Integer, ForeignKey("grids.id")),
    Column("build_source", word(Category), nullable=False),
    Column("key_location_id", Integer, ForeignKey("key_locations.id")),
    Column("upstream_id", Integer, ForeignKey("upstreams.id")),
)

change_log = Table(
    "change_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("who", NAME, nullable=False),
    Column("action", String(8), nullable=False),
    Column("entity", String(32), nullable=False),
    Column("entity_id", Integer, nullable=False),
    Column("field", String(64)),
    Column("old", Text),
    Column("new", Text),
    Index("ix_change_log_of_entity", "entity", "entity_id"),
)

# What a device last said of itself.
device_facts = Table(
    "device_facts",
    metadata,
    camera_key(),
    Column("at", UtcDateTime, nullable=False),
    Column("onvif", json_document(), nullable=False),
)

# Lists of a platform's points that were imported, and what each says of a point.
platform_lists = Table(
    "platform_lists",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    Column("who", NAME, nullable=False),
    Column("file", NAME, nullable=False),
    Column("points", Integer, nullable=False),
)

platform_reports = Table(
    "platform_reports",
    metadata,
    camera_key(),
    Column("at", UtcDateTime, primary_key=True),
    Column("status", word(Status), nullable=False),
    Index("ix_platform_reports_at", "at"),
)
