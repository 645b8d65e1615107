"""The run: looks, health, our own network, incidents and notices, by the program's own rules, on a
clock that jumps from one thing that happens to the next."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.replay.city import BEGAN, City
from benchmarks.replay.looks import Agenda, Findings, look, steady
from benchmarks.replay.truth import Trouble
from camera_registry.incidents.advance import advance
from camera_registry.incidents.book import Acknowledgement, FleetFacts, IncidentBook
from camera_registry.incidents.topology import build_topology
from camera_registry.incidents.vocabulary import Happening, Incident
from camera_registry.outbox import Notice
from camera_registry.own_network import (
    NetworkPolicy,
    Outcome,
    RecentOutcomes,
    excused,
    is_excusable,
    outcome,
)
from camera_registry.vocabulary import HealthState, Status
from exporters.notices.reading import read_on
from exporters.notices.rules import HOUR, Sent, draft, sort_out
from exporters.notices.vocabulary import Crew, Facts
from probes.vocabulary import ProbeResult
from xueliang.fleet import settle_results, settle_time
from xueliang.incident_rules import Rules
from xueliang.plan import Cadence

# How often the incidents are gone through. The program does it every few seconds.
TURN = timedelta(seconds=60)
# A look's answer is in by then.
LOOK = timedelta(seconds=6)
CADENCE = Cadence(
    sweep_every=timedelta(minutes=5),
    spread=0.8,
    recheck=timedelta(seconds=25),
    onvif_every=timedelta(days=1),
)
# Of the pages so many are taken on, so much later.
_TAKEN_ON = 0.7
_TAKEN_ON_AFTER_MIN = (3, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as a crew got it: when, of which incident, as it stood then."""

    at: datetime
    incident: Incident
    crew: str
    what: Happening


@dataclass(slots=True)
class Outcomes:
    """What came of a run."""

    pages: list[Page] = field(default_factory=list)
    messages: int = 0
    notices: int = 0
    moot: int = 0
    looks: int = 0
    incidents: dict[str, Incident] = field(default_factory=dict)
    members: dict[str, set[int]] = field(default_factory=dict)


class _Fleet(Mapping[int, HealthState]):
    """The states at the run's clock; a sleeping camera's is carried there when it is asked for."""

    def __init__(self, city: City, agenda: Agenda) -> None:
        self.states: dict[int, HealthState] = {}
        self.asleep: set[int] = set()
        self.now = BEGAN
        self._cameras = city.cameras
        self._agenda = agenda

    def __getitem__(self, camera_id: int) -> HealthState:
        state = self.states[camera_id]
        if camera_id in self.asleep:
            state = self._agenda.carried_to(self._cameras[camera_id], state, self.now)
            self.states[camera_id] = state
        return state

    def __iter__(self) -> Iterator[int]:
        return iter(self.states)

    def __len__(self) -> int:
        return len(self.states)


