"""An evidence store with two pictures, for tests of what is shown of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from camera_registry.pictures.overlay import OverlayRecord, OverlaySeen
from camera_registry.pictures.vocabulary import EvidenceFrame, EvidenceKind, EvidenceView
from probes.vocabulary import FaultKind, PictureSlot
from tests.views import NOW

# Whose they are, unless told otherwise: the first of a made-up city.
CAMERA_ID = 1


class Kept:
    """Two pictures of one camera, and who looked."""

    dropped = 3

    def __init__(self, camera_id: int = CAMERA_ID) -> None:
        self._camera_id = camera_id
        self.seen: list[EvidenceView] = []

    @property
    def totals(self) -> dict[EvidenceKind, tuple[int, int]]:
        return {EvidenceKind.FAULT: (1, 9_000), EvidenceKind.REFERENCE: (1, 8_000)}

    @property
    def learnt_slots(self) -> dict[PictureSlot, int]:
        return {PictureSlot.DAY: 2}

    async def frames(self, camera_id: int) -> Sequence[EvidenceFrame]:
        if camera_id != self._camera_id:
            return ()
        reference = EvidenceFrame(
            id=4,
            camera_id=camera_id,
            what=EvidenceKind.REFERENCE,
            slot=PictureSlot.DAY,
            faults=(),
            captured_at=NOW - timedelta(days=3),
            size_bytes=8_000,
        )
        fault = EvidenceFrame(
            id=7,
            camera_id=camera_id,
            what=EvidenceKind.FAULT,
            slot=PictureSlot.DAY,
            faults=(FaultKind.OCCLUSION,),
            captured_at=NOW,
            size_bytes=9_000,
        )
        return fault, reference

    async def show(self, number: int, viewer: str, at: datetime) -> bytes | None:
        if number not in (4, 7):
            return None
        self.seen.append(
            EvidenceView(evidence_id=number, camera_id=self._camera_id, viewer=viewer, at=at)
        )
        return b"\xff\xd8\xff of " + str(number).encode()

    async def overlay(self, camera_id: int) -> OverlaySeen:
        if camera_id != self._camera_id:
            return OverlaySeen()
        record = OverlayRecord(
            camera_id=camera_id,
            read_at=NOW - timedelta(hours=9),
            expected_place="东门一号",
            shown_place="东门二号",
            offset_s=-95.0,
            standing=frozenset({FaultKind.OSD_WRONG, FaultKind.CLOCK_DRIFT}),
        )
        return OverlaySeen(record=record, onvif_offset_s=-94.4)

    async def views(self, camera_id: int) -> Sequence[EvidenceView]:
        return tuple(self.seen)
