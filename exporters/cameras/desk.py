"""What the pages of points ask of the program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from camera_registry.incidents.vocabulary import Incident
from camera_registry.vocabulary import StateInterval
from probes.vocabulary import ProbeResult


class CameraDesk(Protocol):
    """What the wiring gives of one camera's past. All of it may raise
    `DatabaseUnreachableError`."""

    async def history(
        self, camera_id: int, start: datetime, end: datetime
    ) -> Sequence[StateInterval]:
        """The intervals that have a part in [start, end), whole, in order of time."""
        ...

    async def looks(self, camera_id: int, limit: int) -> Sequence[ProbeResult]:
        """The last looks that are kept, the newest first."""
        ...

    async def resolved(self, camera_id: int, start: datetime, end: datetime) -> Sequence[Incident]:
        """The incidents that this camera has a part in, that were open in [start, end) and are
        over; the newest first."""
        ...
