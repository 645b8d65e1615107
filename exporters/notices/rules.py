"""Who is told what, and when. Pure: the moment comes in as an argument.

Whom. A page goes to the crews of level 1 whose town it is, an escalation one level up. All that
follows (reminders, recovery, who took it on) goes to those who have been told of the incident, and
to nobody else. What nobody has been told of yet and is over is never told: it is `moot`.

When. A notice waits `group_wait` for others like it, so that one cause is one message; in a crew's
quiet hours only pages of its passing classes go out, the rest at their end; classes in a crew's
digest wait for its time of day. Above `per_hour` messages an hour all wait together for the next
free place, and go out as one digest. So what is held back is told late and short, but told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from camera_registry.incidents.vocabulary import Event, Happening, Incident
from camera_registry.outbox import Notice
from exporters.notices.vocabulary import PAGES, Crew, QuietHours

LOCAL = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
# Told in full up to here; more are lines of a digest.
GROUPED = 5
# What a phone shows and a chat takes in one message (WeCom: 2048 bytes of text); the page has all.
DIGEST_LINES = 20

_ENDS = frozenset({Happening.RESOLVED, Happening.MERGED})
# A page at the beginning, and one for what came back: both ask the crew of the town.
_PAGES_ANEW = frozenset({Happening.PAGED, Happening.REOPENED})


def covers(crew: Crew, town: str, crews: Iterable[Crew]) -> bool:
    """Whether a town is a crew's: named by it, or by no other crew of its level."""
    if crew.towns:
        return town in crew.towns
    return not any(town in other.towns for other in crews if other.level == crew.level)


def level_of(incident: Incident, event: Event) -> int:
    """The level that an event reaches: 1 at the page, and one more for each escalation since."""
    level = 1
    for one in reversed(incident.timeline):
        if one.number > event.number:
            continue
        if one.what in _PAGES_ANEW:
            break
        level += one.what is Happening.ESCALATED
    return level


def addressees(
    incident: Incident, event: Event, crews: Sequence[Crew], told: Collection[str]
) -> tuple[Crew, ...]:
    """The crews that an event is told to. `told` are those that know of the incident already.

    An escalation above the highest level is told to the highest level once more: nobody above it
    is no reason to tell nobody.
    """
    knowing = [crew for crew in crews if crew.name in told]
    if event.what is Happening.OVERDUE:
        return _joined(knowing, _of_level(incident.town, crews, level_of(incident, event) + 1))
    if event.what in _PAGES_ANEW:
        return _of_level(incident.town, crews, 1)
    if event.what is Happening.ESCALATED:
        return _of_level(incident.town, crews, level_of(incident, event))
    return tuple(knowing)


def _of_level(town: str, crews: Sequence[Crew], level: int) -> tuple[Crew, ...]:
    """The crews of a town at a level, or at the next one below it that the town has."""
    for reached in range(level, 0, -1):
        found = tuple(c for c in crews if c.level == reached and covers(c, town, crews))
        if found:
            return found
    return ()


def _joined(first: Sequence[Crew], second: Sequence[Crew]) -> tuple[Crew, ...]:
    return (*first, *(crew for crew in second if crew not in first))


# When


def release_at(crew: Crew, what: Happening, repair_class: str, now: datetime) -> datetime:
    """The earliest moment at which a notice that comes up now may go out."""
    page = what in PAGES
    if repair_class in crew.digest_classes:
        return next_time(crew.digest_at, now)
    grouped = now + crew.group_wait
    quiet = crew.quiet
    if quiet is None or (page and repair_class in quiet.passing):
        return grouped
    return quiet_end(quiet, now) or grouped


def quiet_end(quiet: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours end that `now` lies in, or None where it lies in none."""
    local = now.astimezone(LOCAL).time()
    if quiet.start <= quiet.end:
        inside = quiet.start <= local < quiet.end
    else:
        inside = local >= quiet.start or local < quiet.end
    return next_time(quiet.end, now) if inside else None


def next_time(of_day: time, now: datetime) -> datetime:
    """The next moment, after `now`, at which it is that time of day in the city."""
    local = now.astimezone(LOCAL)
    at = local.replace(hour=of_day.hour, minute=of_day.minute, second=of_day.second, microsecond=0)
    return (at if at > local else at + timedelta(days=1)).astimezone(now.tzinfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Notices that go out together; `digest` as lines, else each in full."""

    crew: Crew
    notices: tuple[Notice, ...]
    page: bool
    digest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How many messages a crew's targets were sent in the hour up to now."""

    pages: int = 0
    others: int = 0


def sort_out(waiting: Iterable[Notice], told: Collection[str]) -> tuple[list[Notice], list[Notice]]:
    """Parts a crew's waiting notices into those still to be told and those that are moot.

    What waits of an incident up to its recovery is moot, and so is the recovery itself unless the
    incident is among those that the crew has been `told` of. So is what waits of one that became
    a part of an upstream's: that one is told instead.
    """
    ordered = sorted(waiting, key=lambda one: (one.at, one.incident_id, one.event_number))
    over = {one.incident_id: one.event_number for one in ordered if one.what in _ENDS}
    kept: list[Notice] = []
    moot: list[Notice] = []
    for one in ordered:
        end = over.get(one.incident_id, 0)
        is_end = one.event_number == end and one.what is Happening.RESOLVED
        is_news = one.event_number > end or (is_end and one.incident_id in told)
        (kept if is_news else moot).append(one)
    return kept, moot


def draft(crew: Crew, waiting: Iterable[Notice], sent: Sent, now: datetime) -> Draft | None:
    """What goes out to a crew now, if anything does: all that may, in one message.

    A page takes with it what is due, and is held back only by its own bound. Informative notices
    wait while the bound is used up.
    """
    due = [one for one in waiting if one.release_at <= now]
    pages = [one for one in due if one.page]
    if pages and sent.pages >= crew.per_hour:
        pages = []
    if not pages and (sent.others >= crew.per_hour or all(one.page for one in due)):
        return None
    together = due if pages else [one for one in due if not one.page]
    return Draft(
        crew=crew, notices=tuple(together), page=bool(pages), digest=len(together) > GROUPED
    )


def message_id(notices: Iterable[Notice], target: str) -> str:
    """The id of the message that carries these notices to a target: the same for the same."""
    digest = hashlib.blake2b(digest_size=8)
    for one in sorted(notices, key=lambda one: one.key):
        digest.update(f"{one.incident_id}\n{one.event_number}\n{one.crew}\n".encode())
    digest.update(target.encode())
    return digest.hexdigest()
