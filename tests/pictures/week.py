"""Days of a city's pictures through the real steps: the live look's verdict, the weather, health
and the camera's history, on a clock of their own.

A camera is looked at every half hour of its first day and every hour after it, and again as the
plan would where a look found something. (A picture each five minutes would be a million of them;
what is learnt and what is judged is the same, since a history takes a look in 20 minutes at most.)
Faults are planted at moments in the healthy life of a camera, each in a copy of what was known of
it by then, so that one plant does not disturb another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heapreplace
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np

from camera_registry.health import due_for_recheck, observe, step
from camera_registry.pictures.history import HistoryPolicy, PictureHistory, take_in
from camera_registry.pictures.sun import elevation, light_at
from camera_registry.pictures.weather import Weather, excused
from camera_registry.vocabulary import HealthPolicy, HealthState
from probes.picture.burst import motion
from probes.picture.live import judge_live
from probes.picture.planes import Planes
from probes.picture.sketch import sample, stillness
from probes.reasons import failure, verdict_of
from probes.vocabulary import (
    FaultKind,
    Light,
    PictureContext,
    PictureSlot,
    ProbeResult,
    Sketch,
    Stage,
)
from tests.pictures.plants import Frames, Plant, colourless
from tests.pictures.seasons import Passing, Site, Sky, picture, site

LATITUDE, LONGITUDE = 31.05, 116.95
START = datetime(2026, 11, 1, 16, tzinfo=UTC)
FIRST_DAY_EVERY, EVERY = timedelta(minutes=30), timedelta(hours=1)
SWEEP = timedelta(minutes=5)
# With looks an hour apart evidence must last longer than with the service's own five minutes.
POLICY = HealthPolicy(hold=timedelta(hours=3))
HISTORY = HistoryPolicy()
TOWN = "town"
# Within this many looks a planted fault is to stand; it is looked at no further.
MOST_LOOKS = 4
# So many kinds are planted, each by itself, where a healthy look was made.
AT_ONCE = 3
# Through thicker fog and heavier rain than this nothing is planted.
CLEAR_AIR, LIGHT_RAIN = 0.9, 0.3
# What is suspected is looked at again for an hour, then at its ordinary turn.
MOST_REPEATS = 12


@dataclass(slots=True, kw_only=True)
class Outcome:
    """`false` are faults that came to stand at healthy cameras after the first day, `alarms` single
    looks there that found something; `found` counts by (kind, light) in how many looks a planted
    fault stood, 0 where it never did."""

    looks: int = 0
    false: list[tuple[int, datetime, FaultKind]] = field(default_factory=list)
    alarms: Counter[FaultKind] = field(default_factory=Counter)
    found: dict[tuple[FaultKind, Light], Counter[int]] = field(default_factory=dict)

    def add(self, other: Outcome) -> None:
        self.looks += other.looks
        self.false += other.false
        self.alarms += other.alarms
        for key, counts in other.found.items():
            self.found[key] = self.found.get(key, Counter()) + counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the service holds of a camera between looks."""

    state: HealthState
    history: PictureHistory


class TownSky:
    """The weather of one town: clouds, spells of rain, some mornings of fog, and autumn."""

    def __init__(self, seed: int, days: int) -> None:
        rng = np.random.default_rng(seed)
        hours = 24 * days + 24
        self._clear = np.interp(
            np.arange(hours), np.arange(0, hours, 6), rng.uniform(0, 1, len(range(0, hours, 6)))
        )
        self._rain = np.zeros(hours)
        for _ in range(days):
            first, long = int(rng.integers(hours)), int(rng.integers(2, 8))
            self._rain[first : first + long] = rng.uniform(0.2, 1)
        self._through = np.ones(hours)
        for day in range(days):
            if rng.random() < 0.3:
                # Six hours before and after seven in the morning at most.
                middle, wide = 24 * day + 7 + int(rng.integers(-1, 2)), float(rng.uniform(1.5, 4))
                thick = float(rng.uniform(0.25, 0.8))
                near = np.exp(-(((np.arange(hours) - middle) / wide) ** 2))
                self._through = np.minimum(self._through, 1 - (1 - thick) * near)
        self._days = days

    def at(self, at: datetime) -> Sky:
        hour = (at - START) / timedelta(hours=1)

        def of(course: Any) -> float:
            return float(np.interp(hour, np.arange(len(course)), course))

        return Sky(
            sun=elevation(at, LATITUDE, LONGITUDE),
            clear=of(self._clear),
            rain=of(self._rain),
            through=of(self._through),
            # A season in the days that there are.
            autumn=0.6 * hour / (24 * max(self._days, 1)),
        )


