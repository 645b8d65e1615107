"""Reads a sheet (.xlsx or .csv) into rows of cells, whatever the rows mean."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from camera_registry.archive.guard import unguarded
from camera_registry.archive.report import ArchiveError
from camera_registry.archive.values import Cell, Formula, SheetError

# A city's archive has 5 MB; a hundred times its points fit, a disk image by mistake does not.
MAX_FILE_BYTES = 600 * 2**20
# A workbook is a zip: what it unpacks to is bounded too (the parts are read as streams, but the
# shared texts are held in memory).
MAX_UNPACKED_BYTES, MAX_SHARED_TEXT_BYTES = 4 * 2**30, 512 * 2**20
# Excel's own last row; more than 100 times the city.
MAX_ROWS = 1_048_576
# The archive has 55 fields; sheets carry some columns of their own.
MAX_COLUMNS = 300
# Above the headings sheets put titles and remarks.
MAX_ROWS_ABOVE_HEADINGS = 10
# Longer than any value that is taken; the field's own limit then gives the reason.
MAX_CELL = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it stands; `number` counts as the sheet does, from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows under the headings; those without any content are left out."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


Judge = Callable[[Sequence[str]], int]


def read_sheets(
    path: Path, judge: Judge, *, prefer: str | None = None, side: tuple[str, Judge] | None = None
) -> tuple[Sheet, Sheet | None]:
    """Reads the sheet named `prefer` where there is one, or else the first; and the side sheet,
    by its name, where there is one. A .csv has one sheet and no side sheet.

    A judge says how many of a row's cells are headings it knows; of the first rows, the one it
    knows most of is the headings'.

    Raises:
        ArchiveError: unreadable, no such format, too large, empty, or without known headings.
    """
    _check_size(path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _read_csv(path, judge), None
    if suffix == ".xlsx":
        return _read_xlsx(path, judge, prefer, side)
    raise ArchiveError(f"{path}: neither .xlsx nor .csv; save the sheet as one of them")


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from None
    if not path.is_file():
        raise ArchiveError(f"{path}: not a file")
    if size == 0:
        raise ArchiveError(f"{path}: the file is empty")
    if size > MAX_FILE_BYTES:
        raise ArchiveError(f"{path}: {size} bytes, more than the {MAX_FILE_BYTES} that are read")


def _read_csv(path: Path, judge: Judge) -> Sheet:
    text = _decoded(path)
    sample = text[:20_000].splitlines()[: MAX_ROWS_ABOVE_HEADINGS + 1]
    delimiter = max(",\t;", key=lambda mark: max(judge(line.split(mark)) for line in sample))
    csv.field_size_limit(max(MAX_CELL * 4, csv.field_size_limit()))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = (tuple(map(unguarded, row[:MAX_COLUMNS])) for row in reader)
    try:
        return _sheet_of(path, "", rows, judge)
    except csv.Error as error:
        raise ArchiveError(f"{path}: line {reader.line_num}: {error}") from None


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        # GB 18030 takes nearly any bytes, so it comes second.
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ArchiveError(f"{path}: neither UTF-8 nor GB 18030 text")


def _read_xlsx(
    path: Path, judge: Judge, prefer: str | None, side: tuple[str, Judge] | None
) -> tuple[Sheet, Sheet | None]:
    _check_zip(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            titles = [sheet.title for sheet in book.worksheets]
            first = next((title for title in titles if side is None or title != side[0]), None)
            title = prefer if prefer in titles else first
            if title is None:
                raise ArchiveError(f"{path}: has no sheet")
            main = _xlsx_sheet(path, book, title, judge)
            if side is None or side[0] not in titles:
                return main, None
            return main, _xlsx_sheet(path, book, *side)
        finally:
            book.close()
    except _BROKEN as error:
        raise ArchiveError(f"{path}: not a readable .xlsx ({type(error).__name__})") from error


# What openpyxl lets through of the parsers under it when a workbook's parts are broken.
_BROKEN = (
    InvalidFileException,
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    # Of zipfile: a part is encrypted, or packed in a way that it does not know.
    RuntimeError,
)


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (OSError, zipfile.BadZipFile):
        raise ArchiveError(f"{path}: not an .xlsx (it is no zip archive)") from None
    texts = [part.file_size for part in parts if part.filename.endswith("sharedStrings.xml")]
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES or (
        max(texts, default=0) > MAX_SHARED_TEXT_BYTES
    ):
        raise ArchiveError(f"{path}: unpacks to more than is read")


def _xlsx_sheet(path: Path, book: Any, title: str, judge: Judge) -> Sheet:
    sheet = book[title]
    # The extent that a file claims may be a million columns of nothing.
    sheet.reset_dimensions()
    rows = (tuple(map(_cell, row[:MAX_COLUMNS])) for row in sheet.iter_rows())
    return _sheet_of(path, title, rows, judge)


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Formula()
    if cell.data_type == "e":
        return SheetError(text=str(value))
    if isinstance(value, str):
        return unguarded(value)
    if isinstance(value, int | float | datetime | date):
        return value
    return value.isoformat() if isinstance(value, time) else str(value)


def _sheet_of(path: Path, name: str, rows: Iterable[tuple[Cell, ...]], judge: Judge) -> Sheet:
    numbered = _bounded(path, rows)
    above = []
    for row in numbered:
        above.append(row)
        if row.number > MAX_ROWS_ABOVE_HEADINGS:
            break
    if not any(any(_filled(cell) for cell in row.cells) for row in above):
        raise ArchiveError(f"{_place(path, name)}: holds no rows")
    texts = [[cell if isinstance(cell, str) else "" for cell in row.cells] for row in above]
    known = [judge(text) for text in texts]
    best = known.index(max(known))
    if known[best] == 0:
        first = next(text for text in texts if any(text)) if any(map(any, texts)) else []
        seen = ", ".join(heading for heading in first[:5] if heading)
        raise ArchiveError(
            f"{_place(path, name)}: no known heading in the first rows (read: {seen})"
        )
    rest = [*above[best + 1 :], *numbered]
    return Sheet(
        name=name,
        headings=tuple(texts[best]),
        rows=tuple(row for row in rest if any(_filled(cell) for cell in row.cells)),
    )


def _bounded(path: Path, rows: Iterable[tuple[Cell, ...]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise ArchiveError(f"{path}: more than {MAX_ROWS} rows")
        yield Row(number=number, cells=cells)


def _filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _place(path: Path, sheet: str) -> str:
    return f"{path}, sheet {sheet}" if sheet else str(path)
