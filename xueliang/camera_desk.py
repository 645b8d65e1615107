"""One camera's past as the pages read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from camera_registry.database import Database
from camera_registry.incidents.vocabulary import Incident
from camera_registry.store import incidents as incident_store
from camera_registry.store import intervals as interval_store
from camera_registry.store import results as result_store
from camera_registry.vocabulary import StateInterval
from probes.vocabulary import ProbeResult


class CameraDesk:
    """Reads the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(
        self, camera_id: int, start: datetime, end: datetime
    ) -> Sequence[StateInterval]:
        """The intervals that have a part in [start, end), whole, in order of time."""
        found = await interval_store.overlapping(self._database, start, end, camera_id=camera_id)
        return found.get(camera_id, ())

    async def looks(self, camera_id: int, limit: int) -> Sequence[ProbeResult]:
        """The last looks that are kept, the newest first."""
        return await result_store.newest_results(self._database, camera_id, limit)

    async def resolved(self, camera_id: int, start: datetime, end: datetime) -> Sequence[Incident]:
        """The incidents that this camera has a part in, that were open in [start, end) and are
        over; the newest first."""
        found = await incident_store.of_camera(self._database, camera_id, start, end)
        return [one for one in reversed(found) if one.resolved_at is not None]
