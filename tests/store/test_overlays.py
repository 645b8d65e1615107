"""The overlay round on both databases, with a reading process that always says the same."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from camera_registry.database import Database
from camera_registry.pictures.overlay import OverlayRecord, OverlaySeen
from camera_registry.pictures.vocabulary import ReadingOutcome
from camera_registry.store import health, overlays
from probes.osd.process import OverlayProcess
from probes.vocabulary import (
    FIGURES,
    FaultKind,
    OnvifFacts,
    Picture,
    PictureFigures,
    ProbeResult,
    Sketch,
    Verdict,
)
from tests.store.city import import_rows, row
from tests.views import camera
from xueliang.overlays import MAX_WAITING, OverlayRules, Overlays
from xueliang.own_clock import OwnClock

NIGHT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
WRONG = FaultKind.OSD_WRONG
# Answers each capture; ends when there is no other.
READER = """
import json, struct, sys
source = sys.stdin.buffer
while prefix := source.read(8):
    head, body = struct.unpack(">II", prefix)
    source.read(head + body)
    answer = {"place": "西门", "offset_s": 2.5, "faults": [["osd_wrong", 1.0]], "not_checkable": []}
    print(json.dumps(answer), flush=True)
"""
ALL_SLOW = READER.replace("西门", "东门").replace("2.5", "-312").replace("osd_wrong", "clock_drift")
RECORD = OverlayRecord(
    camera_id=1,
    read_at=NIGHT,
    expected_place="东门",
    shown_place="西门",
    offset_s=-2.5,
    standing=frozenset({WRONG}),
    doubted=frozenset({FaultKind.CLOCK_DRIFT}),
    told=frozenset({WRONG, FaultKind.CLOCK_DRIFT}),
)


@pytest.fixture
async def city(database: Database, tmp_path: Path) -> Database:
    rows = [{**row(1), "OSD名称": "东门"}, {**row(2), "OSD名称": ""}]
    await import_rows(database, tmp_path, rows)
    return database


def looked(number: int, at: datetime, strips: bytes | None = b"strips") -> ProbeResult:
    figures = PictureFigures(slot=None, values=(None,) * len(FIGURES), overlay_jpeg=strips)
    return ProbeResult(
        camera_id=str(number),
        started_at=at,
        verdict=Verdict.OK,
        picture=Picture(not_checkable=(WRONG,)),
        sketch=Sketch(luma=b"", digest=b"", captured_at=at),
        figures=figures,
    )


async def test_records_are_read_as_they_were_written(city: Database) -> None:
    await overlays.write_records(city, [RECORD, replace(RECORD, camera_id=99)])
    assert await overlays.load_records(city) == {1: RECORD}
    better = OverlayRecord(camera_id=1, read_at=NIGHT, expected_place="东门")
    await overlays.write_records(city, [better])
    assert await overlays.load_records(city) == {1: better}
    assert await overlays.load_places(city) == {1: "东门"}
    assert await overlays.seen(city, 1) == OverlaySeen(record=better)
    assert await overlays.seen(city, 2) == OverlaySeen()


async def test_the_device_s_own_clock_is_told_beside_it(city: Database) -> None:
    facts = OnvifFacts(clock_offset_s=-61.5)
    look = replace(looked(1, NIGHT, None), onvif=facts)
    await health.take_in(city, [look], states=[], transitions=[])
    assert (await overlays.seen(city, 1)).onvif_offset_s == -61.5


async def test_a_round_from_the_first_look_to_the_standing_fault(
    city: Database, tmp_path: Path
) -> None:
    script = tmp_path / "reader.py"
    script.write_text(READER, encoding="utf-8")
    process = OverlayProcess((sys.executable, str(script)))
    duty = Overlays(city, OverlayRules(), process)
    await duty.load()
    assert not duty.wanted(1, NIGHT - timedelta(hours=12))
    assert not duty.wanted(2, NIGHT)
    for minutes in (0, 5):
        at = NIGHT + timedelta(minutes=minutes)
        assert duty.wanted(1, at)
        assert not duty.wanted(1, at)
        assert duty.judged(looked(1, at)).verdict is Verdict.OK
        assert duty.waiting == 1
        await duty.turn(lambda at=at: at)
        assert duty.waiting == 0
    assert process.pid is not None
    assert not duty.wanted(1, NIGHT + timedelta(minutes=10))
    later = NIGHT + timedelta(minutes=10)
    after = Overlays(city, OverlayRules(), process)
    await after.load()
    for one in (duty, after):
        shown = one.judged(looked(1, later, None))
        assert shown.failure is not None
        assert shown.failure.reason == "osd_wrong"
        assert one.judged(looked(2, later, None)).verdict is Verdict.OK
    await duty.turn(lambda: later)
    assert process.pid is None
    assert duty.outcomes == {ReadingOutcome.FAULT: 2}


async def test_a_reader_that_dies_is_counted(city: Database) -> None:
    duty = Overlays(city, OverlayRules(), OverlayProcess((sys.executable, "-c", "pass")))
    await duty.load()
    assert duty.wanted(1, NIGHT)
    duty.judged(looked(1, NIGHT))
    await duty.turn(lambda: NIGHT)
    assert duty.outcomes == {ReadingOutcome.FAILED: 1}


async def test_a_clock_of_ours_that_is_off_is_no_camera_s_fault(
    city: Database, tmp_path: Path
) -> None:
    numbers = range(1, 60)
    await import_rows(city, tmp_path, [{**row(one), "OSD名称": "东门"} for one in numbers])
    script = tmp_path / "reader.py"
    script.write_text(ALL_SLOW, encoding="utf-8")
    clock = OwnClock(timedelta(seconds=60))
    clock.know({one: camera(one, town=f"镇{one % 5}") for one in numbers})
    process = OverlayProcess((sys.executable, str(script)))
    duty = Overlays(city, OverlayRules(), process, clock)
    await duty.load()
    for minutes in (0, 5, 10):
        at = NIGHT + timedelta(minutes=minutes)
        for one in numbers:
            if duty.wanted(one, at):
                duty.judged(looked(one, at))
        await duty.turn(lambda at=at: at, most=MAX_WAITING)
    await duty.close()
    assert duty.outcomes == {ReadingOutcome.FAULT: 19, ReadingOutcome.UNSURE: 40 + 19 + 19}
    assert clock.now(at).ahead == timedelta(seconds=312)
    records = (await overlays.load_records(city)).values()
    assert len(records) == len(numbers)
    # The first nineteen were doubted; none was found guilty.
    assert sum(FaultKind.CLOCK_DRIFT in one.doubted for one in records) == 19
    assert not any(one.standing for one in records)
    assert sum(one.offset_s is None for one in records) == len(numbers)


async def test_no_more_strips_wait_than_may(city: Database, tmp_path: Path) -> None:
    rows = [{**row(number), "OSD名称": "东门"} for number in range(3, 100)]
    await import_rows(city, tmp_path, rows)
    duty = Overlays(city, OverlayRules())
    await duty.load()
    places = await overlays.load_places(city)
    assert sum(duty.wanted(camera_id, NIGHT) for camera_id in places) == MAX_WAITING
    # Looks that never brought theirs are not waited for.
    assert duty.wanted(1, NIGHT + timedelta(minutes=3))
    duty.judged(looked(1, NIGHT, None))
    assert duty.waiting == 0
