"""States, intervals, looks, rollups, sweeps and the service's runs.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from camera_registry.set_aside import set_aside, take_back

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "health_states",
    "state_intervals",
    "probe_results",
    "daily_rollups",
    "sweeps",
    "service_runs",
)

MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NAME = sa.String(500)
WORD = sa.String(32)
STATUSES = ("online", "degraded", "offline", "unknown", "maintenance", "retired")
VERDICTS = ("ok", "degraded", "down", "unknown")


def upgrade() -> None:
    if take_back(TABLES):
        return
    _create_states()
    _create_looks()
    _create_daily_rollups()
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("counts", JSON),
        sa.PrimaryKeyConstraint("id", name="pk_sweeps"),
    )
    op.create_index("ix_sweeps_started_at", "sweeps", ["started_at"])
    op.create_table(
        "service_runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("last_beat_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_service_runs"),
    )
    op.create_index("ix_service_runs_started_at", "service_runs", ["started_at"])


def downgrade() -> None:
    set_aside(TABLES)


def _camera(table: str) -> sa.Column:
    key = sa.ForeignKey("cameras.id", name=f"fk_{table}_camera_id", ondelete="CASCADE")
    return sa.Column("camera_id", sa.Integer, key, autoincrement=False, nullable=False)


def _create_states() -> None:
    op.create_table(
        "health_states",
        _camera("health_states"),
        sa.Column("status", WORD, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("last_look_at", MOMENT),
        sa.Column("evidence_at", MOMENT),
        sa.Column("last_frame_at", MOMENT),
        sa.Column("contradictions", sa.Integer, nullable=False),
        sa.Column("contradicted_since", MOMENT),
        sa.Column("faults", JSON),
        sa.Column("failure", JSON),
        sa.Column("sketch_luma", sa.LargeBinary),
        sa.Column("sketch_digest", sa.LargeBinary),
        sa.Column("sketch_at", MOMENT),
        sa.PrimaryKeyConstraint("camera_id", name="pk_health_states"),
    )
    op.create_table(
        "state_intervals",
        _camera("state_intervals"),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("status", WORD, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "started_at", name="pk_state_intervals"),
    )
    op.create_index("ix_state_intervals_ended_at", "state_intervals", ["ended_at"])
    op.create_index(
        "uq_state_intervals_open",
        "state_intervals",
        ["camera_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_looks() -> None:
    op.create_table(
        "probe_results",
        _camera("probe_results"),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("verdict", WORD, nullable=False),
        sa.Column("stage", WORD),
        sa.Column("reason", sa.String(64)),
        sa.Column("blame", WORD),
        sa.Column("evidence", NAME),
        sa.Column("stages", JSON),
        sa.Column("media", JSON),
        sa.Column("picture", JSON),
        sa.Column("onvif", JSON),
        sa.Column("onvif_failure", JSON),
        sa.PrimaryKeyConstraint("camera_id", "started_at", name="pk_probe_results"),
    )
    op.create_index("ix_probe_results_started_at", "probe_results", ["started_at"])


def _create_daily_rollups() -> None:
    op.create_table(
        "daily_rollups",
        sa.Column("day", sa.Date, nullable=False),
        _camera("daily_rollups"),
        *(sa.Column(f"{status}_s", sa.Float(53), nullable=False) for status in STATUSES),
        *(sa.Column(f"looks_{verdict}", sa.Integer, nullable=False) for verdict in VERDICTS),
        sa.PrimaryKeyConstraint("day", "camera_id", name="pk_daily_rollups"),
    )
