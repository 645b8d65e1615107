"""What becomes of open incidents as their cameras stand now. Pure; used by `advance` only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from camera_registry.flapping import is_flapping
from camera_registry.health import ADMINISTRATIVE
from camera_registry.incidents.desk import NOTE_APART, NOTE_GONE, Desk
from camera_registry.incidents.explaining import DELIVERING, may_explain, missing
from camera_registry.incidents.policy import IncidentPolicy
from camera_registry.incidents.vocabulary import Cause, Incident, Trouble
from camera_registry.vocabulary import Camera, HealthState, Status


def follow(desk: Desk, incident: Incident) -> None:
    """One turn of an open incident: its trouble, its failure, its members, its end."""
    if incident.cause is Cause.CAMERA:
        _follow_camera(desk, incident)
    else:
        _follow_group(desk, incident)


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
        flapped = incident.trouble is Trouble.FLAPPING
        desk.resolve(incident, seen_at(state) if flapped else state.since)


def _turned(desk: Desk, incident: Incident, state: HealthState) -> Incident:
    """Going to and fro is another trouble than being away, of the same thing to repair."""
    calm = is_calm(desk, incident, state)
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
    return incident.trouble is not Trouble.FLAPPING or is_calm(desk, incident, state)


def is_calm(desk: Desk, incident: Incident, state: HealthState) -> bool:
    """Whether a camera of the incident goes to and fro no longer."""
    return not flaps(desk.policy, state, was=incident.trouble is Trouble.FLAPPING)


def flaps(policy: IncidentPolicy, state: HealthState, *, was: bool) -> bool:
    """Whether a camera goes to and fro, having done so before or not."""
    return is_flapping(state.looks, was=was, start=policy.flap_start, stop=policy.flap_stop)


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
    if _flaps_together(desk, incident):
        if incident.trouble is not Trouble.FLAPPING:
            desk.put(replace(incident, trouble=Trouble.FLAPPING))
        return
    back_at = recovered_at(desk, incident)
    if incident.trouble is not Trouble.FLAPPING:
        _end_when_back(desk, incident, back_at)
    elif back_at is None:
        desk.put(replace(incident, trouble=Trouble.DOWN))
    else:
        _end(desk, incident, max(map(seen_at, _states(desk, incident))))


def _end_when_back(desk: Desk, incident: Incident, back_at: datetime | None) -> None:
    wait = desk.policy.recover_after
    if any(is_down(desk, one) for one in incident.members):
        # The sweep may have yet to come to those that look as if they stayed dead.
        wait = max(wait, desk.policy.explaining.settle)
    if back_at is not None and desk.now >= back_at + wait:
        _end(desk, incident, back_at)


def _end(desk: Desk, incident: Incident, at: datetime) -> None:
    survivors = [one for one in incident.members if is_down(desk, one)]
    if survivors:
        incident = desk.leave(incident, survivors, NOTE_APART)
    desk.resolve(incident, at)


def _flaps_together(desk: Desk, incident: Incident) -> bool:
    """Whether an upstream goes to and fro with nearly all of its cameras; having done so, it does
    until most have calmed down."""
    flapping = sum(not is_calm(desk, incident, one) for one in _states(desk, incident))
    members = len(incident.members)
    if incident.trouble is Trouble.FLAPPING:
        return 2 * flapping > members
    return flapping > 0 and flapping >= members - missing(members, desk.policy.explaining)


def _states(desk: Desk, incident: Incident) -> list[HealthState]:
    """Its members as they stand, those of which anything is known."""
    return [state for state in map(desk.state, incident.members) if state is not None]


def seen_at(state: HealthState) -> datetime:
    """When going to and fro, or its end, was seen: at the last look. The status may be as old as
    the camera, for what goes to and fro may never be away for long enough to be told as away."""
    return max(state.since, state.last_look_at or state.since)


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


def is_known(desk: Desk, camera_id: int) -> bool:
    state = desk.state(camera_id)
    return state is not None and state.status in (*DELIVERING, Status.OFFLINE)


def is_down(desk: Desk, camera_id: int) -> bool:
    state = desk.state(camera_id)
    return state is not None and state.status is Status.OFFLINE
