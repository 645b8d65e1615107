"""Incidents of a small town: a switch with ten cameras, each case a moment told by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry.flapping import NO_LOOKS, remember
from camera_registry.incidents.advance import advance
from camera_registry.incidents.book import Advance, FleetFacts, IncidentBook
from camera_registry.incidents.policy import Assignment, IncidentPolicy
from camera_registry.incidents.topology import Tie, build_topology, tie_of
from camera_registry.incidents.vocabulary import Cause, Happening, RepairClass, Trouble
from camera_registry.vocabulary import HealthState, Status, Upstream, UpstreamKind
from probes.reasons import failure
from probes.vocabulary import Stage
from tests.views import NOW, camera, state

MINUTE = timedelta(minutes=1)
POLICY = IncidentPolicy(
    classes={
        "24h": RepairClass(
            name="24h",
            page_after=3 * MINUTE,
            escalate_after=30 * MINUTE,
            remind_every=240 * MINUTE,
            repair_within=timedelta(hours=24),
        )
    },
    assignments=(Assignment(repair_class="24h"),),
)
SWITCH = Upstream(id=7, name="青山-交换机-01", kind=UpstreamKind.SWITCH, town="青山镇")
CAMERAS = {
    number: camera(number, upstream_id=7, host=f"192.0.2.{number}", name=f"点{number}")
    for number in range(1, 11)
}
TOPOLOGY = build_topology(CAMERAS.values(), [SWITCH], POLICY.explaining)


def well(number: int, at: datetime) -> HealthState:
    return state(number, since=NOW - timedelta(days=1), evidence_at=at, last_look_at=at)


def dead(number: int, since: datetime, at: datetime) -> HealthState:
    return state(
        number,
        Status.OFFLINE,
        since=since,
        evidence_at=at,
        last_look_at=at,
        failure=failure(Stage.CONNECT, "timeout"),
    )


def turn(book: IncidentBook, states: dict[int, HealthState], now: datetime) -> Advance:
    return advance(book, FleetFacts(topology=TOPOLOGY, states=states), now, POLICY)


def told(done: Advance) -> list[Happening]:
    return [event.what for _, event in done.events]


def test_a_dead_camera_whose_neighbours_answer_has_an_incident_of_its_own() -> None:
    states = {number: well(number, NOW + MINUTE) for number in CAMERAS}
    states[3] = dead(3, NOW, NOW + MINUTE)
    done = turn(IncidentBook(), states, NOW + MINUTE)
    (incident,) = done.book.incidents.values()
    assert (incident.cause, incident.camera_id, incident.opened_at) == (Cause.CAMERA, 3, NOW)
    assert told(done) == [Happening.OPENED]
    assert turn(done.book, states, NOW + MINUTE).events == ()
    assert told(turn(done.book, states, NOW + 3 * MINUTE)) == [Happening.PAGED]


def test_an_outage_waits_while_its_neighbours_were_not_looked_at() -> None:
    states = {number: well(number, NOW - MINUTE) for number in CAMERAS}
    states[3] = dead(3, NOW, NOW + MINUTE)
    assert turn(IncidentBook(), states, NOW + MINUTE).events == ()
    after = turn(IncidentBook(), states, NOW + POLICY.explaining.settle)
    assert Happening.OPENED in told(after)


@pytest.mark.parametrize("page_after", [timedelta(), MINUTE, 3 * MINUTE])
def test_a_switch_whose_cameras_are_found_one_by_one_is_the_only_page(
    page_after: timedelta,
) -> None:
    """Whoever is found first waits for its neighbours, however soon its class pages."""
    service = replace(POLICY.classes["24h"], page_after=page_after)
    policy = replace(POLICY, classes={"24h": service})
    states = {number: well(number, NOW - MINUTE) for number in CAMERAS}
    book, paged = IncidentBook(), []
    last = NOW + 8 * MINUTE
    for now in [NOW + number * MINUTE / 2 for number in CAMERAS] + [last]:
        if now < last:
            number = (now - NOW) // (MINUTE / 2)
            states[number] = dead(number, now, now)
        done = advance(book, FleetFacts(topology=TOPOLOGY, states=states), now, policy)
        book = done.book
        paged += [
            book.incidents[key].cause for key, one in done.events if one.what is Happening.PAGED
        ]
    assert paged == [Cause.SWITCH]


def test_a_dead_switch_is_one_incident_and_its_survivors_split_off() -> None:
    states = {number: dead(number, NOW, NOW + MINUTE) for number in CAMERAS}
    done = turn(IncidentBook(), states, NOW + 4 * MINUTE)
    (incident,) = done.book.incidents.values()
    assert (incident.cause, incident.upstream_id) == (Cause.SWITCH, 7)
    assert incident.members == tuple(CAMERAS)
    assert told(done) == [Happening.OPENED, Happening.PAGED]
    back = NOW + 60 * MINUTE
    for number in range(1, 10):
        states[number] = replace(well(number, back + 9 * MINUTE), since=back)
    states[10] = dead(10, NOW, back + 9 * MINUTE)
    over = turn(done.book, states, back + POLICY.recover_after)
    assert over.book.incidents[incident.id].resolved_at == back
    (single,) = (one for one in over.book.incidents.values() if one.open)
    assert (single.cause, single.members, single.opened_at) == (Cause.CAMERA, (10,), NOW)


def test_who_was_not_looked_at_since_the_switch_came_back_is_no_survivor_yet() -> None:
    """However soon an incident may be over: else each camera that the sweep has yet to come to
    would be paged, by a clock that began with the switch's trouble."""
    policy = replace(POLICY, recover_after=timedelta())
    states = {number: dead(number, NOW, NOW + MINUTE) for number in CAMERAS}
    done = turn(IncidentBook(), states, NOW + 4 * MINUTE)
    back = NOW + 60 * MINUTE
    for number in CAMERAS:
        at = back + number * MINUTE / 4
        states[number] = replace(well(number, at), since=at)
        done = advance(done.book, FleetFacts(topology=TOPOLOGY, states=states), at, policy)
        assert not {Happening.OPENED, Happening.PAGED} & set(told(done))
    assert [one.open for one in done.book.incidents.values()] == [False]


