"""Sweeps over a city in which every kind of fault stands: each look must tell the truth."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.confusion import compare, table
from tests.acceptance.program import Program, RunningCity, make_program, running_city
from tests.fleet.faults import FAULTS, HEALTHY, UPSTREAM_FAULTS

CAMERAS = 260
# A frozen picture is told against a frame that is at least this old.
FROZEN_AFTER_S = 21


def plant_every_fault(city: RunningCity) -> None:
    """Each kind of fault at a camera of its own, of those that are healthy by now."""
    rows = [row for row in city.truth() if row["administrative"] == "在用"]
    alone: dict[str, int] = {}
    for row in rows:
        alone[row["address"]] = alone.get(row["address"], 0) + 1
    free = [row for row in rows if row["fault"] == HEALTHY and alone[row["address"]] == 1]
    by_stream = [row for row in free if row["stream_known"] and row["clock_offset_s"] is None]
    with_onvif = [row for row in free if not row["stream_known"]]
    for fault in FAULTS.values():
        if fault.name == HEALTHY or fault.fine or fault.name in UPSTREAM_FAULTS.values():
            continue
        candidates = with_onvif if fault.needs_onvif else by_stream
        city.set_fault(candidates.pop()["camera"], fault.name)
    for name in ("refused", "silent", "wrong_password"):
        city.set_fault(with_onvif.pop()["camera"], name)


def sweep_twice(program: Program, **settings: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two sweeps, far enough apart for a frozen picture to be told."""
    program = program.with_settings(**settings)
    first = json.loads(program.done("sweep", "--json"))
    ended_s = time.monotonic()
    while time.monotonic() < ended_s + FROZEN_AFTER_S:
        time.sleep(0.5)
    return first, json.loads(program.done("sweep", "--json"))


def widths(database: Path, looks: int) -> Counter[int]:
    """How wide the pictures of the last so many looks were."""
    query = "SELECT media FROM probe_results ORDER BY started_at DESC LIMIT ?"
    with closing(sqlite3.connect(database)) as connection:
        found = [row[0] for row in connection.execute(query, (looks,))]
    return Counter(json.loads(media)["width"] for media in found if media not in (None, "null"))


def test_every_verdict_is_the_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = make_program(tmp_path, probe_timeout_s=6, probe_connect_timeout_s=2)
    with running_city(tmp_path / "city", CAMERAS) as city:
        plant_every_fault(city)
        program.done("db", "upgrade")
        program.done("import", str(tmp_path / "city" / "archive.xlsx"))
        first, second = sweep_twice(program)
        rows = compare(city.truth(), program.database)
        # The city's faults are gross ones, which a picture of 640 x 360 shows as well. It has no
        # slight blur or fine noise, which such a picture would smooth away: of that this sweep
        # proves nothing.
        _, fourth = sweep_twice(program, probe_picture_stream="sub")
        small = compare(city.truth(), program.database)
        seen = widths(program.database, fourth["looks"])
        stats = city.stats()
    with capsys.disabled():
        print(f"\n{table(rows)}\nby sub-streams\n{table(small)}")
        print(f"sweeps of {first['duration_s']:.0f} s and {second['duration_s']:.0f} s")
        print(f"by sub-streams {fourth['duration_s']:.0f} s, widths {dict(seen)}")
    assert first["looks"] == second["looks"] == fourth["looks"] == len(rows) == len(small)
    gross = {fault.name for fault in FAULTS.values() if not fault.fine}
    assert {row.fault for row in rows} >= gross - {"switch_down", "uplink_down"}
    assert [row for row in rows if not row.right] == []
    assert [row for row in small if not row.right] == []
    # Some cameras have no sub-stream that is known, or have it switched off.
    assert seen[640] > 0.7 * seen.total()
    assert seen[1920] > 0
    assert stats["peak_sessions_of_a_camera"] == 1
