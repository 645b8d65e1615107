"""The words of points that a platform reports of. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from camera_registry.vocabulary import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformReport:
    """What one list said of one point."""

    camera_id: int
    at: datetime
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What is known of a point from its platform now: unknown where no list speaks for it any
    more. `at` is the newest list's time, None where there never was one."""

    status: Status = Status.UNKNOWN
    since: datetime | None = None
    at: datetime | None = None
