"""A made-up city as a `FleetView`, for tests of what is shown and for looking at the page.

`python -m tests.views [PORT [POINTS]]` serves it on 127.0.0.1.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from camera_registry.platform.vocabulary import Reported
from camera_registry.read_model import FleetView, build_view
from camera_registry.vocabulary import (
    Access,
    Camera,
    Category,
    FaultCount,
    HealthState,
    KeyLocation,
    KeyLocationKind,
    Status,
)
from probes.reasons import REASONS, failure
from probes.vocabulary import Credentials, Failure, FaultKind, Stage, Verdict
from tests.made_incidents import incident, made_incidents

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
TOWNS = ("青山镇", "柳河镇", "石桥镇", "白湖镇", "东岗镇", "双塘镇", "龙泉街道", "新城街道")
DAY_S = 86_400.0
_KINDS = tuple(KeyLocationKind)
_STREETS = ("人民路", "解放路", "菜市场", "中心小学", "汽车站", "老街", "文化广场", "卫生院")
_DOWN = ("timeout", "refused", "unreachable")
_EVIDENCE = {
    (Stage.CONNECT, "timeout"): "no SYN-ACK in 5.0 s",
    (Stage.CONNECT, "refused"): "ECONNREFUSED",
    (Stage.CONNECT, "unreachable"): "EHOSTUNREACH",
    (Stage.DESCRIBE, "not_found"): "RTSP/1.0 404 Stream Not Found",
}


def camera(number: int = 1, **fields: object) -> Camera:
    """A point with an address and a password, which nothing here may ever show."""
    base = Camera(
        id=number,
        label=f"3415230000132{number:07d}",
        name=f"人民路{number}号",
        town="青山镇",
        village="河东村",
        grid="第1网格",
        category=Category.BUILT,
        stream_url="rtsp://192.0.2.7:554/secret-path",
        host="192.0.2.7",
        credentials=Credentials(username="admin-user", password="hunter2"),
        archive_complete=True,
        created_at=NOW - timedelta(days=100),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def state(number: int = 1, status: Status = Status.ONLINE, **fields: object) -> HealthState:
    """A camera's state, two hours old."""
    base = HealthState(
        camera_id=number,
        status=status,
        since=NOW - timedelta(hours=2),
        last_look_at=NOW - timedelta(minutes=2),
        evidence_at=NOW - timedelta(minutes=2),
        last_frame_at=NOW - timedelta(minutes=2),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def city(points: int = 400, seed: int = 7, **fields: object) -> FleetView:
    """A city of so many points in eight towns, some of everything wrong with it."""
    rng = random.Random(seed)
    places = [
        KeyLocation(
            id=1 + number,
            name=f"{_STREETS[number % 8]}{number // 8 + 1}号",
            town=TOWNS[number % 8],
            kind=_KINDS[rng.randrange(3)],
        )
        for number in range(max(3, points // 12))
    ]
    cameras, states, seconds, reported = [], {}, {}, {}
    for number in range(1, points + 1):
        place = places[number // 6 % len(places)] if number % 6 == 0 else None
        cameras.append(_random_camera(rng, number, place))
        states[number] = _random_state(rng, number)
        if cameras[-1].access is Access.PLATFORM:
            states[number] = state(number, Status.UNKNOWN, last_look_at=None, last_frame_at=None)
            reported[number] = _reported(number)
        seconds[number] = _random_seconds(rng, states[number])
    view = build_view(
        cameras,
        states,
        places,
        seconds,
        NOW,
        3,
        last_sweep_at=NOW,
        towns=TOWNS,
        reported=reported,
    )
    open_ones = made_incidents(view.cameras, NOW)
    merged = incident(99_999, NOW, resolved_at=NOW, merged_into="i90000")
    view = replace(view, incidents=open_ones, merged=(merged,))
    return replace(view, **fields)  # type: ignore[arg-type]


def _random_camera(rng: random.Random, number: int, place: KeyLocation | None) -> Camera:
    return camera(
        number,
        name=f"{rng.choice(_STREETS)}{rng.choice('东西南北')}侧枪机{number}",
        town=place.town if place else rng.choice(TOWNS),
        village=f"{rng.choice('东西南北')}{rng.choice('河湖山岗')}村",
        grid=f"第{rng.randrange(1, 9)}网格",
        category=rng.choices(tuple(Category), weights=(2, 2, 6))[0],
        key_location_id=place.id if place else None,
        kind=place.kind if place else None,
        upstream=f"录像机{number // 16}",
        archive_complete=rng.random() < 0.9,
        # By the number: the other figures of the made-up city stay as they are.
        position=(116.9 + number * 7 % 300 / 1000, 31.0 + number * 11 % 250 / 1000),
        access=Access.PLATFORM if number % 40 == 7 else Access.DIRECT,
    )


def _random_state(rng: random.Random, number: int) -> HealthState:
    status = rng.choices(tuple(Status), weights=(860, 30, 70, 20, 15, 5))[0]
    since = NOW - timedelta(minutes=rng.expovariate(1 / 600))
    cause: Failure | None = None
    faults: tuple[FaultCount, ...] = ()
    if status is Status.OFFLINE:
        cause = _random_failure(rng)
    elif status is Status.DEGRADED:
        kind = rng.choice((FaultKind.BLUR, FaultKind.FROZEN, FaultKind.TOO_DARK))
        cause = failure(Stage.PICTURE, kind)
        faults = (FaultCount(kind=kind, seen=2, since=since, judged_at=NOW),)
    return state(number, status, since=since, failure=cause, faults=faults)


def _reported(number: int) -> Reported:
    """Online, offline, or not spoken for any more, in turn."""
    status = (Status.ONLINE, Status.OFFLINE, Status.ONLINE, Status.UNKNOWN)[number // 40 % 4]
    return Reported(status=status, since=NOW - timedelta(hours=9), at=NOW - timedelta(hours=3))


def _random_failure(rng: random.Random) -> Failure:
    down = [key for key, row in REASONS.items() if row.verdict is Verdict.DOWN]
    common = (Stage.CONNECT, rng.choice(_DOWN))
    stage, reason = common if rng.random() < 0.6 else rng.choice(down)
    return failure(stage, reason, _EVIDENCE.get((stage, reason), ""))


def _random_seconds(rng: random.Random, held: HealthState) -> dict[Status, float]:
    """A day that ends in the camera's present status, with a gap of ours in it."""
    lately = min(DAY_S, (NOW - held.since).total_seconds())
    seconds = {held.status: lately}
    for status, share in ((Status.UNKNOWN, rng.random() * 0.02), (Status.ONLINE, 1.0)):
        spent = (DAY_S - sum(seconds.values())) * share
        seconds[status] = seconds.get(status, 0.0) + spent
    return seconds


class FixedClock:
    """Always `NOW`, and as long after it as wanted."""

    def __init__(self, later: timedelta = timedelta(0)) -> None:
        self._now = NOW + later

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return 0.0


if __name__ == "__main__":
    import sys

    from aiohttp import web

    from exporters.cameras.web import camera_routes
    from exporters.incidents.maintenance_web import maintenance_routes
    from exporters.incidents.web import incident_routes
    from exporters.metrics import Exposition, ProbeMetrics
    from exporters.web import Readiness, make_app
    from exporters.web_access import WebAccess
    from tests.made_camera_desk import MadeCameraDesk
    from tests.made_desk import MadeDesk, made_windows

    shown = city(int(sys.argv[2]) if len(sys.argv) > 2 else 6980)
    clock = FixedClock(timedelta(seconds=4))
    desk = MadeDesk(shown, NOW)
    desk.kept = made_windows(NOW)
    app = make_app(
        lambda: shown,
        Exposition(ProbeMetrics()).render,
        Readiness,
        clock,
        routes=[
            *incident_routes(lambda: shown, desk, None, clock, WebAccess()),
            *camera_routes(lambda: shown, MadeCameraDesk(NOW), clock, pictures=False),
            *maintenance_routes(lambda: shown, desk, clock, WebAccess()),
        ],
    )
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
