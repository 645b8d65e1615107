"""Imports an archive: read the sheet, judge each row, plan, write in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.archive.judging import (
    Columns,
    Draft,
    judge_rows,
    known_headings,
    match_columns,
)
from camera_registry.archive.planning import Place, Plan, plan_import
from camera_registry.archive.reading import read_sheets
from camera_registry.archive.report import ImportReport, Rejection
from camera_registry.archive.tree import (
    TREE_SHEET,
    TreeSheet,
    apply_tree,
    judge_tree,
    known_tree_headings,
)
from camera_registry.archive.writing import write_plan
from camera_registry.database import Database
from camera_registry.store.records import load_records
from camera_registry.tables.inventory import key_locations, towns

# Two imports at once would plan on the same records; on PostgreSQL the second one waits for this
# lock (SQLite has one writer anyway). The number is arbitrary and ours.
_IMPORT_LOCK = 7_018_340_881


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    columns: Columns
    drafts: tuple[Draft, ...]
    rejections: tuple[Rejection, ...]
    warnings: tuple[str, ...]
    tree: TreeSheet | None


async def import_archive(
    database: Database, path: Path, *, who: str, now: datetime, dry_run: bool = False
) -> ImportReport:
    """Takes a sheet's good rows into the registry, all in one transaction, and reports the rest.
    A second sheet `上联设备` of a workbook is read as the tree of upstream devices first.

    The same file again is all unchanged, and then nothing is written. `who` and `now` go into the
    log of changes; with `dry_run` all is judged and nothing written.

    Raises:
        ArchiveError: the file as a whole cannot be read.
        WrongKeyError: the credentials that are there were sealed under another key.
        DatabaseUnreachableError: no connection could be had.
    """
    judged = await asyncio.to_thread(_judge, path)
    async with transaction(database, dry_run=dry_run) as connection:
        tree_report = None
        if judged.tree is not None:
            tree_report = await apply_tree(
                connection, judged.tree, who=who, now=now, dry_run=dry_run
            )
        records = await load_records(connection, database.vault)
        plan = plan_import(judged.drafts, judged.columns, records, await _places(connection))
        if not dry_run:
            await write_plan(connection, database.vault, plan, who=who, now=now)
    return _report(judged, plan, tree_report)


@asynccontextmanager
async def transaction(database: Database, *, dry_run: bool) -> AsyncIterator[AsyncConnection]:
    """One that only one import has at a time, or (dry run) one that only reads."""
    if dry_run:
        async with database.read() as connection:
            yield connection
        return
    async with database.write() as connection:
        if database.dialect == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(_IMPORT_LOCK)))
        yield connection


def _judge(path: Path) -> _Judged:
    sheet, tree = read_sheets(path, known_headings, side=(TREE_SHEET, known_tree_headings))
    columns, warnings = match_columns(path, sheet)
    judgements = list(judge_rows(sheet, columns))
    return _Judged(
        columns=columns,
        drafts=tuple(one.draft for one in judgements if one.draft is not None),
        rejections=tuple(rejection for one in judgements for rejection in one.rejections),
        warnings=warnings,
        tree=judge_tree(path, tree) if tree is not None else None,
    )


async def _places(connection: AsyncConnection) -> dict[Place, str]:
    query = select(towns.c.name.label("town"), key_locations.c.name, key_locations.c.kind).join(
        towns, towns.c.code == key_locations.c.town_code
    )
    return {(row.town, row.name): row.kind.value for row in await connection.execute(query)}


def _report(judged: _Judged, plan: Plan, tree: ImportReport | None) -> ImportReport:
    rejected = sorted((*judged.rejections, *plan.rejections), key=lambda one: one.row)
    return ImportReport(
        created=len(plan.creations),
        updated=len(plan.updates),
        unchanged=plan.unchanged,
        rejected=tuple(rejected),
        warnings=judged.warnings,
        upstreams=tree,
    )
