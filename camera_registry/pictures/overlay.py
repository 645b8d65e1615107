"""What the overlay text of a camera was found to be, over several readings. Pure.

As with looks, a fault stands after two readings that find it and is cleared by two that do not;
what a reading could not tell moves nothing. A first finding is read again soon.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probes.reasons import failure, verdict_of
from probes.vocabulary import FaultKind, Picture, PictureFault, ProbeResult, Stage

KINDS = (FaultKind.OSD_MISSING, FaultKind.OSD_WRONG, FaultKind.CLOCK_DRIFT)
# How sure a standing fault is told to be: two readings have found it.
_SCORE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayPolicy:
    """Each camera's overlay is read once in `every`, one with a standing fault once in
    `standing_every`, one whose last reading spoke against what stands again after `again`. A
    record speaks for `hold`."""

    every: timedelta = timedelta(days=3)
    standing_every: timedelta = timedelta(hours=20)
    again: timedelta = timedelta(minutes=1)
    hold: timedelta = timedelta(days=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayFound:
    """One reading: the picture's time, what was expected and shown, `offset_s` of the shown clock
    (positive: it is fast), the faults and what could not be told."""

    camera_id: int
    captured_at: datetime
    expected_place: str
    shown_place: str | None
    offset_s: float | None
    faults: frozenset[FaultKind]
    not_checkable: frozenset[FaultKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRecord:
    """What is known of a camera's overlay. `standing` are its faults, `doubted` the kinds of which
    the last reading said otherwise, `told` those that were ever judged."""

    camera_id: int
    read_at: datetime
    expected_place: str
    shown_place: str | None = None
    offset_s: float | None = None
    standing: frozenset[FaultKind] = frozenset()
    doubted: frozenset[FaultKind] = frozenset()
    told: frozenset[FaultKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlaySeen:
    """What a camera's overlay and its ONVIF clock last told; `onvif_offset_s` is the device's clock
    less ours. None where neither was ever read."""

    record: OverlayRecord | None = None
    onvif_offset_s: float | None = None


def taken_in(before: OverlayRecord | None, found: OverlayFound) -> OverlayRecord:
    """The record after a reading. With another place expected than before, what was known of the
    place is dropped."""
    if before is None or before.expected_place != found.expected_place:
        before = OverlayRecord(
            camera_id=found.camera_id,
            read_at=found.captured_at,
            expected_place=found.expected_place,
        )
    standing, doubted, told = set(before.standing), set(before.doubted), set(before.told)
    for kind in KINDS:
        if kind in found.not_checkable:
            continue
        told.add(kind)
        if (kind in found.faults) == (kind in standing):
            doubted.discard(kind)
        elif kind in doubted:
            doubted.discard(kind)
            standing ^= {kind}
        else:
            doubted.add(kind)
    return replace(
        before,
        read_at=found.captured_at,
        shown_place=found.shown_place,
        offset_s=found.offset_s,
        standing=frozenset(standing),
        doubted=frozenset(doubted),
        told=frozenset(told),
    )


def is_due(
    record: OverlayRecord | None, expected_place: str, policy: OverlayPolicy, now: datetime
) -> bool:
    """Whether a camera's overlay is to be read again."""
    if record is None or record.expected_place != expected_place:
        return True
    since = now - record.read_at
    if record.doubted:
        return since >= policy.again
    return since >= (policy.standing_every if record.standing else policy.every)


def with_overlay(
    result: ProbeResult, record: OverlayRecord | None, policy: OverlayPolicy
) -> ProbeResult:
    """The look with what is known of its camera's overlay: its picture's other faults go first."""
    picture = result.picture
    if record is None or picture is None or result.started_at - record.read_at > policy.hold:
        return result
    if result.failure is not None and result.failure.stage is not Stage.PICTURE:
        return result
    known = {kind for kind in record.told if kind not in record.doubted or kind in record.standing}
    faults = [fault for fault in picture.faults if fault.kind not in KINDS]
    faults += [PictureFault(kind=one, score=_SCORE) for one in KINDS if one in record.standing]
    found = result.failure
    if found is None and faults:
        found = failure(Stage.PICTURE, faults[0].kind, _evidence(record, faults[0].kind))
    return replace(
        result,
        verdict=verdict_of(found),
        failure=found,
        picture=Picture(
            faults=tuple(faults),
            not_checkable=tuple(kind for kind in picture.not_checkable if kind not in known),
        ),
    )


def _evidence(record: OverlayRecord, kind: FaultKind) -> str:
    """No word of what is shown: a failure's evidence is for logs, which are in English."""
    if kind is FaultKind.CLOCK_DRIFT and record.offset_s is not None:
        return f"the shown clock is {record.offset_s:+.0f} s off"
    return f"read {record.read_at.isoformat(timespec='seconds')}"
