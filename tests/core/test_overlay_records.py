"""What several readings of an overlay come to, and when it is read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from camera_registry.pictures.overlay import (
    OverlayFound,
    OverlayPolicy,
    OverlayRecord,
    is_due,
    taken_in,
    with_overlay,
)
from probes.reasons import failure
from probes.vocabulary import FaultKind, Picture, PictureFault, ProbeResult, Stage, Verdict
from xueliang.overlays import OverlayRules

NIGHT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
MISSING, WRONG, DRIFT = FaultKind.OSD_MISSING, FaultKind.OSD_WRONG, FaultKind.CLOCK_DRIFT
POLICY = OverlayPolicy()


def found(
    *faults: FaultKind, unknown: tuple[FaultKind, ...] = (), place: str = "东门", hours: float = 0
) -> OverlayFound:
    return OverlayFound(
        camera_id=7,
        captured_at=NIGHT + timedelta(hours=hours),
        expected_place=place,
        shown_place=place,
        offset_s=3.0,
        faults=frozenset(faults),
        not_checkable=frozenset(unknown),
    )


def record(*readings: OverlayFound) -> OverlayRecord:
    known = None
    for reading in readings:
        known = taken_in(known, reading)
    assert known is not None
    return known


@pytest.mark.parametrize(
    ("readings", "standing", "doubted"),
    [
        pytest.param([found()], set(), set(), id="as it should be"),
        pytest.param([found(WRONG)], set(), {WRONG}, id="found once"),
        pytest.param([found(WRONG), found(WRONG)], {WRONG}, set(), id="found twice"),
        pytest.param([found(WRONG), found()], set(), set(), id="not found again"),
        pytest.param(
            [found(WRONG), found(unknown=(WRONG,)), found(WRONG)], {WRONG}, set(), id="unsure"
        ),
        pytest.param([found(DRIFT)] * 2 + [found()], {DRIFT}, {DRIFT}, id="gone once"),
        pytest.param([found(DRIFT)] * 2 + [found()] * 2, set(), set(), id="gone twice"),
        pytest.param(
            [found(DRIFT, WRONG)] * 2 + [found(WRONG)] * 2, {WRONG}, set(), id="one of two gone"
        ),
        pytest.param(
            [found(WRONG)] * 2 + [found(place="西门")], set(), set(), id="the archive was wrong"
        ),
    ],
)
def test_two_readings_each_way(
    readings: list[OverlayFound], standing: set[FaultKind], doubted: set[FaultKind]
) -> None:
    known = record(*readings)
    assert (known.standing, known.doubted) == (standing, doubted)


@pytest.mark.parametrize(
    ("known", "place", "hours", "due"),
    [
        pytest.param(None, "东门", 0, True, id="never read"),
        pytest.param(record(found()), "东门", 24, False, id="read last night"),
        pytest.param(record(found()), "东门", 73, True, id="three days ago"),
        pytest.param(record(found()), "西门", 1, True, id="the archive has changed"),
        pytest.param(record(found(WRONG)), "东门", 0.01, False, id="found just now"),
        pytest.param(record(found(WRONG)), "东门", 0.1, True, id="to be confirmed"),
        pytest.param(record(found(WRONG), found(WRONG)), "东门", 10, False, id="standing"),
        pytest.param(record(found(WRONG), found(WRONG)), "东门", 22, True, id="the next night"),
    ],
)
def test_when_it_is_read_again(
    known: OverlayRecord | None, place: str, hours: float, due: bool
) -> None:
    assert is_due(known, place, POLICY, NIGHT + timedelta(hours=hours)) is due


LOOK = ProbeResult(
    camera_id="7",
    started_at=NIGHT + timedelta(hours=1),
    verdict=Verdict.OK,
    picture=Picture(not_checkable=(FaultKind.SHAKE, MISSING, WRONG, DRIFT)),
)
BLURRED = replace(
    LOOK,
    verdict=Verdict.DEGRADED,
    failure=failure(Stage.PICTURE, FaultKind.BLUR),
    picture=Picture(faults=(PictureFault(kind=FaultKind.BLUR, score=0.8),)),
)


def test_a_standing_fault_degrades_the_looks_that_follow() -> None:
    shown = with_overlay(LOOK, record(found(WRONG), found(WRONG)), POLICY)
    assert shown.verdict is Verdict.DEGRADED
    assert shown.failure is not None
    assert (shown.failure.stage, shown.failure.reason) == (Stage.PICTURE, "osd_wrong")
    assert shown.picture is not None
    assert [fault.kind for fault in shown.picture.faults] == [WRONG]
    assert shown.picture.not_checkable == (FaultKind.SHAKE,)


def test_the_picture_s_own_fault_is_told_first() -> None:
    shown = with_overlay(BLURRED, record(found(DRIFT), found(DRIFT)), POLICY)
    assert shown.failure == BLURRED.failure
    assert shown.picture is not None
    assert [fault.kind for fault in shown.picture.faults] == [FaultKind.BLUR, DRIFT]


def test_a_good_reading_lets_a_fault_be_cleared_and_a_doubt_leaves_it_open() -> None:
    good = with_overlay(LOOK, record(found()), POLICY)
    assert good.verdict is Verdict.OK
    assert good.picture == Picture(not_checkable=(FaultKind.SHAKE,))
    doubtful = with_overlay(LOOK, record(found(WRONG)), POLICY)
    assert doubtful.picture is not None
    assert WRONG in doubtful.picture.not_checkable


@pytest.mark.parametrize(
    "look",
    [
        replace(LOOK, started_at=NIGHT + timedelta(days=11)),
        replace(LOOK, picture=None),
        replace(
            LOOK, verdict=Verdict.DOWN, failure=failure(Stage.CONNECT, "timeout"), picture=None
        ),
    ],
    ids=["long ago", "no picture", "down"],
)
def test_what_it_says_nothing_of(look: ProbeResult) -> None:
    assert with_overlay(look, record(found(WRONG), found(WRONG)), POLICY) is look


@pytest.mark.parametrize(
    ("local", "night"),
    [("00:59", False), ("01:00", True), ("04:59", True), ("05:00", False), ("13:00", False)],
)
def test_when_the_round_is(local: str, night: bool) -> None:
    hour, minute = map(int, local.split(":"))
    at = datetime(2026, 11, 23, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    assert OverlayRules().is_night(at) is night
    assert not OverlayRules(read=False).is_night(at)


def test_a_round_over_midnight() -> None:
    rules = OverlayRules(at=time(23, 0), lasts=timedelta(hours=3))
    assert rules.is_night(datetime(2026, 11, 22, 17, 30, tzinfo=UTC))
    assert not rules.is_night(datetime(2026, 11, 22, 18, 30, tzinfo=UTC))