def test_one_that_was_paged_is_a_part_of_its_switchs_until_that_is_over() -> None:
    states = {number: well(number, NOW + MINUTE) for number in CAMERAS}
    states[3] = dead(3, NOW, NOW + MINUTE)
    done = turn(IncidentBook(), states, NOW + MINUTE)
    done = turn(done.book, states, NOW + 3 * MINUTE)
    (paged,) = done.book.incidents
    assert done.book.merged == ()
    gone = NOW + 5 * MINUTE
    states = {number: dead(number, NOW if number == 3 else gone, gone) for number in CAMERAS}
    done = turn(done.book, states, gone + MINUTE)
    assert [one.id for one in done.book.merged] == [paged]
    back = gone + 10 * MINUTE
    states = {number: state(number, since=back, evidence_at=back) for number in CAMERAS}
    done = turn(done.book, states, back + 30 * MINUTE)
    assert done.book.merged == ()


def test_nothing_known_opens_and_resolves_nothing() -> None:
    states = {number: well(number, NOW + MINUTE) for number in CAMERAS}
    states[3] = dead(3, NOW, NOW + MINUTE)
    done = turn(IncidentBook(), states, NOW + MINUTE)
    blank = {number: state(number, Status.UNKNOWN, since=NOW + 2 * MINUTE) for number in CAMERAS}
    after = turn(done.book, blank, NOW + 90 * MINUTE)
    assert after.events == ()
    assert [one.open for one in after.book.incidents.values()] == [True]


@given(st.dictionaries(st.sampled_from(sorted(CAMERAS)), st.integers(0, 30)), st.randoms())
@settings(max_examples=60, deadline=None)
def test_past_settling_every_down_camera_is_in_exactly_one_open_incident(
    onsets: dict[int, int], order: random.Random
) -> None:
    now = NOW + 31 * MINUTE + POLICY.explaining.settle
    states = {
        number: dead(number, NOW + onsets[number] * MINUTE, now)
        if number in onsets
        else well(number, now)
        for number in CAMERAS
    }
    shuffled = list(states.items())
    order.shuffle(shuffled)
    done = turn(IncidentBook(), states, now)
    again = turn(IncidentBook(), dict(shuffled), now)
    assert again.book.incidents == done.book.incidents
    opened = [one for one in done.book.incidents.values() if one.open]
    assert sorted(member for one in opened for member in one.members) == sorted(onsets)


def test_a_sign_tells_what_tied_its_cameras() -> None:
    hosts = [camera(n, host="192.0.2.1", name=f"甲{n}") for n in (1, 2)]
    nets = [camera(n, host=f"192.0.3.{n}", name=f"乙{n}") for n in range(3, 9)]
    poles = [camera(n, host=f"cam{n}.example", pole="城东-017") for n in (9, 10)]
    found = build_topology([*hosts, *nets, *poles], [], POLICY.explaining).groups.values()
    assert {group.tie for group in found} == {Tie.HOST, Tie.SUBNET, Tie.POLE, Tie.TOWN}
    for group in found:
        assert tie_of(group.cause, group.sign) is group.tie


