"""The clockwork: a handful of jobs for the service, never one for each camera."""

from __future__ import annotations

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from xueliang.service import Service
from xueliang.settings import LOCAL_ZONE, ScheduleSettings

# How often what is due is planned. A second look is due after 25 s, a sweep's starts are spread
# over minutes: two seconds are neither late nor lumpy.
TICK_S = 2
# How often the trailing day's figures are summed up from the intervals.
WINDOW_S = 60
# How often the registry is asked whether an import or a correction changed it.
REGISTRY_S = 15
# How often what was learnt of pictures, and the pictures to be kept, are written.
PICTURES_S = 60


def make_schedule(service: Service, settings: ScheduleSettings) -> AsyncIOScheduler:
    """The scheduler, not yet started.

    A job that is late (the process was stopped, the machine asleep) still runs, once: the
    library's default would skip a nightly job that is a second late.
    """
    scheduler = AsyncIOScheduler(
        timezone=LOCAL_ZONE,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    nightly, prune = settings.nightly_at, settings.prune_at
    jobs = (
        (service.tick, IntervalTrigger(seconds=TICK_S)),
        (service.refresh_view, IntervalTrigger(seconds=settings.view_every_s)),
        (service.refresh_window, IntervalTrigger(seconds=WINDOW_S)),
        (service.refresh_registry, IntervalTrigger(seconds=REGISTRY_S)),
        (service.pictures.keep, IntervalTrigger(seconds=PICTURES_S)),
        (service.roll_up, CronTrigger(minute=5, timezone=LOCAL_ZONE)),
        (
            service.roll_up,
            CronTrigger(hour=nightly.hour, minute=nightly.minute, timezone=LOCAL_ZONE),
        ),
        (service.prune, CronTrigger(hour=prune.hour, minute=prune.minute, timezone=LOCAL_ZONE)),
    )
    for number, (job, trigger) in enumerate(jobs):
        scheduler.add_job(
            service.attempt, trigger, (job, job.__name__), id=f"{job.__name__}-{number}"
        )
    return scheduler
