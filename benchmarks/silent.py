"""A tenth of the cameras hang, and the others are not to notice.

`python -m benchmarks.silent FOLDER TIMEOUT_S` looks once at every camera of a city, as the
service does, and prints how long it took and how long each look did.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles

from benchmarks.cities import serving
from benchmarks.lines import Line, Sizes
from benchmarks.measured import ask
from benchmarks.ways import rows, targets
from probes.clock import SystemClock
from probes.runner import Runner
from probes.vocabulary import Budget, ProbeResult, ProbeTarget, Verdict
from tests.fleet.plan import CityPlan, Point
from tests.fleet.schedule import Entry
from xueliang.looks import open_looks
from xueliang.plan import batches

SECTION = "silent"
CONCURRENCY, PER_UPSTREAM = 256, 4
ONE_IN = 10
# The connect hangs; then the answer to SETUP comes a byte a second, or the picture does.
FAULTS = ("silent", "trickle", "trickle_key_frame")
# Two sweeps that do the same differ by so much on a machine that others use as well.
TOLERANCE = 1.15


def lines(sizes: Sizes) -> Iterator[Line]:
    """A sweep with a tenth of the cameras hanging, beside one without."""
    rounds = [_pair(sizes) for _ in range(sizes.rounds)]
    quiet_s = median(quiet["took_s"] for quiet, _ in rounds)
    took_s = median(hanging["took_s"] for _, hanging in rounds)
    bound_s = quiet_s + rounds[0][1]["hang_s"]
    hanging = round(rounds[0][1]["hanging"])
    yield Line(
        section=SECTION,
        what=f"a sweep of {sizes.silent_cameras} cameras, {hanging} of them hanging",
        measured=f"{took_s:.1f} s",
        goal=f"at most {bound_s:.1f} s: {quiet_s:.1f} s without them, {bound_s - quiet_s:.1f} s "
        f"by {sizes.timeout_s:g} s deadlines, {CONCURRENCY} at a time",
        met=took_s <= bound_s,
    )
    for key, name in (
        ("median_s", "median of the healthy looks"),
        ("p95_s", "95 % of the healthy looks took up to"),
        ("healthy_s", "the last healthy camera was judged after"),
    ):
        alone = median(quiet[key] for quiet, _ in rounds)
        beside = median(hanging[key] for _, hanging in rounds)
        yield Line(
            section=SECTION,
            what=f"{name}, without and with hanging ones",
            measured=f"{alone:.2f} s and {beside:.2f} s",
            goal=f"not delayed (up to {TOLERANCE - 1:.0%})",
            met=beside <= alone * TOLERANCE,
        )


def _pair(sizes: Sizes) -> tuple[dict[str, float], dict[str, float]]:
    found = []
    for faults in ((), FAULTS):
        with serving(
            sizes.silent_cameras,
            _known,
            gop_wait_s=0.2,
            faults=lambda plan, kinds=faults: _hang(plan, kinds),  # type: ignore[misc]
        ) as folder:
            found.append(ask("benchmarks.silent", folder, sizes.timeout_s))
    return found[0], found[1]


def _known(point: Point) -> Point:
    return replace(point, stream_known=True, administrative="在用")


def _hang(plan: CityPlan, kinds: tuple[str, ...]) -> Iterable[Entry]:
    """Every tenth camera, each in one of the ways; a recorder's channels do not hang together."""
    if not kinds:
        return
    for point, kind in zip(plan.points[::ONE_IN], cycle(kinds), strict=False):
        fault = "trickle" if kind == "silent" and point.recorder else kind
        yield Entry(subject=point.label, fault=fault)


async def _sweep(folder: Path, timeout_s: float) -> dict[str, float]:
    budget = Budget(total_s=timeout_s, connect_s=min(5.0, timeout_s / 3))
    clock = SystemClock()
    took: dict[str, float] = {}
    wanted = targets(folder, len(rows(folder)))
    async with open_looks(budget, clock) as means:

        async def timed(target: ProbeTarget) -> ProbeResult:
            begun_s = time.monotonic()
            result = await means.look(target)
            took[target.camera_id] = time.monotonic() - begun_s
            return result

        async with Runner(
            timed,
            concurrency=CONCURRENCY,
            per_upstream=PER_UPSTREAM,
            congested=means.congested,
        ) as runner:
            # The decoders start with the first looks; that is no part of a sweep.
            await _pass(runner, wanted[:16])
            took.clear()
            begun_s = time.monotonic()
            ended = await _pass(runner, wanted)
    hosts = {target.camera_id: target.upstream for target in wanted}
    judged = {one: at_s - begun_s for one, (verdict, at_s) in ended.items() if verdict}
    hanging = [one for one, (verdict, _) in ended.items() if not verdict]
    return {
        "took_s": max(at_s for _, at_s in ended.values()) - begun_s,
        "healthy_s": max(judged.values()),
        "median_s": median(took[one] for one in judged),
        "p95_s": quantiles((took[one] for one in judged), n=20)[-1],
        "hanging": len(hanging),
        "hang_s": _hang_s(Counter(hosts[one] for one in hanging), budget),
    }


async def _pass(runner: Runner, wanted: list[ProbeTarget]) -> dict[str, tuple[bool, float]]:
    """Whether each camera gave a picture, and when that was known."""
    for batch in batches(wanted):
        runner.offer(batch)
    ended: dict[str, tuple[bool, float]] = {}
    while len(ended) < len(wanted):
        for result in await runner.results(wait_s=1):
            seen = result.verdict in (Verdict.OK, Verdict.DEGRADED)
            ended[result.camera_id] = seen, time.monotonic()
    return ended


def _hang_s(by_host: Counter[str | None], budget: Budget) -> float:
    """What hanging cameras may add to a sweep: their deadlines shared out over the places, and
    the longest row of them that must wait for one another at one host (or one that came last)."""
    look_s = budget.total_s + budget.teardown_s
    rows_s = max(
        (math.ceil(count / PER_UPSTREAM) * look_s for count in by_host.values()), default=0
    )
    return by_host.total() * look_s / CONCURRENCY + rows_s


def main() -> None:
    folder, timeout_s = sys.argv[1:]
    print(json.dumps(asyncio.run(_sweep(Path(folder), float(timeout_s)))))


if __name__ == "__main__":
    main()
