"""The rules of incidents: from the fleet as it stands to what is to be repaired. Pure.

`advance` takes the book as it was, the fleet's health and the time, and gives the book as it is.
It may be called as often as one likes: a turn in which nothing happened changes nothing, and what
a turn finds depends on the book and the fleet, not on how many turns there were before. So a
process killed between a turn and its record just does that turn again.

What a camera's outage becomes (docs/incidents.md has the diagram):

- nothing while its status stands (damping), in maintenance, and while nothing is known of it;
- a member of an upstream's open incident, where that explains it;
- with its neighbours a new incident of the highest upstream that explains them, which takes the
  incidents opened just before for single cameras or lower upstreams into itself;
- else an incident of its own, as soon as no upstream can explain it any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from camera_registry.flapping import is_flapping
from camera_registry.health import ADMINISTRATIVE
from camera_registry.incidents.book import (
    Acknowledgement,
    Advance,
    FleetFacts,
    IncidentBook,
)
from camera_registry.incidents.clocks import due_notice
from camera_registry.incidents.desk import NOTE_APART, NOTE_GONE, Desk
from camera_registry.incidents.explaining import (
    DELIVERING,
    Answer,
    Tally,
    is_silent,
    may_explain,
    missing,
    tally,
)
from camera_registry.incidents.policy import IncidentPolicy
from camera_registry.incidents.topology import Group
from camera_registry.incidents.vocabulary import Cause, Happening, Incident, Trouble
from camera_registry.vocabulary import Camera, HealthState, Status


def advance(
    book: IncidentBook,
    facts: FleetFacts,
    now: datetime,
    policy: IncidentPolicy,
    *,
    changed: Iterable[int] | None = None,
    acknowledgements: Iterable[Acknowledgement] = (),
) -> Advance:
    """One turn at `now`. `changed` are the cameras whose state is another than at the turn
    before (None: any may be)."""
    desk = Desk(book, facts, policy, now)
    for one in acknowledgements:
        _acknowledge(desk, one)
    troubled = _troubled(desk, book, changed)
    for incident in desk.open_incidents():
        if incident.cause is Cause.CAMERA:
            _follow_camera(desk, incident)
        else:
            _follow_group(desk, incident)
    _Placing(desk).place(troubled)
    for incident in desk.open_incidents():
        _tell(desk, incident)
    return desk.done(troubled)


# Who is not plainly well


def _troubled(desk: Desk, book: IncidentBook, changed: Iterable[int] | None) -> set[int]:
    seen = desk.facts.states if changed is None else changed
    troubled = set() if changed is None else set(book.troubled)
    for camera_id in seen:
        state = desk.facts.states.get(camera_id)
        if state is not None and _is_troubled(state, desk.policy):
            troubled.add(camera_id)
        else:
            troubled.discard(camera_id)
    return troubled


def _is_troubled(state: HealthState, policy: IncidentPolicy) -> bool:
    if state.status in (Status.OFFLINE, Status.DEGRADED):
        return True
    return state.status is Status.ONLINE and is_flapping(
        state.looks, was=False, start=policy.flap_start, stop=policy.flap_stop
    )


# Open incidents


def _follow_camera(desk: Desk, incident: Incident) -> None:
    camera_id = incident.camera_id or 0
    if not _is_in_use(desk.facts.topology.cameras.get(camera_id)):
        desk.resolve(incident, desk.now, NOTE_GONE)
        return
    state = desk.state(camera_id)
    if state is None or state.status is Status.UNKNOWN or state.status in ADMINISTRATIVE:
        return
    if incident.trouble is not Trouble.PICTURE:
        incident = _turned(desk, incident, state)
    if _shows(incident, state):
        incident = _latest_failure(desk, incident, state)
    if _is_over(desk, incident, state):
        desk.resolve(incident, state.since)


def _turned(desk: Desk, incident: Incident, state: HealthState) -> Incident:
    """Going to and fro is another trouble than being away, of the same thing to repair."""
    calm = _is_calm(desk, incident, state)
    if incident.trouble is Trouble.DOWN and not calm:
        return desk.put(replace(incident, trouble=Trouble.FLAPPING))
    if incident.trouble is Trouble.FLAPPING and calm and state.status is Status.OFFLINE:
        return desk.put(replace(incident, trouble=Trouble.DOWN))
    return incident


def _shows(incident: Incident, state: HealthState) -> bool:
    """Whether the camera shows now what the incident is about."""
    if incident.trouble is Trouble.PICTURE:
        return state.status is Status.DEGRADED
    return state.status is Status.OFFLINE


def _latest_failure(desk: Desk, incident: Incident, state: HealthState) -> Incident:
    found, shown = state.failure, incident.failure
    if found is None or (shown and (shown.stage, shown.reason) == (found.stage, found.reason)):
        return incident
    return desk.put(replace(incident, failure=found))


def _is_over(desk: Desk, incident: Incident, state: HealthState) -> bool:
    well = {Status.ONLINE} if incident.trouble is Trouble.PICTURE else DELIVERING
    if state.status not in well or desk.now < state.since + desk.policy.recover_after:
        return False
    return incident.trouble is not Trouble.FLAPPING or _is_calm(desk, incident, state)


def _is_calm(desk: Desk, incident: Incident, state: HealthState) -> bool:
    return not is_flapping(
        state.looks,
        was=incident.trouble is Trouble.FLAPPING,
        start=desk.policy.flap_start,
        stop=desk.policy.flap_stop,
    )


def _follow_group(desk: Desk, incident: Incident) -> None:
    cameras = desk.facts.topology.cameras
    gone = [one for one in incident.members if not _is_in_use(cameras.get(one))]
    if gone:
        incident = desk.leave(incident, gone, NOTE_GONE)
    apart = [one for one in incident.members if _fails_otherwise(desk, incident, one)]
    if apart:
        incident = desk.leave(incident, apart, NOTE_APART)
    if not incident.members:
        desk.resolve(incident, desk.now, NOTE_GONE)
        return
    back_at = recovered_at(desk, incident)
    survivors = [one for one in incident.members if _is_down(desk, one)]
    wait = desk.policy.recover_after
    if survivors:
        # The sweep may have yet to come to those that look as if they stayed dead.
        wait = max(wait, desk.policy.explaining.settle)
    if back_at is not None and desk.now >= back_at + wait:
        if survivors:
            incident = desk.leave(incident, survivors, NOTE_APART)
        desk.resolve(incident, back_at)


def recovered_at(desk: Desk, incident: Incident) -> datetime | None:
    """Since when more of an upstream's cameras deliver than may while it is away, if they do."""
    since: list[datetime] = []
    silent = 0
    for camera_id in incident.members:
        state = desk.state(camera_id)
        if state is not None and state.status in DELIVERING:
            since.append(state.since)
        elif state is not None and state.status is Status.OFFLINE:
            silent += 1
    allowed = missing(len(incident.members), desk.policy.explaining) if silent else 0
    if len(since) <= allowed:
        return None
    return sorted(since)[allowed if silent else -1]


