"""Judges each row on its own. Pure: a row becomes a `Draft` or the reasons against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from camera_registry.addresses import StreamAddress
from camera_registry.archive.reading import Row, Sheet
from camera_registry.archive.report import HIDDEN, ArchiveError, Rejection, Why, shown
from camera_registry.archive.values import DECIMALS, BadValueError, Cell, read_value
from camera_registry.datum import CoordinateSystem, is_moved, to_wgs84
from camera_registry.fields import Field, fields, heading_key
from camera_registry.migrations import known_towns

# One of these columns must be there, or no row could be told from another.
IDENTIFYING = ("device_code", "ipv4", "ipv6")
# The column of a sheet of corrections that tells what is wrong: for people, and passed over here.
REMARKS = "质检说明"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which field stands in which column, each with its heading as the sheet has it."""

    fields: Mapping[int, Field]
    headings: Mapping[str, str]

    def heading(self, name: str) -> str:
        """The sheet's heading of a field, or the field's own where the sheet lacks it."""
        return self.headings.get(name) or fields()[name].heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A row that can go in. `values` has the fields whose columns the sheet has (None where a
    cell is empty). An empty password is not among them: it leaves the stored one as it is."""

    row: int
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One row: a draft, or why not."""

    draft: Draft | None = None
    rejections: tuple[Rejection, ...] = ()


@cache
def field_of_heading() -> Mapping[str, Field]:
    """Every heading that is understood, by `heading_key`."""
    return MappingProxyType(
        {
            heading_key(heading): one
            for one in fields().values()
            for heading in reversed(one.headings)
        }
    )


def known_headings(cells: Sequence[str]) -> int:
    """How many of the cells are headings of an archive."""
    return sum(heading_key(cell) in field_of_heading() for cell in cells)


def match_columns(path: Path, sheet: Sheet) -> tuple[Columns, tuple[str, ...]]:
    """The sheet's columns, and a warning for each heading that is not understood.

    Raises:
        ArchiveError: two columns for one field, or none that identifies a camera.
    """
    found: dict[int, Field] = {}
    headings: dict[str, str] = {}
    warnings: list[str] = []
    for index, heading in enumerate(sheet.headings):
        known = field_of_heading().get(heading_key(heading))
        if known is None:
            if heading.strip() not in ("", REMARKS):
                warnings.append(f"column {heading.strip()!r} is not understood and not read")
            continue
        if known.name in headings:
            raise ArchiveError(
                f"{path}: the columns {headings[known.name]!r} and {heading!r} both mean "
                f"{known.heading}; remove one"
            )
        found[index] = known
        headings[known.name] = heading.strip()
    if not any(name in headings for name in IDENTIFYING):
        wanted = " or ".join(f"{fields()[name].heading}" for name in IDENTIFYING)
        read = ", ".join(headings.values())
        raise ArchiveError(f"{path}: no column {wanted} to tell the cameras by (read: {read})")
    return Columns(fields=found, headings=headings), tuple(warnings)


def judge_rows(sheet: Sheet, columns: Columns) -> Iterator[Judgement]:
    """A judgement for each row, in the sheet's order."""
    for row in sheet.rows:
        yield judge_row(row, columns)


def judge_row(row: Row, columns: Columns) -> Judgement:
    """The row as a draft, or every reason against it."""
    values: dict[str, Any] = {}
    rejections: list[Rejection] = []
    for index, one in columns.fields.items():
        cell = row.cells[index] if index < len(row.cells) else None
        try:
            values[one.name] = read_value(one, cell)
        except BadValueError as error:
            rejections.append(reject(row.number, columns, one.name, cell, error))
    if not rejections:
        for check in (_place_town, _check_latitude, _settle_datum, _unfold_stream, _identify):
            try:
                check(values)
            except RowError as error:
                bad = BadValueError(error.reason, error.why)
                rejections.append(reject(row.number, columns, error.field, error.value, bad))
    if rejections:
        return Judgement(rejections=tuple(rejections))
    if values.get("device_password") is None:
        values.pop("device_password", None)
    return Judgement(draft=Draft(row=row.number, values=values))


