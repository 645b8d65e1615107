"""The tables of the registry. Rows never leave the storage modules: those return the frozen
dataclasses of the vocabularies. The migrations under `alembic/` make these tables; a test compares
the two.

`metadata` holds all of them, whichever module is imported.
"""

from camera_registry.tables import health, incidents, inventory, pictures
from camera_registry.tables.base import metadata

__all__ = ["health", "incidents", "inventory", "metadata", "pictures"]
