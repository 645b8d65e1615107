"""The incidents that new troubles belong to: an open one, an upstream's, or one of their own. Pure;
used by `advance` only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from camera_registry.incidents.clocks import begun_at
from camera_registry.incidents.desk import Desk
from camera_registry.incidents.explaining import (
    DELIVERING,
    Answer,
    Tally,
    flapping_together,
    is_silent,
    may_explain,
    tally,
)
from camera_registry.incidents.following import flaps, recovered_at, seen_at
from camera_registry.incidents.topology import Group
from camera_registry.incidents.vocabulary import Incident, Trouble
from camera_registry.vocabulary import HealthState, Status


class Placing:
    """Finds for each troubled camera the incident that it belongs to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._policy = desk.policy.explaining
        self._tallies: dict[str, Tally] = {}

    def place(self, troubled: Iterable[int]) -> None:
        """Opens and joins what the troubled cameras call for."""
        for camera_id in sorted(troubled):
            state = self._desk.state(camera_id)
            if state is None or camera_id not in self._desk.facts.topology.cameras:
                continue
            if camera_id not in self._desk.stream_of:
                self._place_stream(camera_id, state)
            if state.status is Status.DEGRADED and camera_id not in self._desk.picture_of:
                self._open_own(camera_id, Trouble.PICTURE, state.since)

    def _place_stream(self, camera_id: int, state: HealthState) -> None:
        to_and_fro = flaps(self._desk.policy, state, was=False)
        if to_and_fro and self._flaps_together(camera_id):
            return
        if state.status is Status.OFFLINE and not self._is_explained(camera_id, state):
            trouble = Trouble.FLAPPING if to_and_fro else Trouble.DOWN
            self._open_own(camera_id, trouble, state.since)
        elif state.status in DELIVERING and to_and_fro:
            self._open_own(camera_id, Trouble.FLAPPING, seen_at(state))

    def _flaps_together(self, camera_id: int) -> bool:
        """Whether a camera goes to and fro with all below an upstream, which takes it then."""
        facts, policy = self._desk.facts, self._desk.policy
        for group in facts.topology.groups_of.get(camera_id, ()):
            members = flapping_together(
                group, facts.states.get, partial(flaps, policy, was=False), self._policy
            )
            if camera_id in members and self._take_flapping(group, camera_id, members):
                return True
        return False

    def _take_flapping(self, group: Group, camera_id: int, members: Sequence[int]) -> bool:
        """Whether the group's incident takes the camera: there is one, or enough of those that flap
        are no part of another that is larger."""
        incident_id = self._desk.of_group.get(group.key)
        if incident_id is not None:
            self._desk.join(self._desk.incidents[incident_id], (camera_id,))
            return True
        free = [one for one in members if self._is_free_for(group, one, Trouble.FLAPPING)]
        if len(free) < group.min_cameras:
            return False
        begun = min(self._flapping_since(one) for one in free)
        self._desk.open_group(group, Trouble.FLAPPING, free, begun)
        self._tallies.clear()
        return True

    def _flapping_since(self, camera_id: int) -> datetime:
        """Since when a camera's going to and fro is an incident, or will be."""
        incident_id = self._desk.stream_of.get(camera_id)
        if incident_id is not None:
            return begun_at(self._desk.incidents[incident_id])
        return seen_at(self._desk.facts.states[camera_id])

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
            if abs(since - onset) <= self._policy.together and self._is_free_for(
                group, camera_id, Trouble.DOWN
            ):
                members.append(camera_id)
                begun = min(begun, since)
        self._desk.open_group(group, Trouble.DOWN, members, begun)
        self._tallies.clear()

    def _is_free_for(self, group: Group, camera_id: int, trouble: Trouble) -> bool:
        """Whether a camera may become a part of this group's incident: it has none, or one that
        is smaller. What goes to and fro by itself is no part of what is away."""
        incident_id = self._desk.stream_of.get(camera_id)
        if incident_id is None:
            return True
        incident = self._desk.incidents[incident_id]
        fits = incident.trouble in (Trouble.DOWN, trouble)
        return fits and len(incident.members) <= len(group.cameras)

    def _tally(self, group: Group) -> Tally:
        found = self._tallies.get(group.key)
        if found is None:
            found = tally(group, self._desk.facts.states.get, self._desk.onset)
            self._tallies[group.key] = found
        return found
