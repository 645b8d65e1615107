"""Sets up who tells crews: the built-in way, or nobody here where Alertmanager does."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from camera_registry.database import Database
from camera_registry.outbox import Backlog
from camera_registry.store import incidents as incident_store
from camera_registry.store import outbox
from exporters.notices.metrics import NoticeMetrics
from exporters.notices.vocabulary import Crew, OwnTroubleKind
from exporters.notices.web import notice_routes
from xueliang.commands.options import Refusal
from xueliang.crews import load_crews
from xueliang.heartbeat import Heartbeat
from xueliang.incident_rules import Rules, load_rules
from xueliang.service import Service
from xueliang.settings import LOCAL_ZONE, Settings, SettingsError

# A page waits this long at most for being made into a message, and then for being sent.
TURN_S = 5
SEND_S = 2
# Timelines that Alertmanager tells are only marked as read: a change of way later on starts from
# there, instead of telling crews anew what they were told.
PASS_OVER_S = 60

Job = Callable[[], Awaitable[None]]


def rules_of(settings: Settings) -> Rules:
    """The rules of incidents.

    Raises:
        Refusal: their file cannot be used.
    """
    try:
        return load_rules(settings)
    except SettingsError as error:
        raise Refusal(str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The jobs of telling, with their periods, and what they show."""

    metrics: NoticeMetrics
    jobs: tuple[tuple[Job, float], ...]
    daily: tuple[Job, ...] = ()
    routes: tuple[web.RouteDef, ...] = ()

    def schedule(self, scheduler: BaseScheduler, service: Service) -> None:
        """Puts the jobs on the program's clockwork."""
        for job, every_s in self.jobs:
            scheduler.add_job(
                service.attempt, IntervalTrigger(seconds=every_s), (job, job.__qualname__)
            )
        for job in self.daily:
            trigger = CronTrigger(hour=4, minute=10, timezone=LOCAL_ZONE)
            scheduler.add_job(service.attempt, trigger, (job, job.__qualname__))


@asynccontextmanager
async def open_telling(
    settings: Settings,
    database: Database,
    service: Service,
    classes: Collection[str] | None = None,
) -> AsyncIterator[Telling]:
    """The way of telling that the settings choose. `classes` are the repair classes' names, for
    the crews' file to be held against.

    Raises:
        Refusal: the crews' file cannot be used.
    """
    metrics = NoticeMetrics()
    heart = _heartbeat(settings, service, metrics)
    if settings.alerting.way == "prometheus":
        yield Telling(
            metrics=metrics,
            jobs=(*heart, (_passing_over(database, service), PASS_OVER_S)),
            routes=_routes(lambda: None, database, service),
        )
        return
    # Not above: where Alertmanager tells, Apprise and its hundred services are not loaded.
    from exporters.notices.delivery import Sender, is_address
    from xueliang.alerting import Alerting

    crews = _crews(settings, classes, is_address)
    sender = Sender()
    alerting = Alerting(
        database=database,
        crews=crews,
        incidents=lambda: incident_store.unread(database),
        view=lambda: service.view,
        signs=lambda: _signs(service),
        sender=sender,
        metrics=metrics,
        clock=service.clock,
        public_url=settings.alerting.public_url,
    )
    try:
        yield Telling(
            metrics=metrics,
            jobs=(*heart, (alerting.turn, TURN_S), (alerting.send_due, SEND_S)),
            daily=(alerting.prune,),
            routes=_routes(lambda: alerting.backlog, database, service),
        )
    finally:
        sender.close()


def _routes(
    backlog: Callable[[], Backlog | None], database: Database, service: Service
) -> tuple[web.RouteDef, ...]:
    return tuple(notice_routes(backlog, lambda: outbox.given_up(database), service.clock))


def _signs(service: Service) -> dict[OwnTroubleKind, bool]:
    return {
        OwnTroubleKind.NETWORK_GONE: service.recent.gone(service.clock.now()),
        OwnTroubleKind.SWEEP_LATE: service.readiness().sweep_late,
        OwnTroubleKind.CLOCK_WRONG: service.pictures.clock.now(service.clock.now()).wrong,
    }


def _heartbeat(
    settings: Settings, service: Service, metrics: NoticeMetrics
) -> tuple[tuple[Job, float], ...]:
    alerting = settings.alerting
    if not alerting.heartbeat_url:
        return ()
    heart = Heartbeat(
        url=alerting.heartbeat_url,
        healthy=lambda: service.readiness().ready,
        metrics=metrics,
        clock=service.clock,
    )
    return ((heart.beat, alerting.heartbeat_every_s),)


def _passing_over(database: Database, service: Service) -> Job:
    async def pass_over() -> None:
        read = {one.id: len(one.timeline) for one in await incident_store.unread(database)}
        if read:
            await outbox.add(database, (), read, service.clock.now())

    return pass_over


def _crews(
    settings: Settings, classes: Collection[str] | None, is_address: Callable[[str], bool]
) -> tuple[Crew, ...]:
    path = settings.alerting.crews_file
    assert path is not None  # noqa: S101 - the settings demand it for this way
    try:
        crews = load_crews(path, os.environ)
    except SettingsError as error:
        raise Refusal(str(error)) from None
    for crew in crews:
        named = crew.digest_classes | (crew.quiet.passing if crew.quiet else frozenset())
        for name in sorted(named - set(named if classes is None else classes)):
            raise Refusal(f"{path}: crew {crew.name!r}: no repair class is called {name!r}")
        for target in crew.targets:
            if not is_address(target.url):
                raise Refusal(
                    f"{path}: crew {crew.name!r}, target {target.name!r}: no address of Apprise's"
                )
    return crews
