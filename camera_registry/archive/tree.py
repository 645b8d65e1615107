"""Imports the tree of upstream devices: recorders, switches and town uplinks, each with the one
it hangs on. Columns 名称, 类型, 上级, 乡镇街道; a device without a town serves several.

A parent is looked for in the same town, then among the devices without a town, then anywhere if
only one device has that name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from camera_registry.archive.judging import town_names
from camera_registry.archive.reading import Row, Sheet, read_sheets
from camera_registry.archive.report import ArchiveError, ImportReport, Rejection, Why, shown
from camera_registry.archive.upstream_kinds import SHOWN, guessed_kind, kind_in
from camera_registry.archive.values import BadValueError, read_text
from camera_registry.database import Database
from camera_registry.fields import heading_key
from camera_registry.store.changes import Action, Change, record
from camera_registry.tables.inventory import towns, upstreams
from camera_registry.vocabulary import UpstreamKind

TREE_SHEET = "上联设备"

HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("名称", "设备名称", "上联设备", "Name"),
        "kind": ("类型", "设备类型", "Kind", "Type"),
        "parent": ("上级", "上级设备", "父设备", "Parent"),
        "town": ("乡镇街道", "所属乡镇", "乡镇", "Town"),
    }
)
_COLUMN_OF = {
    heading_key(heading): column for column, names in HEADINGS.items() for heading in names
}

# A device, by its town's name (None: none) and its own.
Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A row of the tree; `parent` is the name as written."""

    row: int
    town: str | None
    name: str
    kind: UpstreamKind
    parent: str | None

    @property
    def key(self) -> Key:
        return self.town, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSheet:
    """A sheet's good rows, and why the others are not."""

    name: str
    nodes: tuple[Node, ...]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    id: int
    kind: UpstreamKind
    parent_id: int | None


def known_tree_headings(cells: Sequence[str]) -> int:
    """How many of the cells are headings of a tree."""
    return sum(heading_key(cell) in _COLUMN_OF for cell in cells)


async def import_upstreams(
    database: Database, path: Path, *, who: str, now: datetime, dry_run: bool = False
) -> ImportReport:
    """Takes a tree's good rows into the registry, all in one transaction; from a workbook, its
    sheet `上联设备` or else its first one.

    Raises:
        As `import_archive`.
    """
    sheet = await asyncio.to_thread(_judge, path)
    transaction = database.read() if dry_run else database.write()
    async with transaction as connection:
        return await apply_tree(connection, sheet, who=who, now=now, dry_run=dry_run)


def _judge(path: Path) -> TreeSheet:
    sheet, _ = read_sheets(path, known_tree_headings, prefer=TREE_SHEET)
    return judge_tree(path, sheet)


def judge_tree(path: Path, sheet: Sheet) -> TreeSheet:
    """Judges each row on its own; of two rows for one device the first counts.

    Raises:
        ArchiveError: no column holds the names.
    """
    columns: dict[str, int] = {}
    for index, heading in enumerate(sheet.headings):
        column = _COLUMN_OF.get(heading_key(heading))
        if column is not None:
            columns.setdefault(column, index)
    if "name" not in columns:
        place = f"{path}, sheet {sheet.name}" if sheet.name else str(path)
        raise ArchiveError(f"{place}: no column {HEADINGS['name'][0]} for the devices' names")
    nodes: dict[Key, Node] = {}
    rejections: list[Rejection] = []
    for row in sheet.rows:
        try:
            node = _node(row, columns)
            if node.key in nodes:
                first = nodes[node.key].row
                raise _RefusedError("name", node.name, Why.DUPLICATE, f"row {first} has it already")
        except _RefusedError as error:
            rejections.append(error.rejection(row.number, sheet.name))
            continue
        nodes[node.key] = node
    return TreeSheet(name=sheet.name, nodes=tuple(nodes.values()), rejections=tuple(rejections))


class _RefusedError(ValueError):
    def __init__(self, column: str, value: object, reason: Why, why: str) -> None:
        super().__init__(why)
        self.column, self.value, self.reason, self.why = column, value, reason, why

    def rejection(self, row: int, sheet: str) -> Rejection:
        return Rejection(
            row=row,
            column=HEADINGS[self.column][0],
            value="" if self.value is None else shown(self.value),
            reason=self.reason,
            why=self.why,
            sheet=sheet,
        )


def _node(row: Row, columns: Mapping[str, int]) -> Node:
    texts: dict[str, str | None] = dict.fromkeys(HEADINGS)
    for column, index in columns.items():
        cell = row.cells[index] if index < len(row.cells) else None
        try:
            texts[column] = read_text(cell)
        except BadValueError as error:
            raise _RefusedError(column, cell, error.reason, error.why) from error
    name = texts["name"]
    if name is None:
        raise _RefusedError("name", None, Why.MISSING, "the device has no name")
    word = texts["kind"]
    kind = kind_in(word) if word else guessed_kind(name)
    if kind is None:
        allowed = ", ".join(SHOWN.values())
        raise _RefusedError("kind", word, Why.NOT_A_CHOICE, f"is none of: {allowed}")
    return Node(
        row=row.number, town=_town(texts["town"]), name=name, kind=kind, parent=texts["parent"]
    )


def _town(given: str | None) -> str | None:
    if given is None:
        return None
    name, ours = town_names().get(given, ("", False))
    if not ours:
        raise _RefusedError("town", given, Why.UNKNOWN_TOWN, "is none of the city's towns")
    return name


