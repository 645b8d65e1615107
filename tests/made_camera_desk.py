"""One camera's past as the pages ask for it, made up, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from camera_registry.incidents.vocabulary import Incident
from camera_registry.vocabulary import StateInterval, Status
from probes.reasons import failure
from probes.vocabulary import Codec, Media, ProbeResult, Stage, Verdict
from tests.made_incidents import incident

EVIDENCE = "no SYN-ACK in 5.0 s"


class MadeCameraDesk:
    """A camera that was away for a night and for the last two hours."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    async def history(
        self, camera_id: int, start: datetime, end: datetime
    ) -> Sequence[StateInterval]:
        turns = (
            (self._now - timedelta(days=5), Status.UNKNOWN),
            (self._now - timedelta(days=4, hours=20), Status.ONLINE),
            (self._now - timedelta(days=2, hours=12), Status.OFFLINE),
            (self._now - timedelta(days=2), Status.DEGRADED),
            (self._now - timedelta(hours=30), Status.ONLINE),
            (self._now - timedelta(hours=2), Status.OFFLINE),
        )
        ends = [at for at, _ in turns[1:]]
        return [
            StateInterval(camera_id=camera_id, status=status, start=at, end=until)
            for (at, status), until in zip(turns, [*ends, None], strict=True)
        ]

    async def looks(self, camera_id: int, limit: int) -> Sequence[ProbeResult]:
        down = failure(Stage.CONNECT, "timeout", EVIDENCE)
        return [
            ProbeResult(
                camera_id=str(camera_id),
                started_at=self._now - timedelta(minutes=10 * number),
                verdict=Verdict.DOWN if number < 3 else Verdict.OK,
                failure=down if number < 3 else None,
                stages={Stage.RESOLVE: 0.0004, Stage.CONNECT: 5.0 if number < 3 else 0.002},
                media=None if number < 3 else Media(codec=Codec.H264, width=1920, height=1080),
            )
            for number in range(min(limit, 9))
        ]

    async def resolved(self, camera_id: int, start: datetime, end: datetime) -> Sequence[Incident]:
        return [
            incident(
                camera_id,
                self._now - timedelta(days=2, hours=12),
                id="r00000",
                resolved_at=self._now - timedelta(days=2),
            )
        ]
