"""The evidence store as the pages read it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from camera_registry.database import Database
from camera_registry.evidence_folder import EvidenceFolder
from camera_registry.pictures.overlay import OverlaySeen
from camera_registry.pictures.vocabulary import EvidenceFrame, EvidenceView
from camera_registry.store import evidence as evidence_store
from camera_registry.store import overlays as overlay_store


class EvidenceDesk:
    """Gives pictures out and notes to whom."""

    def __init__(self, database: Database, folder: EvidenceFolder) -> None:
        self._database = database
        self._folder = folder

    async def frames(self, camera_id: int) -> Sequence[EvidenceFrame]:
        """A camera's pictures, the newest first."""
        return await evidence_store.of_camera(self._database, camera_id)

    async def show(self, number: int, viewer: str, at: datetime) -> bytes | None:
        """A picture. Without its viewing noted it is not given out.

        Raises:
            DatabaseUnreachableError: nothing could be noted.
        """
        frame = await evidence_store.find(self._database, number)
        if frame is None:
            return None
        jpeg = await asyncio.to_thread(self._folder.read, frame.id)
        if jpeg is not None:
            seen = EvidenceView(
                evidence_id=frame.id, camera_id=frame.camera_id, viewer=viewer, at=at
            )
            await evidence_store.log_view(self._database, seen)
        return jpeg

    async def overlay(self, camera_id: int) -> OverlaySeen:
        """What a camera's overlay text and its ONVIF clock last told."""
        return await overlay_store.seen(self._database, camera_id)

    async def views(self, camera_id: int) -> Sequence[EvidenceView]:
        """Who looked at a camera's pictures, the newest first."""
        return await evidence_store.views(self._database, camera_id=camera_id)
