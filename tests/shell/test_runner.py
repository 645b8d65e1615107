"""The runner's bounds, with looks whose end the test decides."""

import asyncio
import math
from collections import Counter
from datetime import UTC, datetime

import pytest

from probes.runner import Runner
from probes.vocabulary import Batch, ProbeResult, ProbeTarget, Verdict

AT = datetime(2026, 5, 1, tzinfo=UTC)


class Looks:
    """Looks that stay until they are let go, and count who is there."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.now: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self.torn_down = 0

    async def __call__(self, target: ProbeTarget) -> ProbeResult:
        for key in ("all", target.upstream or "", target.camera_id):
            self.now[key] += 1
            self.peak[key] = max(self.peak[key], self.now[key])
        try:
            await self.gate.wait()
        finally:
            self.torn_down += 1
            self.now.subtract(["all", target.upstream or "", target.camera_id])
        return ProbeResult(camera_id=target.camera_id, started_at=AT, verdict=Verdict.OK)


def batch(upstream: str, count: int) -> Batch:
    targets = (ProbeTarget(camera_id=f"{upstream}-{i}", upstream=upstream) for i in range(count))
    return Batch(upstream=upstream, targets=tuple(targets))


async def drain(runner: Runner) -> list[ProbeResult]:
    results: list[ProbeResult] = []
    while runner.pending:
        results += await runner.results(wait_s=5)
    return results + await runner.results(wait_s=0)


async def test_bounds_hold_and_every_target_comes_back() -> None:
    looks = Looks()
    async with Runner(looks, concurrency=10, starts_per_s=math.inf, per_upstream=3) as runner:
        for upstream in ("a", "b", "c", "d", "e"):
            assert runner.offer(batch(upstream, 20)) == 20
        await asyncio.sleep(0)
        assert runner.running == 10
        looks.gate.set()
        results = await drain(runner)
    assert len({result.camera_id for result in results}) == len(results) == 100
    assert looks.peak["all"] == 10
    assert all(looks.peak[upstream] <= 3 for upstream in "abcde")


async def test_a_camera_waits_or_runs_only_once() -> None:
    looks = Looks()
    async with Runner(looks, concurrency=10, starts_per_s=math.inf, per_upstream=1) as runner:
        assert runner.offer(batch("a", 2)) == 2
        await asyncio.sleep(0)
        assert runner.offer(batch("a", 3)) == 1
        looks.gate.set()
        assert len(await drain(runner)) == 3
    assert looks.peak["a-0"] == 1


async def test_a_camera_is_held_until_its_result_is_fetched() -> None:
    """While a database is away the plan does not know of it: no look after look meanwhile."""
    looks = Looks()
    looks.gate.set()
    async with Runner(looks, concurrency=9, starts_per_s=math.inf, per_upstream=9) as runner:
        runner.offer(batch("a", 1))
        while not runner.unfetched:
            await asyncio.sleep(0)
        assert runner.holds("a-0")
        assert runner.offer(batch("a", 1)) == 0
        assert len(await runner.results(wait_s=1)) == 1
        assert not runner.holds("a-0")
        assert runner.offer(batch("a", 1)) == 1


async def test_a_busy_upstream_does_not_hold_up_the_others() -> None:
    looks = Looks()
    async with Runner(looks, concurrency=4, starts_per_s=math.inf, per_upstream=1) as runner:
        runner.offer(batch("slow", 50))
        runner.offer(batch("b", 1))
        await asyncio.sleep(0)
        assert looks.now["b-0"] == 1


async def test_closing_tears_down_every_session() -> None:
    looks = Looks()
    async with Runner(looks, concurrency=4, starts_per_s=math.inf, per_upstream=4) as runner:
        runner.offer(batch("a", 9))
        await asyncio.sleep(0)
    assert looks.torn_down == 4


async def test_waiting_for_results_is_bounded() -> None:
    async with Runner(Looks(), concurrency=1, starts_per_s=math.inf, per_upstream=1) as runner:
        assert await runner.results(wait_s=0.01) == []


async def test_results_that_come_together_are_given_out_together() -> None:
    ends = {f"a-{number}": asyncio.Event() for number in range(3)}

    async def waits(target: ProbeTarget) -> ProbeResult:
        await ends[target.camera_id].wait()
        return ProbeResult(camera_id=target.camera_id, started_at=AT, verdict=Verdict.OK)

    async with Runner(
        waits, concurrency=3, starts_per_s=math.inf, per_upstream=3, gather_s=0.05
    ) as runner:
        runner.offer(batch("a", 3))
        fetching = asyncio.create_task(runner.results(wait_s=5))
        ends["a-0"].set()
        for _ in range(9):
            await asyncio.sleep(0)
        assert not fetching.done()
        ends["a-1"].set()
        assert {result.camera_id for result in await fetching} == {"a-0", "a-1"}
        ends["a-2"].set()
        assert len(await runner.results(wait_s=5)) == 1


async def test_a_look_that_breaks_off_frees_its_place(caplog: pytest.LogCaptureFixture) -> None:
    async def breaks(target: ProbeTarget) -> ProbeResult:
        raise RuntimeError(target.camera_id)

    async with Runner(breaks, concurrency=1, starts_per_s=math.inf, per_upstream=1) as runner:
        runner.offer(batch("a", 2))
        while runner.pending:
            await runner.results(wait_s=1)
    assert len([r for r in caplog.records if "broke off" in r.message]) == 2


async def test_congestion_behind_the_looks_holds_new_ones_back_but_never_all() -> None:
    looks = Looks()
    async with Runner(
        looks, concurrency=9, starts_per_s=math.inf, per_upstream=9, congested=lambda: True
    ) as runner:
        runner.offer(batch("a", 3))
        await asyncio.sleep(0)
        assert runner.running == 1
        looks.gate.set()
        assert len(await drain(runner)) == 3
    assert looks.peak["all"] == 1


async def test_the_longest_waiting_goes_first_and_second_looks_before_all() -> None:
    order: list[str] = []

    async def note(target: ProbeTarget) -> ProbeResult:
        order.append(target.camera_id)
        await asyncio.sleep(0)
        return ProbeResult(camera_id=target.camera_id, started_at=AT, verdict=Verdict.OK)

    async with Runner(note, concurrency=1, starts_per_s=math.inf, per_upstream=1) as runner:
        runner.offer(batch("recorder", 3))
        runner.offer(batch("b", 1))
        again = ProbeTarget(camera_id="again", upstream="c")
        runner.offer(Batch(upstream="c", urgent=True, targets=(again,)))
        await drain(runner)
    assert order == ["recorder-0", "again", "recorder-1", "recorder-2", "b-0"]


async def test_starts_are_spread_even_when_much_is_due_at_once() -> None:
    looks = Looks()
    async with Runner(looks, concurrency=99, per_upstream=99, starts_per_s=50) as runner:
        runner.offer(batch("a", 9))
        await asyncio.sleep(0)
        at_once = runner.running
        looks.gate.set()
        started_s = asyncio.get_running_loop().time()
        assert len(await drain(runner)) == 9
        spent_s = asyncio.get_running_loop().time() - started_s
    assert at_once <= 4
    assert spent_s >= (9 - at_once - 1) / 50
