"""The running service: results come in, the plan goes out, and one read model is kept fresh.

The methods here only carry values between the pure parts (plan, settlement, read model) and the
shells (runner, store). What is in memory changes after the database has taken it, so a process
killed at any moment resumes from what it had really recorded.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from camera_registry.database import Database, DatabaseUnreachableError
from camera_registry.own_network import (
    NetworkPolicy,
    RecentOutcomes,
    excused,
    is_excusable,
    outcome,
)
from camera_registry.read_model import FleetView, build_view
from camera_registry.rollups import day_of
from camera_registry.store import anchors as anchor_store
from camera_registry.store import cameras as camera_store
from camera_registry.store import changes as change_store
from camera_registry.store import health as health_store
from camera_registry.store import intervals as interval_store
from camera_registry.store import late as late_store
from camera_registry.store import places as place_store
from camera_registry.store import platform as platform_store
from camera_registry.store import prune as prune_store
from camera_registry.store import rollups as rollup_store
from camera_registry.store import runs as run_store
from camera_registry.store import sweeps as sweep_store
from camera_registry.vocabulary import Status
from exporters.metrics import ProbeMetrics
from exporters.web import Readiness
from probes.clock import Clock
from probes.runner import Runner
from probes.vocabulary import ProbeResult, Verdict
from xueliang import collector
from xueliang.day_rollup import roll_up_day
from xueliang.duty import Duty
from xueliang.fleet import (
    Fleet,
    Settlement,
    SweepLedger,
    settle_administration,
    settle_results,
    settle_time,
)
from xueliang.incident_rules import HealthTable
from xueliang.pictures import Pictures
from xueliang.plan import Cadence, plan
from xueliang.settings import Settings

log = logging.getLogger(__name__)

# The figures of the trailing day (在线率).
WINDOW = timedelta(hours=24)
# A database that went away is asked again at this pace; results wait meanwhile.
RETRY_S = 5.0
# How long a stop waits for a job that is writing; what comes later is cut off, and the database
# keeps all of a transaction or nothing.
STOP_S = 10.0
# A sweep may take its period and, where cameras are slow, once more; later is late.
LATE_SWEEPS = 2


class Service:
    """The state of the running program and the steps that its schedule calls."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        runner: Runner,
        metrics: ProbeMetrics,
        clock: Clock,
        pictures: Pictures,
        duty: Duty,
        damping: HealthTable,
    ) -> None:
        schedule = settings.schedule
        self.fleet = Fleet()
        self.runner = runner
        self.metrics = metrics
        self.clock = clock
        self.pictures = pictures
        self.duty = duty
        self.view: FleetView | None = None
        self._settings = settings
        self._database = database
        self._damping = damping
        self._policy = damping.default
        self._cadence = Cadence(
            sweep_every=timedelta(seconds=schedule.sweep_every_s),
            spread=schedule.spread,
            recheck=self._policy.recheck,
            onvif_every=timedelta(seconds=schedule.onvif_every_s),
            picture_every=schedule.picture_every,
        )
        self._platform_hold = timedelta(seconds=settings.platform.hold_s)
        self._started_at = clock.now()
        self._ledger = SweepLedger(self._cadence.sweep_every, self._started_at)
        self._swept: Counter[Verdict] = Counter()
        self._last_sweep_at: datetime | None = None
        self._anchored_at: datetime | None = None
        self.recent = RecentOutcomes(NetworkPolicy())
        self._window_seconds: Mapping[int, Mapping[Status, float]] = {}
        self._revision: int | None = None
        self._run_id: int | None = None
        self._generation = 0
        self._unreachable: str | None = None
        self._in_hand: frozenset[str] = frozenset()
        # Results, lapsing evidence and the archive's changes all move states: one at a time.
        self._moving = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._at_work: set[asyncio.Future[None]] = set()

    # Coming and going

    async def load(self) -> None:
        """Reads the registry and draws a first picture of it."""
        await self.pictures.load()
        await self.refresh_registry()
        await self.refresh_window()
        await self.refresh_view()

    async def resume(self) -> None:
        """Takes up where the last run stopped; what happened in between is known to nobody."""
        before = await run_store.last(self._database)
        if before is not None:
            log.info("the last run was seen at %s", before.last_beat_at.isoformat())
        last = await sweep_store.last_finished(self._database)
        self._last_sweep_at = last.finished_at if last else None
        self._run_id = await run_store.start(self._database, self._started_at)
        await self.load()
        await self.roll_up()

    async def stop(self) -> None:
        """Lets what is under way come to its end, and notes that this run ends in good order."""
        self._stopping.set()
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=STOP_S)
        if (run_id := self._run_id) is not None:
            await self.attempt(self.pictures.keep, "what was learnt of pictures")
            now = self.clock.now()
            await self.attempt(lambda: run_store.stop(self._database, run_id, now), "the last note")

    async def attempt(self, job: Callable[[], Awaitable[None]], name: str) -> None:
        """Does a scheduled job; with the database away it is left to its next turn."""
        work = asyncio.ensure_future(job())
        self._at_work.add(work)
        try:
            await work
        except DatabaseUnreachableError as error:
            self._unreachable = str(error)
            log.warning("%s is left for later: %s", name, error)
        finally:
            self._at_work.discard(work)

    # Looks

    async def tick(self) -> None:
        """Plans what is due and hands it to the runner; notes a sweep that is complete."""
        now = self.clock.now()
        idle = (c for c in self.fleet.cameras.values() if not self._is_under_way(str(c.id)))
        for batch in plan(
            idle,
            self.fleet.states,
            self._cadence,
            now,
            picture_stream=self._settings.probe.picture_stream,
            tls_verify=self._settings.probe.tls_verify,
            context=self.pictures.context,
            bursts=self.pictures.bursts.due(len(self.fleet.cameras), now),
        ):
            self.pictures.bursts.asked(batch)
            self.runner.offer(batch)
        done = self._ledger.advance(self.fleet, now)
        if done is not None:
            counts, self._swept = self._swept, Counter()
            self.metrics.sweep_done(done.duration_s, done.completed_at)
            self._last_sweep_at = done.completed_at
            sweep_id = await sweep_store.begin(self._database, done.began_at)
            await sweep_store.finish(self._database, sweep_id, done.completed_at, counts)
            collector.settle()

    async def take_in_results(self) -> None:
        """Takes results in as they come, until the service stops. While the database is away
        they wait, and the runner starts no more looks than it can keep."""
        while not self._stopping.is_set():
            results = await self.runner.results(wait_s=1.0)
            self._in_hand = frozenset(result.camera_id for result in results)
            while results and not await self._taken_in(results):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), RETRY_S)
            self._in_hand = frozenset()

    def _is_under_way(self, camera_id: str) -> bool:
        """Whether a look is not yet in the states by which the plan tells what is due."""
        return camera_id in self._in_hand or self.runner.holds(camera_id)

    async def _taken_in(self, results: Sequence[ProbeResult]) -> bool:
        try:
            await self.take_in(results)
        except DatabaseUnreachableError as error:
            self._unreachable = str(error)
            log.warning("%d results wait: %s", len(results), error)
            return self._stopping.is_set()
        return True

    async def take_in(self, results: Sequence[ProbeResult]) -> Sequence[ProbeResult]:
        """Records looks and what they change; gives them back as judged (a look that our own
        network spoilt has become unknown).

        Raises:
            DatabaseUnreachableError: not all was recorded; the same are to be taken in again.
        """
        judged = self._judged(results)
        async with self._moving:
            before = {int(look.camera_id): self.fleet.state(look) for look in judged}
            settled = settle_results(
                self.fleet.states, judged, self._policy, self._anchored_at, self.fleet.policies
            )
            in_order = [look for look in judged if int(look.camera_id) not in settled.late]
            await self._record(settled, in_order)
            await self._record_late(settled.late, judged)
            self.pictures.taken_in(in_order, before, self.fleet.states)
        for result in judged:
            self.metrics.record(result)
            self._swept[result.verdict] += 1
        return judged

    def _judged(self, results: Iterable[ProbeResult]) -> list[ProbeResult]:
        known = [result for result in results if int(result.camera_id) in self.fleet.cameras]
        for result in known:
            camera = self.fleet.cameras[int(result.camera_id)]
            state = self.fleet.states.get(camera.id)
            was_offline = state is not None and state.status is Status.OFFLINE
            seen = outcome(result, camera.town, was_offline=was_offline)
            if seen is not None:
                self.recent.add(seen)
        ours = [
            excused(result)
            if is_excusable(result.failure) and self.recent.ours(result.started_at)
            else result
            for result in known
        ]
        return self.pictures.judged(ours, self.fleet.cameras, self.fleet.states)

    async def _record(self, settled: Settlement, results: Sequence[ProbeResult] = ()) -> None:
        if not (results or settled.states):
            return
        await health_store.take_in(
            self._database, results, states=settled.states, transitions=settled.transitions
        )
        self._unreachable = None
        for state in settled.states:
            self.fleet.states[state.camera_id] = state

    async def _record_late(self, cameras: Iterable[int], results: Sequence[ProbeResult]) -> None:
        """Puts looks in their place of the history where it was written past them already."""
        until = self._results_in_until()
        looks_of: dict[int, list[ProbeResult]] = {camera_id: [] for camera_id in cameras}
        for look in results if looks_of else ():
            if (camera_id := int(look.camera_id)) in looks_of:
                looks_of[camera_id].append(look)
        for camera_id, looks in looks_of.items():
            policy = self.fleet.policies.get(camera_id, self._policy)
            state = await late_store.take_in_late(
                self._database, camera_id, looks, policy, until=until
            )
            if state is not None:
                self.fleet.states[camera_id] = state

    def _results_in_until(self) -> datetime:
        return self.clock.now() - timedelta(seconds=self._settings.probe.timeout_s)

    # What is kept fresh

    async def refresh_registry(self) -> None:
        """Loads the cameras anew where the archive has changed, and does what it orders."""
        revision = await change_store.revision(self._database)
        self._unreachable = None
        moved = await self.duty.look_at_windows(self.clock.now())
        if revision == self._revision and not moved:
            return
        await self.pictures.refresh()
        cameras = await camera_store.load_all(self._database)
        key_locations = await place_store.load_key_locations(self._database)
        towns = await place_store.load_towns(self._database)
        now = self.clock.now()
        self.fleet.reported = await platform_store.load_reported(
            self._database, self._platform_hold, now
        )
        async with self._moving:
            self.fleet.states = await health_store.load_states(self._database)
            self.fleet.cameras = await self.duty.adopt(cameras, now)
            self.fleet.policies = self._damping.by_camera(cameras)
            rechecks = {one: policy.recheck for one, policy in self.fleet.policies.items()}
            self._cadence = replace(self._cadence, rechecks=rechecks)
            self.fleet.key_locations = key_locations
            self.fleet.towns = tuple(town.name for town in towns)
            await self._record(
                settle_administration(
                    self.fleet.cameras, self.fleet.states, self.clock.now(), self._policy
                )
            )
        self._revision = revision
        log.info("the registry holds %d cameras", len(cameras))

    async def refresh_window(self) -> None:
        """Sums up the trailing day, for the online rate and its observed share, and the repairs."""
        now = self.clock.now()
        self._window_seconds = await interval_store.seconds_by_camera(
            self._database, now - WINDOW, now
        )
        await self.duty.sum_up(now)
        if self._run_id is not None:
            await run_store.beat(self._database, self._run_id, now)

    async def refresh_view(self) -> None:
        """Lets old evidence lapse, then draws the picture that everything else reads."""
        now = self.clock.now()
        async with self._moving:
            until = self._results_in_until()
            await self._record(settle_time(self.fleet.states.values(), until, self._policy))
            await self.duty.turn(self.fleet.states, now)
        self._generation += 1
        self.view = build_view(
            self.fleet.cameras.values(),
            self.fleet.states,
            self.fleet.key_locations,
            self._window_seconds,
            now,
            self._generation,
            last_sweep_at=self._last_sweep_at,
            towns=self.fleet.towns,
            reported=self.fleet.reported_at(now, self._platform_hold),
            incidents=self.duty.open_incidents(),
            merged=self.duty.merged_incidents(),
            network_up=not self.recent.gone(now),
        )

    def readiness(self) -> Readiness:
        """Whether the database answers and sweeps are on time."""
        now = self.clock.now()
        last = max(self._last_sweep_at or self._started_at, self._started_at)
        reasons = [self._unreachable] if self._unreachable else []
        late = now - last > LATE_SWEEPS * self._cadence.sweep_every and self.fleet.checkable()
        if late:
            progress = self._ledger.progress
            reasons.append(
                f"the sweep is late: {progress.looked} of {progress.total} cameras looked at"
            )
        return Readiness(reasons=tuple(reasons), sweep_late=bool(late))

    # The day's chores

    async def roll_up(self) -> None:
        """Writes the rollups of today so far and of each day not yet written to its end."""
        today = day_of(self.clock.now())
        oldest = today - timedelta(days=self._settings.retention.raw_days - 1)
        last = await rollup_store.last_day(self._database)
        day = max(oldest, min(last or oldest, today - timedelta(days=1)))
        while day <= today:
            # Nothing moves meanwhile: a late look that came in between would be left out.
            async with self._moving:
                await roll_up_day(self._database, day, self.clock.now())
            day += timedelta(days=1)
        await self._anchor()

    async def _anchor(self) -> None:
        """Keeps the states once a day, for late looks to be replayed from."""
        async with self._moving:
            now = self.clock.now()
            anchored_at = self._anchored_at or await anchor_store.anchored_at(self._database)
            if anchored_at is None or day_of(anchored_at) < day_of(now):
                await anchor_store.keep_anchors(self._database, now)
                anchored_at = now
            self._anchored_at = anchored_at

    async def prune(self) -> None:
        """Deletes single looks older than they are to be kept."""
        await self._anchor()
        before = self.clock.now() - timedelta(days=self._settings.retention.raw_days)
        log.info("pruned %d looks", await prune_store.prune_raw(self._database, before))
        await self.pictures.let_go(self.clock.now())
        old = self.clock.now() - timedelta(days=self._settings.platform.keep_days)
        await platform_store.prune_reports(self._database, old)
