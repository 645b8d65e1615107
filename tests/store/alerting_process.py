"""Tells crews until it is killed: `python -m tests.store.alerting_process DATABASE HOOK COUNT`.

Its incidents are made up from their numbers, so that each start of it sees the same timelines: one
more incident has been paged and escalated every 80 ms of the wall's time since the epoch given.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from camera_registry.credentials import Vault
from camera_registry.database import open_database
from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from exporters.notices.delivery import Sender
from exporters.notices.metrics import NoticeMetrics
from exporters.notices.vocabulary import Crew, Target
from probes.clock import SystemClock
from tests.core.alert_texts import incident
from tests.store.conftest import KEY
from xueliang.alerting import Alerting

EVERY = timedelta(milliseconds=80)


def made_up(number: int, now: datetime) -> Incident:
    case, _, _ = incident(Cause.CAMERA, Trouble.DOWN, Happening.PAGED)
    whats = (Happening.OPENED, Happening.PAGED, Happening.ESCALATED)
    timeline = tuple(Event(number=at, at=now, what=what) for at, what in enumerate(whats, start=1))
    return replace(
        case,
        id=f"c{number}",
        camera_id=number,
        subject=f"点位{number}号",
        members=(number,),
        opened_at=now,
        timeline=timeline,
    )


async def tell(url: str, hook: str, count: int, epoch: datetime) -> None:
    clock = SystemClock()
    target = Target(name="hook", url=hook)
    quick = {"group_wait": timedelta(0), "per_hour": 10_000, "targets": (target,)}
    crews = (
        Crew(name="一班", monitor=True, **quick),  # type: ignore[arg-type]
        Crew(name="科长", level=2, **quick),  # type: ignore[arg-type]
    )

    async def incidents() -> list[Incident]:
        now = clock.now()
        known = min(count, int((now - epoch) / EVERY))
        return [made_up(number, epoch + number * EVERY) for number in range(known)]

    alerting = Alerting(
        database=open_database(url, vault=Vault([KEY])),
        crews=crews,
        incidents=incidents,
        view=lambda: None,
        signs=dict,
        sender=Sender(),
        metrics=NoticeMetrics(),
        clock=clock,
        public_url="https://monitor.example",
        lease=timedelta(milliseconds=600),
    )
    while True:
        await alerting.turn()
        await alerting.send_due()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    since = datetime.fromtimestamp(float(sys.argv[4]), UTC)
    asyncio.run(tell(sys.argv[1], sys.argv[2], int(sys.argv[3]), since))
