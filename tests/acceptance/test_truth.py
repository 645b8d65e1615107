"""Sweeps over a city in which every kind of fault stands: each look must tell the truth."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.acceptance.confusion import compare, table
from tests.acceptance.program import RunningCity, make_program, running_city
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
        if fault.name == HEALTHY or fault.name in UPSTREAM_FAULTS.values():
            continue
        candidates = with_onvif if fault.needs_onvif else by_stream
        city.set_fault(candidates.pop()["camera"], fault.name)
    for name in ("refused", "silent", "wrong_password"):
        city.set_fault(with_onvif.pop()["camera"], name)


def test_every_verdict_is_the_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = make_program(tmp_path, probe_timeout_s=6, probe_connect_timeout_s=2)
    with running_city(tmp_path / "city", CAMERAS) as city:
        plant_every_fault(city)
        program.done("db", "upgrade")
        program.done("import", str(tmp_path / "city" / "archive.xlsx"))
        first = json.loads(program.done("sweep", "--json"))
        ended_s = time.monotonic()
        while time.monotonic() < ended_s + FROZEN_AFTER_S:
            time.sleep(0.5)
        second = json.loads(program.done("sweep", "--json"))
        rows = compare(city.truth(), program.database)
        stats = city.stats()
    with capsys.disabled():
        print(f"\n{table(rows)}")
        print(f"sweeps of {first['duration_s']:.0f} s and {second['duration_s']:.0f} s")
    assert first["looks"] == second["looks"] == len(rows)
    assert {row.fault for row in rows} >= FAULTS.keys() - {"switch_down", "uplink_down"}
    assert [row for row in rows if not row.right] == []
    assert stats["peak_sessions_of_a_camera"] == 1
