"""Runs migrations on the connection that `camera_registry.migrations` hands over."""

from alembic import context

from camera_registry.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most of a table in place: alembic then rebuilds it.
    render_as_batch=True,
)
# The transaction is the caller's.
context.run_migrations()
