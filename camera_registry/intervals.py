"""A camera's history as intervals of one status each: no gaps, no overlaps. Pure.

Intervals are half open, [start, end); the last one is open (`end` None). Lengths are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from camera_registry.vocabulary import StateInterval, Status, Transition


class BrokenHistoryError(ValueError):
    """A history contradicts itself; the text names the camera and the moment."""


def fold(
    camera_id: int,
    since: datetime,
    transitions: Iterable[Transition],
    initial: Status = Status.UNKNOWN,
) -> tuple[StateInterval, ...]:
    """The intervals of a camera that is `initial` from `since` on and then takes `transitions`.

    Raises:
        BrokenHistoryError: a transition is another camera's, is not later than the one before,
            or does not start from the status that holds.
    """
    intervals: list[StateInterval] = []
    status, start = initial, since
    for change in transitions:
        _check_follows(camera_id, status, start, change)
        intervals.append(
            StateInterval(camera_id=camera_id, status=status, start=start, end=change.at)
        )
        status, start = change.after, change.at
    return (*intervals, StateInterval(camera_id=camera_id, status=status, start=start))


def _check_follows(camera_id: int, status: Status, start: datetime, change: Transition) -> None:
    where = f"camera {camera_id} at {change.at.isoformat()}"
    if change.camera_id != camera_id:
        raise BrokenHistoryError(f"{where}: a transition of camera {change.camera_id}")
    if change.at <= start:
        raise BrokenHistoryError(f"{where}: not later than {start.isoformat()}")
    if change.before is not status:
        raise BrokenHistoryError(f"{where}: from {change.before}, but it is {status}")


def check_history(intervals: Sequence[StateInterval]) -> None:
    """Require one camera's intervals to be in order, without gap or overlap, the last one open.

    Raises:
        BrokenHistoryError: naming the first place where they are not.
    """
    for before, after in pairwise(intervals):
        where = f"camera {before.camera_id} at {after.start.isoformat()}"
        if before.camera_id != after.camera_id:
            raise BrokenHistoryError(f"{where}: an interval of camera {after.camera_id}")
        if before.end is None:
            raise BrokenHistoryError(f"{where}: the interval before is still open")
        if before.end <= before.start:
            raise BrokenHistoryError(f"{where}: the interval before has no length")
        if before.end != after.start:
            kind = "gap" if before.end < after.start else "overlap"
            raise BrokenHistoryError(f"{where}: {kind}, the one before ends {before.end}")
    if intervals and intervals[-1].end is not None:
        raise BrokenHistoryError(f"camera {intervals[-1].camera_id}: the last interval has ended")


def clip(
    intervals: Iterable[StateInterval], start: datetime, end: datetime
) -> tuple[StateInterval, ...]:
    """The parts of the intervals inside [start, end), all of them closed."""
    return tuple(
        StateInterval(
            camera_id=interval.camera_id,
            status=interval.status,
            start=max(interval.start, start),
            end=end if interval.end is None else min(interval.end, end),
        )
        for interval in intervals
        if interval.start < end and (interval.end is None or interval.end > start)
    )


def seconds_by_status(
    intervals: Iterable[StateInterval], start: datetime, end: datetime
) -> dict[Status, float]:
    """Seconds in each status inside [start, end); statuses that do not occur are absent."""
    lengths: dict[Status, timedelta] = {}
    for interval in intervals:
        until = end if interval.end is None or interval.end > end else interval.end
        length = until - max(interval.start, start)
        if length > timedelta(0):
            lengths[interval.status] = lengths.get(interval.status, timedelta(0)) + length
    return {status: length.total_seconds() for status, length in lengths.items()}


def window_seconds(
    histories: Mapping[int, Sequence[StateInterval]], start: datetime, end: datetime
) -> dict[int, dict[Status, float]]:
    """`seconds_by_status` of many cameras, by camera id."""
    return {
        camera_id: seconds_by_status(history, start, end)
        for camera_id, history in histories.items()
    }
