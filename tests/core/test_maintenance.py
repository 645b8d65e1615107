"""Maintenance windows: when they last, what they cover, and which are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from camera_registry.incidents.maintenance import (
    Window,
    WindowState,
    check_window,
    in_maintenance,
    state_of,
)
from camera_registry.incidents.policy import ExplainingPolicy
from camera_registry.incidents.topology import build_topology
from camera_registry.vocabulary import Upstream, UpstreamKind
from tests.views import camera

# 2026-03-02 is a Monday; times of windows are those of Asia/Shanghai.
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONCE = Window(town="青山镇", starts_at=NOON, ends_at=NOON + HOUR, by="王工", created_at=NOON)
NIGHTS = Window(
    town="青山镇",
    starts_at=NOON,
    weekdays=frozenset({1, 5}),
    at=time(23, 30),
    minutes=60,
    by="王工",
    created_at=NOON,
)
ACTIVE, COMING, PAST = WindowState.ACTIVE, WindowState.COMING, WindowState.PAST


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A local moment of March 2026."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - 8 * HOUR


@pytest.mark.parametrize(
    ("window", "now", "state"),
    [
        (ONCE, NOON - HOUR, COMING),
        (ONCE, NOON, ACTIVE),
        (ONCE, NOON + HOUR, PAST),
        (replace(ONCE, removed_at=NOON), NOON, WindowState.REMOVED),
        (NIGHTS, at(2, 23, 29), COMING),
        (NIGHTS, at(2, 23, 30), ACTIVE),
        # Over midnight it is still Monday's.
        (NIGHTS, at(3, 0, 29), ACTIVE),
        (NIGHTS, at(3, 0, 30), COMING),
        (NIGHTS, at(3, 23, 45), COMING),
        (NIGHTS, at(6, 23, 45), ACTIVE),
        # Before it was announced, and after its end, no day counts.
        (NIGHTS, at(2, 0, 10), COMING),
        (replace(NIGHTS, ends_at=at(6, 0)), at(6, 23, 45), PAST),
        (replace(NIGHTS, weekdays=frozenset({7})), at(2, 0, 10) + 7 * DAY, ACTIVE),
    ],
)
def test_when_a_window_lasts(window: Window, now: datetime, state: WindowState) -> None:
    assert state_of(window, now) is state
    topology = build_topology([camera(1)], [], ExplainingPolicy())
    if window.removed_at is None:
        assert in_maintenance([window], topology, now) == ({1} if state is ACTIVE else set())


@pytest.mark.parametrize(
    ("window", "covered"),
    [
        (replace(ONCE, town="", camera_id=2), {2}),
        (replace(ONCE, town="", camera_id=99), set()),
        (replace(ONCE, town="", upstream_id=7), {1, 2, 3}),
        (replace(ONCE, town="", upstream_id=8), {3}),
        (replace(ONCE, town="", upstream_id=99), set()),
        (ONCE, {1, 2, 3}),
        (replace(ONCE, town="柳河镇"), {4}),
    ],
)
def test_what_a_window_covers(window: Window, covered: set[int]) -> None:
    """Below a switch are the cameras of its recorders too."""
    tree = [
        Upstream(id=7, name="交换机", kind=UpstreamKind.SWITCH, town="青山镇"),
        Upstream(id=8, name="录像机", kind=UpstreamKind.RECORDER, parent_id=7, town="青山镇"),
    ]
    cameras = [
        camera(1, upstream_id=7),
        camera(2, upstream_id=7),
        camera(3, upstream_id=8),
        camera(4, town="柳河镇"),
    ]
    topology = build_topology(cameras, tree, ExplainingPolicy())
    assert in_maintenance([window], topology, NOON) == covered


@pytest.mark.parametrize(
    ("window", "wrong"),
    [
        (ONCE, []),
        (NIGHTS, []),
        (replace(ONCE, town=""), ["scope"]),
        (replace(ONCE, camera_id=1), ["scope"]),
        (replace(ONCE, camera_id=1, upstream_id=2, town=""), ["scope"]),
        (replace(ONCE, ends_at=NOON), ["order"]),
        (replace(ONCE, starts_at=NOON - 2 * HOUR, ends_at=NOON - HOUR), ["over"]),
        (replace(ONCE, ends_at=None), ["length"]),
        (replace(ONCE, ends_at=NOON + 30 * DAY), []),
        (replace(ONCE, ends_at=NOON + 30 * DAY + HOUR), ["length"]),
        (replace(NIGHTS, weekdays=frozenset({0, 1})), ["weekdays"]),
        (replace(NIGHTS, weekdays=frozenset({8}), minutes=0), ["weekdays", "minutes"]),
        (replace(NIGHTS, minutes=1441), ["minutes"]),
        (replace(NIGHTS, minutes=1440), []),
        (replace(NIGHTS, ends_at=NOON - HOUR), ["order"]),
    ],
)
def test_which_windows_are_refused(window: Window, wrong: list[str]) -> None:
    assert check_window(window) == wrong
