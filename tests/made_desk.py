"""A made-up city's incidents as the pages ask for them, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from camera_registry.assessment.corrections import Target
from camera_registry.incidents.book import Acknowledgement, NotOpenError
from camera_registry.incidents.figures import RepairFigures, repair_figures
from camera_registry.incidents.maintenance import Window
from camera_registry.incidents.vocabulary import Event, Happening, Incident
from camera_registry.read_model import CameraView, FleetView
from camera_registry.store.targets import Found, NoTargetError
from camera_registry.vocabulary import Camera
from probes.vocabulary import ProbeResult, Stage, Verdict
from tests.views import camera

DAYS = timedelta(days=30)


class MadeDesk:
    """The incidents of a view, some that are over, and what people do to them."""

    def __init__(self, view: FleetView, now: datetime) -> None:
        self._view = view
        self._now = now
        self.given: list[Acknowledgement] = []
        self.kept: list[Window] = []
        self.over = [_over(one, number, now) for number, one in enumerate(view.incidents[:40])]

    async def find(self, incident_id: str) -> Incident | None:
        known = (*self._view.incidents, *self._view.merged, *self.over)
        return next((one for one in known if one.id == incident_id), None)

    async def lately_resolved(self) -> Sequence[Incident]:
        return [*self.over, *self._view.merged]

    async def waiting(self, incident_id: str) -> Sequence[Acknowledgement]:
        return [one for one in self.given if one.incident_id == incident_id]

    async def acknowledge(self, given: Acknowledgement) -> None:
        found = await self.find(given.incident_id)
        if found is None or not found.open:
            raise NotOpenError(given.incident_id, found)
        self.given.append(given)

    async def failing_look(self, camera_id: int, incident: Incident) -> ProbeResult | None:
        if incident.failure is None:
            return None
        return ProbeResult(
            camera_id=str(camera_id),
            started_at=self._now - timedelta(minutes=3),
            verdict=Verdict.DOWN,
            failure=incident.failure,
            stages={Stage.RESOLVE: 0.0004, Stage.CONNECT: 5.0},
        )

    def figures(self) -> RepairFigures:
        cameras = {one.id: _record(one) for one in self._view.cameras}
        found = [*self._view.incidents, *self.over]
        return repair_figures(found, cameras, self._now - DAYS, self._now)

    async def windows(self) -> Sequence[Window]:
        return list(reversed(self.kept))

    async def target(self, target: Target, text: str) -> Found:
        if text.startswith("no"):
            raise NoTargetError(f"no {target.value} {text}")
        if target is Target.CAMERA:
            return Found(target=target, subject=f"人民路{text}号", camera_id=int(text))
        if target is Target.UPSTREAM:
            return Found(target=target, subject=text, upstream_id=7)
        return Found(target=target, subject=text, town=text)

    async def announce(self, window: Window) -> Window:
        self.kept.append(replace(window, id=len(self.kept) + 1))
        return self.kept[-1]

    async def take_back(self, number: int, by: str) -> bool:
        for at, one in enumerate(self.kept):
            if one.id == number and one.removed_at is None:
                self.kept[at] = replace(one, removed_at=self._now, removed_by=by)
                return True
        return False


def made_windows(now: datetime) -> list[Window]:
    """One that lasts, one that comes every week, and one that is over."""
    return [
        Window(
            id=1,
            town="青山镇",
            subject="青山镇",
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(hours=3),
            by="王工",
            note="光缆割接",
            created_at=now - timedelta(days=1),
        ),
        Window(
            id=2,
            upstream_id=7,
            subject="青山-交换机-01",
            starts_at=now - timedelta(days=9),
            weekdays=frozenset({2, 4}),
            at=time(23),
            minutes=120,
            by="李工",
            note="夜间维护",
            created_at=now - timedelta(days=9),
        ),
        Window(
            id=3,
            camera_id=1,
            subject="人民路1号",
            starts_at=now - timedelta(days=3),
            ends_at=now - timedelta(days=2),
            by="王工",
            created_at=now - timedelta(days=3),
        ),
    ]


def _over(one: Incident, number: int, now: datetime) -> Incident:
    opened = now - timedelta(hours=5 + 14 * number)
    resolved = opened + timedelta(hours=2 + number)
    event = Event(number=len(one.timeline) + 1, at=resolved, what=Happening.RESOLVED)
    return replace(
        one,
        id=f"r{number:05d}",
        opened_at=opened,
        due_at=opened + timedelta(hours=24),
        resolved_at=resolved,
        timeline=(*one.timeline, event),
    )


def _record(one: CameraView) -> Camera:
    return camera(
        one.id,
        town=one.town,
        maintainer=("铁塔公司", "广电网络", "")[one.id % 3],
        model=("DS-2CD3T46", "IPC-HFW4433")[one.id % 2],
    )
