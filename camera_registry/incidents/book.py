"""The incidents that the rules work on: those open, and those over that may come back. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from camera_registry.incidents.topology import Topology
from camera_registry.incidents.vocabulary import Event, Incident
from camera_registry.vocabulary import HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentBook:
    """`incidents` by id. `troubled` are the cameras that are not plainly well, as far as they
    were seen: found anew where it is lost, so it need not be stored."""

    incidents: Mapping[str, Incident] = field(default_factory=lambda: MappingProxyType({}))
    troubled: frozenset[int] = frozenset()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What a turn came to: the book after it, the incidents that changed, and the new lines of
    their timelines in their order."""

    book: IncidentBook
    changed: tuple[Incident, ...] = ()
    events: tuple[tuple[str, Event], ...] = ()
