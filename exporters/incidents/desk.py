"""What the pages of incidents ask of the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from camera_registry.assessment.corrections import Target
from camera_registry.incidents.book import Acknowledgement
from camera_registry.incidents.figures import RepairFigures
from camera_registry.incidents.maintenance import Window
from camera_registry.incidents.vocabulary import Incident
from camera_registry.pictures.vocabulary import EvidenceFrame
from camera_registry.store.targets import Found
from probes.vocabulary import ProbeResult


class IncidentDesk(Protocol):
    """What the wiring gives of incidents. All of it may raise `DatabaseUnreachableError`."""

    async def find(self, incident_id: str) -> Incident | None:
        """An incident with its timeline."""
        ...

    async def lately_resolved(self) -> Sequence[Incident]:
        """The incidents that ended last, the newest in front, without timelines."""
        ...

    async def waiting(self, incident_id: str) -> Sequence[Acknowledgement]:
        """Acknowledgements that the service has not taken in yet."""
        ...

    async def acknowledge(self, given: Acknowledgement) -> None:
        """Somebody takes an incident on.

        Raises:
            NotOpenError: there is no such incident, or it is over.
        """
        ...

    async def failing_look(self, camera_id: int, incident: Incident) -> ProbeResult | None:
        """The last look at a camera that failed while the incident lasted."""
        ...

    def figures(self) -> RepairFigures:
        """Repair times and times between failures, at most some minutes old."""
        ...

    async def windows(self) -> Sequence[Window]:
        """All maintenance windows that were announced, the newest in front."""
        ...

    async def target(self, target: Target, text: str) -> Found:
        """What a window is about.

        Raises:
            NoTargetError: the registry knows none of this name, or several.
        """
        ...

    async def announce(self, window: Window) -> Window:
        """Keeps a window; gives it back with its number."""
        ...

    async def take_back(self, number: int, by: str) -> bool:
        """Ends a window; whether there was one that counts."""
        ...


class Frames(Protocol):
    """What the pages of incidents read of the evidence store."""

    async def frames(self, camera_id: int) -> Sequence[EvidenceFrame]:
        """A camera's pictures, the newest first."""
        ...
