"""`xueliang serve`: the service, until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import click
from aiohttp import web
from apscheduler.triggers.interval import IntervalTrigger

from camera_registry.database import Database
from camera_registry.evidence_folder import EvidenceFolder
from camera_registry.pictures.overlay import OverlayPolicy
from camera_registry.store import intervals as interval_store
from exporters.archive_web import archive_routes
from exporters.cameras.web import camera_routes
from exporters.configured import Configured
from exporters.evidence_web import evidence_routes
from exporters.incidents.maintenance_web import maintenance_routes
from exporters.incidents.web import incident_routes
from exporters.metrics import Exposition, ProbeMetrics
from exporters.own_clock_metrics import OwnClockMetrics
from exporters.picture_metrics import CloserLookMetrics, PictureMetrics
from exporters.repair_metrics import RepairMetrics
from exporters.report_web import report_routes
from exporters.reports.metrics import ReportMetrics
from exporters.text_metrics import TextMetrics
from exporters.web import make_app
from exporters.web_access import WebAccess
from probes.clock import SystemClock
from probes.runner import Runner
from xueliang import collector
from xueliang.archive_care import CARE_S, ArchiveCare
from xueliang.bursts import BurstPolicy
from xueliang.camera_desk import CameraDesk
from xueliang.commands.options import BadState, config_option, settings_of
from xueliang.duty import Duty
from xueliang.looks import open_looks
from xueliang.overlays import OVERLAYS_S, OverlayRules
from xueliang.pictures import PictureRules, Pictures
from xueliang.registry import open_registry
from xueliang.reporting import DUE_S, Reporting
from xueliang.schedule import make_schedule
from xueliang.service import STOP_S, Service
from xueliang.settings import Settings
from xueliang.telling import Telling, open_telling, rules_of

log = logging.getLogger(__name__)


@click.command("serve")
@config_option
@click.pass_context
def serve_command(context: click.Context, config: Path | None) -> None:
    """Run the service: the schedule, the page, the API and the metrics."""
    settings = settings_of(context, config)
    asyncio.run(_serve(settings, _program(config or context.obj)))


def _program(config: Path | None) -> list[str]:
    """How this program is called with the same configuration, for work in processes of its own."""
    given = ["--config", str(config)] if config is not None else []
    return [sys.executable, "-m", "xueliang", *given]


async def _serve(settings: Settings, program: list[str]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with (
        open_registry(settings.database) as database,
        open_service(settings, database) as service,
        open_telling(settings, database, service, rules_of(settings).incidents.classes) as telling,
    ):
        care = ArchiveCare(database, service.clock)
        reporting = Reporting(
            settings.report,
            program,
            ReportMetrics(),
            service.clock,
            partial(interval_store.began, database),
        )
        routes = [*_routes(service, care, database, settings), *telling.routes]
        await _run(service, care, telling, reporting, routes, settings, stopped)


@asynccontextmanager
async def open_service(settings: Settings, database: Database) -> AsyncIterator[Service]:
    """The service with its means to look at cameras, not yet started."""
    clock = SystemClock()
    probe = settings.probe
    async with (
        open_looks(probe.budget(), clock, decoders=probe.decoders) as looks,
        Runner(
            looks.look,
            concurrency=probe.concurrency,
            per_upstream=probe.per_upstream,
            congested=looks.congested,
        ) as runner,
    ):
        pictures, rules = _pictures(settings, database), rules_of(settings)
        try:
            yield Service(
                settings=settings,
                database=database,
                runner=runner,
                metrics=ProbeMetrics(),
                clock=clock,
                pictures=pictures,
                duty=Duty(database, rules.incidents),
                damping=rules.health,
            )
        finally:
            await pictures.overlays.close()


def _pictures(settings: Settings, database: Database) -> Pictures:
    place, kept = settings.pictures, settings.evidence
    rules = PictureRules(
        learn=place.learn,
        latitude=place.latitude,
        longitude=place.longitude,
        evidence_days=kept.days,
        evidence_bytes=kept.max_mb * 1024 * 1024,
        views_days=kept.views_days,
    )
    bursts = BurstPolicy(
        sweep_every=timedelta(seconds=settings.schedule.sweep_every_s),
        every=timedelta(seconds=place.burst_every_s),
        share=place.burst_share,
    )
    folder = EvidenceFolder(kept.folder) if kept.keep else None
    return Pictures(database, rules, folder, bursts=bursts, overlays=_overlay_rules(settings))


def _overlay_rules(settings: Settings) -> OverlayRules:
    chosen = settings.overlay
    return OverlayRules(
        read=chosen.read,
        at=chosen.at,
        lasts=timedelta(hours=chosen.hours),
        clock_limit=timedelta(seconds=chosen.clock_limit_s),
        # A round a few hours early is better than one a night late.
        policy=OverlayPolicy(every=timedelta(days=chosen.every_days, hours=-4)),
    )


async def _run(
    service: Service,
    care: ArchiveCare,
    telling: Telling,
    reporting: Reporting,
    routes: Sequence[web.RouteDef],
    settings: Settings,
    stopped: asyncio.Event,
) -> None:
    async with _listening(service, telling, reporting, routes, settings):
        await service.resume()
        collector.settle()
        scheduler = make_schedule(service, settings.schedule)
        care_for_archive = (care.refresh, "the archive check")
        every = IntervalTrigger(seconds=CARE_S, start_date=service.clock.now())
        scheduler.add_job(service.attempt, every, care_for_archive, id="archive-care")
        telling.schedule(scheduler, service)
        overlays = (partial(service.pictures.overlays.turn, service.clock.now), "overlay text")
        often = IntervalTrigger(seconds=OVERLAYS_S)
        scheduler.add_job(service.attempt, often, overlays, id="overlays")
        due = IntervalTrigger(seconds=DUE_S, start_date=service.clock.now())
        scheduler.add_job(reporting.make_due, due, id="reports")
        scheduler.start()
        intake = asyncio.create_task(service.take_in_results(), name="intake")
        stop = asyncio.create_task(stopped.wait(), name="stop")
        try:
            done, _ = await asyncio.wait({intake, stop}, return_when=asyncio.FIRST_COMPLETED)
            if intake in done:
                intake.result()
        finally:
            scheduler.pause()
            stop.cancel()
            await service.stop()
            await asyncio.wait({intake}, timeout=STOP_S)
            intake.cancel()
            scheduler.shutdown(wait=False)
    log.info("stopped")


def _configured(settings: Settings) -> Configured:
    return Configured(
        alerting_way=settings.alerting.way, sweep_every_s=settings.schedule.sweep_every_s
    )


def _routes(
    service: Service, care: ArchiveCare, database: Database, settings: Settings
) -> list[web.RouteDef]:
    """The other subjects' pages."""
    routes = archive_routes(lambda: care.check, service.clock)
    routes += report_routes(settings.report.folder, service.clock)
    access = WebAccess(
        viewer_header=settings.evidence.viewer_header, public_url=settings.alerting.public_url
    )
    incidents, pictures = service.duty.desk(service.clock), service.pictures.desk
    routes += incident_routes(lambda: service.view, incidents, pictures, service.clock, access)
    routes += camera_routes(
        lambda: service.view,
        CameraDesk(database),
        service.clock,
        pictures=pictures is not None,
    )
    routes += maintenance_routes(lambda: service.view, incidents, service.clock, access)
    if pictures is not None:
        routes += evidence_routes(lambda: service.view, pictures, service.clock, access)
    return routes


@asynccontextmanager
async def _listening(
    service: Service,
    telling: Telling,
    reporting: Reporting,
    routes: Sequence[web.RouteDef],
    settings: Settings,
) -> AsyncIterator[None]:
    """Serves the page and the metrics.

    Raises:
        Refusal: the port is taken, or the address is not this machine's.
    """
    http = settings.http
    exposition = Exposition(
        service.metrics,
        [
            _configured(settings),
            TextMetrics(),
            PictureMetrics(service.pictures),
            CloserLookMetrics(service.pictures.bursts.outcomes, service.pictures.overlays.outcomes),
            OwnClockMetrics(lambda: service.pictures.clock.now(service.clock.now())),
            RepairMetrics(lambda: service.duty.repairs),
            telling.metrics,
            reporting.metrics,
        ],
    )
    app = make_app(
        lambda: service.view,
        exposition.render,
        service.readiness,
        service.clock,
        routes=routes,
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, http.host, http.port)
        try:
            await site.start()
        except OSError as error:
            why = "in use" if error.errno == errno.EADDRINUSE else error.strerror
            raise BadState(f"{http.host}:{http.port}: {why}") from None
        log.info("listening on http://%s:%d/", http.host, http.port)
        yield
    finally:
        await runner.cleanup()
