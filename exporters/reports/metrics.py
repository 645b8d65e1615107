"""What `/metrics` tells of reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import Counter, Gauge, Metric
from prometheus_client.registry import Collector

from camera_registry.assessment.vocabulary import PeriodKind


class ReportMetrics(Collector):
    """When a report of each period was last made, and how many could not be made or sent."""

    def __init__(self) -> None:
        self._made = Gauge(
            "xueliang_report_last_success_timestamp_seconds",
            "When a report of this period was last made, in Unix time.",
            ["period"],
            registry=None,
        )
        self._failures = Counter(
            "xueliang_report_failures",
            "Reports that could not be made (make) or sent (send).",
            ["step"],
            registry=None,
        )
        for step in ("make", "send"):
            self._failures.labels(step)

    def made(self, kind: PeriodKind, at: datetime) -> None:
        """Notes a report that is whole on disk."""
        self._made.labels(kind.value).set(at.timestamp())

    def failed(self, step: str) -> None:
        """Counts one that could not be made or sent."""
        self._failures.labels(step).inc()

    def collect(self) -> Iterator[Metric]:
        for metric in (self._made, self._failures):
            for family in metric.collect():
                family.samples = [s for s in family.samples if not s.name.endswith("_created")]
                yield family
