"""Metrics of cameras' picture histories, of the evidence that is kept, and of the closer looks:
bursts and readings of overlay text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client import Gauge, Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from camera_registry.pictures.vocabulary import BurstOutcome, EvidenceKind, ReadingOutcome
from probes.vocabulary import PictureSlot


class PictureFigures(Protocol):
    """What the wiring tells: pictures kept (number, bytes), slots learnt, pictures not kept."""

    @property
    def totals(self) -> Mapping[EvidenceKind, tuple[int, int]]: ...

    @property
    def dropped(self) -> int: ...

    @property
    def learnt_slots(self) -> Mapping[PictureSlot, int]: ...


class PictureMetrics(Collector):
    """Reads prepared figures; asks nobody."""

    def __init__(self, figures: PictureFigures) -> None:
        self._figures = figures
        self._bytes = Gauge(
            "xueliang_evidence_bytes", "Pictures kept as evidence.", ["what"], registry=None
        )
        self._frames = Gauge(
            "xueliang_evidence_pictures", "Pictures kept as evidence.", ["what"], registry=None
        )
        self._learnt = Gauge(
            "xueliang_picture_histories",
            "Cameras whose usual picture is learnt, by kind of picture.",
            ["slot"],
            registry=None,
        )

    def collect(self) -> Iterator[Metric]:
        for what, (count, size) in self._figures.totals.items():
            self._frames.labels(what.value).set(count)
            self._bytes.labels(what.value).set(size)
        for slot, learnt in self._figures.learnt_slots.items():
            self._learnt.labels(slot.value).set(learnt)
        dropped = CounterMetricFamily(
            "xueliang_evidence_dropped", "Pictures that could not be kept."
        )
        dropped.add_metric([], self._figures.dropped)
        for gauge in (self._bytes, self._frames, self._learnt):
            yield from gauge.collect()
        yield dropped


class CloserLookMetrics(Collector):
    """What became of bursts and of readings of overlay text, as the wiring has counted them."""

    def __init__(
        self, bursts: Mapping[BurstOutcome, int], readings: Mapping[ReadingOutcome, int]
    ) -> None:
        self._bursts = bursts
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        bursts = CounterMetricFamily(
            "xueliang_bursts",
            "Looks that were to stay for a burst of pictures, by what it told.",
            labels=["outcome"],
        )
        for burst in BurstOutcome:
            bursts.add_metric([burst.value], self._bursts.get(burst, 0))
        readings = CounterMetricFamily(
            "xueliang_overlay_readings", "Readings of overlay text.", labels=["outcome"]
        )
        for reading in ReadingOutcome:
            readings.add_metric([reading.value], self._readings.get(reading, 0))
        yield from (bursts, readings)
