"""The lines of a report's lists: points, places, outages, upstreams, days. Frozen data; durations
are whole microseconds (`_us`), moments aware and in UTC, days those of Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from camera_registry.assessment.vocabulary import (
    Quotient,
    Source,
)
from camera_registry.vocabulary import (
    Category,
    KeyLocationKind,
    KeyLocationState,
    Status,
    UpstreamKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """A day of the city (`town` "") or of a town, for charts, corrections counted in; observed
    points only. `online` and `intact` are µs, `sampled` looks, `seen` judged ÷ window µs."""

    day: date
    town: str
    online: Quotient
    seen: Quotient
    intact: Quotient
    sampled: Quotient


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """One point in the period, corrections counted in. `status` is that at `until`, `since` when
    it began. `online`, `seen`, `intact` are µs, `sampled` looks, `pictures` pictures. `outages`
    touch the period; `longest_outage_us` and `offline_us` are inside it. `clock_offset_ms` is the
    largest offset of its clock (device less ours) that was seen in the period."""

    id: int
    label: str
    name: str
    town: str
    village: str
    grid: str
    category: Category
    kind: KeyLocationKind | None
    maintainer: str
    vendor: str
    model: str
    upstream: str
    source: Source
    status: Status
    since: datetime
    online: Quotient
    seen: Quotient
    intact: Quotient
    sampled: Quotient
    pictures: Quotient
    outages: int
    offline_us: int
    longest_outage_us: int
    clock_offset_ms: int | None
    archive_complete: bool


class PlaceKind(StrEnum):
    """Places that are to be seen."""

    KEY_LOCATION = "key_location"
    GRID = "grid"
    VILLAGE = "village"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A key location (`location_kind` set), grid or village, and how it was seen.

    `state` is that at `until`. `blind_since` is set for one that is blind then: since when, without
    a break, which may lie before the period (never before what is read, the period before this
    one: `blind_since_before` is then true, for "since this or earlier"). The lengths are inside
    the period. `points` counts its cameras in use at `until`. `longitude` and `latitude` (WGS-84
    degrees) are the mean of its cameras' positions, None where none has one. `village` is that of
    a grid.
    """

    kind: PlaceKind
    id: int
    name: str
    town: str
    village: str = ""
    location_kind: KeyLocationKind | None = None
    points: int
    state: KeyLocationState
    blind_since: datetime | None = None
    blind_since_before: bool = False
    covered_us: int
    blind_us: int
    unknown_us: int
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRow:
    """One outage of one camera: from its going offline to its delivering again. Time in between
    that nobody saw (unknown) is no part of its length. `repaired_at` is None where it had not come
    back by `until`, or ended otherwise (maintenance, retirement). `offline_us` is the whole
    length, `in_period_us` the part inside the period. `in_time` is None where it is not repaired.
    """

    camera_id: int
    label: str
    name: str
    town: str
    village: str
    category: Category
    kind: KeyLocationKind | None
    maintainer: str
    began_at: datetime
    repaired_at: datetime | None
    offline_us: int
    in_period_us: int
    limit_us: int
    in_time: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRow:
    """An upstream device, and what would go with it: `points` below it, and the key locations
    all of whose cameras are below it (`blinded`, by kind in `blinded_kinds`)."""

    id: int
    name: str
    kind: UpstreamKind
    town: str
    points: int
    blinded: int
    blinded_kinds: Mapping[KeyLocationKind, int]


class Hanging(StrEnum):
    """What a key location hangs on alone."""

    NO_CAMERA = "no_camera"
    SINGLE_CAMERA = "single_camera"
    SINGLE_UPLINK = "single_uplink"


@dataclass(frozen=True, slots=True, kw_only=True)
class FragileRow:
    """A key location that one failure blinds. `on` is the camera's name, or that of the upstream
    nearest to its cameras which all of them hang on; "" without any camera."""

    location_id: int
    name: str
    town: str
    location_kind: KeyLocationKind
    points: int
    hanging: Hanging
    on: str
