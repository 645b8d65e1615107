"""What must hold of the damping rules for every sequence of looks."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry.health import Administration, administrate, expire, replay, step
from camera_registry.intervals import check_history, fold
from camera_registry.vocabulary import HealthPolicy, HealthState, Observation, Status, Transition
from probes.reasons import failure
from probes.vocabulary import FaultKind, Stage, Verdict

T0 = datetime(2026, 3, 1, tzinfo=UTC)
FRESH = HealthState(camera_id=1, since=T0)
KINDS = (FaultKind.BLUR, FaultKind.FROZEN)

policies = st.builds(
    HealthPolicy,
    down_looks=st.integers(2, 3),
    up_looks=st.integers(1, 2),
    fault_looks=st.integers(1, 3),
    clear_looks=st.integers(1, 3),
    hold=st.sampled_from([timedelta(minutes=10), timedelta(minutes=15)]),
)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    verdict = draw(st.sampled_from([Verdict.OK, Verdict.OK, Verdict.DOWN, Verdict.UNKNOWN]))
    faults = draw(st.sets(st.sampled_from(KINDS))) if verdict is Verdict.OK else set()
    return Observation(
        camera_id=1,
        started_at=T0 + timedelta(minutes=draw(st.integers(0, 120))),
        verdict=Verdict.DEGRADED if faults else verdict,
        failure=failure(Stage.CONNECT, "timeout") if verdict is Verdict.DOWN else None,
        faults=tuple(sorted(faults)),
        not_checkable=tuple(sorted(draw(st.sets(st.sampled_from(KINDS))) - faults)),
    )


histories = st.lists(observations(), max_size=40, unique_by=lambda look: look.started_at)
changes = st.lists(
    st.builds(
        Administration,
        at=st.integers(1, 120).map(lambda minutes: T0 + timedelta(minutes=minutes)),
        status=st.sampled_from([Status.MAINTENANCE, Status.RETIRED, None]),
    ),
    max_size=4,
    unique_by=lambda change: change.at,
)


@given(histories, changes, policies)
@settings(max_examples=300, deadline=None)
def test_histories_have_neither_gap_nor_overlap(
    looks: list[Observation], set_by_people: list[Administration], policy: HealthPolicy
) -> None:
    done = replay(FRESH, looks, policy, set_by_people)
    intervals = fold(1, FRESH.since, done.transitions)
    check_history(intervals)
    assert intervals[-1].status is done.state.status
    assert intervals[-1].start == done.state.since
    for change in done.transitions:
        assert change.before is not change.after


@given(histories, changes, policies, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_arrival_and_repeats_do_not_matter(
    looks: list[Observation],
    set_by_people: list[Administration],
    policy: HealthPolicy,
    rng: random.Random,
) -> None:
    again = looks + looks[:3]
    rng.shuffle(again)
    straight = replay(FRESH, sorted(looks, key=lambda look: look.started_at), policy, set_by_people)
    assert replay(FRESH, again, policy, reversed(set_by_people)) == straight


@given(histories, policies, st.integers(0, 120))
@settings(max_examples=200, deadline=None)
def test_a_replay_from_an_anchor_is_a_replay_from_the_start(
    looks: list[Observation], policy: HealthPolicy, minutes: int
) -> None:
    cut = T0 + timedelta(minutes=minutes)
    anchor = replay(FRESH, [look for look in looks if look.started_at <= cut], policy)
    rest = replay(anchor.state, looks, policy)
    whole = replay(FRESH, looks, policy)
    assert rest.state == whole.state
    assert anchor.transitions + rest.transitions == whole.transitions


@given(histories, policies, st.lists(st.integers(0, 130), max_size=10))
@settings(max_examples=200, deadline=None)
def test_expiring_in_between_changes_nothing_in_the_end(
    looks: list[Observation], policy: HealthPolicy, ticks: list[int]
) -> None:
    state, transitions = FRESH, []
    due = sorted(ticks, reverse=True)
    for look in sorted(looks, key=lambda one: one.started_at):
        while due and T0 + timedelta(minutes=due[-1]) <= look.started_at:
            lapsed = expire(state, T0 + timedelta(minutes=due.pop()), policy)
            state, transitions = lapsed.state, [*transitions, *lapsed.transitions]
        taken = step(state, look, policy)
        state, transitions = taken.state, [*transitions, *taken.transitions]
    straight = replay(FRESH, looks, policy)
    assert state == straight.state
    assert tuple(transitions) == straight.transitions


@given(histories, policies)
@settings(max_examples=200, deadline=None)
def test_no_single_look_takes_a_camera_offline(
    looks: list[Observation], policy: HealthPolicy
) -> None:
    for change in replay(FRESH, looks, policy).transitions:
        if change.after is Status.OFFLINE:
            against = [
                look
                for look in looks
                if look.verdict is Verdict.DOWN
                and look.started_at >= change.at - timedelta.resolution
            ]
            assert len(against) >= policy.down_looks


@given(histories, policies)
@settings(max_examples=200, deadline=None)
def test_unknown_looks_move_nothing_but_what_is_unknown_s_cause(
    looks: list[Observation], policy: HealthPolicy
) -> None:
    counted = [look for look in looks if look.verdict is not Verdict.UNKNOWN]
    whole = replay(FRESH, looks, policy)
    without = replay(FRESH, counted, policy)
    end = T0 + timedelta(days=1)

    def told(changes: tuple[Transition, ...]) -> list[tuple[datetime, Status]]:
        return [(change.at, change.after) for change in changes]

    assert told(whole.transitions + expire(whole.state, end, policy).transitions) == told(
        without.transitions + expire(without.state, end, policy).transitions
    )


@given(histories, policies)
@settings(max_examples=200, deadline=None)
def test_known_time_is_never_longer_than_evidence_speaks(
    looks: list[Observation], policy: HealthPolicy
) -> None:
    done = replay(FRESH, looks, policy)
    end = T0 + timedelta(days=1)
    transitions = done.transitions + expire(done.state, end, policy).transitions
    evidence = [look.started_at for look in looks if look.verdict is not Verdict.UNKNOWN]
    for interval in fold(1, T0, transitions):
        if interval.status in (Status.ONLINE, Status.DEGRADED, Status.OFFLINE):
            assert interval.end is not None
            inside = [at for at in evidence if interval.start - timedelta.resolution <= at]
            marks = [*sorted(at for at in inside if at < interval.end), interval.end]
            assert all(after - before <= policy.hold for before, after in pairwise(marks))


@given(histories, policies)
@settings(max_examples=100, deadline=None)
def test_maintenance_forgets(looks: list[Observation], policy: HealthPolicy) -> None:
    state = replay(FRESH, looks, policy).state
    later = T0 + timedelta(days=1)
    out = administrate(state, Status.MAINTENANCE, later).state
    back = administrate(out, None, later + timedelta(hours=1)).state
    assert back == replace(
        FRESH,
        since=later + timedelta(hours=1),
        last_look_at=state.last_look_at,
        last_frame_at=state.last_frame_at,
    )
