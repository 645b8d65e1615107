"""What `/metrics` tells of notices: how many went out, how many could not, what still waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import Counter, Gauge, Metric
from prometheus_client.registry import Collector

from camera_registry.outbox import Backlog

# `retried` counts attempts to be repeated, the others messages or notices that are done with.
OUTCOMES = ("sent", "retried", "given_up", "moot", "unaddressed")


class NoticeMetrics(Collector):
    """Counters of what was told, and gauges of what waits."""

    def __init__(self) -> None:
        self._outcomes = Counter(
            "xueliang_notices",
            "Messages sent, retried and given up; notices moot (over before anybody was told) and "
            "unaddressed (no crew is there for them).",
            ["outcome"],
            registry=None,
        )
        self._waiting = Gauge(
            "xueliang_notices_waiting",
            "Notices not in a message yet, and messages not delivered yet.",
            ["what"],
            registry=None,
        )
        self._given_up = Gauge(
            "xueliang_notices_given_up",
            "Messages given up in the last 24 hours: somebody was not told.",
            registry=None,
        )
        self._oldest = Gauge(
            "xueliang_notices_oldest_timestamp_seconds",
            "When the oldest message not delivered yet was made, in Unix time.",
            registry=None,
        )
        self._heartbeat = Gauge(
            "xueliang_heartbeat_last_success_timestamp_seconds",
            "When the heartbeat's address last answered, in Unix time.",
            registry=None,
        )
        self._has_oldest = self._has_beaten = self._has_backlog = False
        for outcome in OUTCOMES:
            self._outcomes.labels(outcome)

    def count(self, outcome: str, number: int = 1) -> None:
        """Counts one of `OUTCOMES`."""
        self._outcomes.labels(outcome).inc(number)

    def show(self, backlog: Backlog) -> None:
        """Takes what the outbox holds now."""
        self._waiting.labels("notices").set(backlog.notices)
        self._waiting.labels("messages").set(backlog.messages)
        self._given_up.set(backlog.given_up)
        self._has_oldest = backlog.oldest_at is not None
        if backlog.oldest_at is not None:
            self._oldest.set(backlog.oldest_at.timestamp())
        self._has_backlog = True

    def beaten(self, at: datetime) -> None:
        """Notes that the heartbeat was heard."""
        self._heartbeat.set(at.timestamp())
        self._has_beaten = True

    def collect(self) -> Iterator[Metric]:
        shown: list[Counter | Gauge] = [self._outcomes]
        shown += [self._waiting, self._given_up] if self._has_backlog else []
        shown += [self._oldest] if self._has_oldest else []
        shown += [self._heartbeat] if self._has_beaten else []
        for metric in shown:
            for family in metric.collect():
                family.samples = [s for s in family.samples if not s.name.endswith("_created")]
                yield family
