"""The prepared picture of the fleet: every figure reckoned by hand for a town of a few cameras."""

from __future__ import annotations

from datetime import timedelta

import pytest

from camera_registry.platform.vocabulary import Reported
from camera_registry.read_model import FleetView, build_view, coverage_ratio
from camera_registry.vocabulary import (
    Access,
    Camera,
    Category,
    FaultCount,
    HealthState,
    KeyLocation,
    KeyLocationKind,
    KeyLocationState,
    Status,
)
from probes.vocabulary import FaultKind
from tests.views import NOW, camera, city, state

BLUR = FaultCount(kind=FaultKind.BLUR, seen=2, since=NOW)
SCHOOL = KeyLocation(id=1, name="中心小学", town="青山镇", kind=KeyLocationKind.CROWDED_PLACE)
CROSSING = KeyLocation(id=2, name="人民路口", town="青山镇", kind=KeyLocationKind.JUNCTION)
MARKET = KeyLocation(id=3, name="菜市场", town="柳河镇", kind=KeyLocationKind.CROWDED_PLACE)


def build(
    cameras: list[Camera],
    states: list[HealthState],
    places: tuple[KeyLocation, ...] = (),
    seconds: dict[int, dict[Status, float]] | None = None,
) -> FleetView:
    return build_view(cameras, {s.camera_id: s for s in states}, places, seconds or {}, NOW, 1)


@pytest.mark.parametrize(
    ("status", "up", "faults"),
    [
        (Status.ONLINE, True, ()),
        (Status.DEGRADED, True, (FaultKind.BLUR,)),
        (Status.OFFLINE, False, ()),
        (Status.UNKNOWN, None, ()),
        (Status.MAINTENANCE, None, ()),
        (Status.RETIRED, None, ()),
    ],
)
def test_a_camera_is_up_while_it_delivers(
    status: Status, up: bool | None, faults: tuple[FaultKind, ...]
) -> None:
    # Every state remembers the blur; it is told only where a picture shows it.
    view = build([camera()], [state(status=status, faults=(BLUR,))])
    assert view.cameras[0].up is up
    assert view.cameras[0].faults == faults
    assert view.total().cameras[status] == 1


def test_a_camera_without_a_state_is_unknown_since_it_was_created() -> None:
    view = build([camera()], [])
    assert view.cameras[0].status is Status.UNKNOWN
    assert view.cameras[0].since == camera().created_at
    assert (view.looked_at.part, view.looked_at.whole) == (0, 1)


def test_figures_of_a_group_and_of_the_city() -> None:
    cameras = [
        camera(1),
        camera(2, archive_complete=False),
        camera(3),
        camera(4),
        camera(5, town="柳河镇", category=Category.VILLAGE),
    ]
    states = [
        state(1),
        state(2, Status.DEGRADED, faults=(BLUR,)),
        state(3, Status.OFFLINE),
        state(4, Status.RETIRED),
        state(5, Status.MAINTENANCE),
    ]
    seconds = {
        1: {Status.ONLINE: 86_400.0},
        2: {Status.DEGRADED: 43_200.0, Status.UNKNOWN: 43_200.0},
        3: {Status.ONLINE: 21_600.0, Status.OFFLINE: 64_800.0},
        4: {Status.RETIRED: 86_400.0},
        5: {Status.MAINTENANCE: 86_400.0},
    }
    view = build(cameras, states, seconds=seconds)
    built = view.figures["青山镇", Category.BUILT]
    assert built.total == 3
    assert built.uptime.online.value == (86_400 + 43_200 + 21_600) / (86_400 * 2.5)
    assert built.uptime.observed.value == 2.5 / 3
    assert (built.intact.part, built.intact.whole) == (1, 2)
    assert (built.archive.part, built.archive.whole) == (2, 3)
    village = view.figures["柳河镇", Category.VILLAGE]
    assert village.uptime.online.value is None
    assert village.uptime.observed.value == 0
    assert view.total().total == 4
    assert view.total().uptime.observed.value == 2.5 / 4
    assert view.total("柳河镇") == village
    assert view.towns == ("柳河镇", "青山镇")


