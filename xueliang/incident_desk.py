"""Incidents and maintenance windows as the pages read and change them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from camera_registry.assessment.corrections import Target
from camera_registry.database import Database
from camera_registry.incidents.book import Acknowledgement
from camera_registry.incidents.figures import RepairFigures, repair_figures
from camera_registry.incidents.maintenance import Window
from camera_registry.incidents.vocabulary import Incident
from camera_registry.store import incidents as incident_store
from camera_registry.store import maintenance as maintenance_store
from camera_registry.store.incident_looks import failing_look
from camera_registry.store.targets import Found, find_target
from camera_registry.vocabulary import Camera
from probes.clock import Clock
from probes.vocabulary import ProbeResult

# The span of repair times: long enough for some repairs in every town.
SPAN = timedelta(days=30)


async def figures_of(
    database: Database, cameras: Mapping[int, Camera], now: datetime, span: timedelta = SPAN
) -> RepairFigures:
    """Repair times and times between failures over `span` until now."""
    found = await incident_store.overlapping(database, now - span, now)
    return await asyncio.to_thread(repair_figures, found, cameras, now - span, now)


class IncidentDesk:
    """`figures` gives the newest repair times, or None before they were summed up."""

    def __init__(
        self, database: Database, figures: Callable[[], RepairFigures | None], clock: Clock
    ) -> None:
        self._database = database
        self._newest = figures
        self._clock = clock

    async def find(self, incident_id: str) -> Incident | None:
        """An incident with its timeline."""
        return await incident_store.find(self._database, incident_id)

    async def lately_resolved(self) -> Sequence[Incident]:
        """The incidents that ended last, the newest in front, without timelines."""
        return await incident_store.lately_resolved(self._database)

    async def waiting(self, incident_id: str) -> Sequence[Acknowledgement]:
        """Acknowledgements that the service has not taken in yet."""
        asked = await incident_store.asked(self._database)
        given = (one.acknowledgement for one in asked)
        return [one for one in given if one.incident_id == incident_id]

    async def acknowledge(self, given: Acknowledgement) -> None:
        """Somebody takes an incident on.

        Raises:
            NotOpenError: there is no such incident, or it is over.
        """
        await incident_store.acknowledge(self._database, given)

    async def failing_look(self, camera_id: int, incident: Incident) -> ProbeResult | None:
        """The last look at a camera that failed while the incident lasted."""
        return await failing_look(self._database, camera_id, incident, self._clock.now())

    def figures(self) -> RepairFigures:
        """Repair times and times between failures, at most some minutes old."""
        now = self._clock.now()
        return self._newest() or repair_figures((), {}, now - SPAN, now)

    async def windows(self) -> Sequence[Window]:
        """All maintenance windows that were announced, the newest in front."""
        return await maintenance_store.load_all(self._database)

    async def target(self, target: Target, text: str) -> Found:
        """What a window is about.

        Raises:
            NoTargetError: the registry knows none of this name, or several.
        """
        return await find_target(self._database, target, text)

    async def announce(self, window: Window) -> Window:
        """Keeps a window; gives it back with its number."""
        return replace(window, id=await maintenance_store.add(self._database, window))

    async def take_back(self, number: int, by: str) -> bool:
        """Ends a window; whether there was one that counts."""
        return await maintenance_store.remove(self._database, number, by=by, now=self._clock.now())
