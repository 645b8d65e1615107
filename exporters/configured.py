"""What the rules of alerts must know of the configuration, as metrics: so a setting stands in one
place, and a rule that compares with it needs no number of its own."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Gauge, Metric
from prometheus_client.registry import Collector


class Configured(Collector):
    """`alerting_way` is who tells the crews, `sweep_every_s` the period of a sweep."""

    def __init__(self, *, alerting_way: str, sweep_every_s: float) -> None:
        self._way = Gauge(
            "xueliang_alerting_info",
            "Who tells the crews of incidents, as its label tells; always 1.",
            ["way"],
            registry=None,
        )
        self._period = Gauge(
            "xueliang_sweep_period_seconds",
            "How often every camera is to be looked at.",
            registry=None,
        )
        self._way.labels(alerting_way).set(1)
        self._period.set(sweep_every_s)

    def collect(self) -> Iterator[Metric]:
        yield from self._way.collect()
        yield from self._period.collect()