def _is_in_use(camera: Camera | None) -> bool:
    return camera is not None and camera.administrative is not Status.RETIRED


def _fails_otherwise(desk: Desk, incident: Incident, camera_id: int) -> bool:
    """Whether a member is offline for a reason that the upstream does not explain."""
    state = desk.state(camera_id)
    return (
        state is not None
        and state.status is Status.OFFLINE
        and state.contradictions == 0
        and not may_explain(incident.cause, state.failure)
    )


def _is_down(desk: Desk, camera_id: int) -> bool:
    state = desk.state(camera_id)
    return state is not None and state.status is Status.OFFLINE


# New troubles


class _Placing:
    """Finds for each troubled camera the incident that it belongs to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._policy = desk.policy.explaining
        self._tallies: dict[str, Tally] = {}

    def place(self, troubled: Iterable[int]) -> None:
        for camera_id in sorted(troubled):
            state = self._desk.state(camera_id)
            if state is None or camera_id not in self._desk.facts.topology.cameras:
                continue
            if camera_id not in self._desk.stream_of:
                self._place_stream(camera_id, state)
            if state.status is Status.DEGRADED and camera_id not in self._desk.picture_of:
                self._open_own(camera_id, Trouble.PICTURE, state.since)

    def _place_stream(self, camera_id: int, state: HealthState) -> None:
        if state.status is Status.OFFLINE and not self._is_explained(camera_id, state):
            self._open_own(camera_id, self._trouble(state), state.since)
        elif state.status in DELIVERING and self._trouble(state) is Trouble.FLAPPING:
            self._open_own(camera_id, Trouble.FLAPPING, state.since)

    def _trouble(self, state: HealthState) -> Trouble:
        policy = self._desk.policy
        flaps = is_flapping(state.looks, was=False, start=policy.flap_start, stop=policy.flap_stop)
        return Trouble.FLAPPING if flaps else Trouble.DOWN

    def _open_own(self, camera_id: int, trouble: Trouble, at: datetime) -> None:
        self._desk.open_camera(self._desk.facts.topology.cameras[camera_id], trouble, at)

    def _is_explained(self, camera_id: int, state: HealthState) -> bool:
        """Whether an upstream takes the camera, or may still turn out to."""
        groups = self._desk.facts.topology.groups_of.get(camera_id, ())
        fitting = [group for group in groups if may_explain(group.cause, state.failure)]
        for group in fitting:
            if self._belongs_to_open(group, state):
                return self._take(group, camera_id, state)
        for group in fitting:
            answer = self._tally(group).explains(state.since, self._desk.now, self._policy)
            if answer is Answer.OPEN:
                return True
            if answer is Answer.YES:
                return self._take(group, camera_id, state)
        return False

    def _belongs_to_open(self, group: Group, state: HealthState) -> bool:
        """Whether the group's incident is open, and as old as the camera's outage at the most."""
        incident_id = self._desk.of_group.get(group.key)
        if incident_id is None:
            return False
        incident = self._desk.incidents[incident_id]
        begun = incident.again_at or incident.opened_at
        return state.since >= begun - self._policy.together and not self._is_back(incident)

    def _is_back(self, incident: Incident) -> bool:
        return recovered_at(self._desk, incident) is not None

    def _take(self, group: Group, camera_id: int, state: HealthState) -> bool:
        incident_id = self._desk.of_group.get(group.key)
        if incident_id is None:
            self._open_group(group, state.since)
        else:
            self._desk.join(self._desk.incidents[incident_id], (camera_id,))
        return True

    def _open_group(self, group: Group, onset: datetime) -> None:
        members: list[int] = []
        begun = onset
        for camera_id in group.cameras:
            state = self._desk.state(camera_id)
            if state is None or not is_silent(group.cause, state):
                continue
            since = self._desk.onset(state)
            if abs(since - onset) <= self._policy.together and self._is_free_for(group, camera_id):
                members.append(camera_id)
                begun = min(begun, since)
        self._desk.open_group(group, members, begun)
        self._tallies.clear()

    def _is_free_for(self, group: Group, camera_id: int) -> bool:
        """Whether a camera may become a part of this group's incident: it has none, or one that
        is smaller."""
        incident_id = self._desk.stream_of.get(camera_id)
        if incident_id is None:
            return True
        incident = self._desk.incidents[incident_id]
        return incident.trouble is Trouble.DOWN and len(incident.members) <= len(group.cameras)

    def _tally(self, group: Group) -> Tally:
        found = self._tallies.get(group.key)
        if found is None:
            found = tally(group, self._desk.facts.states.get, self._desk.onset)
            self._tallies[group.key] = found
        return found


# People


def _acknowledge(desk: Desk, one: Acknowledgement) -> None:
    """Notes who takes an incident on; the first name stands until somebody else's."""
    incident = desk.incidents.get(one.incident_id)
    if incident is None or not incident.open:
        return
    desk.note(
        replace(incident, acknowledged_at=desk.now, acknowledged_by=one.by),
        Happening.ACKNOWLEDGED,
        by=one.by,
        note=one.note,
    )


