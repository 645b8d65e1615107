"""Incidents, maintenance windows and repair times as JSON. Pure.

Times are ISO 8601 with Asia/Shanghai's offset, stretches of time seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from camera_registry.incidents.book import Acknowledgement
from camera_registry.incidents.figures import GroupFigures, Grouping, RepairFigures
from camera_registry.incidents.maintenance import Window, state_of
from camera_registry.incidents.vocabulary import Event, Incident
from camera_registry.vocabulary import HealthState, Status
from exporters.api import Json, failure_document, iso_time
from exporters.incidents import wording
from exporters.notices.messages import sign_shown
from probes.vocabulary import Failure, ProbeResult


def incident_document(one: Incident, now: datetime) -> Json:
    """An incident as lists tell it."""
    return {
        "id": one.id,
        "state": wording.state_of(one),
        "cause": one.cause.value,
        "trouble": one.trouble.value,
        "subject": one.subject or sign_shown(one),
        "inferred": bool(one.inferred),
        "inferred_from": sign_shown(one) or None,
        "town": one.town,
        "category": one.category.value if one.category else None,
        "kind": one.kind.value if one.kind else None,
        "repair_class": one.repair_class,
        "opened_at": iso_time(one.opened_at),
        "due_at": iso_time(one.due_at),
        "overdue": (one.resolved_at or now) > one.due_at,
        "paged_at": iso_time(one.paged_at),
        "acknowledged_at": iso_time(one.acknowledged_at),
        "acknowledged_by": one.acknowledged_by,
        "escalated_at": iso_time(one.escalated_at),
        "resolved_at": iso_time(one.resolved_at),
        "reopened": one.reopened,
        "merged_into": one.merged_into or None,
        "camera_id": one.camera_id,
        "cameras": len(one.members),
        "failure": failure_document(one.failure),
    }


def event_document(event: Event) -> Json:
    """A line of a timeline."""
    return {
        "number": event.number,
        "at": iso_time(event.at),
        "what": event.what.value,
        "by": event.by,
        "note": event.note,
        "cameras": list(event.cameras),
    }


def member_document(
    camera_id: int, label: str, name: str, status: Status, failure: Failure | None
) -> Json:
    """A camera under an incident, as it is now."""
    return {
        "id": camera_id,
        "camera": label,
        "name": name,
        "status": status.value,
        "failure": failure_document(failure),
    }


def present_status(state: HealthState | None) -> tuple[Status, Failure | None]:
    """What is known of a camera now."""
    return (state.status, state.failure) if state else (Status.UNKNOWN, None)


def look_document(look: ProbeResult) -> Json:
    """A look that failed: its stages in seconds, and where it ended."""
    return {
        "camera_id": int(look.camera_id),
        "started_at": iso_time(look.started_at),
        "stages": {stage.value: seconds for stage, seconds in look.stages.items()},
        "failure": failure_document(look.failure),
    }


def waiting_document(one: Acknowledgement) -> Json:
    """An acknowledgement that the service has not taken in yet."""
    return {"incident": one.incident_id, "at": iso_time(one.at), "by": one.by, "note": one.note}


def window_document(window: Window, now: datetime) -> Json:
    """A maintenance window."""
    return {
        "id": window.id,
        "state": state_of(window, now).value,
        "scope": wording.scope_of(window),
        "subject": window.subject,
        "camera_id": window.camera_id,
        "from": iso_time(window.starts_at),
        "to": iso_time(window.ends_at),
        "weekdays": sorted(window.weekdays),
        "at": f"{window.at:%H:%M}" if window.recurring else None,
        "minutes": window.minutes if window.recurring else None,
        "by": window.by,
        "note": window.note,
        "created_at": iso_time(window.created_at),
        "removed_at": iso_time(window.removed_at),
        "removed_by": window.removed_by,
    }


def figures_document(figures: RepairFigures) -> Json:
    """Repair times and times between failures, of the city and by group."""
    return {
        "from": iso_time(figures.start),
        "to": iso_time(figures.end),
        "city": _group(figures.city),
        **{f"by_{by.value}": _groups(figures.groups, by) for by in Grouping},
    }


def _groups(groups: Mapping[Grouping, Iterable[GroupFigures]], by: Grouping) -> list[Json]:
    return [{"name": one.name, **_group(one)} for one in groups[by]]


def _group(one: GroupFigures) -> Json:
    return {
        "cameras": one.cameras,
        "failures": one.failures.failures,
        "mtbf_s": _seconds(one.failures.mean),
        "repairs": one.repairs.count,
        "repairs_late": one.repairs.late,
        "mttr_s": _seconds(one.repairs.mean),
    }


def _seconds(time: timedelta | None) -> float | None:
    return round(time.total_seconds(), 1) if time is not None else None
