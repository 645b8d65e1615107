"""Composes what a crew reads from an incident and one event of its timeline. Pure.

A message is written once, when its event happens, and says moments rather than ages ("since
16:42"), so that it is still true when it is delivered late. A failure's evidence is left out: it
may hold what a camera sent, and the crew needs the stage, the reason and what to check first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from camera_registry.incidents.topology import Tie, tie_of
from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.outbox import Text
from exporters.notices import scrub
from exporters.notices.vocabulary import Facts, OwnTrouble, OwnTroubleKind, PointFacts
from exporters.words import Words
from probes.vocabulary import Stage

LOCAL = ZoneInfo("Asia/Shanghai")
# A dead switch has hundreds of cameras; the page behind the link lists them all.
NAMED_CAMERAS = 8
# What a chat shows of a title before it cuts it off.
TITLE_CHARACTERS = 80


def compose(incident: Incident, event: Event, facts: Facts, words: Words) -> Text:
    """The message of one event.

    Raises:
        KeyError: the event is none that people are told of (`OPENED`, `JOINED`, `LEFT`).
    """
    mark = words[f"alert.mark.{event.what.value}"]
    what = _what(incident, event, facts, words)
    town = scrub.name(incident.town)
    title = words.fill("alert.title", mark=mark, town=town, what=what)
    lines = [line for part in _PARTS[event.what] for line in part(incident, event, facts, words)]
    return Text(
        title=title[:TITLE_CHARACTERS],
        line=words.fill("alert.line", title=title, at=_moment(event.at)),
        body="\n".join(lines),
    )


def compose_own(trouble: OwnTrouble, words: Words, link: str = "") -> Text:
    """The message of the monitor's own trouble, or of its end."""
    over = trouble.until is not None
    mark = words["alert.mark.monitor_over" if over else "alert.mark.monitor"]
    what = words[f"alert.own.{trouble.kind.value}"]
    title = words.fill("alert.title.own", mark=mark, what=what)
    lines = [what, words.fill("alert.since", at=_moment(trouble.since))]
    if trouble.until is not None:
        lasted = _duration(trouble.until - trouble.since, words)
        lines.append(words.fill("alert.over", at=_moment(trouble.until), lasted=lasted))
    else:
        if trouble.kind is OwnTroubleKind.CLOCK_WRONG:
            lines.append(words["alert.own.clock_wrong.meaning"])
        elif trouble.unknown:
            lines.append(words.fill("alert.own.meaning", count=trouble.unknown))
        lines.append(
            words.fill("alert.check", action=words[f"alert.own.{trouble.kind.value}.check"])
        )
    if link:
        lines.append(words.fill("alert.link", link=link))
    at = trouble.until or trouble.since
    return Text(
        title=title,
        line=words.fill("alert.line", title=title, at=_moment(at)),
        body="\n".join(lines),
    )


def is_told(event: Event) -> bool:
    """Whether people are told of such an event at all."""
    return event.what in _PARTS


# The title's subject


def _what(incident: Incident, event: Event, facts: Facts, words: Words) -> str:
    over = event.what is Happening.RESOLVED
    subject = _subject(incident, facts, words)
    if incident.cause is Cause.CAMERA:
        key = "alert.what.camera.over" if over else f"alert.what.camera.{incident.trouble.value}"
        return words.fill(key, subject=subject, fault=_fault(incident, words))
    key = "alert.what.upstream.over" if over else f"alert.what.upstream.{incident.trouble.value}"
    cause = words[f"cause.{incident.cause.value}"]
    return words.fill(key, cause=cause, subject=subject, count=len(incident.members))


def _subject(incident: Incident, facts: Facts, words: Words) -> str:
    if incident.cause is Cause.CAMERA and facts.points:
        return scrub.name(facts.points[0].name)
    return scrub.name(incident.subject or sign_shown(incident)) or words["incident.unnamed"]


def sign_shown(incident: Incident) -> str:
    """What an upstream was inferred from, as people are told it: a host's address is told to
    nobody."""
    if not incident.inferred or tie_of(incident.cause, incident.inferred) is Tie.HOST:
        return ""
    return scrub.name(incident.inferred)


def inferred_text(incident: Incident, words: Words) -> str:
    """That an upstream is not in the archive, and what it was inferred from."""
    tie = tie_of(incident.cause, incident.inferred)
    sign = words.fill(f"alert.sign.{tie.value}", sign=sign_shown(incident))
    return words.fill("alert.inferred", sign=sign)


def _fault(incident: Incident, words: Words) -> str:
    found = incident.failure
    if found is not None and found.stage is Stage.PICTURE:
        return words[f"fault.{found.reason}"]
    return words["alert.fault.unnamed"]


# The body, part by part

_Part = Callable[[Incident, Event, Facts, Words], Iterator[str]]


def _who(incident: Incident, _: Event, facts: Facts, words: Words) -> Iterator[str]:
    if incident.cause is Cause.CAMERA:
        point = facts.points[0] if facts.points else None
        label = scrub.name(point.label) if point else str(incident.camera_id)
        yield words.fill("alert.point", name=_subject(incident, facts, words), label=label)
    else:
        cause = words[f"cause.{incident.cause.value}"]
        yield words.fill("alert.upstream", cause=cause, name=_subject(incident, facts, words))
        if incident.inferred:
            yield inferred_text(incident, words)


def _where(incident: Incident, _: Event, facts: Facts, words: Words) -> Iterator[str]:
    village = facts.points[0].village if incident.cause is Cause.CAMERA and facts.points else ""
    place = " · ".join(part for part in (scrub.name(incident.town), scrub.name(village)) if part)
    yield words.fill("alert.town", town=place)


