"""Looks that come in late are put in their place: what followed is told anew. Pure.

An anchor is a camera's health as all looks that started up to a moment make it. A look is late
where history has been written past its start already; then everything after the last anchor before
it is replayed, the anchors after it are made anew on the way, and the answer is what the looks
would have led to had they come in order. The rules in force now are used for all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, zip_longest

from camera_registry.health import ADMINISTRATIVE, Administration, expire, is_late, replay
from camera_registry.vocabulary import (
    HealthPolicy,
    HealthState,
    Observation,
    StateInterval,
    Status,
    Transition,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The state that all looks started up to `at` lead to. Of the last frame it tells nothing."""

    at: datetime
    state: HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """A camera's history since an anchor: the state at its end, the transitions on the way, and
    the anchors later than that one."""

    state: HealthState
    transitions: tuple[Transition, ...]
    anchors: tuple[Anchor, ...]


def comes_late(state: HealthState, observation: Observation, policy: HealthPolicy) -> bool:
    """Whether history has been written past the look's start: by a look that started later (or
    that very look), by people, or by evidence lapsing that the look might have renewed."""
    if is_late(state, observation):
        return True
    if state.evidence_at is None:
        # Set or lifted by people since, or new: nothing before speaks for it any more.
        return observation.started_at < state.since
    # Only a lapse leaves evidence without a status and without anything that speaks against it.
    lapsed = state.status is Status.UNKNOWN and not state.contradictions
    return lapsed and observation.started_at <= state.evidence_at + policy.hold


def retell(
    base: Anchor,
    observations: Iterable[Observation],
    administrations: Iterable[Administration],
    policy: HealthPolicy,
    *,
    later: Iterable[datetime] = (),
    until: datetime,
) -> Retold:
    """What the looks and the administrative changes after `base`, in any order, come to.

    `later` are the moments to make anchors for; `until` is the time up to which results are in,
    for evidence to lapse (see `health.expire`).
    """
    looks, changes = tuple(observations), tuple(administrations)
    state, after = base.state, base.at
    transitions: list[Transition] = []
    anchors: list[Anchor] = []
    for at in sorted(later):
        part = replay(
            state,
            (look for look in looks if after < look.started_at <= at),
            policy,
            (change for change in changes if after < change.at <= at),
        )
        state, after = part.state, at
        transitions += part.transitions
        anchors.append(Anchor(at=at, state=state))
    rest = replay(
        state,
        (look for look in looks if after < look.started_at),
        policy,
        (change for change in changes if after < change.at),
    )
    lapsed = expire(rest.state, until, policy)
    return Retold(
        state=lapsed.state,
        transitions=(*transitions, *rest.transitions, *lapsed.transitions),
        anchors=tuple(anchors),
    )


def administrations(intervals: Sequence[StateInterval]) -> Iterator[Administration]:
    """What people did to a camera, out of its intervals in their order, after the first of them:
    nothing else begins or ends maintenance and retirement, or moves their dates."""
    for before, after in pairwise(intervals):
        if after.status in ADMINISTRATIVE:
            yield Administration(at=after.start, status=after.status)
        elif before.status in ADMINISTRATIVE:
            yield Administration(at=after.start, status=None)


def first_change(
    before: Iterable[StateInterval], after: Iterable[StateInterval]
) -> datetime | None:
    """From when on two histories of a camera that begin alike differ, or None."""
    for old, new in zip_longest(before, after):
        starts = [one.start for one in (old, new) if one is not None]
        if len(starts) == 1 or starts[0] != starts[1] or old.status is not new.status:
            return min(starts)
    return None
