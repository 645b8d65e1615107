"""Days in Asia/Shanghai and the rates made of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry.rollups import (
    Ratio,
    Uptime,
    day_bounds,
    day_of,
    days_touched,
    roll_up,
    sampled_online,
    uptime,
)
from camera_registry.vocabulary import StateInterval, Status
from probes.vocabulary import Verdict

DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)
HOUR_S = 3600.0


def hours(count: float) -> datetime:
    return MIDNIGHT + timedelta(hours=count)


def history(*parts: tuple[Status, float]) -> list[StateInterval]:
    """Statuses from the given hours of the day on; the last one is open."""
    starts = [hours(start) for _, start in parts]
    return [
        StateInterval(camera_id=1, status=status, start=hours(start), end=end)
        for (status, start), end in zip(parts, [*starts[1:], None], strict=True)
    ]


def test_days_are_shanghai_s() -> None:
    assert day_bounds(DAY) == (MIDNIGHT, MIDNIGHT + timedelta(days=1))
    assert day_of(MIDNIGHT) == DAY
    assert day_of(MIDNIGHT - timedelta(microseconds=1)) == date(2026, 3, 1)
    touched = days_touched(hours(-1), hours(48))
    assert list(touched) == [date(2026, 3, 1), DAY, date(2026, 3, 3)]
    assert list(days_touched(hours(0), hours(0))) == []


# In the summers of 1986 to 1991 the clocks of China were an hour ahead.
@pytest.mark.parametrize(("day", "length"), [(date(1986, 5, 4), 23), (date(1986, 9, 14), 25)])
def test_a_day_is_as_long_as_it_was(day: date, length: int) -> None:
    start, end = day_bounds(day)
    assert end - start == timedelta(hours=length)


@pytest.mark.parametrize(
    ("parts", "until", "expected"),
    [
        ([(Status.ONLINE, -100)], 48, {Status.ONLINE: 24}),
        (
            [(Status.ONLINE, -1), (Status.OFFLINE, 6), (Status.ONLINE, 25)],
            48,
            {Status.ONLINE: 6, Status.OFFLINE: 18},
        ),
        ([(Status.UNKNOWN, 20), (Status.ONLINE, 21)], 48, {Status.UNKNOWN: 1, Status.ONLINE: 3}),
        ([(Status.ONLINE, 30)], 48, {}),
        ([(Status.ONLINE, -1)], 7.5, {Status.ONLINE: 7.5}),
        ([(Status.ONLINE, -5)], -1, {}),
        ([(Status.ONLINE, -1), (Status.RETIRED, 12)], 48, {Status.ONLINE: 12, Status.RETIRED: 12}),
    ],
)
def test_a_camera_s_day(
    parts: list[tuple[Status, float]], until: float, expected: dict[Status, float]
) -> None:
    rolled = roll_up(1, DAY, history(*parts), {Verdict.OK: 3, Verdict.DOWN: 0}, hours(until))
    assert rolled.seconds == {status: spent * HOUR_S for status, spent in expected.items()}
    assert rolled.looks == {Verdict.OK: 3}


@pytest.mark.parametrize(
    ("seconds", "online", "observed"),
    [
        ({Status.ONLINE: 60.0}, 1.0, 1.0),
        ({Status.DEGRADED: 60.0, Status.OFFLINE: 60.0}, 0.5, 1.0),
        ({Status.ONLINE: 60.0, Status.UNKNOWN: 60.0}, 1.0, 0.5),
        ({Status.ONLINE: 30.0, Status.OFFLINE: 30.0, Status.MAINTENANCE: 60.0}, 0.5, 0.5),
        ({Status.ONLINE: 60.0, Status.RETIRED: 999.0}, 1.0, 1.0),
        ({Status.UNKNOWN: 60.0}, None, 0.0),
        ({Status.RETIRED: 60.0}, None, None),
        ({}, None, None),
    ],
)
def test_rates(seconds: dict[Status, float], online: float | None, observed: float | None) -> None:
    found = uptime(seconds)
    assert (found.online.value, found.observed.value) == (online, observed)


def test_a_group_s_rate_is_of_sums() -> None:
    whole = uptime({Status.ONLINE: 100.0}) + uptime({Status.OFFLINE: 300.0}) + Uptime()
    assert whole.online.value == 0.25
    assert (Ratio(part=1, whole=2) + Ratio(part=0, whole=2)).value == 0.25


def test_the_rate_by_samples_leaves_unknown_out() -> None:
    looks = {Verdict.OK: 6, Verdict.DEGRADED: 2, Verdict.DOWN: 2, Verdict.UNKNOWN: 90}
    assert sampled_online(looks).value == 0.8
    assert sampled_online({Verdict.UNKNOWN: 5}).value is None


@given(
    st.lists(st.tuples(st.integers(1, 1500), st.sampled_from(Status)), min_size=1, max_size=6),
    st.integers(-1500, 1500),
)
@settings(max_examples=40, deadline=None)
def test_equal_to_a_minute_by_minute_reckoning(parts: list[tuple[int, Status]], born: int) -> None:
    """Over three days, from a birth anywhere in them, with the last status open."""
    starts, moment = [], born
    for minutes, status in parts:
        starts.append((status, moment / 60))
        moment += minutes
    intervals = history(*starts)
    end = hours(48)
    days = list(days_touched(hours(-24), end))
    rolled = [roll_up(1, day, intervals, {}, end).seconds for day in days]
    reckoned: list[dict[Status, float]] = [{} for _ in days]
    for minute in range(max(born, -24 * 60), 48 * 60):
        held = next(status for status, start in reversed(starts) if round(start * 60) <= minute)
        day = reckoned[minute // (24 * 60) + 1]
        day[held] = day.get(held, 0.0) + 60.0
    assert [{s: pytest.approx(v) for s, v in day.items()} for day in reckoned] == rolled
