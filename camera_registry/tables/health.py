"""Tables of what was seen: looks, states over time, sums of days, and how they are judged."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from camera_registry.assessment.corrections import Judgement
from camera_registry.assessment.corrections import Target as CorrectionTarget
from camera_registry.columns import UtcDateTime, json_document, word
from camera_registry.tables.base import NAME, camera_key, metadata
from camera_registry.vocabulary import Status
from probes.vocabulary import Blame, Stage, StreamKind, Verdict

health_states = Table(
    "health_states",
    metadata,
    camera_key(),
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
    camera_key(),
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
    camera_key(),
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
    camera_key(),
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
    camera_key(),
    *(Column(f"{status.value}_s", Float(53), nullable=False) for status in Status),
    *(Column(f"looks_{verdict.value}", Integer, nullable=False) for verdict in Verdict),
)

# A day's pictures and clocks, beside the rollup of the same day.
daily_pictures = Table(
    "daily_pictures",
    metadata,
    Column("day", Date, primary_key=True),
    camera_key(),
    Column("judged", Integer, nullable=False),
    Column("faulty", Integer, nullable=False),
    Column("clock_offset_ms", BigInteger),
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