def test_key_locations() -> None:
    cameras = [
        camera(1, key_location_id=1),
        camera(2, key_location_id=1),
        camera(3, key_location_id=2),
        camera(4, key_location_id=2),
        camera(5, key_location_id=3, town="柳河镇"),
    ]
    states = [
        state(1, Status.OFFLINE),
        state(2),
        state(3, Status.DEGRADED, faults=(BLUR,)),
        state(4, Status.RETIRED),
        state(5, Status.MAINTENANCE),
    ]
    view = build(cameras, states, (SCHOOL, CROSSING, MARKET))
    assert [place.state for place in view.key_locations] == [
        KeyLocationState.COVERED,
        KeyLocationState.BLIND,
        KeyLocationState.UNKNOWN,
    ]
    assert [c.id for c in view.key_locations[1].cameras] == [3]
    assert view.locations["青山镇", KeyLocationKind.JUNCTION] == {
        KeyLocationState.COVERED: 0,
        KeyLocationState.BLIND: 1,
        KeyLocationState.UNKNOWN: 0,
    }
    assert ("柳河镇", KeyLocationKind.JUNCTION) not in view.locations
    assert coverage_ratio(view.coverage()).value == 1 / 3
    assert coverage_ratio(view.coverage("青山镇")).value == 1 / 2
    assert coverage_ratio(view.coverage(kind=KeyLocationKind.CROWDED_PLACE)).value == 1 / 2
    assert coverage_ratio(view.coverage("白湖镇")).value is None


def test_towns_are_shown_in_the_order_given() -> None:
    view = build_view([camera(town="丙镇")], {}, (), {}, NOW, 1, towns=("乙镇", "甲镇"))
    assert view.towns == ("乙镇", "甲镇", "丙镇")


def test_progress_counts_what_is_to_be_looked_at() -> None:
    view = build(
        [camera(1), camera(2), camera(3)],
        [state(1), state(2, Status.UNKNOWN, last_look_at=None), state(3, Status.RETIRED)],
    )
    assert (view.looked_at.part, view.looked_at.whole) == (1, 2)


def test_a_view_holds_no_address_or_credential() -> None:
    text = repr(city(50))
    for secret in ("rtsp://", "192.0.2.7", "admin-user", "hunter2", "secret-path"):
        assert secret not in text


@pytest.mark.parametrize(
    ("said", "beside", "state_of_place", "up"),
    [
        # What a platform says covers nothing, as nobody of ours saw a picture.
        (Status.ONLINE, None, KeyLocationState.UNKNOWN, None),
        (Status.UNKNOWN, None, KeyLocationState.UNKNOWN, None),
        # That it sees nothing itself is believed.
        (Status.OFFLINE, None, KeyLocationState.BLIND, None),
        (Status.ONLINE, Status.OFFLINE, KeyLocationState.UNKNOWN, None),
        (Status.OFFLINE, Status.OFFLINE, KeyLocationState.BLIND, None),
        (Status.OFFLINE, Status.ONLINE, KeyLocationState.COVERED, None),
    ],
)
def test_a_platform_s_points_are_counted_apart(
    said: Status, beside: Status | None, state_of_place: KeyLocationState, up: bool | None
) -> None:
    place = KeyLocation(id=1, name="路口", town="青山镇", kind=KeyLocationKind.JUNCTION)
    cameras = [camera(1, key_location_id=1, access=Access.PLATFORM)]
    states = {1: state(1, Status.UNKNOWN)}
    if beside is not None:
        cameras.append(camera(2, key_location_id=1))
        states[2] = state(2, beside)
    seconds = {1: {Status.UNKNOWN: 86_400.0}, 2: {Status.ONLINE: 86_400.0}}
    view = build_view(
        cameras, states, [place], seconds, NOW, 1, reported={1: Reported(status=said, at=NOW)}
    )
    figures = view.total()
    assert view.key_locations[0].state is state_of_place
    assert view.cameras[0].up is up
    assert figures.reported[said] == figures.reported_total == 1
    assert figures.observed_total == len(cameras) - 1
    # Nothing of it is in what we observed; its record counts as any other.
    assert figures.uptime.window_s == (86_400.0 if beside else 0.0)
    assert figures.archive.whole == len(cameras)


def test_a_platform_s_point_that_was_never_listed_is_unknown() -> None:
    view = build_view([camera(1, access=Access.PLATFORM)], {1: state(1)}, [], {}, NOW, 1)
    assert view.total().reported[Status.UNKNOWN] == 1
    assert view.looked_at.whole == 0
    # Its state is from when it was still looked at, and told no more.
    (point,) = view.cameras
    assert (point.status, point.up, point.last_look_at) == (Status.UNKNOWN, None, None)


def test_a_view_of_a_city_adds_up() -> None:
    view = city(500)
    total = view.total()
    reported = sum(total.reported.values())
    assert sum(total.cameras.values()) + reported == len(view.cameras) == 500
    assert reported == sum(camera.access is Access.PLATFORM for camera in view.cameras)
    assert (total.observed_total + total.reported_total) == total.total
    assert sum(view.coverage().values()) == len(view.key_locations)
    assert total.uptime.window_s <= 500 * timedelta(days=1).total_seconds() * 1.001
    towns = [view.total(town) for town in view.towns]
    assert sum(town.total for town in towns) == total.total
