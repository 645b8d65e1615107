"""The incidents that the rules work on: those open, and those over that may come back. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from camera_registry.incidents.topology import Topology
from camera_registry.incidents.vocabulary import Event, Incident
from camera_registry.vocabulary import HealthState

# A person's name, and what they have to say: more is a pasted document.
MAX_NAME, MAX_NOTE = 60, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentBook:
    """`incidents` by id. `troubled` are the cameras that are not plainly well, as far as they
    were seen: found anew where it is lost, so it need not be stored."""

    incidents: Mapping[str, Incident] = field(default_factory=lambda: MappingProxyType({}))
    troubled: frozenset[int] = frozenset()

    @property
    def merged(self) -> tuple[Incident, ...]:
        """Those that became a part of one that is open."""
        found = self.incidents
        merged = (one for one in found.values() if not one.open and one.merged_into in found)
        return tuple(one for one in merged if found[one.merged_into].open)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFacts:
    """What the rules look at: who hangs on what, and each camera's health."""

    topology: Topology
    states: Mapping[int, HealthState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody takes an incident on."""

    incident_id: str
    at: datetime
    by: str
    note: str = ""


class NotOpenError(Exception):
    """Nobody can take this incident on: `found` is over, or None where there is none of the id."""

    def __init__(self, incident_id: str, found: Incident | None) -> None:
        super().__init__(f"no incident {incident_id} is open")
        self.found = found


def wrong_words(by: str, note: str) -> list[str]:
    """What is wrong with who says something and what they say, each as a key of the catalogues
    (`said.wrong.<key>`)."""
    wrong = []
    if not by.strip():
        wrong.append("nobody")
    if len(by) > MAX_NAME:
        wrong.append("name")
    if len(note) > MAX_NOTE:
        wrong.append("note")
    if not all(one.isprintable() for one in (by, *note.splitlines())):
        wrong.append("unprintable")
    return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What a turn came to: the book after it, the incidents that changed, and the new lines of
    their timelines in their order."""

    book: IncidentBook
    changed: tuple[Incident, ...] = ()
    events: tuple[tuple[str, Event], ...] = ()
