"""A platform's list as a sheet (.csv or .xlsx): a column of codes and one of statuses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_registry.archive.reading import Row, read_sheets
from camera_registry.archive.report import ArchiveError, Rejection, Why, shown
from camera_registry.archive.values import BadValueError, Cell, read_text, read_value
from camera_registry.fields import fields, heading_key
from camera_registry.platform.listing import ListedPoint, PlatformList
from camera_registry.platform.rules import ListRules, load_list_rules


def read_list_sheet(path: Path) -> PlatformList:
    """Reads the sheet; a bad row is rejected and stops no other.

    Raises:
        ArchiveError: unreadable, or without a column of codes or of statuses.
    """
    rules = load_list_rules()
    known = {key for keys in rules.headings.values() for key in keys}
    sheet, _ = read_sheets(path, lambda cells: sum(heading_key(cell) in known for cell in cells))
    columns = _columns(path, sheet.headings, rules)
    points: list[ListedPoint] = []
    rejections: list[Rejection] = []
    for row in sheet.rows:
        try:
            points.append(_point(row, columns, sheet.headings, rules))
        except _CellError as error:
            rejections.append(error.rejection)
    return PlatformList(points=tuple(points), rejections=tuple(rejections))


class _CellError(ValueError):
    def __init__(self, rejection: Rejection) -> None:
        super().__init__(str(rejection))
        self.rejection = rejection


def _columns(path: Path, headings: Sequence[str], rules: ListRules) -> dict[str, int]:
    keys = [heading_key(heading) for heading in headings]
    found: dict[str, int] = {}
    for name, wanted in rules.headings.items():
        place = next((keys.index(one) for one in wanted if one in keys), None)
        if place is not None:
            found[name] = place
    for name in ("device_code", "status"):
        if name not in found:
            read = ", ".join(heading for heading in headings if heading.strip())
            raise ArchiveError(f"{path}: no column for the {name} (read: {read[:200]})")
    return found


def _point(
    row: Row, columns: dict[str, int], headings: Sequence[str], rules: ListRules
) -> ListedPoint:
    def cell(name: str) -> Cell:
        at = columns.get(name, len(row.cells))
        return row.cells[at] if at < len(row.cells) else None

    def refused(name: str, reason: Why, why: str) -> _CellError:
        value = "" if cell(name) is None else shown(cell(name))
        heading = headings[columns[name]].strip()
        rejection = Rejection(row=row.number, column=heading, value=value, reason=reason, why=why)
        return _CellError(rejection)

    try:
        code = read_value(fields()["device_code"], cell("device_code"))
    except BadValueError as error:
        raise refused("device_code", error.reason, error.why) from None
    if code is None:
        raise refused("device_code", Why.MISSING, "has no device code")
    try:
        text = read_text(cell("status")) or ""
    except BadValueError as error:
        raise refused("status", error.reason, error.why) from None
    status = rules.status_of(text)
    if status is None:
        raise refused("status", Why.NOT_A_CHOICE, "says neither online nor offline")
    return ListedPoint(row=row.number, code=code, status=status)
