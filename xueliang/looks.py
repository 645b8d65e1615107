"""Puts the parts of a look together: RTSP client, decoding workers, ONVIF, the lag of our loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from probes.clock import Clock
from probes.decode.pool import DecodePool
from probes.lag import LagTracker, watch_lag
from probes.look import LookTools, look
from probes.onvif.client import OnvifClient
from probes.vocabulary import Budget, ProbeResult, ProbeTarget

# Frames that wait for each decoder before no further look is started: enough that a decoder
# never runs dry (a look's network part takes ten times a decode's 20 ms), few enough that a
# frame is judged within a fraction of a second and little memory is held.
WAITING_PER_DECODER = 8
# Looks under way when the decoders fall behind still bring their frames: never refuse those.
# No more than the greatest concurrency that can be set.
MAX_WAITING = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """`look` looks at one target; `congested` tells when the decoders have enough to do."""

    look: Callable[[ProbeTarget], Awaitable[ProbeResult]]
    congested: Callable[[], bool]


@asynccontextmanager
async def open_looks(budget: Budget, clock: Clock, *, decoders: int = 0) -> AsyncIterator[Looks]:
    """The means to look at cameras, with `decoders` worker processes (0: one for each core)."""
    workers = decoders or os.cpu_count() or 1
    lag = LagTracker()
    onvif = OnvifClient(clock)
    async with DecodePool(workers, max_waiting=MAX_WAITING) as pool, _watching(lag, clock):
        tools = LookTools(clock=clock, read_frame=pool.read_frame, ask_onvif=onvif.ask, lag=lag)

        async def one(target: ProbeTarget) -> ProbeResult:
            return await look(target, budget, tools)

        yield Looks(look=one, congested=lambda: pool.waiting >= workers * WAITING_PER_DECODER)


@asynccontextmanager
async def _watching(lag: LagTracker, clock: Clock) -> AsyncIterator[None]:
    task = asyncio.create_task(watch_lag(lag, clock), name="lag")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
