"""The prepared picture of the fleet that metrics, page and reports read. Pure.

A view is built as a whole, is never changed, and carries its generation. It holds no address, URL
or credential, so that nothing that reads it can tell one. All figures that are shown anywhere are
drawn here, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from camera_registry.coverage import location_state
from camera_registry.health import standing_faults
from camera_registry.incidents.vocabulary import Incident
from camera_registry.platform.vocabulary import Reported
from camera_registry.rollups import Ratio, Uptime, uptime
from camera_registry.vocabulary import (
    Access,
    Camera,
    Category,
    HealthState,
    KeyLocation,
    KeyLocationKind,
    KeyLocationState,
    Status,
)
from probes.vocabulary import Failure, FaultKind

DELIVERING = frozenset({Status.ONLINE, Status.DEGRADED})
_ADMINISTRATIVE = frozenset({Status.MAINTENANCE, Status.RETIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """One camera as it is told. `kind` is that of its key location.

    `faults` are those that stand and show in a picture now: a camera that is offline or unknown
    has none to show. `up` is true for a degraded camera too (it delivers a stream, and its fault
    is told beside it), and None where the status says neither. `position` is longitude and
    latitude in degrees, WGS-84.

    `status` is what we saw ourselves. A point that only a platform reaches is never looked at: it
    is unknown to us (or taken out of service), and `reported` is what its platform says of it.
    """

    id: int
    label: str
    name: str
    town: str
    village: str
    grid: str
    category: Category
    kind: KeyLocationKind | None
    upstream: str
    status: Status
    since: datetime
    last_look_at: datetime | None
    last_frame_at: datetime | None
    faults: tuple[FaultKind, ...]
    failure: Failure | None
    position: tuple[float, float] | None = None
    access: Access = Access.DIRECT
    reported: Reported | None = None

    @property
    def told(self) -> Status:
        """The status by whoever can tell: the platform of a platform's point, otherwise us."""
        if self.reported is None or self.status in _ADMINISTRATIVE:
            return self.status
        return self.reported.status

    @property
    def up(self) -> bool | None:
        if self.status in DELIVERING:
            return True
        return False if self.status is Status.OFFLINE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationView:
    """One key location with its cameras, the retired ones left out."""

    location: KeyLocation
    state: KeyLocationState
    cameras: tuple[CameraView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a group of cameras: every status counted (zero included), the trailing
    window's uptime, intact rate (cameras without a fault ÷ cameras with a picture) and archive
    rate (complete ÷ records, the retired left out).

    `cameras`, `uptime` and `intact` are of the points that we look at. Those that only a platform
    reaches are counted apart, in `reported`, and are in none of these; the archive rate is of all.
    """

    cameras: Mapping[Status, int]
    uptime: Uptime
    intact: Ratio
    archive: Ratio
    reported: Mapping[Status, int] = field(
        default_factory=lambda: MappingProxyType(dict.fromkeys(Status, 0))
    )

    @property
    def total(self) -> int:
        """Points in use: all but the retired, looked at or reported."""
        return self.observed_total + self.reported_total

    @property
    def observed_total(self) -> int:
        """Points in use that we look at."""
        return sum(self.cameras.values()) - self.cameras[Status.RETIRED]

    @property
    def reported_total(self) -> int:
        """Points in use that only a platform reaches."""
        return sum(self.reported.values()) - self.reported[Status.RETIRED]

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            cameras={status: self.cameras[status] + other.cameras[status] for status in Status},
            uptime=self.uptime + other.uptime,
            intact=self.intact + other.intact,
            archive=self.archive + other.archive,
            reported={status: self.reported[status] + other.reported[status] for status in Status},
        )


NO_FIGURES = Figures(
    cameras=MappingProxyType(dict.fromkeys(Status, 0)),
    uptime=Uptime(),
    intact=Ratio(),
    archive=Ratio(),
)

NEVER_REPORTED = Reported()

LocationCounts = Mapping[KeyLocationState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """The fleet at `built_at`. `towns` gives the order in which towns are shown.

    `figures` is by (town, category), `locations` counts by (town, kind) for the kinds that a town
    has, `incidents_open` by (town, cause), `incidents` are those open, `merged` those that became a
    part of one that is open. `last_sweep_at` is None until a first sweep is done. Without
    `network_up` it is our own network that is gone.
    """

    generation: int
    built_at: datetime
    last_sweep_at: datetime | None
    towns: tuple[str, ...]
    cameras: tuple[CameraView, ...]
    key_locations: tuple[LocationView, ...]
    figures: Mapping[tuple[str, Category], Figures]
    locations: Mapping[tuple[str, KeyLocationKind], LocationCounts]
    incidents_open: Mapping[tuple[str, str], int] = field(
        default_factory=lambda: MappingProxyType({})
    )
    incidents: tuple[Incident, ...] = ()
    merged: tuple[Incident, ...] = ()
    network_up: bool = True

    def total(self, town: str | None = None) -> Figures:
        """The figures of a town, or (None) of the city."""
        return sum(
            (one for (name, _), one in self.figures.items() if town in (None, name)),
            start=NO_FIGURES,
        )

    def coverage(
        self, town: str | None = None, kind: KeyLocationKind | None = None
    ) -> LocationCounts:
        """Key locations by state, of a town and kind or (None) of all."""
        counts = dict.fromkeys(KeyLocationState, 0)
        for (name, of_kind), states in self.locations.items():
            if town in (None, name) and kind in (None, of_kind):
                for state, count in states.items():
                    counts[state] += count
        return counts

    def incidents_by_camera(self) -> dict[int, list[Incident]]:
        """The open incidents that each camera has a part in."""
        found: dict[int, list[Incident]] = {}
        for incident in self.incidents:
            for camera_id in incident.members:
                found.setdefault(camera_id, []).append(incident)
        return found

    @property
    def looked_at(self) -> Ratio:
        """How many of the cameras that are to be looked at have been, since we know them."""
        due = [
            camera
            for camera in self.cameras
            if camera.status not in _ADMINISTRATIVE and camera.access is not Access.PLATFORM
        ]
        return Ratio(part=sum(c.last_look_at is not None for c in due), whole=len(due))


def coverage_ratio(counts: LocationCounts) -> Ratio:
    """覆盖率: covered ÷ all, the unknown among them."""
    return Ratio(part=counts[KeyLocationState.COVERED], whole=sum(counts.values()))


def build_view(
    cameras: Iterable[Camera],
    states: Mapping[int, HealthState],
    key_locations: Iterable[KeyLocation],
    window_seconds: Mapping[int, Mapping[Status, float]],
    now: datetime,
    generation: int,
    *,
    last_sweep_at: datetime | None = None,
    towns: Sequence[str] = (),
    incidents_open: Mapping[tuple[str, str], int] | None = None,
    incidents: Collection[Incident] = (),
    merged: Collection[Incident] = (),
    network_up: bool = True,
    reported: Mapping[int, Reported] | None = None,
) -> FleetView:
    """Draw the picture of the fleet at `now`.

    `states` and `window_seconds` (seconds by status in the trailing window) are by camera id; a
    camera without a state is unknown since it was created. `reported` is what platforms say of
    their points, by camera id. Lapsed evidence, of both kinds, is the caller's to expire first.
    Towns not named in `towns` follow it in the order of their names.
    """
    held: dict[int, list[CameraView]] = {}
    tallies: dict[tuple[str, Category], _Tally] = {}
    views: list[CameraView] = []
    reports = reported or {}
    for camera in cameras:
        view = _camera_view(camera, states.get(camera.id), reports)
        views.append(view)
        tally = tallies.get((view.town, view.category))
        if tally is None:
            tally = tallies[view.town, view.category] = _Tally()
        tally.add(view, camera.archive_complete, window_seconds.get(camera.id))
        if camera.key_location_id is not None and view.status is not Status.RETIRED:
            held.setdefault(camera.key_location_id, []).append(view)
    places = [_location_view(place, held.get(place.id, ())) for place in key_locations]
    return FleetView(
        generation=generation,
        built_at=now,
        last_sweep_at=last_sweep_at,
        towns=_town_order(towns, views, places),
        cameras=tuple(views),
        key_locations=tuple(places),
        figures={key: tally.figures() for key, tally in sorted(tallies.items())},
        locations=_count_locations(places),
        incidents_open=_open_by_town(incidents) if incidents_open is None else incidents_open,
        incidents=tuple(incidents),
        merged=tuple(merged),
        network_up=network_up,
    )


def _camera_view(
    camera: Camera, state: HealthState | None, reports: Mapping[int, Reported]
) -> CameraView:
    status = state.status if state else Status.UNKNOWN
    if camera.access is Access.PLATFORM and status not in _ADMINISTRATIVE:
        # What was seen of it while it was still looked at speaks for nothing any more.
        state, status = None, Status.UNKNOWN
    return CameraView(
        id=camera.id,
        label=camera.label,
        name=camera.name,
        town=camera.town,
        village=camera.village,
        grid=camera.grid,
        category=camera.category,
        kind=camera.kind,
        upstream=camera.upstream,
        status=status,
        since=state.since if state else camera.created_at,
        last_look_at=state.last_look_at if state else None,
        last_frame_at=state.last_frame_at if state else None,
        faults=standing_faults(state) if state and status is Status.DEGRADED else (),
        failure=state.failure if state else None,
        position=camera.position,
        access=camera.access,
        reported=_reported(camera, reports),
    )


def _reported(camera: Camera, reports: Mapping[int, Reported]) -> Reported | None:
    if camera.access is not Access.PLATFORM:
        return None
    return reports.get(camera.id, NEVER_REPORTED)


def _seeing(camera: CameraView) -> Status:
    """What a camera is to its key location. A platform that says offline is believed: nobody sees
    through that camera. One that says online is not: whether there is a picture, nobody of ours
    has seen, so the camera covers nothing, and the place is not called blind for it either."""
    told = camera.told
    return Status.UNKNOWN if camera.reported and told is Status.ONLINE else told


def _location_view(place: KeyLocation, cameras: Sequence[CameraView]) -> LocationView:
    state = location_state(map(_seeing, cameras))
    return LocationView(location=place, state=state, cameras=tuple(cameras))


def _count_locations(
    places: Iterable[LocationView],
) -> dict[tuple[str, KeyLocationKind], LocationCounts]:
    counts: dict[tuple[str, KeyLocationKind], dict[KeyLocationState, int]] = {}
    for place in places:
        key = place.location.town, place.location.kind
        states = counts.setdefault(key, dict.fromkeys(KeyLocationState, 0))
        states[place.state] += 1
    return dict(sorted(counts.items()))


def _town_order(
    towns: Sequence[str], cameras: Iterable[CameraView], places: Iterable[LocationView]
) -> tuple[str, ...]:
    present = {camera.town for camera in cameras} | {place.location.town for place in places}
    return (*towns, *sorted(present.difference(towns)))


def _open_by_town(incidents: Iterable[Incident]) -> dict[tuple[str, str], int]:
    return dict(Counter((one.town, one.cause.value) for one in incidents))


class _Tally:
    """Sums of one group while the cameras go by."""

    __slots__ = ("cameras", "complete", "judged_s", "online_s", "reported", "window_s")

    def __init__(self) -> None:
        self.cameras = dict.fromkeys(Status, 0)
        self.reported = dict.fromkeys(Status, 0)
        self.complete = 0
        self.window_s = self.judged_s = self.online_s = 0.0

    def add(self, view: CameraView, complete: bool, seconds: Mapping[Status, float] | None) -> None:
        self.complete += complete and view.status is not Status.RETIRED
        if view.reported is not None:
            self.reported[view.told] += 1
            return
        self.cameras[view.status] += 1
        if seconds:
            spent = uptime(seconds)
            self.window_s += spent.window_s
            self.judged_s += spent.judged_s
            self.online_s += spent.online_s

    def figures(self) -> Figures:
        intact = self.cameras[Status.ONLINE]
        retired = self.cameras[Status.RETIRED] + self.reported[Status.RETIRED]
        records = sum(self.cameras.values()) + sum(self.reported.values()) - retired
        return Figures(
            cameras=self.cameras,
            uptime=Uptime(window_s=self.window_s, judged_s=self.judged_s, online_s=self.online_s),
            intact=Ratio(part=intact, whole=intact + self.cameras[Status.DEGRADED]),
            archive=Ratio(part=self.complete, whole=records),
            reported=self.reported,
        )
