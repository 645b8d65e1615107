"""Made-up incidents over a made-up city's cameras, for tests of what is told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.read_model import CameraView
from camera_registry.vocabulary import Status

_TROUBLES = {Status.OFFLINE: Trouble.DOWN, Status.DEGRADED: Trouble.PICTURE}
_CLASSES = (("24h", 24), ("48h", 48), ("72h", 72))


def incident(number: int, now: datetime, **fields: object) -> Incident:
    """A camera's incident, paged half an hour after it began, two hours before `now`."""
    opened = now - timedelta(hours=2)
    base = Incident(
        id=f"i{number:05d}",
        cause=Cause.CAMERA,
        trouble=Trouble.DOWN,
        camera_id=number,
        subject=f"人民路{number}号",
        town="青山镇",
        repair_class="24h",
        opened_at=opened,
        noticed_at=opened + timedelta(minutes=5),
        members=(number,),
        paged_at=opened + timedelta(minutes=30),
        due_at=opened + timedelta(hours=24),
        timeline=(Event(number=1, at=opened + timedelta(minutes=30), what=Happening.PAGED),),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def made_incidents(cameras: Iterable[CameraView], now: datetime) -> tuple[Incident, ...]:
    """One for each camera that is down or shows a fault, and one for a recorder of each town."""
    made = [_of_camera(one, now) for one in cameras if one.status in _TROUBLES]
    towns = sorted({one.town for one in made})
    for number, town in enumerate(towns, start=90_000):
        made.append(
            incident(
                number,
                now,
                cause=Cause.RECORDER,
                camera_id=None,
                upstream_id=number,
                subject=f"{town}录像机",
                town=town,
                members=(number, number + 1),
            )
        )
    return tuple(made)


def _of_camera(one: CameraView, now: datetime) -> Incident:
    name, hours = _CLASSES[one.id % len(_CLASSES)]
    escalated = Event(number=2, at=now, what=Happening.ESCALATED)
    base = incident(one.id, now)
    return replace(
        base,
        trouble=_TROUBLES[one.status],
        subject=one.name,
        town=one.town,
        category=one.category,
        kind=one.kind,
        repair_class=name,
        opened_at=one.since,
        due_at=one.since + timedelta(hours=hours),
        failure=one.failure,
        acknowledged_at=now if one.id % 3 == 0 else None,
        acknowledged_by="王工" if one.id % 3 == 0 else "",
        timeline=(*base.timeline, escalated) if one.id % 7 == 0 else base.timeline,
    )