class RowError(ValueError):
    """A row contradicts itself or what is known, at one field."""

    def __init__(self, field: str, value: object, reason: Why, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.value = value
        self.reason = reason
        self.why = why


def reject(
    row: int, columns: Columns, name: str, cell: Cell | object, error: BadValueError | RowError
) -> Rejection:
    """The rejection that tells an error at a field; secrets are not quoted."""
    quoted = HIDDEN if fields()[name].hidden else shown(cell)
    value = "" if cell is None else quoted
    return Rejection(
        row=row, column=columns.heading(name), value=value, reason=error.reason, why=error.why
    )


@cache
def town_names() -> Mapping[str, tuple[str, bool]]:
    """What sheets call a town: its name, with the city's before it, without 镇 or 街道, or its
    code; each with the town's name and whether it is one of the city's towns."""
    names: dict[str, tuple[str, bool]] = {}
    for town, kind in known_towns():
        ours = kind != "statistical_unit"
        short = town.name.removesuffix("街道").removesuffix("镇") if ours else town.name
        for name in (town.name, f"桐城市{town.name}", short, town.code):
            names[name] = (town.name, ours)
    return MappingProxyType(names)


def _place_town(values: dict[str, Any]) -> None:
    given = values.get("town")
    if given is None:
        return
    name, ours = town_names().get(given, ("", False))
    if not name:
        raise RowError("town", given, Why.UNKNOWN_TOWN, "is none of the city's towns")
    if not ours:
        raise RowError(
            "town",
            given,
            Why.UNKNOWN_TOWN,
            "is a statistical unit and none of the city's towns; enter the town it lies in",
        )
    values["town"] = name


def _check_latitude(values: dict[str, Any]) -> None:
    """A latitude beyond 90 is taken where it is a longitude that changed places with its latitude:
    the camera is one to look at all the same, and `lint` tells the slip."""
    longitude, latitude = values.get("longitude"), values.get("latitude")
    if latitude is not None and abs(latitude) > 90 and (longitude is None or abs(longitude) > 90):
        raise RowError("latitude", latitude, Why.OUT_OF_BOUNDS, "is not between -90 and 90")


def _settle_datum(values: dict[str, Any]) -> None:
    """Turns coordinates into WGS-84 and notes the system that the sheet gave them in. Where the
    row gives none, its system speaks of nothing; where no map service moves coordinates (a place
    outside China, swapped numbers) they stay as they are, with their system."""
    given, position = values.get("coordinate_system"), _position(values)
    if given is None:
        return
    system = CoordinateSystem(given)
    moved = system in (CoordinateSystem.GCJ02, CoordinateSystem.BD09)
    if position is None:
        if moved:
            del values["coordinate_system"]
        return
    if moved and not is_moved(*position):
        return
    if system is not CoordinateSystem.WGS84:
        longitude, latitude = to_wgs84(system, *position)
        values["longitude"] = round(longitude, DECIMALS)
        values["latitude"] = round(latitude, DECIMALS)
        values["coordinate_system"] = CoordinateSystem.WGS84.value
        values["source_coordinate_system"] = given
    elif values.get("source_coordinate_system") is None:
        values["source_coordinate_system"] = given


def _position(values: Mapping[str, Any]) -> tuple[float, float] | None:
    longitude, latitude = values.get("longitude"), values.get("latitude")
    return None if longitude is None or latitude is None else (longitude, latitude)


def _unfold_stream(values: dict[str, Any]) -> None:
    """Moves user and password of the stream address to their fields."""
    address = values.get("stream_url")
    if not isinstance(address, StreamAddress):
        return
    values["stream_url"] = address.url
    if address.credentials is None:
        return
    found = {
        "device_username": address.credentials.username,
        "device_password": address.credentials.password,
    }
    for name, value in found.items():
        if not value:
            continue
        if values.get(name) not in (None, value):
            raise RowError(
                name,
                values[name],
                Why.CONTRADICTION,
                f"differs from the one written into {fields()['stream_url'].heading}",
            )
        values[name] = value


def _identify(values: dict[str, Any]) -> None:
    if all(values.get(name) is None for name in IDENTIFYING):
        raise RowError(
            "device_code",
            None,
            Why.MISSING,
            "neither a device code nor an address tells which camera this is",
        )
