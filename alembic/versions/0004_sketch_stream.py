"""Which stream a sketch is of.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("health_states", sa.Column("sketch_stream", sa.String(32)))
    # All sketches so far are of main streams.
    op.execute("UPDATE health_states SET sketch_stream = 'main' WHERE sketch_at IS NOT NULL")


def downgrade() -> None:
    """A sketch of a sub-stream means nothing to the version before, which would compare it with
    a main stream's picture. It goes; the next look makes another."""
    op.execute(
        "UPDATE health_states SET sketch_luma = NULL, sketch_digest = NULL, sketch_at = NULL "
        "WHERE sketch_stream = 'sub'"
    )
    op.drop_column("health_states", "sketch_stream")
