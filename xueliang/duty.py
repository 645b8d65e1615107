"""On duty: after each turn of the fleet's health, what is to be repaired and who is to be told.

Carries values between the pure rules (`camera_registry.incidents`) and the store. What is in
memory changes after the database has taken it; a process killed in between does the turn again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from camera_registry.database import Database
from camera_registry.incidents.advance import advance
from camera_registry.incidents.book import FleetFacts, IncidentBook
from camera_registry.incidents.figures import RepairFigures
from camera_registry.incidents.maintenance import Window, in_maintenance
from camera_registry.incidents.policy import IncidentPolicy
from camera_registry.incidents.topology import Topology, build_topology
from camera_registry.incidents.vocabulary import Incident
from camera_registry.store import incidents as incident_store
from camera_registry.store import maintenance as maintenance_store
from camera_registry.store import places as place_store
from camera_registry.vocabulary import Camera, HealthState, Status
from probes.clock import Clock
from xueliang.incident_desk import IncidentDesk, figures_of

log = logging.getLogger(__name__)

# How often repair times are summed up anew where nothing was repaired: time goes on.
REPAIRS_EVERY = timedelta(minutes=10)


class Duty:
    """The incidents of the running service."""

    def __init__(self, database: Database, policy: IncidentPolicy) -> None:
        self._database = database
        self._policy = policy
        self._topology = Topology()
        self._cameras: dict[int, Camera] = {}
        self._book: IncidentBook | None = None
        self._seen: dict[int, HealthState] = {}
        self._repaired = False
        self.windows: tuple[Window, ...] = ()
        self.covered: frozenset[int] = frozenset()
        self.repairs: RepairFigures | None = None

    @property
    def topology(self) -> Topology:
        """Who hangs on what, by the registry as it was read last."""
        return self._topology

    def desk(self, clock: Clock) -> IncidentDesk:
        """The incidents as pages read them and people take them on."""
        return IncidentDesk(self._database, lambda: self.repairs, clock)

    def open_incidents(self) -> tuple[Incident, ...]:
        """Those open by the last turn, the oldest in front."""
        found = self._book.incidents.values() if self._book else ()
        return tuple(
            sorted((one for one in found if one.open), key=lambda one: (one.opened_at, one.id))
        )

    def merged_incidents(self) -> tuple[Incident, ...]:
        """Those that became a part of one that is open."""
        return self._book.merged if self._book else ()

    async def adopt(self, cameras: Sequence[Camera], now: datetime) -> dict[int, Camera]:
        """Takes the registry's cameras; gives them back with those in a window in maintenance."""
        upstreams = await place_store.load_upstreams(self._database)
        self._topology = await asyncio.to_thread(
            build_topology, cameras, upstreams, self._policy.explaining
        )
        self._cameras = {camera.id: camera for camera in cameras}
        self._seen = {}
        await self.look_at_windows(now)
        return self.effective()

    async def look_at_windows(self, now: datetime) -> bool:
        """Reads the windows; whether other cameras are in one than before."""
        self.windows = await maintenance_store.load(self._database, now)
        covered = in_maintenance(self.windows, self._topology, now)
        changed = covered != self.covered
        self.covered = covered
        return changed

    def effective(self) -> dict[int, Camera]:
        """The cameras as they are to be treated now: those in a window are in maintenance."""
        return {
            camera.id: replace(camera, administrative=Status.MAINTENANCE)
            if camera.id in self.covered and camera.administrative is None
            else camera
            for camera in self._cameras.values()
        }

    async def turn(self, states: Mapping[int, HealthState], now: datetime) -> None:
        """One turn: what the states, the time and people's acknowledgements come to.

        Raises:
            DatabaseUnreachableError: nothing of it was kept; the next turn does it again.
        """
        book = self._book
        if book is None:
            book = await self._load(now)
        asked = await incident_store.asked(self._database)
        changed = self._changed(states) if self._book is not None else None
        done = advance(
            book,
            FleetFacts(topology=self._topology, states=states),
            now,
            self._policy,
            changed=changed,
            acknowledgements=[one.acknowledgement for one in asked],
        )
        await incident_store.record(self._database, done.changed, done.events, asked)
        self._book = done.book
        self._seen.update((one, states[one]) for one in changed or states if one in states)
        self._repaired |= any(not one.open for one in done.changed)

    async def sum_up(self, now: datetime) -> None:
        """Sums repairs and failures up anew, where one ended since or the figures are old."""
        known = self.repairs
        due = known is None or self._repaired or now >= known.end + REPAIRS_EVERY
        if due and self._topology.cameras:
            self._repaired = False
            self.repairs = await figures_of(self._database, self._topology.cameras, now)

    async def _load(self, now: datetime) -> IncidentBook:
        policy = self._policy
        kept = policy.reopen_within + policy.recover_after + policy.explaining.settle
        found = await incident_store.load_book(self._database, now - kept)
        return IncidentBook(incidents={incident.id: incident for incident in found})

    def _changed(self, states: Mapping[int, HealthState]) -> list[int]:
        """The cameras whose state is another object than at the last turn: states are never
        changed in place."""
        seen = self._seen.get
        changed = [number for number, state in states.items() if seen(number) is not state]
        if len(self._seen) > len(states):
            changed += self._seen.keys() - states.keys()
        return changed