class Run:
    """One city, one truth, one set of rules."""

    def __init__(
        self,
        city: City,
        truth: list[Trouble],
        start: datetime,
        *,
        rules: Rules,
        crews: tuple[Crew, ...],
        seed: int,
        sleep: bool = True,
    ) -> None:
        self.city = city
        self.outcomes = Outcomes()
        self._findings = Findings(truth)
        self._policy = rules.incidents
        self._health = {
            camera_id: rules.health.of(camera) for camera_id, camera in city.cameras.items()
        }
        self._crews = crews
        self._sleep = sleep
        self._chance = random.Random(f"people:{seed}")
        self._agenda = Agenda(list(city.cameras.values()), CADENCE, self._health, start)
        self.fleet = _Fleet(city, self._agenda)
        self.fleet.states = {
            camera_id: HealthState(camera_id=camera_id, since=start) for camera_id in city.cameras
        }
        self._topology = build_topology(
            city.cameras.values(), city.upstreams, self._policy.explaining
        )
        self._book = IncidentBook()
        self._recent = RecentOutcomes(NetworkPolicy())
        self._changed: set[int] = set()
        self._answered: deque[int] = deque(city.cameras)
        self._desk = _Desk(crews, self.outcomes)
        self._promised: list[Acknowledgement] = []
        self._now = start

    def until(self, end: datetime) -> Outcomes:
        """Runs up to a moment."""
        while self._now < end:
            self._now += TURN
            away = self._findings.away(self._now)
            if away is not None:
                self._come_back(away)
                continue
            self._look(self._now - LOOK)
            self._turn()
        return self.outcomes

    # Looks

    def _look(self, until: datetime) -> None:
        """Makes the looks that start before a moment, in the order of their starts."""
        while self._agenda and self._agenda.peek() < until:
            at, camera_id = self._agenda.pop()
            self._one_look(at, camera_id)

    def _one_look(self, at: datetime, camera_id: int) -> None:
        camera = self.city.cameras[camera_id]
        self.fleet.now = at
        state = self.fleet[camera_id]
        self.fleet.asleep.discard(camera_id)
        result = self._judged(look(camera, at, self._findings.at(camera_id, at)), state)
        settled = settle_results({camera_id: state}, [result], self._health[camera_id])
        assert not settled.late
        self.outcomes.looks += 1
        after = settled.states[0]
        self.fleet.states[camera_id] = after
        self._changed.add(camera_id)
        self._agenda.put(camera_id, self._next(camera_id, state, after, at))

    def _next(
        self, camera_id: int, before: HealthState, after: HealthState, at: datetime
    ) -> datetime:
        """The plan's next look or, for a steady camera, its first one after the truth changes."""
        due = self._agenda.next_look(self.city.cameras[camera_id], after)
        if not (self._sleep and steady(before, after)) or self._findings.troubled_ourselves(at):
            return due
        change = self._findings.changes_after(camera_id, at)
        if change is None:
            self.fleet.asleep.add(camera_id)
            return datetime.max.replace(tzinfo=at.tzinfo)
        skipped = max(0, (change - due) // CADENCE.sweep_every)
        if skipped:
            self.fleet.asleep.add(camera_id)
            due += skipped * CADENCE.sweep_every
        return due

    def _judged(self, result: ProbeResult, state: HealthState) -> ProbeResult:
        """What the service does: a look that our own network spoilt becomes unknown."""
        camera = self.city.cameras[int(result.camera_id)]
        offline = state.status is Status.OFFLINE
        seen = outcome(result, camera.town, was_offline=offline)
        if seen is None:
            return result
        if seen.silent and not self._findings.ours(result.started_at):
            # In a city thirty looks a second are answered: those of cameras that sleep here.
            for shift in (-0.02, 0.02):
                self._recent.add(self._answer(result.started_at + timedelta(seconds=shift)))
        self._recent.add(seen)
        if is_excusable(result.failure) and self._recent.ours(result.started_at):
            return excused(result)
        return result

    def _answer(self, at: datetime) -> Outcome:
        while True:
            self._answered.rotate(-1)
            camera = self.city.cameras[self._answered[0]]
            if self._findings.at(camera.id, at) is None:
                return Outcome(
                    started_at=at, camera_id=str(camera.id), town=camera.town, silent=False
                )

    def _come_back(self, at: datetime) -> None:
        """Our process was away up to then: what it knew lapses (`hold` is the same for all), and
        the looks that it missed are made, spread over a minute."""
        self._now = at
        self.fleet.now = at
        for camera_id in list(self.fleet.asleep):
            # Its last look was the one before we went away.
            self.fleet.asleep.discard(camera_id)
        lapsed = settle_time(self.fleet.states.values(), at, self._health[1])
        for state in lapsed.states:
            self.fleet.states[state.camera_id] = state
            self._changed.add(state.camera_id)
        waiting = []
        while self._agenda and self._agenda.peek() <= at:
            waiting.append(self._agenda.pop()[1])
        for number, camera_id in enumerate(waiting):
            self._agenda.put(camera_id, at + timedelta(seconds=60 * number / len(waiting)))

    # Turns

    def _turn(self) -> None:
        now = self._now
        self.fleet.now = now
        taken_on = [one for one in self._promised if one.at <= now]
        self._promised = [one for one in self._promised if one.at > now]
        turn = advance(
            self._book,
            FleetFacts(topology=self._topology, states=self.fleet),
            now,
            self._policy,
            changed=self._changed,
            acknowledgements=taken_on,
        )
        self._book = turn.book
        self._changed = set()
        for incident in turn.changed:
            self.outcomes.incidents[incident.id] = incident
            self.outcomes.members.setdefault(incident.id, set()).update(incident.members)
        self._desk.tell(turn.changed, now)
        for incident_id, event in turn.events:
            if event.what is Happening.PAGED and self._chance.random() < _TAKEN_ON:
                later = timedelta(minutes=self._chance.uniform(*_TAKEN_ON_AFTER_MIN))
                self._promised.append(
                    Acknowledgement(incident_id=incident_id, at=now + later, by="王工")
                )


class _Desk:
    """The outbox as the database would keep it; a message is delivered when it is made."""

    def __init__(self, crews: tuple[Crew, ...], outcomes: Outcomes) -> None:
        self._crews = crews
        self._outcomes = outcomes
        self._cursors: dict[str, int] = {}
        self._knowing: dict[str, set[str]] = {}
        self._waiting: dict[str, list[Notice]] = {crew.name: [] for crew in crews}
        self._told: dict[str, set[str]] = {crew.name: set() for crew in crews}
        self._sent: dict[str, deque[tuple[datetime, bool]]] = {crew.name: deque() for crew in crews}

    def tell(self, changed: tuple[Incident, ...], now: datetime) -> None:
        if changed:
            reading = read_on(
                changed, self._cursors, self._knowing, self._crews, lambda _: Facts(), now
            )
            self._cursors |= reading.read_up_to
            for notice in reading.notices:
                self._waiting[notice.crew].append(notice)
                self._knowing.setdefault(notice.incident_id, set()).add(notice.crew)
        for crew in self._crews:
            if self._waiting[crew.name]:
                self._deliver(crew, now)

    def _deliver(self, crew: Crew, now: datetime) -> None:
        sent = self._sent[crew.name]
        while sent and sent[0][0] <= now - HOUR:
            sent.popleft()
        pages = sum(page for _, page in sent)
        kept, moot = sort_out(self._waiting[crew.name], self._told[crew.name])
        made = draft(crew, kept, Sent(pages=pages, others=len(sent) - pages), now)
        self._outcomes.moot += len(moot)
        self._waiting[crew.name] = kept
        if made is None:
            return
        out = {one.key for one in made.notices}
        self._waiting[crew.name] = [one for one in kept if one.key not in out]
        sent.append((now, made.page))
        self._outcomes.messages += 1
        self._outcomes.notices += len(made.notices)
        for notice in made.notices:
            self._told[crew.name].add(notice.incident_id)
            if notice.what in (Happening.PAGED, Happening.REOPENED):
                self._outcomes.pages.append(
                    Page(
                        at=now,
                        incident=self._outcomes.incidents[notice.incident_id],
                        crew=crew.name,
                        what=notice.what,
                    )
                )
