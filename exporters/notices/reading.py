"""Reads a timeline on: from the events that nobody was told of yet to notices. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from camera_registry.incidents.vocabulary import Event, Happening, Incident
from camera_registry.outbox import Notice
from exporters.notices.messages import compose, compose_own, is_told
from exporters.notices.rules import addressees, release_at
from exporters.notices.vocabulary import PAGES, Crew, Facts, OwnTrouble
from exporters.words import Words

# The monitor's own trouble is none of a town's repairs.
OWN_CLASS = "monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of it: notices, how far each timeline is read, and the pages nobody is there
    for."""

    notices: tuple[Notice, ...] = ()
    read_up_to: Mapping[str, int]
    unaddressed: int = 0


def read_on(
    incidents: Iterable[Incident],
    cursors: Mapping[str, int],
    knowing: Mapping[str, Collection[str]],
    crews: Sequence[Crew],
    facts_of: Callable[[Incident], Facts],
    now: datetime,
) -> Reading:
    """Turns each event past its incident's cursor into a notice for each crew that it concerns."""
    notices: list[Notice] = []
    read: dict[str, int] = {}
    unaddressed = 0
    for incident in incidents:
        news = [e for e in incident.timeline if e.number > cursors.get(incident.id, 0)]
        if not news:
            continue
        read[incident.id] = news[-1].number
        told = set(knowing.get(incident.id, ()))
        for event in (one for one in news if is_told(one) or one.what is Happening.MERGED):
            concerned = addressees(incident, event, crews, told)
            unaddressed += event.what is Happening.PAGED and not concerned
            told |= {crew.name for crew in concerned}
            facts = facts_of(incident)
            notices += [_notice(incident, event, crew, facts, now) for crew in concerned]
    return Reading(notices=tuple(notices), read_up_to=read, unaddressed=unaddressed)


def _notice(incident: Incident, event: Event, crew: Crew, facts: Facts, now: datetime) -> Notice:
    return Notice(
        incident_id=incident.id,
        event_number=event.number,
        crew=crew.name,
        what=event.what,
        page=event.what in PAGES,
        town=incident.town,
        repair_class=incident.repair_class,
        at=event.at,
        release_at=release_at(crew, event.what, incident.repair_class, now),
        # A merger is told to nobody; its notice only makes those moot that still wait.
        texts=tuple(
            compose(incident, event, facts, Words.load(language)) for language in crew.languages
        )
        if is_told(event)
        else (),
    )


def own_id(trouble: OwnTrouble) -> str:
    """What the monitor's own trouble is known by among the incidents."""
    return f"{OWN_CLASS}-{trouble.kind.value}-{trouble.since:%Y%m%dT%H%M%SZ}"


def own_notices(
    trouble: OwnTrouble, crews: Iterable[Crew], now: datetime, link: str = ""
) -> list[Notice]:
    """Tells the crews that look after the monitor of its trouble (event 1) or its end (event 2).
    It passes quiet hours: meanwhile nobody watches the city."""
    over = trouble.until is not None
    what = Happening.RESOLVED if over else Happening.PAGED
    return [
        Notice(
            incident_id=own_id(trouble),
            event_number=2 if over else 1,
            crew=crew.name,
            what=what,
            page=not over,
            town="",
            repair_class=OWN_CLASS,
            at=trouble.until or trouble.since,
            release_at=now,
            texts=tuple(
                compose_own(trouble, Words.load(language), link) for language in crew.languages
            ),
        )
        for crew in crews
        if crew.monitor
    ]
