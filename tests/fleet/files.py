"""The city's folder: archive.xlsx, archive.csv, upstreams.csv, truth.csv, truth.json for those
who use the city, and city.json, schedule.json for the servers.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from openpyxl import Workbook

from tests.fleet import archive, truth
from tests.fleet.plan import CityPlan, Point, Upstream
from tests.fleet.schedule import Entry, Faults

RTSP_PORT, ONVIF_PORT = 8554, 8080
_FIXED_DATE = (2026, 1, 1, 0, 0, 0)
_UPSTREAM_KINDS = {"recorder": "录像机", "switch": "交换机", "town_uplink": "镇上联"}


def write_city(
    folder: Path,
    plan: CityPlan,
    entries: Sequence[Entry],
    *,
    rtsp_port: int = RTSP_PORT,
    onvif_port: int = ONVIF_PORT,
) -> None:
    """Write all the files; the same plan gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(archive.rows(plan, rtsp_port=rtsp_port, onvif_port=onvif_port))
    (folder / "archive.csv").write_bytes(_csv(archive.HEADINGS, rows))
    (folder / "archive.xlsx").write_bytes(_xlsx(archive.HEADINGS, rows))
    upstreams = [
        {
            "名称": unit.name,
            "类型": _UPSTREAM_KINDS[unit.kind],
            "上级": unit.parent,
            "乡镇街道": unit.town,
        }
        for unit in plan.upstreams
    ]
    (folder / "upstreams.csv").write_bytes(_csv(tuple(upstreams[0]), upstreams))
    _write_truth(folder, plan, entries)
    city = {
        "seed": plan.seed,
        "rtsp_port": rtsp_port,
        "onvif_port": onvif_port,
        "upstreams": [asdict(unit) for unit in plan.upstreams],
        "points": [asdict(point) for point in plan.points],
    }
    _write_json(folder / "city.json", city)
    write_schedule(folder, entries)


def write_schedule(folder: Path, entries: Sequence[Entry]) -> None:
    """Write schedule.json alone."""
    _write_json(folder / "schedule.json", [asdict(entry) for entry in entries])


def read_city(folder: Path) -> tuple[CityPlan, list[Entry], int, int]:
    """Plan, schedule, RTSP port and ONVIF port of a folder.

    Raises:
        FileNotFoundError: no city was written there.
    """
    city = json.loads((folder / "city.json").read_text(encoding="utf-8"))
    schedule = json.loads((folder / "schedule.json").read_text(encoding="utf-8"))
    plan = CityPlan(
        seed=city["seed"],
        points=tuple(Point(**point) for point in city["points"]),
        upstreams=tuple(Upstream(**unit) for unit in city["upstreams"]),
    )
    return plan, [Entry(**entry) for entry in schedule], city["rtsp_port"], city["onvif_port"]


def _write_truth(folder: Path, plan: CityPlan, entries: Sequence[Entry]) -> None:
    rows = [truth.as_dict(row) for row in truth.history(plan, Faults(plan, entries))]
    _write_json(folder / "truth.json", rows)
    (folder / "truth.csv").write_bytes(_csv(tuple(rows[0]), rows))


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _csv(headings: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """With the byte order mark that spreadsheets want to see before Chinese text."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headings, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(headings: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("一机一档")
    sheet.append(list(headings))
    for row in rows:
        sheet.append([row[heading] or None for heading in headings])
    raw = io.BytesIO()
    book.save(raw)
    return _without_dates(raw.getvalue())


def _without_dates(workbook: bytes) -> bytes:
    """The same workbook with fixed dates, in its properties and of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "docProps/core.xml":
                body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", body)
            part = zipfile.ZipInfo(name, _FIXED_DATE)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, body)
    return out.getvalue()
