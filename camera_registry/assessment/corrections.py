"""Corrections (更正): times that people want judged otherwise than they were seen. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Judgement(StrEnum):
    """What a correction makes of a time: taken out of every figure, or counted as something else
    (我方原因 unknown, 检修 maintenance, and online or offline where the look was wrong)."""

    EXCLUDE = "exclude"
    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"


class Target(StrEnum):
    """What a correction is of."""

    CAMERA = "camera"
    UPSTREAM = "upstream"
    TOWN = "town"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A time [start, end) of a camera, of all below an upstream, or of a town, that is to be
    judged otherwise; who said so, when and why. Exactly one of the ids or `town` is set; `subject`
    is its name. One that was removed stays, with who removed it, when and why."""

    id: int
    target: Target
    camera_id: int | None = None
    upstream_id: int | None = None
    town: str = ""
    subject: str
    start: datetime
    end: datetime
    judgement: Judgement
    reason: str
    by: str
    at: datetime
    removed_at: datetime | None = None
    removed_by: str = ""
    removed_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRow:
    """A correction that stands and touches the period, with how many points it reaches and how
    much of their time in the period (µs, summed over them)."""

    correction: Correction
    points: int
    time_us: int
