"""Transitions folded to intervals, clipped and measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry.intervals import (
    BrokenHistoryError,
    check_history,
    clip,
    fold,
    seconds_by_status,
    window_seconds,
)
from camera_registry.vocabulary import StateInterval, Status, Transition

T0 = datetime(2026, 3, 1, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def change(seconds: int, before: Status, after: Status) -> Transition:
    return Transition(camera_id=1, at=at(seconds), before=before, after=after)


def interval(status: Status, start: int, end: int | None) -> StateInterval:
    return StateInterval(
        camera_id=1, status=status, start=at(start), end=None if end is None else at(end)
    )


HISTORY = (
    interval(Status.UNKNOWN, 0, 10),
    interval(Status.ONLINE, 10, 70),
    interval(Status.OFFLINE, 70, None),
)


def test_fold() -> None:
    changes = [
        change(10, Status.UNKNOWN, Status.ONLINE),
        change(70, Status.ONLINE, Status.OFFLINE),
    ]
    assert fold(1, T0, changes) == HISTORY
    assert fold(1, T0, []) == (interval(Status.UNKNOWN, 0, None),)
    check_history(HISTORY)
    check_history([])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (change(0, Status.UNKNOWN, Status.ONLINE), "not later"),
        (change(5, Status.ONLINE, Status.OFFLINE), "from online, but it is unknown"),
        (replace(change(5, Status.UNKNOWN, Status.ONLINE), camera_id=2), "of camera 2"),
    ],
)
def test_fold_refuses_what_does_not_follow(broken: Transition, said: str) -> None:
    with pytest.raises(BrokenHistoryError, match=said):
        fold(1, T0, [broken])


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([interval(Status.ONLINE, 0, 10), interval(Status.OFFLINE, 11, None)], "gap"),
        ([interval(Status.ONLINE, 0, 10), interval(Status.OFFLINE, 9, None)], "overlap"),
        ([interval(Status.ONLINE, 0, None), interval(Status.OFFLINE, 9, None)], "still open"),
        ([interval(Status.ONLINE, 5, 5), interval(Status.OFFLINE, 5, None)], "no length"),
        ([interval(Status.ONLINE, 0, 10)], "has ended"),
        ([HISTORY[0], replace(HISTORY[1], camera_id=2)], "of camera 2"),
    ],
)
def test_a_broken_history_is_named(history: list[StateInterval], said: str) -> None:
    with pytest.raises(BrokenHistoryError, match=said):
        check_history(history)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 100, {Status.UNKNOWN: 10.0, Status.ONLINE: 60.0, Status.OFFLINE: 30.0}),
        (20, 30, {Status.ONLINE: 10.0}),
        (70, 80, {Status.OFFLINE: 10.0}),
        (-50, 5, {Status.UNKNOWN: 5.0}),
        (-50, 0, {}),
        (30, 30, {}),
    ],
)
def test_seconds_in_a_window(start: int, end: int, expected: dict[Status, float]) -> None:
    assert seconds_by_status(HISTORY, at(start), at(end)) == expected
    assert window_seconds({1: HISTORY}, at(start), at(end)) == {1: expected}


def test_clip() -> None:
    assert clip(HISTORY, at(5), at(75)) == (
        interval(Status.UNKNOWN, 5, 10),
        interval(Status.ONLINE, 10, 70),
        interval(Status.OFFLINE, 70, 75),
    )
    assert clip(HISTORY, at(10), at(70)) == (HISTORY[1],)
    assert clip(HISTORY, at(-5), at(0)) == ()


@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from(Status)), min_size=1, max_size=8),
    st.integers(-20, 300),
    st.integers(0, 300),
)
@settings(max_examples=200, deadline=None)
def test_equal_to_a_second_by_second_reckoning(
    parts: list[tuple[int, Status]], start: int, length: int
) -> None:
    history, each_second, moment = [], {}, 0
    for number, (seconds, status) in enumerate(parts):
        last = number == len(parts) - 1
        history.append(interval(status, moment, None if last else moment + seconds))
        moment += seconds
        for second in range(moment - seconds, 700 if last else moment):
            each_second[second] = status
    counted: dict[Status, float] = {}
    for second in range(start, start + length):
        if second in each_second:
            counted[each_second[second]] = counted.get(each_second[second], 0.0) + 1.0
    window = at(start), at(start + length)
    assert seconds_by_status(history, *window) == counted
    check_history([*history])
    assert seconds_by_status(clip(history, *window), *window) == counted
