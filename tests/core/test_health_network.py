"""Whose network is gone: runs of looks over the towns of a city, as tables."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from camera_registry.own_network import (
    NetworkPolicy,
    Outcome,
    RecentOutcomes,
    excused,
    is_excusable,
    is_silent,
    outcome,
    silent_run,
)
from probes.reasons import REASONS, failure
from probes.vocabulary import Failure, ProbeResult, Stage, Verdict

T0 = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = NetworkPolicy()


def outcomes(pattern: list[tuple[int, bool]], step_s: float = 0.05) -> list[Outcome]:
    """One look after another: (town, silent), each at its own camera."""
    return [
        Outcome(
            started_at=T0 + timedelta(seconds=step_s * number),
            camera_id=str(number),
            town=str(town),
            silent=silent,
        )
        for number, (town, silent) in enumerate(pattern)
    ]


def around(towns: int, count: int, silent: set[int]) -> list[tuple[int, bool]]:
    """Looks going round the towns in turn."""
    return [(n % towns, n % towns in silent) for n in range(count)]


ALL = set(range(15))
CASES = {
    "nothing answers anywhere": (around(15, 60, ALL), True),
    "one town's uplink among the others": (around(15, 600, {3}), False),
    "a whole town of 500 looked at in a row": ([(3, True)] * 500, False),
    "three towns in a row, one after the other": (
        [(1, True)] * 200 + [(2, True)] * 200 + [(3, True)] * 200,
        False,
    ),
    "half of the towns": (around(15, 600, set(range(7))), False),
    "too few cameras to tell": (around(15, 29, ALL), False),
    "just enough": (around(15, 30, ALL), True),
    "an answer now and then shows that the network lives": (
        [(n % 15, n % 20 != 0) for n in range(600)],
        False,
    ),
    "answers long before and after do not hide the outage": (
        [*around(15, 50, set()), *around(15, 100, ALL), *around(15, 50, set())],
        True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_table(name: str) -> None:
    pattern, expected = CASES[name]
    looks = outcomes(pattern)
    at = looks[len(looks) // 2].started_at
    assert silent_run(looks, at, POLICY) is expected


def test_the_same_camera_again_is_no_other_camera() -> None:
    looks = [
        Outcome(
            started_at=T0 + timedelta(seconds=n),
            camera_id=str(n % 20),
            town=str(n % 5),
            silent=True,
        )
        for n in range(80)
    ]
    assert not silent_run(looks, looks[40].started_at, POLICY)


def test_looks_long_apart_are_no_run() -> None:
    looks = outcomes(around(15, 60, ALL), step_s=60)
    assert not silent_run(looks, looks[30].started_at, POLICY)


def test_a_look_before_the_outage_is_not_excused() -> None:
    looks = outcomes([*around(15, 50, set()), *around(15, 100, ALL)])
    assert not silent_run(looks, looks[10].started_at, POLICY)
    assert silent_run(looks, looks[50].started_at, POLICY)
    assert silent_run(looks, looks[-1].started_at, POLICY)


def test_the_order_in_which_results_come_in_does_not_matter() -> None:
    looks = outcomes([*around(15, 50, set()), *around(15, 100, ALL), *around(15, 50, set())])
    shuffled = looks.copy()
    random.Random(1).shuffle(shuffled)
    recent = RecentOutcomes(POLICY)
    for one in shuffled:
        recent.add(one)
    assert [recent.ours(one.started_at) for one in looks] == [
        silent_run(looks, one.started_at, POLICY) for one in looks
    ]


@pytest.mark.parametrize("limit", [40, 14_000])
def test_what_is_remembered_is_bounded(limit: int) -> None:
    recent = RecentOutcomes(POLICY, limit)
    for one in outcomes(around(15, 4000, set()), step_s=1.0):
        recent.add(one)
    assert not recent.ours(T0)
    assert len(recent) == min(limit, 91)


@pytest.mark.parametrize(
    ("found", "silent"),
    [
        (None, False),
        (failure(Stage.CONNECT, "timeout"), True),
        (failure(Stage.CONNECT, "unreachable"), True),
        (failure(Stage.RESOLVE, "timeout"), True),
        (failure(Stage.CONNECT, "refused"), False),
        (failure(Stage.CONNECT, "peer_closed"), False),
        (failure(Stage.AUTH, "credentials_wrong"), False),
        (failure(Stage.DESCRIBE, "timeout"), False),
    ],
)
def test_what_counts_as_no_answer(found: Failure | None, silent: bool) -> None:
    assert is_silent(found) is silent
    verdict = REASONS[found.stage, found.reason].verdict if found else Verdict.OK
    result = ProbeResult(camera_id="1", started_at=T0, verdict=verdict, failure=found)
    seen = outcome(result, "青山镇", was_offline=False)
    assert seen is not None
    assert seen.silent is silent
    assert (outcome(result, "青山镇", was_offline=True) is None) is silent


def test_onvif_timeouts_hide_no_outage() -> None:
    """Whether the device ever answered is not told: it is no answer that would end the run."""
    recent = RecentOutcomes(POLICY)
    for number in range(60):
        stage = Stage.ONVIF if number % 10 == 0 else Stage.CONNECT
        result = ProbeResult(
            camera_id=str(number),
            started_at=T0 + timedelta(seconds=number / 20),
            verdict=Verdict.DOWN,
            failure=failure(stage, "timeout"),
        )
        assert is_excusable(result.failure)
        seen = outcome(result, f"town {number % 15}", was_offline=False)
        assert (seen is None) is (stage is Stage.ONVIF)
        if seen is not None:
            recent.add(seen)
    assert recent.ours(T0 + timedelta(seconds=1.5))


def test_our_own_faults_say_nothing_of_the_network() -> None:
    result = ProbeResult(
        camera_id="1",
        started_at=T0,
        verdict=Verdict.UNKNOWN,
        failure=failure(Stage.PROBER, "overload"),
    )
    assert outcome(result, "青山镇", was_offline=False) is None


def test_an_excused_look_is_unknown_and_keeps_what_was_seen() -> None:
    result = ProbeResult(
        camera_id="1",
        started_at=T0,
        verdict=Verdict.DOWN,
        failure=failure(Stage.CONNECT, "timeout"),
    )
    spared = excused(result)
    assert spared.verdict is Verdict.UNKNOWN
    assert spared.failure == failure(
        Stage.PROBER, "no_network", "nothing answers anywhere; connect: timeout"
    )
