"""A downgrade destroys nothing: a migration's tables are renamed, and the next upgrade takes them
back with what they hold."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from sqlalchemy import inspect

_PREFIX = "set_aside_"


def set_aside(tables: Sequence[str]) -> None:
    """Renames the tables; their indexes and keys go with them."""
    for table in tables:
        op.rename_table(table, _PREFIX + table)


def take_back(tables: Sequence[str]) -> bool:
    """Renames the tables back where an earlier downgrade set them aside; whether it had."""
    if not inspect(op.get_bind()).has_table(_PREFIX + tables[0]):
        return False
    for table in tables:
        op.rename_table(_PREFIX + table, table)
    return True
