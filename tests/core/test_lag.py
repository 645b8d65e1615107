"""How late the loop ran, by ticks at given times."""

from __future__ import annotations

import pytest

from probes.lag import OVERLOAD_LAG_S, TICK_S, LagTracker


def tracker(*ticks_s: float) -> LagTracker:
    found = LagTracker()
    for at_s in ticks_s:
        found.tick(at_s)
    return found


STEADY = [0.0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("ticks_s", "since_s", "now_s", "worst_s"),
    [
        pytest.param([], 0.0, 9.0, 0.0, id="nobody ticks"),
        pytest.param(STEADY, 0.0, 0.35, 0.0, id="on time"),
        pytest.param([*STEADY, 2.4], 0.0, 2.4, 2.0, id="stood still"),
        pytest.param([*STEADY, 2.4], 1.4, 2.4, 1.0, id="began before the look"),
        pytest.param([*STEADY, 2.4], 2.5, 2.5, 0.0, id="ended before the look"),
        pytest.param(STEADY, 0.0, 2.4, 2.0, id="still standing"),
        pytest.param([*STEADY, 0.6], 0.0, 0.6, 0.0, id="a little late"),
    ],
)
def test_worst(ticks_s: list[float], since_s: float, now_s: float, worst_s: float) -> None:
    found = tracker(*ticks_s).worst_s(since_s, now_s)
    assert found == pytest.approx(worst_s, abs=1e-9)


def test_overload_bound() -> None:
    late_s = 0.3 + TICK_S + OVERLOAD_LAG_S
    assert not tracker(*STEADY).overloaded(0.0, late_s - 0.01)
    assert tracker(*STEADY).overloaded(0.0, late_s + 0.01)


def test_memory_is_bounded() -> None:
    found = tracker(*(float(second) for second in range(10_000)))
    assert found.worst_s(0.0, 9_999.0) == pytest.approx(1.0 - TICK_S)
