"""Incidents and maintenance windows in people's words, for console and command line. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from camera_registry.incidents.desk import NOTE_AGAIN, NOTE_APART, NOTE_GONE
from camera_registry.incidents.maintenance import Window
from camera_registry.incidents.vocabulary import Event, Happening, Incident
from camera_registry.rollups import LOCAL_ZONE
from exporters.notices.messages import check_first, inferred_text, sign_shown
from exporters.page import PageText
from exporters.words import Words
from probes.vocabulary import Failure

_REASONS = frozenset({NOTE_AGAIN, NOTE_APART, NOTE_GONE})
_EVERY_DAY = 7


class State(StrEnum):
    """How an incident stands; one that is merged became a part of another."""

    OPEN = "open"
    RESOLVED = "resolved"
    MERGED = "merged"


class IncidentText:
    """What is told of an incident at `now`."""

    def __init__(self, words: Words, now: datetime) -> None:
        self._words = words
        self._now = now
        self._page = PageText(words, now)

    def subject(self, incident: Incident) -> str:
        """The name of what is to be repaired."""
        return incident.subject or sign_shown(incident) or self._words["incident.unnamed"]

    def inferred(self, incident: Incident) -> str:
        return inferred_text(incident, self._words)

    def check(self, incident: Incident) -> str:
        """What whoever goes there looks at first."""
        return check_first(incident, self._words)

    def failure(self, found: Failure | None) -> str:
        """Why it failed, in words."""
        if found is None:
            return self._words["page.no_reason"]
        return self._words[f"reason.{found.stage.value}.{found.reason}"]

    def state(self, incident: Incident) -> str:
        return self._words[f"incident.state.{state_of(incident)}"]

    def lasted(self, incident: Incident) -> str:
        """How long it has lasted, or lasted."""
        return self._page.lasted((incident.resolved_at or self._now) - incident.opened_at)

    def is_late(self, incident: Incident) -> bool:
        return (incident.resolved_at or self._now) > incident.due_at

    def left(self, incident: Incident) -> str:
        """How much time is left for the repair, or how late it is."""
        until = incident.due_at - (incident.resolved_at or self._now)
        key = "incident.one.left" if until >= timedelta(0) else "incident.one.late"
        return self._words.fill(key, time=self._page.lasted(abs(until)))

    def service(self, incident: Incident) -> str:
        """The repair class with its limit."""
        hours = round((incident.due_at - incident.opened_at) / timedelta(hours=1))
        return self._words.fill("incident.one.class", name=incident.repair_class, hours=hours)

    def note(self, event: Event) -> str:
        """What stands beside a line of the timeline: a person's note, or a reason in words."""
        if event.what is Happening.ACKNOWLEDGED or not event.note:
            return event.note
        if event.note in _REASONS:
            return self._words[f"incident.note.{event.note}"]
        return self._words.fill("incident.note.into", incident=event.note)

    # Maintenance

    def window_subject(self, window: Window) -> str:
        return self._words.fill(f"maintenance.{scope_of(window)}", name=window.subject)

    def window_times(self, window: Window) -> str:
        """When a window is, in local time."""
        start, end = _moment(window.starts_at), _moment(window.ends_at)
        if not window.recurring:
            return self._words.fill("maintenance.once", start=start, end=end)
        key = "maintenance.weekly.until" if window.ends_at else "maintenance.weekly"
        return self._words.fill(
            key,
            days=self._days(window),
            at=f"{window.at:%H:%M}",
            minutes=window.minutes,
            start=start,
            end=end,
        )

    def _days(self, window: Window) -> str:
        if len(window.weekdays) == _EVERY_DAY:
            return self._words["maintenance.day.all"]
        comma = self._words["alert.comma"]
        return comma.join(self._words[f"maintenance.day.{day}"] for day in sorted(window.weekdays))


def state_of(incident: Incident) -> State:
    """How an incident stands."""
    if incident.open:
        return State.OPEN
    return State.MERGED if incident.merged_into else State.RESOLVED


def not_open_text(incident_id: str, found: Incident | None, words: Words) -> str:
    """Why nobody can take an incident on."""
    if found is None:
        return words.fill("acknowledge.unknown", id=incident_id)
    if found.merged_into:
        return words.fill("acknowledge.merged", id=incident_id, into=found.merged_into)
    return words.fill("acknowledge.over", id=incident_id, at=_moment(found.resolved_at))


def scope_of(window: Window) -> str:
    """`camera`, `upstream` or `town`."""
    if window.camera_id is not None:
        return "camera"
    return "upstream" if window.upstream_id is not None else "town"


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}" if at else ""
