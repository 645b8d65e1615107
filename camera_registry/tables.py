"""The tables of the registry. Rows never leave the storage modules: those return the frozen
dataclasses of `camera_registry.vocabulary`. The migrations under `alembic/` make these tables; a
test compares the two.

Names of the cameras' columns are the fields of `config/archive_fields.csv`. Five fields refer to
places and devices and are kept as references: 乡镇街道 as `town_code`, 村社区 as `village_id`,
网格编号 as `grid_id`, 重点部位 (with its kind) as `key_location_id`, 上联设备 as `upstream_id`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
)

from camera_registry.assessment.corrections import Judgement
from camera_registry.assessment.corrections import Target as CorrectionTarget
from camera_registry.columns import UtcDateTime, json_document, word
from camera_registry.incidents.vocabulary import Cause, Happening, Trouble
from camera_registry.outbox import MessageState, NoticeState
from camera_registry.pictures.vocabulary import EvidenceKind
from camera_registry.vocabulary import Category, KeyLocationKind, Status, UpstreamKind
from probes.vocabulary import Blame, PictureSlot, Stage, StreamKind, Verdict

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

TOWN_CODE = String(9)
NAME = String(500)

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


def _camera_key() -> Column[int]:
    owner = ForeignKey("cameras.id", ondelete="CASCADE")
    return Column("camera_id", Integer, owner, primary_key=True, autoincrement=False)


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

health_states = Table(
    "health_states",
    metadata,
    _camera_key(),
    Column("status", word(Status), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last_look_at", UtcDateTime),
    Column("evidence_at", UtcDateTime),
    Column("last_frame_at", UtcDateTime),
    Column("contradictions", Integer, nullable=False),
    Column("contradicted_since", UtcDateTime),
    Column("faults", json_document()),
    Column("failure", json_document()),
    Column("sketch_luma", LargeBinary),
    Column("sketch_digest", LargeBinary),
    Column("sketch_at", UtcDateTime),
    Column("sketch_stream", word(StreamKind)),
    Column("looks", Integer, nullable=False, server_default="1"),
)

health_anchors = Table(
    "health_anchors",
    metadata,
    _camera_key(),
    Column("at", UtcDateTime, primary_key=True),
    Column("status", word(Status), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last_look_at", UtcDateTime),
    Column("evidence_at", UtcDateTime),
    Column("contradictions", Integer, nullable=False),
    Column("contradicted_since", UtcDateTime),
    Column("faults", json_document()),
    Column("failure", json_document()),
    Column("looks", Integer, nullable=False, server_default="1"),
    Index("ix_health_anchors_at", "at"),
)

state_intervals = Table(
    "state_intervals",
    metadata,
    _camera_key(),
    Column("started_at", UtcDateTime, primary_key=True),
    Column("ended_at", UtcDateTime),
    Column("status", word(Status), nullable=False),
    Index("ix_state_intervals_ended_at", "ended_at"),
)
Index(
    "uq_state_intervals_open",
    state_intervals.c.camera_id,
    unique=True,
    sqlite_where=state_intervals.c.ended_at.is_(None),
    postgresql_where=state_intervals.c.ended_at.is_(None),
)

probe_results = Table(
    "probe_results",
    metadata,
    _camera_key(),
    Column("started_at", UtcDateTime, primary_key=True),
    Column("verdict", word(Verdict), nullable=False),
    Column("stage", word(Stage)),
    Column("reason", String(64)),
    Column("blame", word(Blame)),
    Column("evidence", NAME),
    Column("stages", json_document()),
    Column("media", json_document()),
    Column("picture", json_document()),
    Column("onvif", json_document()),
    Column("onvif_failure", json_document()),
    Index("ix_probe_results_started_at", "started_at"),
)

daily_rollups = Table(
    "daily_rollups",
    metadata,
    Column("day", Date, primary_key=True),
    _camera_key(),
    *(Column(f"{status.value}_s", Float(53), nullable=False) for status in Status),
    *(Column(f"looks_{verdict.value}", Integer, nullable=False) for verdict in Verdict),
)

# A day's pictures and clocks, beside the rollup of the same day.
daily_pictures = Table(
    "daily_pictures",
    metadata,
    Column("day", Date, primary_key=True),
    _camera_key(),
    Column("judged", Integer, nullable=False),
    Column("faulty", Integer, nullable=False),
    Column("clock_offset_ms", BigInteger),
)

# Times that are to be judged otherwise. A removal is written into the row; none is ever deleted.
corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("target", word(CorrectionTarget), nullable=False),
    Column("camera_id", Integer),
    Column("upstream_id", Integer),
    Column("town", NAME, nullable=False),
    Column("subject", NAME, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False, index=True),
    Column("judgement", word(Judgement), nullable=False),
    Column("reason", NAME, nullable=False),
    Column("made_by", NAME, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("removed_by", NAME, nullable=False),
    Column("removed_reason", NAME, nullable=False),
)

# What a device last said of itself.
device_facts = Table(
    "device_facts",
    metadata,
    _camera_key(),
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
    _camera_key(),
    Column("at", UtcDateTime, primary_key=True),
    Column("status", word(Status), nullable=False),
    Index("ix_platform_reports_at", "at"),
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("finished_at", UtcDateTime),
    Column("counts", json_document()),
)

service_runs = Table(
    "service_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("last_beat_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
)

INCIDENT_ID = String(200)
CREW = String(100)

# One thing to repair each. Cameras and upstreams are no references: what was repaired stays told
# when the archive forgets them. `last_number` is that of the timeline's last event.
incidents = Table(
    "incidents",
    metadata,
    Column("id", INCIDENT_ID, primary_key=True),
    Column("cause", word(Cause), nullable=False),
    Column("trouble", word(Trouble), nullable=False),
    Column("camera_id", Integer, index=True),
    Column("upstream_id", Integer),
    Column("inferred", NAME, nullable=False),
    Column("subject", NAME, nullable=False),
    Column("town", NAME, nullable=False),
    Column("category", word(Category)),
    Column("kind", word(KeyLocationKind)),
    Column("repair_class", String(64), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False, index=True),
    Column("noticed_at", UtcDateTime, nullable=False),
    Column("members", json_document(), nullable=False),
    Column("failure", json_document()),
    Column("paged_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", NAME, nullable=False),
    Column("escalated_at", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime, index=True),
    Column("reopened", Integer, nullable=False),
    Column("again_at", UtcDateTime),
    Column("merged_into", INCIDENT_ID, nullable=False),
    Column("last_number", Integer, nullable=False),
)

incident_events = Table(
    "incident_events",
    metadata,
    Column("incident_id", INCIDENT_ID, ForeignKey("incidents.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("what", word(Happening), nullable=False),
    Column("by", NAME, nullable=False),
    Column("note", Text, nullable=False),
    Column("cameras", json_document(), nullable=False),
)

# Who takes an incident on, until the service has written it into the timeline.
incident_acknowledgements = Table(
    "incident_acknowledgements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", INCIDENT_ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", NAME, nullable=False),
    Column("note", Text, nullable=False),
)

maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("camera_id", Integer, ForeignKey("cameras.id", ondelete="CASCADE")),
    Column("upstream_id", Integer, ForeignKey("upstreams.id", ondelete="CASCADE")),
    Column("town", NAME, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("weekdays", String(7), nullable=False),
    Column("at", Time, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("by", NAME, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("removed_by", NAME, nullable=False),
)

# How far each incident's timeline has been turned into notices.
notice_cursors = Table(
    "notice_cursors",
    metadata,
    Column("incident_id", INCIDENT_ID, primary_key=True),
    Column("event_number", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)

notices = Table(
    "notices",
    metadata,
    Column("incident_id", INCIDENT_ID, primary_key=True),
    Column("event_number", Integer, primary_key=True, autoincrement=False),
    Column("crew", CREW, primary_key=True),
    Column("what", word(Happening), nullable=False),
    Column("page", Boolean, nullable=False),
    Column("town", NAME, nullable=False),
    Column("repair_class", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("release_at", UtcDateTime, nullable=False),
    Column("texts", json_document(), nullable=False),
    Column("state", word(NoticeState), nullable=False),
    Column("settled_at", UtcDateTime),
    Index("ix_notices_state_release_at", "state", "release_at"),
)

notice_messages = Table(
    "notice_messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("crew", CREW, nullable=False),
    Column("target", CREW, nullable=False),
    Column("page", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("state", word(MessageState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("failure", String(64), nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Index("ix_notice_messages_state_next_at", "state", "next_at"),
)

# A camera's own picture history: figures as 32-bit floats, NaN where there is none. The view is
# renewed seldom and kept apart, so that learning writes 250 bytes.
picture_slots = Table(
    "picture_slots",
    metadata,
    _camera_key(),
    Column("slot", word(PictureSlot), primary_key=True),
    Column("looks", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("means", LargeBinary, nullable=False),
    Column("spreads", LargeBinary, nullable=False),
    Column("anchors", LargeBinary, nullable=False),
)

picture_views = Table(
    "picture_views",
    metadata,
    _camera_key(),
    Column("slot", word(PictureSlot), primary_key=True),
    Column("view", LargeBinary, nullable=False),
    Column("view_at", UtcDateTime, nullable=False),
    Column("view_range", Float(53), nullable=False),
)

# Since when a camera's view is learnt anew because somebody accepted it.
picture_acceptances = Table(
    "picture_acceptances",
    metadata,
    _camera_key(),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("by", NAME, nullable=False),
)

privacy_masks = Table(
    "privacy_masks",
    metadata,
    _camera_key(),
    Column("polygons", json_document(), nullable=False),
)

# Pictures in the evidence store; their files are named by their numbers. Cameras are no
# references: retention lets go of file and row together.
evidence = Table(
    "evidence",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("camera_id", Integer, nullable=False, index=True),
    Column("what", word(EvidenceKind), nullable=False),
    Column("slot", word(PictureSlot)),
    Column("faults", json_document(), nullable=False),
    Column("captured_at", UtcDateTime, nullable=False, index=True),
    Column("size_bytes", Integer, nullable=False),
)

# Who looked at which picture, when. Kept longer than the pictures.
evidence_views = Table(
    "evidence_views",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("evidence_id", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("camera_id", Integer, nullable=False),
    Column("viewer", NAME, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)
