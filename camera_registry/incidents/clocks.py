"""When people are told of an incident: the page, its escalation, reminders, the repair's deadline.
Pure.

One thing at a time: of several that are due the first is told, and the next at the next turn.
Nobody is told anything while the trouble may be over or cannot be seen (see `advance`).
"""

from __future__ import annotations

from datetime import datetime

from camera_registry.incidents.vocabulary import Happening, Incident, RepairClass

_NOTICES = frozenset(
    {
        Happening.PAGED,
        Happening.REOPENED,
        Happening.ACKNOWLEDGED,
        Happening.ESCALATED,
        Happening.REMINDED,
        Happening.OVERDUE,
    }
)


def due_notice(
    incident: Incident, service: RepairClass, now: datetime, escalations: int
) -> Happening | None:
    """What is to be told of an open incident at `now`, if anything is."""
    if not is_paged(incident) and incident.acknowledged_at is None:
        return _first_notice(incident, service, now)
    if now >= incident.due_at and not _happened(incident, Happening.OVERDUE):
        return Happening.OVERDUE
    if incident.acknowledged_at is None and _escalated(incident) < escalations:
        waiting_since = max(incident.paged_at or now, incident.escalated_at or begun_at(incident))
        if now >= waiting_since + service.escalate_after:
            return Happening.ESCALATED
    last = next((one.at for one in reversed(incident.timeline) if one.what in _NOTICES), None)
    if last is not None and now >= last + service.remind_every:
        return Happening.REMINDED
    return None


def begun_at(incident: Incident) -> datetime:
    """When it began, or last came back."""
    return incident.again_at or incident.opened_at


def is_paged(incident: Incident) -> bool:
    """Whether people were told that it is open, since it began or came back."""
    return incident.paged_at is not None and (
        incident.again_at is None or incident.paged_at >= incident.again_at
    )


def waits_for_an_answer(incident: Incident) -> bool:
    """Whether people were told of it and nobody took it on."""
    return is_paged(incident) and incident.acknowledged_at is None


def _first_notice(incident: Incident, service: RepairClass, now: datetime) -> Happening | None:
    if now < begun_at(incident) + service.page_after:
        return None
    return Happening.REOPENED if incident.paged_at is not None else Happening.PAGED


def _escalated(incident: Incident) -> int:
    """How often since the last page."""
    count = 0
    for one in reversed(incident.timeline):
        if one.what in (Happening.PAGED, Happening.REOPENED):
            break
        count += one.what is Happening.ESCALATED
    return count


def _happened(incident: Incident, what: Happening) -> bool:
    return any(one.what is what for one in incident.timeline)
