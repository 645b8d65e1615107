"""Metrics of our own clock, as the cameras see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from camera_registry.own_clock import OurClock


class OwnClockMetrics(Collector):
    """Asks what the cameras say of our clock; the offset is absent where they say nothing."""

    def __init__(self, ours: Callable[[], OurClock]) -> None:
        self._ours = ours

    def collect(self) -> Iterator[Metric]:
        ours = self._ours()
        yield GaugeMetricFamily(
            "xueliang_own_clock_trusted",
            "0 while nearly all cameras agree on another time: our clock is off, not theirs.",
            value=float(not ours.wrong),
        )
        ahead = GaugeMetricFamily(
            "xueliang_own_clock_ahead_seconds",
            "By how much our clock is ahead of what nearly all cameras agree on.",
        )
        if ours.ahead is not None:
            ahead.add_metric([], ours.ahead.total_seconds())
        yield ahead
