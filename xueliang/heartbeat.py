"""The heartbeat: a call to an address elsewhere for as long as the monitor does its work.

A monitor that died says nothing, and silence looks like health. So somebody else has to notice:
a service such as healthchecks, or any that alarms when calls stay away. No call is made while the
database is away or sweeps are late, though the process lives.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import aiohttp

from exporters.notices.metrics import NoticeMetrics
from probes.clock import Clock

log = logging.getLogger(__name__)

# A heartbeat that takes longer is none.
TIMEOUT_S = 10.0


class Heartbeat:
    """Calls an address where all is well; what comes back is not read."""

    def __init__(
        self, *, url: str, healthy: Callable[[], bool], metrics: NoticeMetrics, clock: Clock
    ) -> None:
        self._url = url
        self._healthy = healthy
        self._metrics = metrics
        self._clock = clock
        self._heard = True

    async def beat(self) -> None:
        """One call, if the monitor is healthy. That nobody answers is noted, once."""
        if not self._healthy():
            return
        why = await self._call()
        if why is None:
            self._metrics.beaten(self._clock.now())
        elif self._heard:
            # Neither the address nor the library's message, which holds it: there is a token in it.
            log.warning("the heartbeat is not heard: %s", why)
        self._heard = why is None

    async def _call(self) -> str | None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(self._url, allow_redirects=False) as answer,
            ):
                return None if answer.status < 300 else f"status {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return type(error).__name__
