"""Days and rates out of intervals. Pure. Days are the calendar days of Asia/Shanghai.

The window of a camera is the time that it existed and was not retired. In it

- the online rate 在线率 is online ÷ (window − unknown − maintenance). A degraded camera delivers a
  stream, so its time is online time; that its picture is faulty is told by the intact rate.
- the observed share is (window − unknown − maintenance) ÷ window: the part of the window that the
  online rate speaks of. An online rate is never shown without it.

Rates of a group are quotients of sums over its cameras, never means of quotients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from camera_registry.intervals import seconds_by_status
from camera_registry.vocabulary import DailyRollup, StateInterval, Status
from probes.vocabulary import Verdict

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A part of a whole; `value` is None where there is no whole."""

    part: float = 0.0
    whole: float = 0.0

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(part=self.part + other.part, whole=self.whole + other.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """Seconds of a window, of one camera or a group: all of it, judged, and online."""

    window_s: float = 0.0
    judged_s: float = 0.0
    online_s: float = 0.0

    @property
    def online(self) -> Ratio:
        """在线率."""
        return Ratio(part=self.online_s, whole=self.judged_s)

    @property
    def observed(self) -> Ratio:
        """The share of the window that the online rate speaks of."""
        return Ratio(part=self.judged_s, whole=self.window_s)

    def __add__(self, other: Uptime) -> Uptime:
        return Uptime(
            window_s=self.window_s + other.window_s,
            judged_s=self.judged_s + other.judged_s,
            online_s=self.online_s + other.online_s,
        )


def uptime(seconds: Mapping[Status, float]) -> Uptime:
    """The window's seconds by status as what the rates are made of."""
    online = seconds.get(Status.ONLINE, 0.0) + seconds.get(Status.DEGRADED, 0.0)
    judged = online + seconds.get(Status.OFFLINE, 0.0)
    unjudged = seconds.get(Status.UNKNOWN, 0.0) + seconds.get(Status.MAINTENANCE, 0.0)
    return Uptime(window_s=judged + unjudged, judged_s=judged, online_s=online)


def sampled_online(looks: Mapping[Verdict, int]) -> Ratio:
    """The online rate as assessments count it: looks with a stream ÷ looks that counted."""
    online = looks.get(Verdict.OK, 0) + looks.get(Verdict.DEGRADED, 0)
    return Ratio(part=online, whole=online + looks.get(Verdict.DOWN, 0))


def day_of(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai."""
    return moment.astimezone(LOCAL_ZONE).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The day's first moment and the next day's, in UTC."""
    first = datetime.combine(day, time(), LOCAL_ZONE)
    after = datetime.combine(day + timedelta(days=1), time(), LOCAL_ZONE)
    return first.astimezone(UTC), after.astimezone(UTC)


def days_touched(start: datetime, end: datetime) -> Iterator[date]:
    """The calendar days that [start, end) has a part in, in order."""
    day = day_of(start)
    while day_bounds(day)[0] < end:
        yield day
        day += timedelta(days=1)


def roll_up(
    camera_id: int,
    day: date,
    intervals: Iterable[StateInterval],
    looks: Mapping[Verdict, int],
    until: datetime,
) -> DailyRollup:
    """One camera's day as far as it has gone at `until`.

    `intervals` are the camera's, at least those touching the day; time before its first interval
    is before it existed and is counted nowhere. Retired time is given but is no part of a window.
    """
    start, end = day_bounds(day)
    return DailyRollup(
        camera_id=camera_id,
        day=day,
        seconds=seconds_by_status(intervals, start, max(start, min(end, until))),
        looks={verdict: count for verdict, count in looks.items() if count},
    )
