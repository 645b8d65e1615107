"""How long repairs take and how far apart failures lie (MTTR, MTBF). Pure.

The mean time to repair is over the incidents that ended, from the beginning of the trouble to its
end; picture faults are told apart by the caller, who chooses the incidents. The mean time between
failures is a group's camera time in the window, less the time down, by the failures that began in
it: so a group without a failure has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from camera_registry.incidents.vocabulary import Incident, Trouble
from camera_registry.vocabulary import Camera

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


def by_town(cameras: Mapping[int, Camera]) -> GroupsOf:
    """Groups an incident by its town, or the towns of its cameras where it has none."""

    def groups(incident: Incident) -> Iterable[str]:
        return (incident.town,) if incident.town else _of_members(incident, cameras, "town")

    return groups


def by_maintainer(cameras: Mapping[int, Camera]) -> GroupsOf:
    """Groups an incident by who maintains its cameras."""
    return lambda incident: _of_members(incident, cameras, "maintainer")


def by_model(cameras: Mapping[int, Camera]) -> GroupsOf:
    """Groups a camera's own incident by its model; an upstream's says nothing of the model."""
    return lambda incident: (
        _of_members(incident, cameras, "model") if incident.camera_id is not None else ()
    )


def _of_members(incident: Incident, cameras: Mapping[int, Camera], name: str) -> Iterable[str]:
    return {str(getattr(cameras[one], name)) for one in incident.members if one in cameras} - {""}