# Going to and fro


def swinging(number: int, at: datetime, *, changes: int = 8, calm: int = 0) -> HealthState:
    """A camera whose last looks failed and succeeded by turns, and then were well; its status
    stood."""
    looks = NO_LOOKS
    for turn_of in range(changes):
        looks = remember(looks, down=turn_of % 2 == 0)
    for _ in range(calm):
        looks = remember(looks, down=False)
    return replace(well(number, at), looks=looks)


def test_going_to_and_fro_begins_when_it_is_seen() -> None:
    """However long the status has stood: else its repair would be overdue at once."""
    states = {number: well(number, NOW) for number in CAMERAS}
    states[3] = swinging(3, NOW)
    done = turn(IncidentBook(), states, NOW + MINUTE)
    (incident,) = done.book.incidents.values()
    assert (incident.trouble, incident.camera_id) == (Trouble.FLAPPING, 3)
    assert incident.opened_at == NOW
    assert told(done) == [Happening.OPENED]
    calm = {**states, 3: swinging(3, NOW + 90 * MINUTE, calm=20)}
    over = turn(done.book, calm, NOW + 90 * MINUTE).book.incidents[incident.id]
    assert over.resolved_at == NOW + 90 * MINUTE


@pytest.mark.parametrize("order", [sorted(CAMERAS), sorted(CAMERAS, reverse=True)])
def test_a_switch_that_flaps_is_one_incident(order: list[int]) -> None:
    """Each of its cameras is seen to flap at its own time; none is told of by itself."""
    states = {number: well(number, NOW) for number in CAMERAS}
    book, paged = IncidentBook(), []
    last = NOW + 10 * MINUTE
    for now in [NOW + step * MINUTE / 5 for step in range(len(order))] + [last]:
        if now < last:
            number = order[(now - NOW) // (MINUTE / 5)]
            states[number] = swinging(number, now)
        done = turn(book, states, now)
        book = done.book
        paged += [book.incidents[key] for key, one in done.events if one.what is Happening.PAGED]
    (told_of,) = paged
    assert (told_of.cause, told_of.trouble) == (Cause.SWITCH, Trouble.FLAPPING)
    (incident,) = (one for one in book.incidents.values() if one.open)
    assert incident.members == tuple(CAMERAS)
    assert incident.opened_at == NOW
    later = last + 60 * MINUTE
    calm = {number: swinging(number, later, calm=20) for number in CAMERAS}
    calm[4] = dead(4, later - 5 * MINUTE, later)
    after = turn(book, calm, later)
    assert after.book.incidents[incident.id].resolved_at == later
    (single,) = (one for one in after.book.incidents.values() if one.open)
    assert (single.cause, single.members) == (Cause.CAMERA, (4,))


def test_a_few_that_flap_below_a_switch_are_their_own() -> None:
    states = {number: well(number, NOW) for number in CAMERAS}
    states |= {number: swinging(number, NOW) for number in range(1, 9)}
    done = turn(IncidentBook(), states, NOW)
    assert {one.cause for one in done.book.incidents.values()} == {Cause.CAMERA}
    assert len(done.book.incidents) == 8


def test_a_dead_switch_that_begins_to_flap_stays_the_same_incident() -> None:
    states = {number: dead(number, NOW, NOW + MINUTE) for number in CAMERAS}
    done = turn(IncidentBook(), states, NOW + 4 * MINUTE)
    (first,) = done.book.incidents.values()
    now = NOW + 60 * MINUTE
    done = turn(done.book, {number: swinging(number, now) for number in CAMERAS}, now)
    (incident,) = done.book.incidents.values()
    assert (incident.id, incident.trouble, incident.open) == (first.id, Trouble.FLAPPING, True)
    gone = now + 90 * MINUTE
    states = {number: dead(number, now + 5 * MINUTE, gone) for number in CAMERAS}
    done = turn(done.book, states, gone)
    (incident,) = done.book.incidents.values()
    assert (incident.trouble, incident.open) == (Trouble.DOWN, True)


def test_the_end_of_flapping_is_dated_by_the_looks_and_not_by_the_turn() -> None:
    states = {number: swinging(number, NOW) for number in CAMERAS}
    done = turn(IncidentBook(), states, NOW)
    calm = {
        number: swinging(number, NOW + (60 * MINUTE if number < 10 else 61 * MINUTE), calm=20)
        for number in CAMERAS
    }
    ends = {
        incident.resolved_at
        for later in (61 * MINUTE, 90 * MINUTE)
        for incident in turn(done.book, calm, NOW + later).book.incidents.values()
    }
    assert ends == {NOW + 61 * MINUTE}
