"""Statements that SQLite and PostgreSQL both have, but SQLAlchemy spells for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

# Parameters of one statement are bounded (PostgreSQL: 32,767); an IN list is cut to this.
IN_LIST = 5_000
# What is read at a time for people to look through.
PORTION = 1_000


def insert_or_skip(dialect: str, table: Table) -> Insert:
    """An insert that leaves a row that is already there as it is."""
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def insert_or_replace(dialect: str, table: Table) -> Insert:
    """An insert that, where the primary key is there, sets the other columns."""
    key = [column.name for column in table.primary_key]
    if dialect == "postgresql":
        on_postgresql = postgresql.insert(table)
        return on_postgresql.on_conflict_do_update(
            index_elements=key, set_=_rest(table, key, on_postgresql.excluded)
        )
    on_sqlite = sqlite.insert(table)
    return on_sqlite.on_conflict_do_update(
        index_elements=key, set_=_rest(table, key, on_sqlite.excluded)
    )


def _rest(table: Table, key: Sequence[str], excluded: Any) -> dict[str, Any]:
    return {column.name: excluded[column.name] for column in table.c if column.name not in key}


def portions(items: Iterable[int], size: int = IN_LIST) -> Iterator[list[int]]:
    """Cuts ids into lists of at most `size`."""
    rest = iter(items)
    while portion := list(islice(rest, size)):
        yield portion
