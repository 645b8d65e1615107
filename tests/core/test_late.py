"""Late looks are put in their place: named cases, and the same answer in whatever order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry.health import Administration, administrate, expire, replay, step
from camera_registry.intervals import check_history, fold
from camera_registry.late import Anchor, administrations, comes_late, first_change, retell
from camera_registry.vocabulary import (
    HealthPolicy,
    HealthState,
    Observation,
    StateInterval,
    Status,
    Step,
    Transition,
)
from probes.reasons import failure
from probes.vocabulary import Stage, Verdict
from tests.core.test_health_properties import FRESH, T0, changes, histories, policies

POLICY = HealthPolicy()
MINUTE = timedelta(minutes=1)
BASE = Anchor(at=T0, state=FRESH)


def look(minute: float, verdict: Verdict = Verdict.OK) -> Observation:
    cause = failure(Stage.CONNECT, "timeout") if verdict is Verdict.DOWN else None
    return Observation(camera_id=1, started_at=T0 + MINUTE * minute, verdict=verdict, failure=cause)


def down(minute: float) -> Observation:
    return look(minute, Verdict.DOWN)


def told(transitions: tuple[Transition, ...]) -> list[tuple[float, Status]]:
    return [((change.at - T0) / MINUTE, change.after) for change in transitions]


SET = Administration(at=T0 + MINUTE * 10, status=Status.MAINTENANCE)
LIFTED = Administration(at=T0 + MINUTE * 20, status=None)
ONLINE, OFFLINE, UNKNOWN = Status.ONLINE, Status.OFFLINE, Status.UNKNOWN


@pytest.mark.parametrize(
    ("looks", "late", "set_by_people", "before", "after"),
    [
        pytest.param(
            [look(5), down(10), down(12), look(20)],
            look(11),
            [],
            [(5, ONLINE), (10, OFFLINE), (20, ONLINE)],
            [(5, ONLINE)],
            id="an ok between two downs undoes an outage",
        ),
        pytest.param(
            [look(5), down(10), look(20)],
            down(9),
            [],
            [(5, ONLINE)],
            [(5, ONLINE), (9, OFFLINE), (20, ONLINE)],
            id="a down beside a single one makes an outage",
        ),
        pytest.param(
            [look(5), look(25)],
            look(15),
            [],
            [(5, ONLINE), (20, UNKNOWN), (25, ONLINE)],
            [(5, ONLINE)],
            id="a look in time keeps evidence from lapsing",
        ),
        pytest.param(
            [look(5)],
            look(15),
            [],
            [(5, ONLINE), (20, UNKNOWN)],
            [(5, ONLINE), (30, UNKNOWN)],
            id="a look later than the last but older than its lapse",
        ),
        pytest.param(
            [look(5), look(14)],
            look(12),
            [SET],
            [(5, ONLINE), (10, Status.MAINTENANCE)],
            [(5, ONLINE), (10, Status.MAINTENANCE)],
            id="during maintenance nothing counts",
        ),
        pytest.param(
            [down(5)],
            down(8),
            [SET],
            [(10, Status.MAINTENANCE)],
            [(5, OFFLINE), (10, Status.MAINTENANCE)],
            id="before maintenance it counts, though it comes after",
        ),
        pytest.param(
            [look(5), down(22), down(23)],
            look(15),
            [SET, LIFTED],
            [
                (5, ONLINE),
                (10, Status.MAINTENANCE),
                (20, UNKNOWN),
                (22, OFFLINE),
            ],
            [
                (5, ONLINE),
                (10, Status.MAINTENANCE),
                (20, UNKNOWN),
                (22, OFFLINE),
            ],
            id="maintenance lifted since, and known anew",
        ),
        pytest.param(
            [look(25)],
            look(-1),
            [],
            [(25, ONLINE)],
            [(25, ONLINE)],
            id="older than the anchor",
        ),
    ],
)
def test_a_late_look(
    looks: list[Observation],
    late: Observation,
    set_by_people: list[Administration],
    before: list[tuple[float, Status]],
    after: list[tuple[float, Status]],
) -> None:
    until = T0 + MINUTE * 34
    in_turn = replay(FRESH, looks, POLICY, set_by_people)
    lapsed = expire(in_turn.state, until, POLICY)
    assert told(in_turn.transitions + lapsed.transitions) == before
    assert comes_late(lapsed.state, late, POLICY)
    retold = retell(BASE, [late, *looks], set_by_people, POLICY, until=until)
    assert told(retold.transitions) == after


@pytest.mark.parametrize(
    ("state", "at", "late"),
    [
        pytest.param(replay(FRESH, [look(5)], POLICY).state, 5, True, id="the same again"),
        pytest.param(replay(FRESH, [look(5)], POLICY).state, 5.1, False, id="the next"),
        pytest.param(replay(FRESH, [down(5)], POLICY).state, 5.4, False, id="a re-check"),
        pytest.param(FRESH, 0, False, id="a new camera's first"),
        pytest.param(
            expire(replay(FRESH, [look(5)], POLICY).state, T0 + MINUTE * 60, POLICY).state,
            60,
            False,
            id="the first after a long stop",
        ),
        pytest.param(
            administrate(FRESH, Status.MAINTENANCE, T0 + MINUTE).state,
            0.9,
            True,
            id="on its way when maintenance began",
        ),
    ],
)
def test_what_is_late(state: HealthState, at: float, late: bool) -> None:
    assert comes_late(state, look(at), POLICY) is late


class Ledger:
    """What a store does, in memory: looks as they come, in turn or late, and anchors at night."""

    def __init__(self, policy: HealthPolicy) -> None:
        self.policy = policy
        self.state = FRESH
        self.anchors = [BASE]
        self.looks: dict[datetime, Observation] = {}
        self.transitions: list[Transition] = []

    def history(self) -> tuple[StateInterval, ...]:
        return fold(1, FRESH.since, self.transitions)

    def move(self, taken: Step) -> None:
        self.state = taken.state
        self.transitions += taken.transitions

    def take_in(self, seen: Observation) -> None:
        if self.looks.setdefault(seen.started_at, seen) is not seen:
            return
        late = comes_late(self.state, seen, self.policy)
        if not late and seen.started_at > self.anchors[-1].at:
            self.move(step(self.state, seen, self.policy))
            return
        before = [anchor for anchor in self.anchors if anchor.at < seen.started_at]
        if not before:
            return
        base, later = before[-1], self.anchors[len(before) :]
        history = self.history()
        since = [one for one in history if one.end is None or one.end > base.state.since]
        retold = retell(
            base,
            [one for one in self.looks.values() if one.started_at > base.at],
            administrations(since),
            self.policy,
            later=[anchor.at for anchor in later],
            until=T0,
        )
        self.state = retold.state
        self.anchors = [*before, *retold.anchors]
        kept = [change for change in self.transitions if change.at <= base.state.since]
        self.transitions = [*kept, *retold.transitions]


arrivals = st.lists(st.sampled_from([0, 0, 0, 7, 45, 200]), min_size=40, max_size=40)
SECONDS_30 = timedelta(seconds=30)


@given(histories, changes, policies, arrivals, st.lists(st.integers(0, 250), max_size=6))
@settings(max_examples=400, deadline=None)
def test_any_order_of_arrival_leads_to_the_same_history(
    looks: list[Observation],
    set_by_people: list[Administration],
    policy: HealthPolicy,
    delays: list[int],
    nights: list[int],
) -> None:
    looks = [one for one in looks if one.started_at > T0]
    people = [Administration(at=c.at + SECONDS_30, status=c.status) for c in set_by_people]
    ledger = Ledger(policy)
    # What happens when: (moment, kind, number, what); evidence lapses at each moment.
    events: list[tuple[datetime, int, int, Observation | Administration | None]] = [
        *(
            (one.started_at + MINUTE * d, 1, n, one)
            for n, (one, d) in enumerate(zip(looks, delays, strict=False))
        ),
        *((one.started_at + MINUTE * 90, 2, n, one) for n, one in enumerate(looks[:5])),
        *((change.at, 0, n, change) for n, change in enumerate(people)),
        *(
            (T0 + MINUTE * m + SECONDS_30 / 2, 3, n, None)
            for n, m in enumerate(sorted(set(nights)))
        ),
    ]
    for at, _, _, what in sorted(events, key=lambda event: event[:3]):
        ledger.move(expire(ledger.state, at - MINUTE * 3, policy))
        if isinstance(what, Observation):
            ledger.take_in(what)
        elif isinstance(what, Administration):
            ledger.move(expire(ledger.state, at, policy))
            ledger.move(administrate(ledger.state, what.status, at))
        else:
            ledger.anchors.append(Anchor(at=at, state=ledger.state))
        check_history(ledger.history())
    end = T0 + timedelta(days=1)
    ledger.move(expire(ledger.state, end, policy))
    straight = replay(FRESH, looks, policy, people)
    lapsed = expire(straight.state, end, policy)
    assert ledger.state == lapsed.state
    assert tuple(ledger.transitions) == straight.transitions + lapsed.transitions
    for anchor in ledger.anchors:
        rest = replay(
            anchor.state,
            [one for one in looks if one.started_at > anchor.at],
            policy,
            [change for change in people if change.at > anchor.at],
        )
        assert expire(rest.state, end, policy).state == lapsed.state


def test_where_two_histories_part() -> None:
    def history(*changes: tuple[int, Status]) -> tuple[StateInterval, ...]:
        made = []
        status = UNKNOWN
        for minute, after in changes:
            at = T0 + MINUTE * minute
            made.append(Transition(camera_id=1, at=at, before=status, after=after))
            status = after
        return fold(1, T0, made)

    one = history((5, ONLINE), (10, OFFLINE))
    assert first_change(one, one) is None
    assert first_change(one, history((5, ONLINE))) == T0 + MINUTE * 10
    assert first_change(history((5, ONLINE)), one) == T0 + MINUTE * 10
    assert first_change(one, history((5, ONLINE), (8, OFFLINE))) == T0 + MINUTE * 8
    assert first_change(one, history((5, OFFLINE), (10, ONLINE))) == T0 + MINUTE * 5
