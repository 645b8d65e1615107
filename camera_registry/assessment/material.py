"""What a report is reckoned from: points, places, histories and counts, as read. Frozen data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from camera_registry.assessment.corrections import Correction
from camera_registry.assessment.rows import PlaceKind
from camera_registry.assessment.vocabulary import Quotient, Source
from camera_registry.vocabulary import (
    Category,
    KeyLocationKind,
    StateInterval,
    Upstream,
)

NOTHING = Quotient()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point as archived. Empty texts are what the archive does not tell; coordinates are
    WGS-84 degrees."""

    id: int
    label: str
    name: str
    town: str
    village: str = ""
    village_id: int | None = None
    grid: str = ""
    grid_id: int | None = None
    category: Category
    kind: KeyLocationKind | None = None
    key_location_id: int | None = None
    maintainer: str = ""
    vendor: str = ""
    model: str = ""
    upstream_id: int | None = None
    upstream: str = ""
    source: Source = Source.OBSERVED
    archive_complete: bool = False
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A key location (`location_kind` set), grid or village."""

    kind: PlaceKind
    id: int
    name: str
    town: str
    village: str = ""
    location_kind: KeyLocationKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """One point's looks, pictures and clock in a period: looks with a stream ÷ that counted,
    pictures without a fault ÷ judged, days with the clock within its limit ÷ with one known, and
    the largest offset (device less ours)."""

    sampled: Quotient = NOTHING
    pictures: Quotient = NOTHING
    clock: Quotient = NOTHING
    clock_offset_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All of it. `histories` are each point's intervals that touch the period or the one before,
    whole, in order of time; `counts` and `previous_counts` by point; `day_samples` by (day, town)
    the looks with a stream ÷ that counted."""

    towns: tuple[str, ...]
    points: tuple[Point, ...]
    places: tuple[Place, ...]
    upstreams: tuple[Upstream, ...]
    histories: Mapping[int, Sequence[StateInterval]]
    counts: Mapping[int, Counts]
    previous_counts: Mapping[int, Counts]
    day_samples: Mapping[tuple[date, str], Quotient]
    corrections: tuple[Correction, ...] = ()
