"""A day of a city as a Prometheus would have scraped it: the replay's city and truth, the program's
own rules and metrics, on a clock that jumps. What looks cost and what is kept is made up."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from benchmarks import made_up
from benchmarks.replay.city import BEGAN, City, city_of
from benchmarks.replay.play import crews_of
from benchmarks.replay.run import Run
from benchmarks.replay.truth import truth_of
from camera_registry.assessment.vocabulary import PeriodKind
from camera_registry.incidents.figures import RepairFigures, repair_figures
from camera_registry.outbox import Backlog
from camera_registry.pictures.vocabulary import EvidenceKind
from camera_registry.read_model import FleetView, build_view
from camera_registry.vocabulary import Status
from exporters.configured import Configured
from exporters.fleet_metrics import fleet_text
from exporters.metrics import ProbeMetrics
from exporters.notices.metrics import NoticeMetrics
from exporters.picture_metrics import PictureMetrics
from exporters.repair_metrics import RepairMetrics
from exporters.reports.metrics import ReportMetrics
from exporters.text_metrics import TextMetrics
from probes.vocabulary import PictureSlot
from tests.fleet.plan import plan_city
from xueliang.incident_rules import load_rules
from xueliang.settings import Settings

MINUTE = timedelta(minutes=1)
# Incidents, and repairs, of the day before are there when the day begins.
BEFORE = timedelta(hours=30)
# Blocks of a Prometheus are of two hours. The newest one has every series at every scrape; of the
# others, single cameras only every five minutes, and what boards read at single moments only not
# at all: a query would find none of it.
BLOCK = timedelta(hours=2)
COARSE = timedelta(minutes=5)
_MOMENTARY = (
    "xueliang_camera_longitude",
    "xueliang_camera_latitude",
    "xueliang_text_info",
    "xueliang_incident_info",
)
_SINGLE = ("xueliang_camera_", "xueliang_incident_")
# What a scrape adds, and Prometheus tells of itself.
_TARGET = 'instance="monitor:9464",job="xueliang"'
_OF_PROMETHEUS = (
    f"scrape_duration_seconds{{{_TARGET}}} 0.09",
    f"scrape_samples_scraped{{{_TARGET}}} 38000",
    'prometheus_notifications_queue_length{instance="127.0.0.1:9090",job="prometheus"} 0',
    'prometheus_rule_group_last_duration_seconds{instance="127.0.0.1:9090",job="prometheus",'
    'rule_group="/etc/prometheus/rules/recording.yml;xueliang-record-counts"} 0.004',
)
# Looks that stand for the looks of a minute, each so many times.
_SAMPLE, _TIMES = 140, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """Pictures that a city keeps, and slots that it has learnt."""

    totals: Mapping[EvidenceKind, tuple[int, int]]
    learnt_slots: Mapping[PictureSlot, int]
    dropped: int = 0


_KEPT = _Kept(
    totals={EvidenceKind.FAULT: (4_100, 66_000_000), EvidenceKind.REFERENCE: (6_700, 98_000_000)},
    learnt_slots={
        PictureSlot.DAY: 6_400,
        PictureSlot.NIGHT: 1_900,
        PictureSlot.INFRA_RED: 4_200,
    },
)


class Day:
    """`hours` of a city of so many points, and where its scrapes begin and end."""

    def __init__(self, points: int, hours: int, seed: int = 1) -> None:
        plan = plan_city(points, seed)
        city, wiring = city_of(points, seed)
        cameras = {
            camera.id: replace(camera, position=(point.longitude, point.latitude))
            for camera, point in zip(city.cameras.values(), plan.points, strict=True)
        }
        self.city = City(
            cameras=cameras, upstreams=city.upstreams, key_locations=city.key_locations
        )
        self.begin = BEGAN + BEFORE
        self.end = self.begin + timedelta(hours=hours)
        truth = truth_of(self.city, wiring, BEGAN, 3, seed)
        self._run = Run(
            self.city,
            truth,
            BEGAN,
            rules=load_rules(Settings()),
            crews=crews_of(self.city),
            seed=seed,
        )
        self._chance = random.Random(f"latency:{seed}")
        self._spent: dict[int, dict[Status, float]] = {one: {} for one in cameras}
        self._probes = ProbeMetrics()
        self._sampled = cycle(cameras)
        self._repairs: RepairFigures | None = None
        self._notices = NoticeMetrics()
        self._reports = ReportMetrics()
        self._registry = self._collectors()

    def write(self, folder: Path) -> list[Path]:
        """Files in the OpenMetrics format, one for each block, in the order of time."""
        files = []
        begin = self.begin
        while begin < self.end:
            path = folder / f"{begin:%d-%H}.txt"
            with path.open("w", encoding="utf-8") as file:
                for at in _minutes(begin, min(begin + BLOCK, self.end)):
                    file.writelines(self._scrape(at))
                file.write("# EOF\n")
            files.append(path)
            begin += BLOCK
        return files

    def _collectors(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        for collector in (
            self._probes,
            Configured(alerting_way="built_in", sweep_every_s=300.0),
            TextMetrics(),
            PictureMetrics(_KEPT),
            RepairMetrics(lambda: self._repairs),
            self._notices,
            self._reports,
        ):
            registry.register(collector)
        return registry

    def _scrape(self, at: datetime) -> Iterator[str]:
        """The lines of one scrape that queries can find."""
        newest = at >= self.end - BLOCK
        coarse = (at - self.begin) % COARSE == timedelta(0)
        self._look(at)
        if newest or coarse:
            outcomes = self._run.until(at)
            incidents = outcomes.incidents.values()
            month = timedelta(days=30)
            self._repairs = repair_figures(incidents, self.city.cameras, at - month, at)
            self._fleet = fleet_text(self._view(at)).splitlines()
        stamp = f" {at.timestamp():.0f}\n"
        yield from (f"{line}{stamp}" for line in _OF_PROMETHEUS)
        monitor = generate_latest(self._registry).decode().splitlines()
        for line in (*monitor, *self._fleet):
            if line.startswith("#"):
                continue
            if not newest and (
                line.startswith(_MOMENTARY) or (not coarse and line.startswith(_SINGLE))
            ):
                continue
            series, _, value = line.rpartition(" ")
            if series.endswith("}"):
                yield f"{series[:-1]},{_TARGET}}} {value}{stamp}"
            else:
                yield f"{series}{{{_TARGET}}} {value}{stamp}"

    def _look(self, at: datetime) -> None:
        ids = list(islice(self._sampled, _SAMPLE))
        for result in made_up.results(ids, at, at.minute):
            slow = self._chance.lognormvariate(0, 0.5)
            stages = {stage: spent * slow for stage, spent in result.stages.items()}
            for _ in range(_TIMES):
                self._probes.record(replace(result, stages=stages))
        if at.minute % 5 == 0:
            self._probes.sweep_done(self._chance.uniform(236, 262), at)
            self._notices.beaten(at)
            self._notices.show(Backlog(notices=0, messages=0, given_up=0, oldest_at=None))
            self._notices.count("sent", self._chance.randrange(3))
        if (at.hour, at.minute) == (16, 40) or at == self.begin:
            self._reports.made(PeriodKind.DAY, at)

    def _view(self, at: datetime) -> FleetView:
        states = {one: self._run.fleet[one] for one in self.city.cameras}
        for one, state in states.items():
            spent = self._spent[one]
            spent[state.status] = spent.get(state.status, 0.0) + COARSE.total_seconds()
        return build_view(
            self.city.cameras.values(),
            states,
            self.city.key_locations,
            self._spent,
            at,
            1,
            last_sweep_at=at,
            incidents=[one for one in self._run.outcomes.incidents.values() if one.open],
        )


def _minutes(begin: datetime, end: datetime) -> Iterator[datetime]:
    at = begin
    while at < end:
        yield at
        at += MINUTE
