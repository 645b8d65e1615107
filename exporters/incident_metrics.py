"""The families of open incidents, as text. Pure.

Rules fire on `xueliang_incident_paged_timestamp_seconds`, so its labels are only those that stay
as they are while the incident is open: another label would be another alert, and a second page.
What may change meanwhile (how it shows, at which stage it fails, how many cameras) stands in
families of its own, joined by `incident`.

A merged incident is over here: its cameras are told by the incident that took them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from camera_registry.incidents.clocks import begun_at, is_paged
from camera_registry.incidents.vocabulary import Happening, Incident
from exporters.text_format import escape

_Lines = Callable[[Sequence[Incident]], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    name: str
    text: str
    lines: _Lines


def incident_text(incidents: Iterable[Incident]) -> str:
    """All families of incidents, each with HELP and TYPE, in a fixed order."""
    shown = [one for one in incidents if one.open and not one.merged_into]
    parts: list[str] = []
    for family in _FAMILIES:
        parts.append(f"# HELP {family.name} {family.text}\n# TYPE {family.name} gauge\n")
        parts.extend(family.lines(shown))
    return "".join(parts)


def _lasting(one: Incident) -> str:
    """The labels that do not change while the incident is open."""
    return (
        f'incident="{escape(one.id)}",town="{escape(one.town)}",cause="{one.cause.value}",'
        f'repair_class="{escape(one.repair_class)}",subject="{escape(one.subject)}"'
    )


def _info(incidents: Sequence[Incident]) -> Iterator[str]:
    for one in incidents:
        stage = one.failure.stage.value if one.failure else ""
        reason = one.failure.reason if one.failure else ""
        category = one.category.value if one.category else ""
        kind = one.kind.value if one.kind else ""
        yield (
            f'xueliang_incident_info{{incident="{escape(one.id)}",town="{escape(one.town)}",'
            f'trouble="{one.trouble.value}",category="{category}",kind="{kind}",stage="{stage}",reason="{reason}",'
            f'inferred="{"yes" if one.inferred else "no"}"}} 1\n'
        )


def _opened(incidents: Sequence[Incident]) -> Iterator[str]:
    for one in incidents:
        at = begun_at(one).timestamp()
        yield f"xueliang_incident_opened_timestamp_seconds{{{_lasting(one)}}} {at:.3f}\n"


def _paged(incidents: Sequence[Incident]) -> Iterator[str]:
    for one in incidents:
        if one.paged_at is not None and is_paged(one):
            at = one.paged_at.timestamp()
            yield f"xueliang_incident_paged_timestamp_seconds{{{_lasting(one)}}} {at:.3f}\n"


def _due(incidents: Sequence[Incident]) -> Iterator[str]:
    for one in incidents:
        at = one.due_at.timestamp()
        yield f"xueliang_incident_due_timestamp_seconds{{{_lasting(one)}}} {at:.3f}\n"


def _escalations(incidents: Sequence[Incident]) -> Iterator[str]:
    for one in incidents:
        yield f"xueliang_incident_escalations{{{_lasting(one)}}} {_escalated(one)}\n"


def _escalated(one: Incident) -> int:
    """How often since it was paged last."""
    count = 0
    for event in reversed(one.timeline):
        if event.what in (Happening.PAGED, Happening.REOPENED):
            break
        count += event.what is Happening.ESCALATED
    return count


def _acknowledged(incidents: Sequence[Incident]) -> Iterator[str]:
    for one in incidents:
        labels = f'incident="{escape(one.id)}",town="{escape(one.town)}"'
        taken = int(one.acknowledged_at is not None)
        yield f"xueliang_incident_acknowledged{{{labels}}} {taken}\n"


def _cameras(incidents: Sequence[Incident]) -> Iterator[str]:
    for one in incidents:
        labels = f'incident="{escape(one.id)}",town="{escape(one.town)}"'
        yield f"xueliang_incident_cameras{{{labels}}} {len(one.members)}\n"


_FAMILIES = (
    _Family(
        name="xueliang_incident_info",
        text="How an open incident shows now, as its labels tell; always 1.",
        lines=_info,
    ),
    _Family(
        name="xueliang_incident_opened_timestamp_seconds",
        text="When an open incident began, or last came back, in Unix time.",
        lines=_opened,
    ),
    _Family(
        name="xueliang_incident_paged_timestamp_seconds",
        text="When an open incident was last due to be told to its crew, in Unix time.",
        lines=_paged,
    ),
    _Family(
        name="xueliang_incident_due_timestamp_seconds",
        text="By when an open incident is to be repaired, in Unix time.",
        lines=_due,
    ),
    _Family(
        name="xueliang_incident_escalations",
        text="How often nobody took an open incident on in time since its page.",
        lines=_escalations,
    ),
    _Family(
        name="xueliang_incident_acknowledged",
        text="Whether somebody took an open incident on.",
        lines=_acknowledged,
    ),
    _Family(
        name="xueliang_incident_cameras",
        text="Cameras that an open incident takes down.",
        lines=_cameras,
    ),
)
