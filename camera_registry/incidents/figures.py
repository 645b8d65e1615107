"""How long repairs take and how far apart failures lie (MTTR, MTBF). Pure.

The mean time to repair is over the incidents that ended, from the beginning of the trouble to its
end; picture faults are told apart by the caller, who chooses the incidents. The mean time between
failures is a group's camera time in the window, less the time down, by the failures that began in
it: so a group without a failure has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from camera_registry.incidents.vocabulary import Incident, Trouble
from camera_registry.vocabulary import Access, Camera, Status

GroupsOf = Callable[[Incident], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairTimes:
    """Repairs of a group: how many, and how long they took together. `late` were past their
    class's limit."""

    count: int = 0
    total: timedelta = timedelta(0)
    late: int = 0

    @property
    def mean(self) -> timedelta | None:
        """MTTR; None without a repair."""
        return self.total / self.count if self.count else None

    def plus(self, incident: Incident, over: datetime) -> RepairTimes:
        return RepairTimes(
            count=self.count + 1,
            total=self.total + (over - incident.opened_at),
            late=self.late + (over > incident.due_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureTimes:
    """Failures of a group of cameras in a window: how many began, and the cameras' time up."""

    failures: int = 0
    up: timedelta = timedelta(0)

    @property
    def mean(self) -> timedelta | None:
        """MTBF; None without a failure."""
        return self.up / self.failures if self.failures else None


def repair_times(resolved: Iterable[Incident], *, by: GroupsOf) -> dict[str, RepairTimes]:
    """MTTR by the groups that `by` gives each incident. Incidents that are open, or that became a
    part of another, are left out."""
    found: dict[str, RepairTimes] = {}
    for incident in resolved:
        if incident.resolved_at is None or incident.merged_into:
            continue
        for group in by(incident):
            found[group] = found.get(group, RepairTimes()).plus(incident, incident.resolved_at)
    return found


def failure_times(
    incidents: Iterable[Incident],
    cameras: Mapping[int, Camera],
    start: datetime,
    end: datetime,
    *,
    by: Callable[[Camera], str],
) -> dict[str, FailureTimes]:
    """MTBF by group of camera over [start, end). A camera's failure is an incident of its stream
    that takes it down, its own or an upstream's; picture faults are none."""
    failures: dict[str, int] = {}
    down: dict[str, timedelta] = {}
    for incident in incidents:
        if incident.trouble is Trouble.PICTURE or incident.merged_into:
            continue
        lasted = min(incident.resolved_at or end, end) - max(incident.opened_at, start)
        for camera_id in incident.members:
            if camera_id not in cameras or lasted <= timedelta(0):
                continue
            group = by(cameras[camera_id])
            down[group] = down.get(group, timedelta(0)) + lasted
            if start <= incident.opened_at < end:
                failures[group] = failures.get(group, 0) + 1
    held: dict[str, int] = {}
    for camera in cameras.values():
        group = by(camera)
        held[group] = held.get(group, 0) + 1
    return {
        group: FailureTimes(
            failures=failures.get(group, 0),
            up=max(count * (end - start) - down.get(group, timedelta(0)), timedelta(0)),
        )
        for group, count in held.items()
    }


class Grouping(StrEnum):
    """By what repairs and failures are grouped."""

    TOWN = "town"
    MAINTAINER = "maintainer"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """One group's cameras, repairs and failures in a window."""

    name: str
    cameras: int
    repairs: RepairTimes
    failures: FailureTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairFigures:
    """The figures of the incidents of streams in [start, end): of the city, and by group, the
    groups with the most failures a camera in front. Cameras whose maintainer or model the archive
    does not know make up the group of the empty name."""

    start: datetime
    end: datetime
    city: GroupFigures
    groups: Mapping[Grouping, tuple[GroupFigures, ...]]


def repair_figures(
    incidents: Iterable[Incident],
    cameras: Mapping[int, Camera],
    start: datetime,
    end: datetime,
) -> RepairFigures:
    """The figures of the incidents that were open in [start, end) (others change nothing). Points
    that nobody looks at or that are out of use are left out. A repair counts where it ended."""
    streams = [one for one in incidents if one.trouble is not Trouble.PICTURE]
    held = {camera.id: camera for camera in cameras.values() if _is_observed(camera)}
    city = _figures(streams, held, start, end, lambda _: "", lambda _: ("",))
    # What is wrong with an upstream says nothing of the model of the cameras below it.
    own = [one for one in streams if one.camera_id is not None]
    groups = {
        grouping: _figures(
            own if grouping is Grouping.MODEL else streams,
            held,
            start,
            end,
            attrgetter(grouping.value),
            _groups_of(grouping, held),
        )
        for grouping in Grouping
    }
    return RepairFigures(start=start, end=end, city=city[0] if city else _NOTHING, groups=groups)


_NOTHING = GroupFigures(name="", cameras=0, repairs=RepairTimes(), failures=FailureTimes())


def _is_observed(camera: Camera) -> bool:
    in_use = camera.administrative is not Status.RETIRED
    return in_use and camera.access is not Access.PLATFORM


def _figures(
    streams: Sequence[Incident],
    held: Mapping[int, Camera],
    start: datetime,
    end: datetime,
    group_of: Callable[[Camera], str],
    groups_of: GroupsOf,
) -> tuple[GroupFigures, ...]:
    ended = (one for one in streams if one.resolved_at is not None and one.resolved_at >= start)
    repairs = repair_times(ended, by=groups_of)
    failures = failure_times(streams, held, start, end, by=group_of)
    sizes = Counter(group_of(camera) for camera in held.values())
    groups = [
        GroupFigures(
            name=name,
            cameras=count,
            repairs=repairs.get(name, RepairTimes()),
            failures=failures[name],
        )
        for name, count in sizes.items()
    ]
    return tuple(sorted(groups, key=lambda one: (-one.failures.failures / one.cameras, one.name)))


def _groups_of(grouping: Grouping, cameras: Mapping[int, Camera]) -> GroupsOf:
    """The groups of an incident's cameras."""

    def groups(incident: Incident) -> Iterable[str]:
        if grouping is Grouping.TOWN and incident.town:
            return (incident.town,)
        members = (cameras[one] for one in incident.members if one in cameras)
        return {str(getattr(camera, grouping.value)) for camera in members}

    return groups
