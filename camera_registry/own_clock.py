"""Whether it is our own clock that is off, rather than the cameras'. Pure.

What a device or an overlay tells is its time less ours, so a clock of ours that is off shows at
every camera at once and by the same amount. The sign: of the cameras that told a time last, nearly
all agree on one offset, in several towns, and it is more than a camera may be off by half. A city's
time server that is off looks the same from here; either is one thing for one person to put right,
and nothing to hold against a camera.

A recorder sets its cameras' clocks, and those of one upstream are looked at one after another: of
each upstream only a few count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTime:
    """A time that a camera told: by how much it is ahead of ours. `upstream` is empty where the
    registry knows of none."""

    camera_id: int
    town: str
    upstream: str
    at: datetime
    offset: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPolicy:
    """When the cameras' offset is ours: `share` of the last `most` cameras, of an upstream at most
    `per_upstream`, lie within `reach` of the middle one; they are `min_cameras` or more in
    `min_towns`; and the middle one is more than `reach` off. What is older than `window` is
    nothing to go by.

    With the usual limit of 60 s for a camera, `reach` is half of it: below that no healthy camera
    is called wrong for our clock's sake. Cameras that nobody sets drift apart and agree on
    nothing; those whose zone is wrong by whole hours do agree, but are not two thirds of a city.
    """

    reach: timedelta = timedelta(seconds=30)
    share: float = 2 / 3
    most: int = 40
    per_upstream: int = 4
    min_cameras: int = 20
    min_towns: int = 4
    window: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurClock:
    """What the cameras say of our clock. `ahead` is how far it is ahead of theirs; None where too
    few told a time lately, or they don't agree."""

    ahead: timedelta | None = None
    wrong: bool = False


def judge_clock(newest_first: Iterable[ToldTime], policy: ClockPolicy, now: datetime) -> OurClock:
    """What the times say that cameras told, one for each camera."""
    counted = list(_counted(newest_first, policy, now))
    if len(counted) < policy.min_cameras:
        return OurClock()
    middle = timedelta(seconds=median(one.offset.total_seconds() for one in counted))
    agreeing = [one for one in counted if abs(one.offset - middle) <= policy.reach]
    if len(agreeing) < max(policy.min_cameras, policy.share * len(counted)):
        return OurClock()
    if len({one.town for one in agreeing}) < policy.min_towns:
        return OurClock()
    return OurClock(ahead=-middle, wrong=abs(middle) > policy.reach)


def _counted(
    newest_first: Iterable[ToldTime], policy: ClockPolicy, now: datetime
) -> Iterator[ToldTime]:
    of_upstream: Counter[tuple[str, str]] = Counter()
    left = policy.most
    for one in newest_first:
        if now - one.at > policy.window:
            continue
        if one.upstream:
            of_upstream[one.town, one.upstream] += 1
            if of_upstream[one.town, one.upstream] > policy.per_upstream:
                continue
        yield one
        left -= 1
        if left == 0:
            return


@dataclass(slots=True)
class CameraClocks:
    """The last times that cameras told, in the order in which they came. Bounded: some large
    recorders in a row leave enough of the others."""

    policy: ClockPolicy = field(default_factory=ClockPolicy)
    limit: int = 400
    _told: dict[int, ToldTime] = field(default_factory=dict)

    def add(self, told: ToldTime) -> None:
        """Takes one in, in place of the camera's last."""
        self._told.pop(told.camera_id, None)
        self._told[told.camera_id] = told
        while len(self._told) > self.limit:
            del self._told[next(iter(self._told))]

    def __len__(self) -> int:
        return len(self._told)

    def ours(self, now: datetime) -> OurClock:
        """What they say of our clock. Any thread may ask."""
        return judge_clock(reversed(list(self._told.values())), self.policy, now)
