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

from camera_registry.incidents.book import (
    Acknowledgement,
    Advance,
    FleetFacts,
    IncidentBook,
)
from camera_registry.incidents.clocks import due_notice
from camera_registry.incidents.desk import Desk
from camera_registry.incidents.explaining import DELIVERING
from camera_registry.incidents.following import (
    flaps,
    follow,
    is_calm,
    is_down,
    is_known,
    recovered_at,
)
from camera_registry.incidents.placing import Placing
from camera_registry.incidents.policy import IncidentPolicy
from camera_registry.incidents.vocabulary import Cause, Happening, Incident, Trouble
from camera_registry.vocabulary import HealthState, Status


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
        follow(desk, incident)
    Placing(desk).place(troubled)
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
    return state.status is Status.ONLINE and flaps(policy, state, was=False)


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
        if incident.trouble is Trouble.FLAPPING:
            return not any(is_known(desk, one) for one in incident.members)
        if recovered_at(desk, incident) is not None:
            return True
        return not any(is_down(desk, one) for one in incident.members)
    state = desk.state(incident.camera_id or 0)
    if state is None:
        return True
    if incident.trouble is Trouble.DOWN:
        return state.status is not Status.OFFLINE
    if incident.trouble is Trouble.PICTURE:
        return state.status is not Status.DEGRADED
    return state.status not in (*DELIVERING, Status.OFFLINE) or is_calm(desk, incident, state)
