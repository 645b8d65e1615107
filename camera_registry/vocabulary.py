"""The words of the registry: cameras and places, their status over time, and the figures drawn
from it. Frozen data; no rows of the database, no I/O. Of `probes` only the vocabulary is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from probes.vocabulary import Credentials, Failure, FaultKind, Sketch, Verdict


class Category(StrEnum):
    """Where a point comes from (建设类别)."""

    BUILT = "built"
    INTEGRATED = "integrated"
    VILLAGE = "village"


class KeyLocationKind(StrEnum):
    """Kinds of places that must be seen (重点部位类别)."""

    JUNCTION = "junction"
    CROWDED_PLACE = "crowded_place"
    BACK_STREET = "back_street"


class Access(StrEnum):
    """How a point's stream is reached: from the device itself, through a recorder's channel, or
    only through somebody's platform (carrier-hosted village points), which we never look at."""

    DIRECT = "direct"
    RECORDER = "recorder"
    PLATFORM = "platform"


class Status(StrEnum):
    """Status of a camera over time."""

    ONLINE = "online"
    DEGRADED = "degraded"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"
    RETIRED = "retired"


class KeyLocationState(StrEnum):
    """Covered: at least one camera online and intact. Blind: none, and all are known.
    Unknown: none is, but some are not known."""

    COVERED = "covered"
    BLIND = "blind"
    UNKNOWN = "unknown"


class UpstreamKind(StrEnum):
    """What a camera hangs on."""

    RECORDER = "recorder"
    SWITCH = "switch"
    TOWN_UPLINK = "town_uplink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """镇街. `code` is the 9-digit division code."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A recorder, switch or town uplink; `parent_id` makes the tree."""

    id: int
    name: str
    kind: UpstreamKind
    parent_id: int | None = None
    town: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLocation:
    """重点部位: a place that must be seen; its name is unique in its town."""

    id: int
    name: str
    town: str
    kind: KeyLocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One point as the service works with it (the archive's other fields stay in the archive).

    `label` is the 20-digit GB/T 28181 code, or our id where there is none. `stream_url`,
    `sub_stream_url` (a guess by the vendor's habit) and `onvif_url` hold no user information.
    `town`, `village`, `grid` are names as archived. `pole` is the pole's number, else its
    coordinates, else empty; two cameras with the same one in a town hang on one pole. `position` is
    longitude and latitude in degrees, WGS-84.
    """

    id: int
    label: str
    name: str
    town: str
    village: str
    grid: str
    category: Category
    key_location_id: int | None = None
    kind: KeyLocationKind | None = None
    upstream_id: int | None = None
    upstream: str = ""
    stream_url: str | None = None
    sub_stream_url: str | None = None
    onvif_url: str | None = None
    host: str = ""
    credentials: Credentials | None = field(default=None, repr=False)
    administrative: Status | None = None
    access: Access = Access.DIRECT
    archive_complete: bool = False
    pole: str = ""
    maintainer: str = ""
    model: str = ""
    position: tuple[float, float] | None = None
    movable: bool = False
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPolicy:
    """Damping rules: how many looks in a row move a status, and how long evidence lasts.

    `hold` is how long the last look speaks for the time after it; past that the status is
    unknown. `recheck` is when a look that contradicts the status is repeated; `patience` is how
    long a picture fault must have been seen that a parked lorry or roadworks show as well.
    """

    down_looks: int = 2
    up_looks: int = 1
    fault_looks: int = 2
    clear_looks: int = 2
    hold: timedelta = timedelta(minutes=15)
    recheck: timedelta = timedelta(seconds=25)
    patience: timedelta = timedelta(minutes=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the health rules use of one probe result."""

    camera_id: int
    started_at: datetime
    verdict: Verdict
    failure: Failure | None = None
    faults: tuple[FaultKind, ...] = ()
    not_checkable: tuple[FaultKind, ...] = ()
    sketch: Sketch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCount:
    """One kind of picture fault at one camera: standing since, or on its way there.

    `seen` and `missed` count the looks in a row that found it or found it gone; `run_since` is
    the start of the first look of that row, `judged_at` that of the last look able to judge it.
    """

    kind: FaultKind
    seen: int = 0
    missed: int = 0
    since: datetime | None = None
    run_since: datetime | None = None
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthState:
    """All that the rules remember of one camera.

    `evidence_at` is the start of the last look that counted (any verdict but unknown);
    `last_frame_at` that of the last look with a decoded frame. `contradictions` counts looks in
    a row that speak against `status`; while it is not zero the camera is due for a re-check.
    `looks` are the last ones that counted, as `camera_registry.flapping` keeps them.
    """

    camera_id: int
    status: Status = Status.UNKNOWN
    since: datetime
    last_look_at: datetime | None = None
    evidence_at: datetime | None = None
    last_frame_at: datetime | None = None
    contradictions: int = 0
    contradicted_since: datetime | None = None
    faults: tuple[FaultCount, ...] = ()
    failure: Failure | None = None
    sketch: Sketch | None = field(default=None, repr=False)
    looks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A status change: from `at` on the camera is `after`, for this cause."""

    camera_id: int
    at: datetime
    before: Status
    after: Status
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a rule made of a state."""

    state: HealthState
    transitions: tuple[Transition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInterval:
    """A stretch of one status, [start, end); the last one of a camera is open (`end` None)."""

    camera_id: int
    status: Status
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRollup:
    """One camera's day (Asia/Shanghai), seconds in each status, and its looks by verdict."""

    camera_id: int
    day: date
    seconds: dict[Status, float]
    looks: dict[Verdict, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPictures:
    """What one camera's pictures and clock were found to be on a day: pictures judged, those of
    them with a fault, and the clock's largest offset (device less ours), None if never told."""

    judged: int = 0
    faulty: int = 0
    clock_offset_ms: int | None = None

    def __add__(self, other: DayPictures) -> DayPictures:
        return DayPictures(
            judged=self.judged + other.judged,
            faulty=self.faulty + other.faulty,
            clock_offset_ms=largest_offset(self.clock_offset_ms, other.clock_offset_ms),
        )


def largest_offset(*offsets_ms: int | None) -> int | None:
    """The offset furthest from zero, the positive one of two as far; None of none."""
    known = [offset for offset in offsets_ms if offset is not None]
    return max(known, key=lambda offset: (abs(offset), offset), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """One camera's looks of a day: by verdict, and what their pictures were."""

    looks: dict[Verdict, int] = field(default_factory=dict)
    pictures: DayPictures = DayPictures()