def resolve_parents(
    nodes: Iterable[Node], stored: Iterable[Key]
) -> tuple[dict[Key, Key | None], dict[Key, str]]:
    """The parent of each node, and for those that cannot have theirs, why: it is not to be found,
    or the way up leads back to the node. Pure."""
    listed = {node.key: node for node in nodes}
    names: dict[str, list[Key]] = {}
    for key in dict.fromkeys([*listed, *stored]):
        names.setdefault(key[1], []).append(key)
    parents: dict[Key, Key | None] = {}
    wrong: dict[Key, str] = {}
    for key, node in listed.items():
        parents[key] = _find(node, names) if node.parent else None
        if node.parent and parents[key] is None:
            wrong[key] = "no device of that name is known, or several are"
    for key in listed:
        if key not in wrong and _circular(key, parents):
            wrong[key] = "the way up leads back to this device"
    return parents, wrong


def _find(node: Node, names: Mapping[str, list[Key]]) -> Key | None:
    found = names.get(node.parent or "", [])
    for town in (node.town, None):
        if (town, node.parent) in found:
            return town, node.parent or ""
    return found[0] if len(found) == 1 else None


def _circular(key: Key, parents: Mapping[Key, Key | None]) -> bool:
    seen = {key}
    above = parents.get(key)
    while above is not None:
        if above in seen:
            return above == key
        seen.add(above)
        above = parents.get(above)
    return False


async def apply_tree(
    connection: AsyncConnection, sheet: TreeSheet, *, who: str, now: datetime, dry_run: bool
) -> ImportReport:
    """Makes and changes devices as the sheet says, and reports."""
    codes = {row.name: row.code for row in await connection.execute(select(towns))}
    stored = await _stored(connection)
    parents, wrong = resolve_parents(sheet.nodes, stored)
    nodes = [node for node in sheet.nodes if node.key not in wrong]
    rejections = [
        _RefusedError("parent", node.parent, Why.UNKNOWN_PARENT, wrong[node.key]).rejection(
            node.row, sheet.name
        )
        for node in sheet.nodes
        if node.key in wrong
    ]
    new = [node for node in nodes if node.key not in stored]
    before = dict(stored)
    if new and not dry_run:
        await _create(connection, new, codes)
        stored = await _stored(connection)
    changed = [node for node in nodes if node.key in before and _differs(node, parents, stored)]
    if not dry_run:
        await _write(connection, [*new, *changed], parents, stored)
        await record(connection, _changes(new, changed, before, parents, stored, who, now))
    rejected = sorted((*sheet.rejections, *rejections), key=lambda one: one.row)
    return ImportReport(
        created=len(new),
        updated=len(changed),
        unchanged=len(nodes) - len(new) - len(changed),
        rejected=tuple(rejected),
    )


async def _stored(connection: AsyncConnection) -> dict[Key, _Stored]:
    query = select(upstreams, towns.c.name.label("town")).outerjoin(
        towns, towns.c.code == upstreams.c.town_code
    )
    return {
        (row.town, row.name): _Stored(id=row.id, kind=row.kind, parent_id=row.parent_id)
        for row in await connection.execute(query)
    }


def _parent_id(
    node: Node, parents: Mapping[Key, Key | None], stored: Mapping[Key, _Stored]
) -> int | None:
    parent = parents[node.key]
    return stored[parent].id if parent in stored and parent is not None else None


def _differs(node: Node, parents: Mapping[Key, Key | None], stored: Mapping[Key, _Stored]) -> bool:
    wanted = replace(stored[node.key], kind=node.kind, parent_id=_parent_id(node, parents, stored))
    return wanted != stored[node.key] or (
        # In a dry run the parent may be one that would only be made.
        parents[node.key] is not None and parents[node.key] not in stored
    )


async def _create(
    connection: AsyncConnection, nodes: Iterable[Node], codes: Mapping[str, str]
) -> None:
    rows = [
        {
            "town_code": codes[node.town] if node.town else None,
            "name": node.name,
            "kind": node.kind,
        }
        for node in nodes
    ]
    await connection.execute(upstreams.insert(), rows)


async def _write(
    connection: AsyncConnection,
    nodes: Iterable[Node],
    parents: Mapping[Key, Key | None],
    stored: Mapping[Key, _Stored],
) -> None:
    for node in nodes:
        await connection.execute(
            upstreams.update()
            .where(upstreams.c.id == stored[node.key].id)
            .values(kind=node.kind, parent_id=_parent_id(node, parents, stored))
        )


def _changes(
    new: Iterable[Node],
    changed: Iterable[Node],
    before: Mapping[Key, _Stored],
    parents: Mapping[Key, Key | None],
    stored: Mapping[Key, _Stored],
    who: str,
    now: datetime,
) -> list[Change]:
    def change(node: Node, action: Action, field: str | None, old: object, new: object) -> Change:
        return Change(
            at=now,
            who=who,
            action=action,
            entity="upstream",
            entity_id=stored[node.key].id,
            field=field,
            old=None if old is None else str(old),
            new=None if new is None else str(new),
        )

    changes = [change(node, Action.CREATE, None, None, node.name) for node in new]
    for node in changed:
        was = before[node.key]
        parent_id = _parent_id(node, parents, stored)
        if was.kind is not node.kind:
            changes.append(change(node, Action.UPDATE, "kind", was.kind.value, node.kind.value))
        if was.parent_id != parent_id:
            changes.append(change(node, Action.UPDATE, "parent_id", was.parent_id, parent_id))
    return changes
