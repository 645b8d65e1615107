"""Maintenance windows: when work on a camera, below an upstream or in a town is announced. Pure.

A window is once, from a moment to another, or recurring: on some days of the week, from a local
time of day (Asia/Shanghai, which has no summer time) for so many minutes, over midnight too, from
`starts_at` until `ends_at` where that is set. A recurring window counts by the day on which it
begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from camera_registry.incidents.topology import Topology
from camera_registry.vocabulary import Camera

LOCAL = ZoneInfo("Asia/Shanghai")
# Longer is no maintenance: the camera should be out of use in the archive.
LONGEST = timedelta(days=30)
MINUTES_A_DAY = 24 * 60


class WindowState(StrEnum):
    """How a window stands now. A recurring one is coming between its stretches."""

    ACTIVE = "active"
    COMING = "coming"
    PAST = "past"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One announced stretch of work. Exactly one of `camera_id`, `upstream_id` and `town` is set.

    `weekdays` (1 Monday to 7 Sunday) is empty for a window that is once; then `ends_at` is set and
    `at` and `minutes` say nothing. `by` and `note` are who announced it and why; `removed_by` is
    who took it back, `subject` what it is about, as archived.
    """

    id: int = 0
    camera_id: int | None = None
    upstream_id: int | None = None
    town: str = ""
    starts_at: datetime
    ends_at: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    at: time = time(0)
    minutes: int = 0
    by: str
    note: str = ""
    created_at: datetime
    removed_at: datetime | None = None
    removed_by: str = ""
    subject: str = ""

    @property
    def recurring(self) -> bool:
        return bool(self.weekdays)


def check_window(window: Window) -> list[str]:
    """What is wrong with a window, each as a key of the catalogues (`maintenance.wrong.<key>`);
    who announced it and why is for `book.wrong_words`."""
    wrong = []
    scopes = (window.camera_id is not None, window.upstream_id is not None, bool(window.town))
    if sum(scopes) != 1:
        wrong.append("scope")
    if window.ends_at is not None and window.ends_at <= window.starts_at:
        wrong.append("order")
    elif window.ends_at is not None and window.ends_at <= window.created_at:
        wrong.append("over")
    if window.recurring:
        if not window.weekdays <= set(range(1, 8)):
            wrong.append("weekdays")
        if not 0 < window.minutes <= MINUTES_A_DAY:
            wrong.append("minutes")
    elif window.ends_at is None or window.ends_at - window.starts_at > LONGEST:
        wrong.append("length")
    return wrong


def is_active(window: Window, now: datetime) -> bool:
    """Whether `now` lies in the window."""
    if now < window.starts_at or (window.ends_at is not None and now >= window.ends_at):
        return False
    if not window.recurring:
        return True
    local = now.astimezone(LOCAL)
    return any(_covers(window, local, days_back) for days_back in (0, 1))


def _covers(window: Window, local: datetime, days_back: int) -> bool:
    day = local.date() - timedelta(days=days_back)
    begins = datetime.combine(day, window.at, LOCAL)
    return day.isoweekday() in window.weekdays and begins <= local < begins + timedelta(
        minutes=window.minutes
    )


def state_of(window: Window, now: datetime) -> WindowState:
    """How a window stands at `now`."""
    if window.removed_at is not None:
        return WindowState.REMOVED
    if window.ends_at is not None and now >= window.ends_at:
        return WindowState.PAST
    return WindowState.ACTIVE if is_active(window, now) else WindowState.COMING


def in_maintenance(windows: Iterable[Window], topology: Topology, now: datetime) -> frozenset[int]:
    """The cameras that lie in an active window."""
    active = [window for window in windows if is_active(window, now)]
    if not active:
        return frozenset()
    found: set[int] = set()
    for window in active:
        found.update(_cameras_of(window, topology))
    return frozenset(found)


def _cameras_of(window: Window, topology: Topology) -> Iterable[int]:
    cameras: Mapping[int, Camera] = topology.cameras
    if window.camera_id is not None:
        return (window.camera_id,) if window.camera_id in cameras else ()
    if window.upstream_id is not None:
        return topology.below.get(window.upstream_id, ())
    return (camera.id for camera in cameras.values() if camera.town == window.town)
