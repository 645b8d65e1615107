"""What the running service does about its own clock: it takes in the times that cameras tell, and
holds none of them against a camera while it is ours that is off.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from camera_registry.own_clock import CameraClocks, ClockPolicy, OurClock, ToldTime
from camera_registry.vocabulary import Camera
from probes.vocabulary import ProbeResult

log = logging.getLogger(__name__)


class OwnClock:
    """The cameras' times against ours. `limit` is how far a camera's may be off; half of it is what
    ours may."""

    def __init__(self, limit: timedelta) -> None:
        self._clocks = CameraClocks(ClockPolicy(reach=limit / 2))
        self._cameras: Mapping[int, Camera] = {}
        self._was_wrong = False

    def know(self, cameras: Mapping[int, Camera]) -> None:
        """Whose times are to be told apart by town and upstream."""
        self._cameras = cameras

    def now(self, at: datetime) -> OurClock:
        """What the cameras say of our clock. Any thread may ask."""
        return self._clocks.ours(at)

    def is_ours(self, camera_id: int, at: datetime, offset: timedelta) -> bool:
        """Takes in by how much a camera's time was ahead of ours; whether that is our own fault."""
        camera = self._cameras.get(camera_id)
        if camera is not None:
            self._clocks.add(
                ToldTime(
                    camera_id=camera_id,
                    town=camera.town,
                    upstream=camera.upstream,
                    at=at,
                    offset=offset,
                )
            )
        ours = self._clocks.ours(at)
        if ours.wrong and not self._was_wrong and ours.ahead is not None:
            ahead_s = ours.ahead.total_seconds()
            log.error("our clock is %+.0f s ahead of nearly every camera's", ahead_s)
        self._was_wrong = ours.wrong
        return ours.wrong

    def judged(self, result: ProbeResult) -> ProbeResult:
        """The look without a device's clock offset, where it is ours that is off."""
        facts = result.onvif
        if facts is None or facts.clock_offset_s is None:
            return result
        offset = timedelta(seconds=facts.clock_offset_s)
        if not self.is_ours(int(result.camera_id), result.started_at, offset):
            return result
        return replace(result, onvif=replace(facts, clock_offset_s=None))
