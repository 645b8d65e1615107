"""Tables of cameras' picture histories and of the pictures kept as evidence."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    LargeBinary,
    Table,
)

from camera_registry.columns import UtcDateTime, json_document, word
from camera_registry.pictures.vocabulary import EvidenceKind
from camera_registry.tables.base import NAME, camera_key, metadata
from probes.vocabulary import PictureSlot

# A camera's own picture history: figures as 32-bit floats, NaN where there is none. The view is
# renewed seldom and kept apart, so that learning writes 250 bytes.
picture_slots = Table(
    "picture_slots",
    metadata,
    camera_key(),
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
    camera_key(),
    Column("slot", word(PictureSlot), primary_key=True),
    Column("view", LargeBinary, nullable=False),
    Column("view_at", UtcDateTime, nullable=False),
    Column("view_range", Float(53), nullable=False),
)

# Since when a camera's view is learnt anew because somebody accepted it.
picture_acceptances = Table(
    "picture_acceptances",
    metadata,
    camera_key(),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("by", NAME, nullable=False),
)

privacy_masks = Table(
    "privacy_masks",
    metadata,
    camera_key(),
    Column("polygons", json_document(), nullable=False),
)

# What a camera's overlay text was found to be by its last readings.
overlay_readings = Table(
    "overlay_readings",
    metadata,
    camera_key(),
    Column("read_at", UtcDateTime, nullable=False),
    Column("expected_place", NAME, nullable=False),
    Column("shown_place", NAME),
    Column("offset_s", Float(53)),
    Column("standing", json_document(), nullable=False),
    Column("doubted", json_document(), nullable=False),
    Column("told", json_document(), nullable=False),
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
