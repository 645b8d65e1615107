"""Tables of what is to be repaired, and of who is told."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Time,
)

from camera_registry.columns import UtcDateTime, json_document, word
from camera_registry.incidents.vocabulary import Cause, Happening, Trouble
from camera_registry.outbox import MessageState, NoticeState
from camera_registry.tables.base import CREW, INCIDENT_ID, NAME, metadata
from camera_registry.vocabulary import Category, KeyLocationKind
from probes.vocabulary import Verdict

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

# The last looks that failed while it lasted, of some of its cameras: kept when single looks are not
# any more.
incident_looks = Table(
    "incident_looks",
    metadata,
    Column("incident_id", INCIDENT_ID, ForeignKey("incidents.id"), primary_key=True),
    Column("camera_id", Integer, primary_key=True, autoincrement=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("verdict", word(Verdict), nullable=False),
    Column("failure", json_document()),
    Column("stages", json_document(), nullable=False),
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