def _key_locations(incident: Incident, _: Event, facts: Facts, words: Words) -> Iterator[str]:
    if incident.cause is Cause.CAMERA:
        for point in facts.points[:1]:
            if point.key_location:
                yield words.fill(
                    "alert.location",
                    name=scrub.name(point.key_location),
                    kind=_kind(point, words),
                )
    if facts.blind:
        yield words.fill("alert.blind", count=len(facts.blind), names=_listed(facts.blind, words))


def _kind(point: PointFacts, words: Words) -> str:
    return words[f"kind.{point.kind.value}"] if point.kind else words["page.none"]


def _cameras(incident: Incident, _: Event, facts: Facts, words: Words) -> Iterator[str]:
    if incident.cause is not Cause.CAMERA and incident.members:
        names = [point.name for point in facts.points]
        yield words.fill(
            "alert.cameras",
            count=len(incident.members),
            names=_listed(names, words, len(incident.members)),
        )


def _listed(names: Sequence[str], words: Words, total: int = 0) -> str:
    shown = words["alert.comma"].join(scrub.name(name) for name in names[:NAMED_CAMERAS])
    more = max(total, len(names)) - min(len(names), NAMED_CAMERAS)
    return words.fill("alert.more", names=shown, more=more) if more else shown


def _failed(incident: Incident, _: Event, __: Facts, words: Words) -> Iterator[str]:
    found = incident.failure
    if found is not None:
        yield words.fill(
            "alert.failed",
            stage=words[f"stage.{found.stage.value}"],
            reason=words[f"reason.{found.stage.value}.{found.reason}"],
        )


def _since(incident: Incident, _: Event, __: Facts, words: Words) -> Iterator[str]:
    yield words.fill("alert.since", at=_moment(incident.opened_at))


def _due(incident: Incident, _: Event, __: Facts, words: Words) -> Iterator[str]:
    hours = round((incident.due_at - incident.opened_at) / timedelta(hours=1))
    yield words.fill("alert.due", at=_moment(incident.due_at), hours=hours)


def _check(incident: Incident, _: Event, __: Facts, words: Words) -> Iterator[str]:
    yield words.fill("alert.check", action=check_first(incident, words))


def check_first(incident: Incident, words: Words) -> str:
    """What whoever goes there looks at first."""
    if incident.cause is not Cause.CAMERA:
        return words[f"alert.check.{incident.cause.value}"]
    if incident.trouble is Trouble.FLAPPING or incident.failure is None:
        return words["alert.check.flapping"]
    return words[f"reason.{incident.failure.stage.value}.{incident.failure.reason}.action"]


def _unacknowledged(incident: Incident, event: Event, _: Facts, words: Words) -> Iterator[str]:
    if incident.acknowledged_at is None and incident.paged_at is not None:
        waited = _duration(event.at - incident.paged_at, words)
        yield words.fill("alert.unacknowledged", at=_moment(incident.paged_at), waited=waited)


def _acknowledged(incident: Incident, event: Event, _: Facts, words: Words) -> Iterator[str]:
    by = scrub.name(event.by or incident.acknowledged_by)
    if event.what is Happening.ACKNOWLEDGED:
        yield words.fill("alert.acknowledged", by=by, at=_moment(event.at))
        if event.note:
            yield words.fill("alert.note", note=scrub.note(event.note))
    elif incident.acknowledged_at is not None:
        yield words.fill("alert.acknowledged", by=by, at=_moment(incident.acknowledged_at))


def _overdue(incident: Incident, _: Event, __: Facts, words: Words) -> Iterator[str]:
    yield words.fill("alert.overdue", at=_moment(incident.due_at))


def _over(incident: Incident, event: Event, _: Facts, words: Words) -> Iterator[str]:
    lasted = _duration(event.at - incident.opened_at, words)
    yield words.fill("alert.over", at=_moment(event.at), lasted=lasted)


def _reopened(incident: Incident, _: Event, __: Facts, words: Words) -> Iterator[str]:
    if incident.reopened:
        yield words.fill("alert.reopened", count=incident.reopened)


def _link(_: Incident, __: Event, facts: Facts, words: Words) -> Iterator[str]:
    if facts.link:
        yield words.fill("alert.link", link=facts.link)


_SUBJECT: tuple[_Part, ...] = (_who, _where, _key_locations, _cameras)
_TO_BE_DONE: tuple[_Part, ...] = (_failed, _since, _due, _check)
_PARTS: dict[Happening, tuple[_Part, ...]] = {
    Happening.PAGED: (*_SUBJECT, _reopened, *_TO_BE_DONE, _link),
    Happening.REOPENED: (*_SUBJECT, _reopened, *_TO_BE_DONE, _link),
    Happening.ESCALATED: (*_SUBJECT, _unacknowledged, *_TO_BE_DONE, _link),
    Happening.REMINDED: (*_SUBJECT, _unacknowledged, _acknowledged, *_TO_BE_DONE, _link),
    Happening.OVERDUE: (*_SUBJECT, _overdue, _unacknowledged, _acknowledged, *_TO_BE_DONE, _link),
    Happening.ACKNOWLEDGED: (_who, _where, _acknowledged, _since, _due, _link),
    Happening.RESOLVED: (_who, _where, _cameras, _since, _over, _reopened, _link),
}


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def _duration(lasted: timedelta, words: Words) -> str:
    minutes = max(0, round(lasted / timedelta(minutes=1)))
    if minutes < 60:
        return words.fill("time.minutes", count=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return words.fill("time.hours", hours=hours, minutes=minutes)
    days, hours = divmod(hours, 24)
    return words.fill("time.days", days=days, hours=hours)
