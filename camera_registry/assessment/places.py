"""How long places were seen, blind or not known, from the time of their points. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from camera_registry.assessment.spans import Span
from camera_registry.coverage import location_state
from camera_registry.vocabulary import KeyLocationState, Status


class PlaceTime(NamedTuple):
    """[start, end) in one state."""

    start: int
    end: int
    state: KeyLocationState


def place_times(histories: Sequence[Sequence[Span]], start: int, end: int) -> list[PlaceTime]:
    """The states of a place in [start, end), from the spans of its points (`coverage` says what
    makes a state). Time taken out of a point is not known."""
    changes: list[tuple[int, int, Status | None]] = []
    for number, spans in enumerate(histories):
        for one in spans:
            if one.start < end and one.end > start:
                changes.append((max(one.start, start), number, one.status or Status.UNKNOWN))
                changes.append((min(one.end, end), number, None))
    # Where one span of a point ends and the next begins, the end comes first.
    changes.sort(key=lambda change: (change[0], change[2] is not None))
    held: dict[int, Status] = {}
    times: list[PlaceTime] = []
    at = start
    for when, number, becomes in changes:
        if when > at:
            _add(times, at, when, location_state(held.values()))
            at = when
        if becomes is None:
            held.pop(number, None)
        else:
            held[number] = becomes
    if at < end:
        _add(times, at, end, location_state(held.values()))
    return times


def _add(times: list[PlaceTime], start: int, end: int, state: KeyLocationState) -> None:
    if times and times[-1].state is state and times[-1].end == start:
        times[-1] = PlaceTime(times[-1].start, end, state)
    else:
        times.append(PlaceTime(start, end, state))


def inside(times: Iterable[PlaceTime], start: int, state: KeyLocationState) -> int:
    """Microseconds in a state from `start` on."""
    return sum(
        one.end - max(one.start, start) for one in times if one.state is state and one.end > start
    )