def _passing(place: Site, at: datetime) -> Passing:
    """A lorry in one look of 25; one in seven of them stands there for half an hour."""
    seconds = int((at - START).total_seconds())
    parked = np.random.default_rng((place.seed, seconds // 1800, 5))
    passing = np.random.default_rng((place.seed, seconds))
    for rng, chance in ((parked, 0.006), (passing, 0.04)):
        if rng.random() < chance:
            left = float(rng.uniform(-0.2, 0.6))
            right = left + float(rng.uniform(0.25, 0.6))
            return Passing(seed=seconds, lorry=(max(0.0, left), min(1.0, right)))
    return Passing(seed=seconds)


def look(
    place: Site, at: datetime, frames: Frames, known: _Known, *, burst: bool = False
) -> ProbeResult:
    """What a live look reports of the frame `frames(0)`, or of a burst."""
    planes = frames(0)
    sketch = Sketch(
        luma=sample(planes.luma), digest=f"{at.timestamp():.3f}".encode(), captured_at=at
    )
    shown = [frames(number).luma for number in range(4)] if burst else []
    judged = judge_live(
        planes,
        stillness=stillness(known.state.sketch, sketch),
        motion=motion(shown) if shown else None,
        context=PictureContext(
            light=light_at(at, LATITUDE, LONGITUDE), baselines=known.history.baselines()
        ),
    )
    first = judged.picture.faults[0] if judged.picture.faults else None
    found = failure(Stage.PICTURE, first.kind) if first else None
    return ProbeResult(
        camera_id=str(place.seed),
        started_at=at,
        verdict=verdict_of(found),
        failure=found,
        picture=judged.picture,
        sketch=sketch,
        figures=judged.figures,
    )


def settled(result: ProbeResult, known: _Known, weather: Weather) -> tuple[ProbeResult, _Known]:
    """The result as judged, and what is known of the camera after it."""
    standing = frozenset(fault.kind for fault in known.state.faults if fault.since)
    weather.add(result, TOWN, standing)
    if weather.over(TOWN, result.started_at):
        result = excused(result)
    state = step(known.state, observe(result), POLICY).state
    history = take_in(known.history, result, state, HISTORY)
    return result, _Known(state=state, history=history)


def _standing(state: HealthState) -> set[FaultKind]:
    return {fault.kind for fault in state.faults if fault.since}


def run_town(
    number: int, cameras: int, days: int, plants: Mapping[FaultKind, Plant] = MappingProxyType({})
) -> Outcome:
    """The days of one town, look by look in order of time. Each kind of `plants` is planted once
    by day and once by night at each camera, spread over the days after the first."""
    town = _Town(
        sky=TownSky(number, days),
        weather=Weather(),
        places=[site(1000 * number + at) for at in range(cameras)],
    )
    end = START + timedelta(days=days)
    planted: set[tuple[int, FaultKind, Light]] = set()
    due = [(START + FIRST_DAY_EVERY * (at / cameras), at) for at in range(cameras)]
    while due[0][0] < end:
        at, index = due[0]
        place = town.places[index]
        again = town.look_at(place, at)
        if at - START > timedelta(days=1) and plants and not town.repeats[place.seed]:
            _plant_next(place, at, town.known[place.seed], town.sky, plants, planted, town.outcome)
        regular = _next_regular(at, index, cameras)
        heapreplace(due, (regular if again is None else again, index))
    return town.outcome


def _next_regular(at: datetime, index: int, cameras: int) -> datetime:
    """Each camera has its own minute of the half hour, later of the hour."""
    first_day = START + timedelta(days=1)
    for begun, every in ((START, FIRST_DAY_EVERY), (first_day, EVERY)):
        first = begun + every * (index / cameras)
        found = first if at < first else first + every * ((at - first) // every + 1)
        if found < first_day:
            return found
    return found


@dataclass(slots=True, kw_only=True)
class _Town:
    """What the service knows of a town's cameras. `repeats`: prompt looks since a camera's last
    regular one."""

    sky: TownSky
    weather: Weather
    places: Sequence[Site]
    known: dict[int, _Known] = field(default_factory=dict)
    repeats: Counter[int] = field(default_factory=Counter)
    outcome: Outcome = field(default_factory=Outcome)

    def look_at(self, place: Site, at: datetime) -> datetime | None:
        """Takes a healthy camera's look in; returns when to look promptly again, if so."""
        before = self.known.get(place.seed) or _Known(
            state=HealthState(camera_id=place.seed, since=START),
            history=PictureHistory(camera_id=place.seed),
        )
        found = look(place, at, _healthy(place, self.sky, at), before)
        result, after = settled(found, before, self.weather)
        self.known[place.seed] = after
        if at - START > timedelta(days=1):
            self._count(result, before.state, after.state)
        again = _again(after.state)
        if again is None or self.repeats[place.seed] == MOST_REPEATS:
            self.repeats[place.seed] = 0
            return None
        self.repeats[place.seed] += 1
        return at + again

    def _count(self, result: ProbeResult, before: HealthState, after: HealthState) -> None:
        self.outcome.looks += 1
        for fault in result.picture.faults if result.picture else ():
            self.outcome.alarms[fault.kind] += 1
        for kind in _standing(after) - _standing(before):
            self.outcome.false.append((int(result.camera_id), result.started_at, kind))


def _again(state: HealthState) -> timedelta | None:
    """The service's own cadence, until what is suspected is settled."""
    if due_for_recheck(state):
        return POLICY.recheck
    return SWEEP if any(fault.since is None for fault in state.faults) else None


def _healthy(place: Site, sky: TownSky, at: datetime) -> Frames:
    def frame(number: int) -> Planes:
        then = at + timedelta(seconds=number)
        return picture(place, sky.at(then), _passing(place, then))

    return frame


# Only several frames tell them; they are looked for by a burst.
_BY_BURST = frozenset({FaultKind.SHAKE, FaultKind.FROZEN})


def _plant_next(
    place: Site,
    at: datetime,
    known: _Known,
    sky: TownSky,
    plants: Mapping[FaultKind, Plant],
    planted: set[tuple[int, FaultKind, Light]],
    outcome: Outcome,
) -> None:
    """Plants kinds that this camera has not had yet at this light. A picture without colour has
    no colour cast, and what is planted in fog or rain would be the weather's."""
    light = light_at(at, LATITUDE, LONGITUDE)
    now = sky.at(at)
    soon = light_at(at + MOST_LOOKS * EVERY, LATITUDE, LONGITUDE)
    if light is Light.TWILIGHT or soon is not light or known.state.faults:
        return
    if now.through < CLEAR_AIR or now.rain > LIGHT_RAIN:
        return
    grey = place.infra_red and now.sun < place.switch_at
    slot = PictureSlot.INFRA_RED if grey else PictureSlot(light.value)
    history = known.history.slot(slot)
    if history is None or not history.learnt:
        return
    left = (
        kind
        for kind in plants
        if (place.seed, kind, light) not in planted and not (grey and kind is FaultKind.COLOR_CAST)
    )
    for kind in islice(left, AT_ONCE):
        planted.add((place.seed, kind, light))
        then = at + timedelta(minutes=2)
        looks = _looks_until_found(place, then, known, sky, kind, plants[kind])
        outcome.found.setdefault((kind, light), Counter())[looks] += 1


def _looks_until_found(
    place: Site, at: datetime, known: _Known, sky: TownSky, kind: FaultKind, plant: Plant
) -> int:
    weather = Weather()
    seed = (place.seed, tuple(FaultKind).index(kind))
    healthy = _healthy(place, sky, at)
    if kind is FaultKind.FROZEN:
        # What was seen last is what stands still.
        stuck = healthy(0)
        sketch = Sketch(luma=sample(stuck.luma), digest=b"frozen", captured_at=at)
        known = replace(known, state=replace(known.state, sketch=sketch))
        at += timedelta(minutes=5)
        healthy = lambda number: stuck  # noqa: E731
    grey = place.infra_red and sky.at(at).sun < place.switch_at
    # A bad lens shows the same fault in each look, in a picture of that moment.
    for number in range(1, MOST_LOOKS + 1):
        frames = plant(healthy, np.random.default_rng(seed))
        shown = colourless(frames) if grey and kind is not FaultKind.NO_SIGNAL else frames
        found = look(place, at, shown, known, burst=kind in _BY_BURST)
        _, known = settled(found, known, weather)
        if kind in _standing(known.state):
            return number
        at += POLICY.recheck if due_for_recheck(known.state) else EVERY
        if kind is not FaultKind.FROZEN:
            healthy = _healthy(place, sky, at)
    return 0
