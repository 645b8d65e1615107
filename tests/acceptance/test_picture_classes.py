"""Every kind of picture fault at cameras of its own, by day and by night: each look must tell the
truth, and no healthy camera be accused of anything.

Cameras' histories are what some hours of looks would have taught; the rest is the program's.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probes.picture.thresholds import THRESHOLDS
from probes.vocabulary import FaultKind
from tests.acceptance.confusion import Row, compare, table
from tests.acceptance.learnt import histories_of, write_histories
from tests.acceptance.program import Program, RunningCity, make_program, running_city
from tests.fleet import clips, stamped
from tests.fleet.city import CACHE
from tests.fleet.faults import FAULTS, HEALTHY, UPSTREAM_FAULTS
from tests.fleet.files import read_city
from tests.fleet.plan import Point
from xueliang.settings import DatabaseSettings

# A city of this seed has cameras enough with an infra-red view.
CAMERAS, SEED = 130, 4
BY_DAY, BY_NIGHT = "h264_day_2", "h264_night"
GROSS = ("black", "blue", "dark", "overexposed", "blurred", "frozen")
OVERLAYS = ("overlay_right", "overlay_gone", "overlay_other", "overlay_slow")
# What fog, rain or dust does too would be the weather's at more cameras of a town.
WEATHER = frozenset({"fogged", "tinted", "noisy", "covered", "turned", "blurred"})
MOST_IN_A_TOWN = 2
# A second reading of overlay text is due a minute after the first.
READ_AGAIN_S = 62
# The shortest period of bursts that can be set.
BURST_EVERY_S = 5
# That a picture stands is told from two looks this far apart, and from bursts at no other.
APART_S = THRESHOLDS.frozen_min_age.total_seconds()
# A machine that does much else may take a third for what needs two.
MOST_READINGS, WRONG_OVERLAYS = 4, 3
# Where it does, the second key picture of a burst may come too late to be compared: such a look
# tells nothing of what only a burst tells, and the next one must.
MOST_LOOKS = 3
NEEDS_A_BURST = frozenset({FaultKind.FROZEN.value, FaultKind.SHAKE.value})


def chosen(points: Sequence[Point]) -> dict[str, str]:
    """A camera for each fault, by label; those of the infra-red view first, of which there are
    few."""
    free = [one for one in points if one.code and one.stream_known and "球机" not in one.name]
    fine = (name for name, fault in FAULTS.items() if fault.fine and name not in OVERLAYS)
    in_town: Counter[str] = Counter()
    planted: dict[str, str] = {}
    wanted = [(BY_NIGHT, look) for look in ("turned", *clips.NIGHT_LOOKS)]
    wanted += [(BY_DAY, look) for look in (*fine, *GROSS, *OVERLAYS)]
    for clip, fault in wanted:
        point = next(
            one
            for one in free
            if one.clip == clip and not (fault in WEATHER and in_town[one.town] >= MOST_IN_A_TOWN)
        )
        free.remove(point)
        in_town[point.town] += fault in WEATHER
        planted[point.label] = fault
    return planted


def import_archive(program: Program, folder: Path, planted: dict[str, str]) -> None:
    """The city's archive, in which only the cameras with a true overlay have an OSD name: those of
    the others show a clock that stands."""
    with (folder / "archive.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        shows = planted.get(row["设备编码"], "") in OVERLAYS
        row["OSD名称"] = stamped.PLACE if shows else ""
    changed = folder / "overlays.csv"
    with changed.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    program.done("import", str(changed))


def teach(program: Program, points: tuple[Point, ...], planted: dict[str, str]) -> None:
    """The histories of all cameras but those whose overlay, and view, is made anew."""
    loaded = clips.load(CACHE)
    learnt = {name: histories_of(loaded[name]) for name in {one.clip for one in points}}
    slots = {
        one.label: learnt[one.clip] for one in points if planted.get(one.label) not in OVERLAYS
    }
    settings = DatabaseSettings(
        url=program.environ["XUELIANG_DATABASE_URL"],
        key_file=Path(program.environ["XUELIANG_DATABASE_KEY_FILE"]),
    )
    asyncio.run(write_histories(settings, slots))


def under_the_sun(*, noon: bool) -> float:
    """The longitude at which it is noon, or midnight, now."""
    now = datetime.now(UTC)
    at = (12 - now.hour - now.minute / 60) * 15 + (0 if noon else 180)
    return (at + 180) % 360 - 180


def standing_overlays(database: Path) -> int:
    """How many cameras' overlays were found to be at fault twice."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT standing FROM overlay_readings").fetchall()
    return sum(json.loads(standing) != [] for (standing,) in rows)


def wait(for_s: float) -> None:
    """Lets the time pass after which something is due again."""
    until_s = time.monotonic() + for_s
    while time.monotonic() < until_s:
        time.sleep(0.5)


def read_overlays(program: Program) -> None:
    """Sweeps until each wrong overlay was found to be wrong twice."""
    program.done("sweep", "--overlays", "--json")
    for _ in range(MOST_READINGS):
        wait(READ_AGAIN_S)
        program.done("sweep", "--overlays", "--json")
        if standing_overlays(program.database) == WRONG_OVERLAYS:
            return


def swept(program: Program, truth: Sequence[Mapping[str, Any]]) -> list[Row]:
    """What the last look at each camera came to, once bursts could tell what only they do."""
    rows: list[Row] = []
    for _ in range(MOST_LOOKS):
        wait(APART_S)
        program.done("sweep", "--json")
        # Whether a silent recorder is told from a machine that is busy is tried elsewhere.
        rows = [
            row
            for row in compare(truth, program.database)
            if row.fault not in UPSTREAM_FAULTS.values()
        ]
        wrong = [row for row in rows if not row.right]
        if not wrong or not all(told_nothing(row) for row in wrong):
            break
    return rows


def told_nothing(row: Row) -> bool:
    """Whether the camera has a fault that only a burst tells, and the look says nothing of it."""
    return row.expected.reason in NEEDS_A_BURST and row.found.verdict == "ok"


def plant(city: RunningCity, planted: dict[str, str]) -> None:
    for label, fault in planted.items():
        city.set_fault(label, fault)


def test_every_kind_by_day_and_by_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = make_program(tmp_path, overlay_clock_limit_s=3600)
    with running_city(tmp_path / "city", CAMERAS, "--faults", "0", "--seed", str(SEED)) as city:
        points = read_city(tmp_path / "city")[0].points
        well = {row["camera"] for row in city.truth() if row["fault"] == HEALTHY}
        in_use = [one for one in points if one.administrative == "在用"]
        planted = chosen([one for one in in_use if one.label in well])
        program.done("db", "upgrade")
        import_archive(program, tmp_path / "city", planted)
        teach(program, points, planted)
        plant(city, planted)
        bursts = {"pictures_burst_every_s": BURST_EVERY_S, "pictures_burst_share": 1}
        here = program.with_settings(pictures_latitude=0, **bursts)
        day = here.with_settings(pictures_longitude=under_the_sun(noon=True))
        read_overlays(day)
        night = here.with_settings(pictures_longitude=under_the_sun(noon=False))
        for name, there in (("by day", day), ("by night", night)):
            rows = swept(there, city.truth())
            with capsys.disabled():
                print(f"\n{name}\n{table(rows)}")
            assert [row for row in rows if not row.right] == []
            told = {row.found.reason for row in rows if row.found.stage == "picture"}
            assert told == {kind.value for kind in FaultKind}
        assert city.stats()["peak_sessions_of_a_camera"] == 1
