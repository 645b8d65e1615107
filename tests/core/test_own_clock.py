"""Whose clock is off: a table of cities, and what the service makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from camera_registry.own_clock import CameraClocks, ClockPolicy, OurClock, ToldTime, judge_clock
from exporters.metrics import Exposition, ProbeMetrics
from exporters.own_clock_metrics import OwnClockMetrics
from probes.vocabulary import OnvifFacts, ProbeResult, Verdict
from tests.views import camera
from xueliang.own_clock import OwnClock

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
POLICY = ClockPolicy()
HOURS_8 = 8 * 3600


def told(
    number: int, offset_s: float, *, town: str = "", upstream: str = "", ago_s: float = 0
) -> ToldTime:
    return ToldTime(
        camera_id=number,
        town=town or f"town {number % 6}",
        upstream=upstream,
        at=NOW - timedelta(seconds=ago_s),
        offset=timedelta(seconds=offset_s),
    )


def spread(count: int, middle_s: float, *, reach_s: float = 5.0, begin: int = 0) -> list[ToldTime]:
    """So many cameras around an offset."""
    steps = (-1.0, 0.4, 0.0, -0.3, 1.0)
    return [told(begin + one, middle_s + reach_s * steps[one % 5]) for one in range(count)]


UNSET = [told(number, 40.0 * number - 800) for number in range(40)]
RECORDER = [told(100 + one, -900, town="town 1", upstream="NVR 1") for one in range(64)]
CITIES: Mapping[str, tuple[list[ToldTime], bool, float | None]] = {
    "right": (spread(40, 0.8), False, -0.8),
    "five minutes fast": (spread(40, -300), True, 300),
    "an hour slow": (spread(40, 3600), True, -3600),
    "just right enough": (spread(40, 29), False, -29),
    "one third tells nonsense": (spread(27, -300) + UNSET[:13], True, None),
    "most tell nonsense": (UNSET[:20] + spread(20, -300), False, None),
    "cameras that nobody sets": (UNSET, False, None),
    "some in the wrong zone": (spread(28, 0) + spread(12, -HOURS_8, begin=50), False, 0.0),
    "half in the wrong zone": (spread(20, 0) + spread(20, -HOURS_8, begin=50), False, None),
    "too few": (spread(19, -300), False, None),
    "too few towns": ([told(n, -300, town=f"town {n % 3}") for n in range(40)], False, None),
    "one large recorder": (RECORDER + spread(36, 0), False, 0.0),
    "four recorders, each of a town": (
        [told(n, -900, town=f"town {n % 4}", upstream="NVR") for n in range(64)],
        False,
        None,
    ),
    "long ago": ([replace(one, at=NOW - timedelta(hours=7)) for one in spread(40, -300)], 0, None),
    "nobody": ([], False, None),
}


@pytest.mark.parametrize("name", CITIES)
def test_whose_clock_is_off(name: str) -> None:
    city, wrong, ahead_s = CITIES[name]
    ours = judge_clock(city, POLICY, NOW)
    assert ours.wrong is bool(wrong)
    if ahead_s is not None:
        assert ours.ahead is not None
        assert ours.ahead.total_seconds() == pytest.approx(ahead_s, abs=3)
    elif not wrong:
        assert ours.ahead is None


def test_the_newest_count_once_each() -> None:
    clocks = CameraClocks()
    for one in spread(40, 0):
        clocks.add(one)
    assert not clocks.ours(NOW).wrong
    # Ours was set wrong: nineteen cameras may be off by themselves, twenty-seven of forty not.
    for number, one in enumerate(spread(27, -300)):
        clocks.add(one)
        assert clocks.ours(NOW).wrong is (number == 26)
    for one in spread(14, 0, begin=27):
        clocks.add(one)
    assert not clocks.ours(NOW).wrong


def test_what_is_kept_is_bounded() -> None:
    clocks = CameraClocks(limit=50)
    for one in spread(200, 0):
        clocks.add(one)
    assert len(clocks) == 50
    assert clocks.ours(NOW).ahead is not None


def look(number: int, offset_s: float | None) -> ProbeResult:
    return ProbeResult(
        camera_id=str(number),
        started_at=NOW + timedelta(seconds=number),
        verdict=Verdict.OK,
        onvif=OnvifFacts(model="X", clock_offset_s=offset_s),
    )


def test_a_device_s_offset_from_a_wrong_clock_of_ours_is_not_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    duty = OwnClock(timedelta(seconds=60))
    duty.know({number: camera(number, town=f"town {number % 5}") for number in range(1, 60)})
    kept = [duty.judged(look(number, -120.5)).onvif for number in range(1, 40)]
    offsets = [facts.clock_offset_s for facts in kept if facts]
    assert offsets == [-120.5] * 19 + [None] * 20
    assert all(facts is not None and facts.model == "X" for facts in kept)
    assert [one.message for one in caplog.records] == [
        "our clock is +120 s ahead of nearly every camera's"
    ]
    assert duty.judged(look(41, None)) == look(41, None)


@pytest.mark.parametrize(
    ("ours", "lines"),
    [
        (OurClock(), ["xueliang_own_clock_trusted 1.0"]),
        (
            OurClock(ahead=timedelta(seconds=90), wrong=True),
            ["xueliang_own_clock_trusted 0.0", "xueliang_own_clock_ahead_seconds 90.0"],
        ),
    ],
)
def test_what_the_metrics_tell(ours: OurClock, lines: list[str]) -> None:
    answer = Exposition(ProbeMetrics(), [OwnClockMetrics(lambda: ours)]).render(
        None, "text/plain", ""
    )
    told_lines = answer.body.decode().splitlines()
    assert [one for one in told_lines if one.startswith("xueliang_own_clock")] == lines
