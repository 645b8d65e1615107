"""What a platform's lists say of a point over time. Pure.

A list speaks for a point from its own time on, until the next list that names the point, and no
longer than `hold`: then nobody knows. Intervals are drawn from the lists whenever they are asked
for, so that a list that comes late, or twice, falls into its place by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from camera_registry.platform.vocabulary import PlatformReport, Reported
from camera_registry.vocabulary import StateInterval, Status


def reported_intervals(
    reports: Iterable[PlatformReport], hold: timedelta, until: datetime
) -> tuple[StateInterval, ...]:
    """One point's intervals from its first report to `until`, without gap: online, offline, or
    unknown where no list speaks for it. The last one ends at `until`."""
    listed = sorted((one for one in reports if one.at < until), key=lambda one: one.at)
    merged: list[StateInterval] = []
    for interval in _spans(listed, hold, until):
        last = merged[-1] if merged else None
        if last is not None and last.status is interval.status:
            merged[-1] = _span(interval.camera_id, last.status, last.start, interval.end)
        else:
            merged.append(interval)
    return tuple(merged)


def standing(reports: Iterable[PlatformReport], hold: timedelta, now: datetime) -> Reported:
    """What is known of one point at `now`; `since` is no earlier than its first report given."""
    listed = [one for one in reports if one.at <= now]
    if not listed:
        return Reported()
    # A report counts from its very moment on.
    intervals = reported_intervals(listed, hold, now + timedelta(microseconds=1))
    last = intervals[-1]
    return Reported(status=last.status, since=last.start, at=max(one.at for one in listed))


def lapse(reported: Reported, hold: timedelta, now: datetime) -> Reported:
    """What is left of it at `now`."""
    if reported.at is None or reported.status is Status.UNKNOWN or now < reported.at + hold:
        return reported
    return Reported(status=Status.UNKNOWN, since=reported.at + hold, at=reported.at)


def _spans(
    listed: Sequence[PlatformReport], hold: timedelta, until: datetime
) -> Iterator[StateInterval]:
    for report, after in pairwise([*listed, None]):
        if report is None:
            continue
        next_at = until if after is None else after.at
        lapses_at = min(report.at + hold, next_at)
        if report.at < lapses_at:
            yield _span(report.camera_id, report.status, report.at, lapses_at)
        if lapses_at < next_at:
            yield _span(report.camera_id, Status.UNKNOWN, lapses_at, next_at)


def _span(camera_id: int, status: Status, start: datetime, end: datetime | None) -> StateInterval:
    return StateInterval(camera_id=camera_id, status=status, start=start, end=end)
