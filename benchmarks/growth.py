"""Whether a point costs the same in a city, in ten and in a hundred.

`python -m benchmarks.growth POINTS` takes so many points through everything but the looks, which
are made up, and prints CPU microseconds a point for each step.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import made_up
from benchmarks.lines import Line, Sizes
from benchmarks.measured import ask
from camera_registry.archive import import_archive
from camera_registry.credentials import Vault
from camera_registry.database import Database, open_database
from camera_registry.migrations import upgrade
from camera_registry.read_model import build_view
from camera_registry.rollups import day_of
from camera_registry.store import cameras as camera_store
from camera_registry.store import health as health_store
from camera_registry.store import intervals as interval_store
from camera_registry.store import places as place_store
from camera_registry.vocabulary import HealthPolicy
from exporters.metrics import Exposition, ProbeMetrics
from probes.vocabulary import ProbeResult
from xueliang import collector
from xueliang.day_rollup import roll_up_day
from xueliang.fleet import Fleet, settle_results, sweep_progress
from xueliang.plan import Cadence, plan

SECTION = "growth"
STEPS = {
    "import": "import of the archive",
    "load": "registry load (cameras, states, places)",
    "plan_none": "planning, when nothing is due",
    "plan_all": "planning, when all are due",
    "health": "health step",
    "take_in": "taking results into the database",
    "rollup": "rollups of a day",
    "window": "sums of the trailing 24 hours",
    "view": "read model",
    "metrics": "/metrics",
}
FLAT = 1.2
METRICS_MS = 100.0
CITY = 6_980
# As many results as the runner lets wait go into one transaction at most.
PORTION = 1_024
SWEEPS = 3
CADENCE = Cadence(
    sweep_every=timedelta(minutes=5),
    spread=0.8,
    recheck=timedelta(seconds=25),
    onvif_every=timedelta(days=1),
)
POLICY = HealthPolicy()
# A morning in Shanghai, so that three sweeps lie within one day; a start of a period.
BEGIN = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
# Steps that change nothing are repeated so long, and the quickest counts. In the service other
# things happen in between: so that a small city's data is not found in the processor's caches
# from the time before, each repetition begins with other data there (more than any cache holds).
REPEAT_S = 0.5
OTHER_DATA_BYTES = 128 * 2**20


def lines(sizes: Sizes) -> Iterator[Line]:
    """Microseconds a point at each size, and the worst ratio to the smallest."""
    found = [ask("benchmarks.growth", points) for points in sizes.points]
    named = ", ".join(f"{points:,}" for points in sizes.points)
    for step, name in STEPS.items():
        costs = [one[step] for one in found]
        times = max(costs) / costs[0]
        yield Line(
            section=SECTION,
            what=f"{name}, at {named} points",
            measured=f"{', '.join(f'{cost:.1f}' for cost in costs)} µs a point: {times:.2f} times",
            goal=f"flat to {FLAT - 1:.0%}",
            met=times <= FLAT,
        )
    metrics_ms = found[0]["metrics"] * CITY / 1000
    yield Line(
        section=SECTION,
        what=f"/metrics for {CITY:,} points (all series drawn anew)",
        measured=f"{metrics_ms:.0f} ms",
        goal=f"under {METRICS_MS:.0f} ms",
        met=metrics_ms < METRICS_MS,
    )
    peaks = ", ".join(f"{one['peak_mib']:,.0f}" for one in found)
    yield Line(
        section=SECTION, what=f"peak memory of all of it, at {named}", measured=f"{peaks} MiB"
    )


class _Course:
    """The steps with what they hand on, and what each has cost."""

    def __init__(self, points: int, folder: Path) -> None:
        self._points = points
        self._folder = folder
        self._other_data = bytearray(OTHER_DATA_BYTES)
        self.costs: dict[str, float] = {}

    async def run(self) -> None:
        collector.relax()
        archive = self._folder / "archive.csv"
        made_up.write_archive(archive, self._points)
        async with _registry(self._folder) as database:
            await self._once(
                "import", lambda: import_archive(database, archive, who="bench", now=BEGIN)
            )
            fleet = await self._once("load", lambda: _load(database))
            collector.settle()
            await self._sweeps(database, fleet)
            await self._figures(database, fleet)

    async def _sweeps(self, database: Database, fleet: Fleet) -> None:
        ids = [camera.id for camera in fleet.checkable()]
        for sweep in range(SWEEPS):
            at = BEGIN + CADENCE.sweep_every * (sweep + 1)
            looks = list(made_up.results(ids, at, sweep))
            if sweep == SWEEPS - 1:
                self._best("health", partial(settle_results, fleet.states, looks, POLICY))
            await self._once("take_in", partial(_take_in, database, fleet, looks))
            del looks
            collector.settle()
        cameras = fleet.cameras.values()
        after = BEGIN + CADENCE.sweep_every * (SWEEPS + 1)
        within = after - timedelta(seconds=1)
        self._best("plan_none", lambda: plan(cameras, fleet.states, CADENCE, within))
        beyond = after + CADENCE.sweep_every - timedelta(seconds=1)
        self._best("plan_all", lambda: plan(cameras, fleet.states, CADENCE, beyond))

    async def _figures(self, database: Database, fleet: Fleet) -> None:
        now = BEGIN + timedelta(hours=1)
        await self._once("rollup", lambda: roll_up_day(database, day_of(now), now))
        seconds = await self._once(
            "window",
            lambda: interval_store.seconds_by_camera(database, now - timedelta(days=1), now),
        )
        cameras, places = fleet.cameras.values(), fleet.key_locations

        def draw() -> Any:
            return build_view(cameras, fleet.states, places, seconds, now, 1, towns=fleet.towns)

        self._best("view", lambda: (draw(), sweep_progress(fleet, now)))
        views = iter([draw() for _ in range(9)])
        exposition = Exposition(ProbeMetrics())
        self._best("metrics", lambda: exposition.render(next(views), "text/plain", ""), times=9)

    async def _once(self, step: str, work: Callable[[], Awaitable[Any]]) -> Any:
        begun_s = time.process_time()
        made = await work()
        self._note(step, time.process_time() - begun_s)
        return made

    def _best(self, step: str, work: Callable[[], Any], times: int = 20) -> None:
        spent_s = 0.0
        while times and (step not in self.costs or spent_s < REPEAT_S):
            self._other_data[:] = self._other_data[::-1]
            begun_s = time.process_time()
            work()
            one_s = time.process_time() - begun_s
            self._note(step, one_s)
            spent_s, times = spent_s + one_s, times - 1

    def _note(self, step: str, spent_s: float) -> None:
        cost = spent_s / self._points * 1e6
        self.costs[step] = min(cost, self.costs.get(step, cost))


@asynccontextmanager
async def _registry(folder: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{folder / 'registry.db'}"
    await upgrade(url)
    database = open_database(url, vault=Vault.from_file(folder / "key"))
    try:
        yield database
    finally:
        await database.close()


async def _load(database: Database) -> Fleet:
    cameras = await camera_store.load_all(database)
    return Fleet(
        cameras={camera.id: camera for camera in cameras},
        key_locations=await place_store.load_key_locations(database),
        towns=tuple(town.name for town in await place_store.load_towns(database)),
        states=await health_store.load_states(database),
    )


async def _take_in(database: Database, fleet: Fleet, looks: list[ProbeResult]) -> None:
    for first in range(0, len(looks), PORTION):
        portion = looks[first : first + PORTION]
        settled = settle_results(fleet.states, portion, POLICY)
        await health_store.take_in(
            database, portion, states=settled.states, transitions=settled.transitions
        )
        fleet.states.update((state.camera_id, state) for state in settled.states)


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="xueliang-bench-") as name:
        course = _Course(int(sys.argv[1]), Path(name))
        asyncio.run(course.run())
    print(json.dumps({**course.costs, "peak_mib": _peak_mib()}))


if __name__ == "__main__":
    main()
