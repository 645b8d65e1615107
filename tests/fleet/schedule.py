"""Which fault strikes whom, from when to when. Times are seconds since the city started."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.fleet.faults import FAULTS, HEALTHY, SCRIPTED, UPSTREAM_FAULTS
from tests.fleet.plan import CityPlan, Point, stream

_LATE_SHARE = 0.12
_CHANGE_FROM_S, _CHANGE_TO_S = 900, 5400


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`subject` is a camera's label or an upstream's name; [from_s, to_s), to_s None: for ever."""

    subject: str
    fault: str
    from_s: float = 0
    to_s: float | None = None

    def covers(self, at_s: float) -> bool:
        return self.from_s <= at_s and (self.to_s is None or at_s < self.to_s)


def make_schedule(
    plan: CityPlan,
    *,
    fault_share: float = 0.03,
    recorder_gone: bool = True,
    uplink_down: str | None = None,
) -> list[Entry]:
    """Deal out the scripted faults, one to a camera, to `fault_share` of the points; and one
    recorder gone, and a town's uplink if named.

    About an eighth begin, and an eighth end, a quarter of an hour to an hour and a half after
    the start; the others stand for ever. Points out of use get none.

    Raises:
        ValueError: no town of that name.
    """
    struck = list(_upstream_entries(plan, recorder_gone, uplink_down))
    names = {entry.subject for entry in struck}
    lost_towns = {unit.town for unit in plan.upstreams if unit.name in names and not unit.parent}
    free = [
        point
        for point in plan.points
        if point.administrative == "在用"
        and point.recorder not in names
        and point.town not in lost_towns
    ]
    return struck + list(_deal(free, round(len(plan.points) * fault_share), plan.seed))


def _upstream_entries(
    plan: CityPlan, recorder_gone: bool, uplink_down: str | None
) -> Iterator[Entry]:
    recorders = [unit for unit in plan.upstreams if unit.kind == "recorder"]
    if recorder_gone and recorders:
        chosen = stream(plan.seed, "recorder gone").choice(recorders)
        yield Entry(subject=chosen.name, fault=UPSTREAM_FAULTS["recorder"])
    if uplink_down is not None:
        uplinks = [u for u in plan.upstreams if u.kind == "town_uplink" and u.town == uplink_down]
        if not uplinks:
            raise ValueError(f"no town is called {uplink_down}")
        yield Entry(subject=uplinks[0].name, fault=UPSTREAM_FAULTS["town_uplink"])


def _suits(fault: str, point: Point) -> bool:
    row = FAULTS[fault]
    if row.whole_host and point.recorder:
        return False
    if fault == "wrong_password" and point.auth == "none":
        return False
    return point.onvif or not row.needs_onvif


def _deal(free: list[Point], count: int, seed: int) -> Iterator[Entry]:
    chance = stream(seed, "faults")
    chance.shuffle(free)
    kinds: list[str] = []
    for _ in range(count):
        if not kinds:
            kinds = list(SCRIPTED)
            chance.shuffle(kinds)
        fault = kinds.pop()
        at = next((i for i, point in enumerate(free) if _suits(fault, point)), None)
        if at is None:
            continue
        point = free.pop(at)
        luck = chance.random()
        change = float(chance.randrange(_CHANGE_FROM_S, _CHANGE_TO_S, 30))
        yield Entry(
            subject=point.label,
            fault=fault,
            from_s=change if luck < _LATE_SHARE else 0,
            to_s=change if _LATE_SHARE <= luck < 2 * _LATE_SHARE else None,
        )


class Faults:
    """Who suffers what at a time: upstreams first, then what was set by hand, then the plan."""

    def __init__(self, plan: CityPlan, entries: Iterable[Entry]) -> None:
        self._parents = {unit.name: unit.parent for unit in plan.upstreams}
        self._entries: dict[str, list[Entry]] = {}
        for entry in entries:
            self._entries.setdefault(entry.subject, []).append(entry)
        self._by_hand: dict[str, str] = {}

    def set(self, subject: str, fault: str | None) -> None:
        """From now on; None gives the subject back to the schedule."""
        if fault is None:
            self._by_hand.pop(subject, None)
        else:
            self._by_hand[subject] = fault

    def changes(self) -> list[float]:
        """The times at which the schedule changes something."""
        every = [entry for entries in self._entries.values() for entry in entries]
        times = {entry.from_s for entry in every}
        return sorted(times | {entry.to_s for entry in every if entry.to_s is not None})

    def of(self, point: Point, at_s: float) -> str:
        """The fault of a camera, HEALTHY for none."""
        above = point.upstream
        while above:
            found = self._own(above, at_s)
            if found != HEALTHY:
                return found
            above = self._parents.get(above, "")
        return self._own(point.label, at_s)

    def _own(self, subject: str, at_s: float) -> str:
        by_hand = self._by_hand.get(subject)
        if by_hand is not None:
            return by_hand
        for entry in self._entries.get(subject, ()):
            if entry.covers(at_s):
                return entry.fault
        return HEALTHY