def _tell(desk: Desk, incident: Incident) -> None:
    if _is_suspended(desk, incident):
        return
    service = desk.policy.classes.get(incident.repair_class)
    if service is None:
        # The class was renamed in the configuration while the incident was open.
        service = desk.policy.class_of(
            incident.cause, incident.trouble, incident.category, incident.kind
        )
    what = due_notice(incident, service, desk.now, desk.policy.escalations)
    if what in (Happening.PAGED, Happening.REOPENED):
        incident = replace(incident, paged_at=desk.now)
    elif what is Happening.ESCALATED:
        incident = replace(incident, escalated_at=desk.now)
    if what is not None:
        desk.note(incident, what)


def _is_suspended(desk: Desk, incident: Incident) -> bool:
    """Whether nobody is to be told now: it may be over, it is in maintenance, or nothing is known
    of it."""
    if incident.cause is not Cause.CAMERA:
        if recovered_at(desk, incident) is not None:
            return True
        return not any(_is_down(desk, one) for one in incident.members)
    state = desk.state(incident.camera_id or 0)
    if state is None:
        return True
    if incident.trouble is Trouble.DOWN:
        return state.status is not Status.OFFLINE
    if incident.trouble is Trouble.PICTURE:
        return state.status is not Status.DEGRADED
    return state.status not in (*DELIVERING, Status.OFFLINE) or _is_calm(desk, incident, state)
