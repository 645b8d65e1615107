"""How late the loop ran, by ticks at given times."""

from __future__ import annotations

import pytest

from probes.lag import OVERLOAD_S, TICK_S, LagTracker


def tracker(*ticks_s: float) -> LagTracker:
    found = LagTracker()
    for at_s in ticks_s:
        found.tick(at_s)
    return found


STEADY = [0.0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("ticks_s", "since_s", "now_s", "stalled_s"),
    [
        pytest.param([], 0.0, 9.0, 0.0, id="nobody ticks"),
        pytest.param(STEADY, 0.0, 0.35, 0.0, id="on time"),
        pytest.param([*STEADY, 2.4], 0.0, 2.4, 2.0, id="stood still"),
        pytest.param([*STEADY, 2.4], 1.4, 2.4, 1.0, id="began before the look"),
        pytest.param([*STEADY, 2.4], 2.5, 2.5, 0.0, id="ended before the look"),
        pytest.param(STEADY, 0.0, 2.4, 2.0, id="still standing"),
        pytest.param([*STEADY, 0.6], 0.0, 0.6, 0.0, id="a little late"),
        pytest.param([*STEADY, 1.4, 2.5], 0.0, 2.5, 2.0, id="stood still twice"),
    ],
)
def test_stalled(ticks_s: list[float], since_s: float, now_s: float, stalled_s: float) -> None:
    found = tracker(*ticks_s).stalled_s(since_s, now_s)
    assert found == pytest.approx(stalled_s, abs=1e-9)


@pytest.mark.parametrize(
    ("now_s", "overloaded"),
    [
        pytest.param(0.4 + OVERLOAD_S - 0.01, False, id="too short to tell"),
        pytest.param(0.4 + OVERLOAD_S + 0.01, True, id="most of the look"),
    ],
)
def test_a_standstill_that_goes_on(now_s: float, overloaded: bool) -> None:
    assert tracker(*STEADY).overloaded(0.0, now_s) is overloaded


@pytest.mark.parametrize(("ticks_after", "overloaded"), [(14, True), (18, False)])
def test_a_look_that_was_left_half_of_its_time(ticks_after: int, overloaded: bool) -> None:
    on_time = [2.4 + TICK_S * number for number in range(ticks_after + 1)]
    assert tracker(*STEADY, *on_time).overloaded(0.0, on_time[-1]) is overloaded


def test_memory_is_bounded() -> None:
    found = tracker(*(float(second) for second in range(10_000)))
    assert found.stalled_s(0.0, 9_999.0) == pytest.approx(64 * (1.0 - TICK_S))
