"""The service is killed in the middle of a sweep and started again: the database is sound, no
camera flips, and no history has a gap or an overlap."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.acceptance.program import (
    Program,
    RunningCity,
    make_program,
    running_city,
    stopping,
    until,
)

CAMERAS = 220
SETTINGS = {
    "schedule_sweep_every_s": 20,
    "schedule_recheck_after_s": 3,
    "schedule_view_every_s": 1,
    "probe_timeout_s": 6,
    "probe_connect_timeout_s": 2,
    "health_hold_s": 120,
}
GAPS_AND_OVERLAPS = """
    SELECT camera_id, ended_at, next FROM (
        SELECT camera_id, ended_at,
               lead(started_at) OVER (PARTITION BY camera_id ORDER BY started_at) AS next
        FROM state_intervals)
    WHERE next IS NOT NULL AND (ended_at IS NULL OR ended_at <> next)
"""
STATES_BESIDE_THEIR_INTERVALS = """
    SELECT h.camera_id FROM health_states h JOIN state_intervals i
    ON i.camera_id = h.camera_id AND i.ended_at IS NULL
    WHERE i.status <> h.status OR i.started_at <> h.since
"""


def rows(program: Program, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(program.database, timeout=20)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def looks(program: Program) -> int:
    return int(str(rows(program, "SELECT count(*) FROM probe_results")[0][0]))


def plant_lasting_faults(city: RunningCity) -> None:
    """Faults that a first look tells and that stay as they are."""
    healthy = [row["camera"] for row in city.truth() if row["fault"] == "none"]
    for fault in ("not_found", "no_video", "play_nothing", "black", "dark", "busy_503"):
        city.set_fault(healthy.pop(), fault)


def settled(program: Program) -> bool | None:
    """Every camera has a status but the one that cannot be checked (it answers busy)."""
    query = "SELECT count(*) FROM health_states WHERE status = 'unknown'"
    return True if rows(program, query) == [(1,)] else None


def assert_sound(program: Program) -> None:
    assert rows(program, "PRAGMA integrity_check") == [("ok",)]
    assert rows(program, "PRAGMA foreign_key_check") == []
    assert rows(program, GAPS_AND_OVERLAPS) == []
    assert rows(program, STATES_BESIDE_THEIR_INTERVALS) == []
    open_histories = "SELECT camera_id FROM state_intervals WHERE ended_at IS NULL"
    assert len(rows(program, open_histories)) == CAMERAS


def test_killed_in_the_middle_of_a_sweep(tmp_path: Path) -> None:
    program = make_program(tmp_path, **SETTINGS)
    statuses = "SELECT camera_id, status FROM health_states ORDER BY camera_id"
    changes = "SELECT count(*) FROM state_intervals"
    with running_city(tmp_path / "city", CAMERAS, "--faults", "0") as city:
        plant_lasting_faults(city)
        program.done("db", "upgrade")
        program.done("import", str(tmp_path / "city" / "archive.xlsx"))
        with stopping(program.serve()) as service:
            until(lambda: settled(program), 90, "every camera has a status")
            seen = looks(program)
            until(lambda: looks(program) > seen + 20 or None, 60, "a further sweep is under way")
            service.kill()
            service.wait()
        assert_sound(program)
        before, history = rows(program, statuses), rows(program, changes)
        seen = looks(program)
        with stopping(program.serve()):
            until(lambda: looks(program) > seen + 2 * CAMERAS or None, 90, "two more sweeps")
        assert_sound(program)
        after = rows(program, statuses)
    flipped = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert flipped == []
    assert rows(program, changes) == history
