"""The simulated city as the registry would hold it: cameras and the tree of upstreams."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from camera_registry.vocabulary import (
    Camera,
    Category,
    KeyLocation,
    KeyLocationKind,
    Upstream,
    UpstreamKind,
)
from tests.fleet.plan import Point, plan_city

BEGAN = datetime(2026, 5, 1, 0, 0, tzinfo=UTC)

_CATEGORIES = {
    "建成": Category.BUILT,
    "整合": Category.INTEGRATED,
    "村级": Category.VILLAGE,
}
_KINDS = {
    "主要路口": KeyLocationKind.JUNCTION,
    "人员密集场所": KeyLocationKind.CROWDED_PLACE,
    "背街小巷": KeyLocationKind.BACK_STREET,
}
_UPSTREAMS = {
    "recorder": UpstreamKind.RECORDER,
    "switch": UpstreamKind.SWITCH,
    "town_uplink": UpstreamKind.TOWN_UPLINK,
    "录像机": UpstreamKind.RECORDER,
    "交换机": UpstreamKind.SWITCH,
    "镇街上联": UpstreamKind.TOWN_UPLINK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """The city as the registry holds it, which is all that the rules know."""

    cameras: dict[int, Camera]
    upstreams: tuple[Upstream, ...]
    key_locations: tuple[KeyLocation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What the cameras really hang on, whether the registry knows it or not."""

    kinds: dict[int, UpstreamKind]
    below: dict[int, tuple[int, ...]]


# One recorder or switch in so many is missing in the archive: its cameras name none.
_UNREGISTERED = 7


def city_of(points: int, seed: int) -> tuple[City, Wiring]:
    """A city of so many points, and how it is really wired; the same seed gives the same."""
    plan = plan_city(points, seed)
    numbers = {one.name: number for number, one in enumerate(plan.upstreams, start=1)}
    upstreams = tuple(
        Upstream(
            id=numbers[one.name],
            name=one.name,
            kind=_UPSTREAMS[one.kind],
            parent_id=numbers.get(one.parent),
            town=one.town,
        )
        for one in plan.upstreams
    )
    places: dict[tuple[str, str], KeyLocation] = {}
    for point in plan.points:
        if point.key_location and (point.town, point.key_location) not in places:
            places[point.town, point.key_location] = KeyLocation(
                id=len(places) + 1,
                name=point.key_location,
                town=point.town,
                kind=_KINDS[point.key_kind],
            )
    cameras = {
        number: _camera(number, point, numbers, places)
        for number, point in enumerate(plan.points, start=1)
    }
    wiring = Wiring(kinds={one.id: one.kind for one in upstreams}, below=_below(cameras, upstreams))
    hidden = {
        one.id
        for one in upstreams
        if one.kind is not UpstreamKind.TOWN_UPLINK and one.id % _UNREGISTERED == 0
    }
    known = {
        number: replace(camera, upstream_id=None, upstream="")
        if camera.upstream_id in hidden
        else camera
        for number, camera in cameras.items()
    }
    city = City(
        cameras=known,
        upstreams=tuple(one for one in upstreams if one.id not in hidden),
        key_locations=tuple(places.values()),
    )
    return city, wiring


def _below(
    cameras: dict[int, Camera], upstreams: tuple[Upstream, ...]
) -> dict[int, tuple[int, ...]]:
    """The cameras below each upstream, directly or not."""
    parents = {one.id: one.parent_id for one in upstreams}
    found: dict[int, list[int]] = {}
    for camera in cameras.values():
        at = camera.upstream_id
        while at is not None:
            found.setdefault(at, []).append(camera.id)
            at = parents[at]
    return {upstream: tuple(held) for upstream, held in found.items()}


def _camera(
    number: int,
    point: Point,
    upstreams: dict[str, int],
    places: dict[tuple[str, str], KeyLocation],
) -> Camera:
    place = places.get((point.town, point.key_location))
    return Camera(
        id=number,
        label=point.code or str(number),
        name=point.name,
        town=point.town,
        village=point.village,
        grid=point.grid,
        category=_CATEGORIES[point.category],
        key_location_id=place.id if place else None,
        kind=place.kind if place else None,
        upstream_id=upstreams.get(point.upstream),
        upstream=point.upstream,
        stream_url=f"rtsp://{point.address}:554/{point.channel}",
        host=point.address,
        archive_complete=True,
        created_at=BEGAN,
    )
