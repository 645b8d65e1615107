"""The words of what is kept of cameras' pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from probes.vocabulary import FaultKind, PictureSlot, Polygon


class EvidenceKind(StrEnum):
    """Why a picture is kept: it shows a fault, or how the camera looks in good health."""

    FAULT = "fault"
    REFERENCE = "reference"


class BurstOutcome(StrEnum):
    """What became of a burst that was asked for: it found that the picture stands or shakes, or
    that it does neither, or the look brought none (nobody answered, or there was no time)."""

    FOUND = "found"
    NOTHING = "nothing"
    MISSED = "missed"


class ReadingOutcome(StrEnum):
    """What a reading of overlay text told: all as expected, a fault, not all of it to be told; or
    the reading process gave no answer."""

    RIGHT = "right"
    FAULT = "fault"
    UNSURE = "unsure"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFrame:
    """A picture in the evidence store; `id` is 0 until it is kept."""

    id: int = 0
    camera_id: int
    what: EvidenceKind
    slot: PictureSlot | None
    faults: tuple[FaultKind, ...]
    captured_at: datetime
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """Somebody looked at a picture. `viewer` is the name that the proxy in front gives, or
    `local`."""

    evidence_id: int
    camera_id: int
    viewer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """The private areas of one camera's view."""

    camera_id: int
    polygons: tuple[Polygon, ...]
