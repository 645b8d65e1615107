"""Exports the archive as a sheet whose import changes nothing.

Passwords are left out unless they are asked for: the sheet goes by mail and lies on desks. An
empty password cell leaves the stored one as it is when the sheet is imported.
"""

from __future__ import annotations

import asyncio
import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from camera_registry.archive.guard import guarded, guarded_cell
from camera_registry.archive.report import ArchiveError
from camera_registry.archive.tree import HEADINGS, TREE_SHEET
from camera_registry.archive.upstream_kinds import SHOWN
from camera_registry.database import Database
from camera_registry.fields import Field, FieldType, fields
from camera_registry.store.places import load_upstreams
from camera_registry.store.records import load_records
from camera_registry.vocabulary import Upstream

ARCHIVE_SHEET = "一机一档"
SHEET_SUFFIXES = frozenset({".csv", ".xlsx"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    fields: Sequence[Field]
    rows: Sequence[Mapping[str, Any]]
    upstreams: Sequence[Upstream]


async def export_archive(database: Database, path: Path, *, with_passwords: bool = False) -> int:
    """Writes all records, Chinese headings, to a .xlsx (with the upstream devices as a second
    sheet) or a .csv, and gives their number. The file appears whole or not at all; one that is
    there is replaced. It can be read by its owner only: without the passwords too it holds the
    addresses, into which some vendors write one.

    Raises:
        ArchiveError: another format, or it cannot be written there.
        WrongKeyError: the credentials were sealed under another key.
        DatabaseUnreachableError: no connection could be had.
    """
    writer = _writer(path)
    async with database.read() as connection:
        records = await load_records(connection, database.vault)
    columns = [
        one for one in fields().values() if with_passwords or one.type is not FieldType.SECRET
    ]
    content = _Content(
        fields=columns,
        rows=[record.values for record in records],
        upstreams=await load_upstreams(database),
    )
    body = await asyncio.to_thread(writer, content)
    await asyncio.to_thread(replace_file, path, body, private=True)
    return len(records)


def write_draft(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows (fields as in `fields()`, any of them absent) under all headings, to a .xlsx or
    a .csv that a person completes and then imports.

    Raises:
        ArchiveError: another format, or it cannot be written there.
    """
    whole = [{**dict.fromkeys(fields()), **row} for row in rows]
    content = _Content(fields=tuple(fields().values()), rows=whole, upstreams=())
    replace_file(path, _writer(path)(content), private=False)


def _writer(path: Path) -> Callable[[_Content], bytes]:
    writers: dict[str, Callable[[_Content], bytes]] = {".csv": _csv, ".xlsx": _xlsx}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ArchiveError(f"{path}: neither .xlsx nor .csv")
    return writer


def _csv(content: _Content) -> bytes:
    """With the byte order mark that spreadsheets want to see before Chinese text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([one.heading for one in content.fields])
    for row in _shown_rows(content):
        writer.writerow(
            guarded(value) if isinstance(value, str) else _plain(value) for value in row
        )
    return out.getvalue().encode("utf-8-sig")


def _plain(value: float | date | None) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else repr(value)


def _xlsx(content: _Content) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(ARCHIVE_SHEET)
    sheet.freeze_panes = "A2"
    sheet.append([one.heading for one in content.fields])
    for row in _shown_rows(content):
        sheet.append([text_cell(sheet, value) for value in row])
    tree = book.create_sheet(TREE_SHEET)
    tree.freeze_panes = "A2"
    tree.append([names[0] for names in HEADINGS.values()])
    for row in _tree_rows(content.upstreams):
        tree.append([text_cell(tree, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text_cell(sheet: Any, value: Any) -> Any:
    """The value as a cell of a write-only sheet; a text stays one whatever it looks like."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, guarded_cell(value))
    # A text whatever it looks like: no formula, and a code keeps all its digits.
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _shown_rows(content: _Content) -> Iterator[list[Any]]:
    shown = {
        one.name: {choice.stored: choice.shown for choice in one.choices.values()}
        for one in content.fields
        if one.type is FieldType.ENUM
    }
    for values in content.rows:
        yield [
            shown[one.name].get(values[one.name], values[one.name])
            if one.name in shown
            else values[one.name]
            for one in content.fields
        ]


def _tree_rows(upstreams: Iterable[Upstream]) -> Iterator[list[str | None]]:
    listed = {one.id: one for one in upstreams}
    for one in listed.values():
        parent = listed[one.parent_id].name if one.parent_id else None
        yield [one.name, SHOWN[one.kind], parent, one.town]


def replace_file(path: Path, body: bytes, *, private: bool) -> None:
    """Writes a file that appears whole or not at all; `private` is for its owner's eyes only.

    Raises:
        ArchiveError: it cannot be written there.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o600 if private else 0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror}") from None
