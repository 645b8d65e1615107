"""A point's time in whole microseconds, and what corrections make of it. Pure.

Times are microseconds since 1970 (UTC), so that sums are exact and equal on every database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from camera_registry.assessment.corrections import Correction, Judgement
from camera_registry.vocabulary import StateInterval, Status

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What a judgement makes of the time; time that is left out is no part of any figure.
_JUDGED: Mapping[Judgement, Status | None] = {
    Judgement.EXCLUDE: None,
    Judgement.ONLINE: Status.ONLINE,
    Judgement.OFFLINE: Status.OFFLINE,
    Judgement.UNKNOWN: Status.UNKNOWN,
    Judgement.MAINTENANCE: Status.MAINTENANCE,
}


class Span(NamedTuple):
    """[start, end) in one status; None is time that was taken out."""

    start: int
    end: int
    status: Status | None


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """The moment of so many microseconds, in UTC."""
    return _EPOCH + us * _MICROSECOND


def spans_of(intervals: Iterable[StateInterval], until: int) -> list[Span]:
    """A history up to `until`, retired time left out."""
    found = []
    for one in intervals:
        start = micros(one.start)
        end = until if one.end is None else min(micros(one.end), until)
        if start < end and one.status is not Status.RETIRED:
            found.append(Span(start, end, one.status))
    return found


def clip(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """The parts inside [start, end)."""
    return [
        Span(max(one.start, start), min(one.end, end), one.status)
        for one in spans
        if one.start < end and one.end > start
    ]


def correct(spans: Sequence[Span], corrections: Iterable[Correction]) -> list[Span]:
    """The spans with each correction laid over them, the later made over the earlier. Time in
    which the point was not there stays so."""
    corrected = list(spans)
    for one in sorted(corrections, key=lambda correction: (correction.at, correction.id)):
        corrected = _laid_over(
            corrected, micros(one.start), micros(one.end), _JUDGED[one.judgement]
        )
    return corrected


def _laid_over(spans: Iterable[Span], start: int, end: int, status: Status | None) -> list[Span]:
    found = []
    for one in spans:
        if one.end <= start or one.start >= end:
            found.append(one)
            continue
        pieces = (
            Span(one.start, start, one.status),
            Span(max(one.start, start), min(one.end, end), status),
            Span(end, one.end, one.status),
        )
        found += [piece for piece in pieces if piece.start < piece.end]
    return found


class Lengths(NamedTuple):
    """Microseconds of a window: all, judged, delivering, and delivering without a fault."""

    window: int = 0
    judged: int = 0
    online: int = 0
    intact: int = 0


def lengths(spans: Iterable[Span]) -> Lengths:
    """What the rates by duration are made of."""
    total: dict[Status | None, int] = {}
    for start, end, status in spans:
        total[status] = total.get(status, 0) + end - start
    intact = total.get(Status.ONLINE, 0)
    online = intact + total.get(Status.DEGRADED, 0)
    judged = online + total.get(Status.OFFLINE, 0)
    unjudged = total.get(Status.UNKNOWN, 0) + total.get(Status.MAINTENANCE, 0)
    return Lengths(window=judged + unjudged, judged=judged, online=online, intact=intact)


class Outage(NamedTuple):
    """From going offline to delivering again, or to `None` where it has not or ended otherwise;
    `offline` are its offline microseconds, unknown time between them left out."""

    began: int
    repaired: int | None
    parts: tuple[tuple[int, int], ...]

    @property
    def offline(self) -> int:
        return sum(end - start for start, end in self.parts)

    def inside(self, start: int, end: int) -> int:
        """Its offline microseconds inside [start, end)."""
        return sum(max(0, min(b, end) - max(a, start)) for a, b in self.parts)


def outages(spans: Iterable[Span]) -> list[Outage]:
    """The outages of a point. Unknown time does not end one; maintenance, retirement (a gap) and
    time that is taken out do, without a repair."""
    found: list[Outage] = []
    parts: list[tuple[int, int]] = []
    before = None
    for start, end, status in spans:
        if parts and before is not None and start > before:
            found.append(Outage(parts[0][0], None, tuple(parts)))
            parts = []
        before = end
        if status is Status.OFFLINE:
            parts.append((start, end))
        elif parts and status is not Status.UNKNOWN:
            delivers = status in (Status.ONLINE, Status.DEGRADED)
            found.append(Outage(parts[0][0], start if delivers else None, tuple(parts)))
            parts = []
    if parts:
        found.append(Outage(parts[0][0], None, tuple(parts)))
    return found
