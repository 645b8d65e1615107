"""`/metrics`: the fleet's families from a view, and what the probes count while they run, in the
Prometheus text format and in OpenMetrics as the scraper's Accept header asks.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric
from prometheus_client.exposition import choose_encoder, gzip_accepted
from prometheus_client.registry import Collector

from camera_registry.read_model import FleetView
from exporters.fleet_metrics import fleet_text
from probes.reasons import REASONS
from probes.vocabulary import ProbeResult, Stage, Verdict

# From a LAN's round trip to the whole budget of a look.
_STAGE_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
# zlib's fastest level: the text shrinks eightfold at a quarter of the default level's CPU.
_GZIP_LEVEL = 1
_GZIP_FRAME = 16 + zlib.MAX_WBITS


class ProbeMetrics(Collector):
    """Counters of looks and gauges of sweeps. The sweep gauges are absent until one is done.

    All series with closed label sets exist from the start, at zero, so that a first failure shows
    as an increase.
    """

    def __init__(self) -> None:
        probes = Counter(
            "xueliang_probes", "Looks at cameras, by verdict.", ["verdict"], registry=None
        )
        failures = Counter(
            "xueliang_probe_failures",
            "Looks that failed, by where, why and whose fault it is.",
            ["stage", "reason", "blame"],
            registry=None,
        )
        stages = Histogram(
            "xueliang_probe_stage_seconds",
            "Time that a look spent in a stage.",
            ["stage"],
            buckets=_STAGE_BUCKETS_S,
            registry=None,
        )
        self._by_verdict = {verdict: probes.labels(verdict.value) for verdict in Verdict}
        self._by_reason = {
            key: failures.labels(row.stage.value, row.name, row.blame.value)
            for key, row in REASONS.items()
        }
        self._by_stage = {stage: stages.labels(stage.value) for stage in Stage}
        self._duration = Gauge(
            "xueliang_sweep_duration_seconds", "How long the last whole sweep took.", registry=None
        )
        self._completed = Gauge(
            "xueliang_sweep_last_completed_timestamp_seconds",
            "When the last whole sweep was done, in Unix time.",
            registry=None,
        )
        self._looks = (probes, failures, stages)
        self._swept = False

    def record(self, result: ProbeResult) -> None:
        """Count one look."""
        self._by_verdict[result.verdict].inc()
        failures = {(f.stage, f.reason) for f in (result.failure, result.onvif_failure) if f}
        for key in failures:
            self._by_reason[key].inc()
        for stage, seconds in result.stages.items():
            self._by_stage[stage].observe(seconds)

    def sweep_done(self, duration_s: float, at: datetime) -> None:
        """Note that a whole sweep was done."""
        self._duration.set(duration_s)
        self._completed.set(at.timestamp())
        self._swept = True

    def collect(self) -> Iterator[Metric]:
        sweeps = (self._duration, self._completed) if self._swept else ()
        for metric in (*self._looks, *sweeps):
            for family in metric.collect():
                # The `_created` series double the counters and tell nothing that we use.
                kept = [s for s in family.samples if not s.name.endswith("_created")]
                family.samples = kept
                yield family


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An answer to a scrape; `encoding` is a Content-Encoding or None."""

    body: bytes
    content_type: str
    encoding: str | None


class _Prepared:
    """A view's text, and its gzip stream halted at the end, to be continued for each scrape."""

    def __init__(self, view: FleetView | None) -> None:
        self.view = view
        self.plain = fleet_text(view).encode() if view else b""
        self._gzip_head: bytes | None = None
        self._gzip = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_FRAME)

    def gzip(self, tail: bytes) -> bytes:
        if self._gzip_head is None:
            self._gzip_head = self._gzip.compress(self.plain) + self._gzip.flush(zlib.Z_SYNC_FLUSH)
        rest = self._gzip.copy()
        return self._gzip_head + rest.compress(tail) + rest.flush()


class Exposition:
    """Renders `/metrics`; the fleet's part is made once for each view. Threads may call it."""

    def __init__(self, probes: ProbeMetrics, others: Iterable[Collector] = ()) -> None:
        self._registry = CollectorRegistry()
        for collector in (probes, *others):
            self._registry.register(collector)
        self._prepared = _Prepared(None)
        self._lock = threading.Lock()

    def render(self, view: FleetView | None, accept: str, accept_encoding: str) -> Rendered:
        """The answer to a scrape with these two headers."""
        encoder, content_type = choose_encoder(accept)
        live = encoder(self._registry)
        with self._lock:
            if self._prepared.view is not view:
                self._prepared = _Prepared(view)
            if gzip_accepted(accept_encoding):
                body, encoding = self._prepared.gzip(live), "gzip"
            else:
                body, encoding = self._prepared.plain + live, None
        return Rendered(body=body, content_type=content_type, encoding=encoding)
