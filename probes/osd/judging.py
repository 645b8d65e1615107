"""From the text in a picture to its faults: missing, wrong, or a clock that is off. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from probes.osd.clock import clock_offset, may_hold_a_time
from probes.osd.place import PlaceShown, compare_place
from probes.osd.vocabulary import Expected, Overlay, TextLine
from probes.vocabulary import FaultKind, Picture, PictureFault

OSD_KINDS = (FaultKind.OSD_MISSING, FaultKind.OSD_WRONG, FaultKind.CLOCK_DRIFT)
# Where one of these stands there is no overlay to be read.
HIDES_OVERLAY = frozenset({FaultKind.NO_SIGNAL, FaultKind.CORRUPTION})


def judge_overlay(lines: Sequence[TextLine], expected: Expected) -> tuple[Overlay, Picture]:
    """What the overlay shows, and its faults of the three kinds `OSD_KINDS`.

    A kind about which nothing is expected is not checkable, nor is one whose text was found and
    could not be read for sure.
    """
    scores: dict[FaultKind, float] = {}
    unknown: set[FaultKind] = set()
    place = _judge_place(lines, expected, scores, unknown)
    offset = _judge_clock(lines, expected, scores, unknown)
    faults = (PictureFault(kind=kind, score=scores[kind]) for kind in OSD_KINDS if kind in scores)
    return Overlay(place=place, clock_offset=offset), Picture(
        faults=tuple(faults),
        not_checkable=tuple(kind for kind in OSD_KINDS if kind in unknown and kind not in scores),
    )


def hides_overlay(picture: Picture) -> bool:
    """Whether a fault stands that leaves no overlay to be read."""
    return any(fault.kind in HIDES_OVERLAY for fault in picture.faults)


def with_overlay(picture: Picture, overlay: Picture) -> Picture:
    """Both verdicts in one."""
    return Picture(
        faults=picture.faults + overlay.faults,
        not_checkable=tuple(kind for kind in picture.not_checkable if kind not in OSD_KINDS)
        + overlay.not_checkable,
    )


def _judge_place(
    lines: Sequence[TextLine],
    expected: Expected,
    scores: dict[FaultKind, float],
    unknown: set[FaultKind],
) -> str | None:
    if not expected.place:
        unknown.update((FaultKind.OSD_MISSING, FaultKind.OSD_WRONG))
        return None
    shown, text, sure = compare_place(expected.place, lines)
    if shown is PlaceShown.MISSING:
        scores[FaultKind.OSD_MISSING] = sure
        unknown.add(FaultKind.OSD_WRONG)
    elif shown is PlaceShown.WRONG:
        scores[FaultKind.OSD_WRONG] = sure
    elif shown is PlaceShown.UNSURE:
        unknown.add(FaultKind.OSD_WRONG)
    return text


def _judge_clock(
    lines: Sequence[TextLine],
    expected: Expected,
    scores: dict[FaultKind, float],
    unknown: set[FaultKind],
) -> timedelta | None:
    if expected.at is None:
        unknown.add(FaultKind.CLOCK_DRIFT)
        return None
    offset = clock_offset(lines, expected.at)
    if offset is None:
        unknown.add(FaultKind.CLOCK_DRIFT)
        if not may_hold_a_time(lines):
            scores[FaultKind.OSD_MISSING] = 1.0
    elif abs(offset) > expected.clock_limit:
        # One half at the limit, certain from twice the limit on.
        scores[FaultKind.CLOCK_DRIFT] = min(1.0, abs(offset) / expected.clock_limit / 2)
    return offset
