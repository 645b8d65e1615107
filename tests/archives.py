"""Archives as the checks see them, made from sheets: the simulated city's, and small ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from camera_registry.access import access_of
from camera_registry.archive.judging import judge_row, match_columns
from camera_registry.archive.reading import Row, Sheet
from camera_registry.archive.upstream_kinds import guessed_kind
from camera_registry.fields import fields
from camera_registry.lint import Archive, Entry
from camera_registry.migrations import known_towns
from tests.fleet.archive import HEADINGS, rows
from tests.fleet.plan import plan_city

TOWN_CODES = {town.name: town.code for town, kind in known_towns() if kind != "statistical_unit"}


def city_rows(points: int, seed: int) -> list[dict[str, str]]:
    """The simulated city's archive sheet, by heading."""
    return list(rows(plan_city(points, seed), rtsp_port=8554, onvif_port=8080))


def entries_of(sheet_rows: Iterable[Mapping[str, str]]) -> list[Entry]:
    """What an import makes of the rows, with ids from 1; a row that it rejects fails."""
    listed = list(sheet_rows)
    headings = tuple(dict.fromkeys(heading for row in listed for heading in row)) or HEADINGS
    sheet_of = Sheet(name="", headings=headings, rows=())
    columns, _ = match_columns(Path("rows.csv"), sheet_of)
    entries = []
    for number, row in enumerate(listed, 1):
        cells = tuple(row.get(heading, "") for heading in headings)
        judged = judge_row(Row(number=number, cells=cells), columns)
        assert judged.draft is not None, judged.rejections
        values = {**dict.fromkeys(fields()), **judged.draft.values}
        upstream = values["upstream_device"]
        kind = guessed_kind(upstream) if upstream else None
        entries.append(Entry(id=number, access=access_of(values, kind), values=values))
    return entries


def archive_of(sheet_rows: Iterable[Mapping[str, str]]) -> Archive:
    """The rows as an archive without places and device facts."""
    return Archive(entries=entries_of(sheet_rows), town_codes=TOWN_CODES, facts={})
