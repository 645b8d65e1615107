"""Runs batches of looks: bounded in all, per upstream, and one session at a camera at a time.

The runner knows no database and no schedule: batches go in, results come out, and a worker in
another network could do the same with the same data.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from functools import partial
from heapq import heappop, heappush
from types import TracebackType
from typing import NamedTuple

from probes.vocabulary import Batch, ProbeResult, ProbeTarget

log = logging.getLogger(__name__)

# Results not yet fetched by the consumer; beyond it no look is started, so that a slow database
# slows the sweep down and does not fill the memory. 1,024 results are about 3 MB.
MAX_UNFETCHED = 1024
# Starts are spread even when much is due at once: a burst would meet in the same switches, and
# would keep our own loop from the answers. More than two decoders keep up with.
STARTS_PER_S = 200.0
# How much of the pace may be made up for after a pause: a few looks at once, no burst.
MAX_BEHIND_S = 0.05
# How long results are gathered before they are given out while looks go on: a transaction for
# each result would cost as much CPU as its whole RTSP session, one for eighty next to nothing.
# Nobody waits for a verdict within a second.
GATHER_S = 1.0


# What waits is served in the order of its turn: urgent first, then as offered.
_Turn = tuple[bool, int]


class _Place(NamedTuple):
    """A target's place in the queue of its upstream; no two turns are equal."""

    turn: _Turn
    target: ProbeTarget


class Runner:
    """Keeps up to `concurrency` looks going, at most `per_upstream` of them at one upstream.

    The queue holds a camera at most once, so it is bounded by the fleet.
    """

    def __init__(
        self,
        look: Callable[[ProbeTarget], Awaitable[ProbeResult]],
        *,
        concurrency: int,
        per_upstream: int,
        starts_per_s: float = STARTS_PER_S,
        gather_s: float = GATHER_S,
        congested: Callable[[], bool] = lambda: False,
    ) -> None:
        """`congested` says that what comes after the network (decoding) has enough to do: no
        look is started then, so that frames are not fetched only to wait in memory."""
        self._look = look
        self._concurrency = concurrency
        self._per_upstream = per_upstream
        self._start_every_s = 1.0 / starts_per_s
        self._next_start_s = 0.0
        self._gather_s = gather_s
        self._timer: asyncio.TimerHandle | None = None
        self._congested = congested
        self._waiting: dict[str, list[_Place]] = {}
        self._ready: list[tuple[_Turn, str]] = []
        self._offered = 0
        self._sessions: Counter[str] = Counter()
        self._known: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: deque[ProbeResult] = deque()
        self._news = asyncio.Event()
        self._closed = False

    async def __aenter__(self) -> Runner:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancels what runs and waits until each session is torn down."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def pending(self) -> int:
        """Looks that wait, run, or whose result waits to be fetched."""
        return len(self._known)

    def holds(self, camera_id: str) -> bool:
        """Whether a look at the camera waits, runs, or has a result that nobody has fetched: who
        plans by results must not ask for the same look again."""
        return camera_id in self._known

    @property
    def running(self) -> int:
        """Looks that run."""
        return len(self._tasks)

    @property
    def unfetched(self) -> int:
        """Results that wait to be fetched."""
        return len(self._finished)

    def offer(self, batch: Batch) -> int:
        """Queues the batch's targets, less those that are held already; says how many."""
        fresh = [target for target in batch.targets if target.camera_id not in self._known]
        if not fresh or self._closed:
            return 0
        self._known.update(target.camera_id for target in fresh)
        waiting = self._waiting.setdefault(batch.upstream, [])
        for target in fresh:
            self._offered += 1
            heappush(waiting, _Place((not batch.urgent, self._offered), target))
        self._make_ready(batch.upstream)
        self._start()
        return len(fresh)

    async def results(self, *, wait_s: float) -> list[ProbeResult]:
        """The results come in since the last call; waits up to `wait_s` for the first one, and
        then a moment for those that come right after it."""
        if not self._finished:
            self._news.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                return []
        if self._tasks:
            await asyncio.sleep(self._gather_s)
        fetched = list(self._finished)
        self._finished.clear()
        self._known.difference_update(result.camera_id for result in fetched)
        self._start()
        return fetched

    def _make_ready(self, upstream: str) -> None:
        waiting = self._waiting.get(upstream)
        if waiting and self._sessions[upstream] < self._per_upstream:
            heappush(self._ready, (waiting[0].turn, upstream))

    def _next(self) -> tuple[str, ProbeTarget] | None:
        """The target that has waited longest of those whose upstream has a session free. An entry
        whose upstream has moved on since is passed over: a newer one stands for it."""
        while self._ready:
            turn, upstream = heappop(self._ready)
            waiting = self._waiting.get(upstream)
            free = self._sessions[upstream] < self._per_upstream
            if waiting and free and waiting[0].turn == turn:
                target = heappop(waiting).target
                if not waiting:
                    del self._waiting[upstream]
                return upstream, target
        return None

    def _start(self) -> None:
        while self._may_start() and self._in_pace() and (found := self._next()) is not None:
            upstream, target = found
            self._sessions[upstream] += 1
            task = asyncio.create_task(self._run(target), name=f"look {target.camera_id}")
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, upstream))
            self._make_ready(upstream)

    def _may_start(self) -> bool:
        return (
            len(self._tasks) < self._concurrency
            and len(self._finished) < MAX_UNFETCHED
            and not self._closed
            and not (self._tasks and self._congested())
        )

    def _in_pace(self) -> bool:
        """Whether the next look may start now; if not, a timer tries again when it may."""
        if self._timer is not None or not self._ready:
            return False
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if now_s < self._next_start_s:
            self._timer = loop.call_at(self._next_start_s, self._resume)
            return False
        behind_s = now_s - MAX_BEHIND_S
        self._next_start_s = max(self._next_start_s, behind_s) + self._start_every_s
        return True

    def _resume(self) -> None:
        self._timer = None
        self._start()

    async def _run(self, target: ProbeTarget) -> None:
        try:
            self._finished.append(await self._look(target))
            self._news.set()
        except BaseException:
            self._known.discard(target.camera_id)
            raise

    def _ended(self, upstream: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._sessions[upstream] -= 1
        if not self._sessions[upstream]:
            del self._sessions[upstream]
        if not task.cancelled() and (error := task.exception()):
            log.error("a look broke off: %r", error, exc_info=error)
            self._news.set()
        self._make_ready(upstream)
        self._start()
