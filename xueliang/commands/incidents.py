"""`xueliang incidents`: what is to be repaired, one incident with its timeline, repair times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from camera_registry.incidents.figures import GroupFigures, Grouping, RepairFigures
from camera_registry.incidents.vocabulary import Cause, Incident
from camera_registry.store import cameras as camera_store
from camera_registry.store import health as health_store
from camera_registry.store import incidents as incident_store
from camera_registry.store.statements import PORTION
from camera_registry.vocabulary import Camera, HealthState
from exporters.api import Json
from exporters.incidents.document import (
    event_document,
    figures_document,
    incident_document,
    member_document,
    present_status,
)
from exporters.incidents.wording import IncidentText, not_open_text
from exporters.page import PageText
from exporters.words import Words
from probes.clock import SystemClock
from xueliang.commands.options import (
    BadState,
    Moment,
    Refusal,
    config_option,
    json_option,
    lang_option,
    print_json,
    settings_of,
)
from xueliang.incident_desk import figures_of
from xueliang.registry import open_registry
from xueliang.settings import Settings

# A terminal is no place for hundreds of cameras; --json gives them all.
MAX_SHOWN_CAMERAS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Which incidents are to be listed."""

    town: str | None
    camera: str | None
    ended: bool
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    """An incident with its cameras as they are now."""

    incident: Incident
    cameras: Mapping[int, Camera]
    states: Mapping[int, HealthState]


@click.command("incidents")
@click.argument("incident_id", metavar="[ID]", required=False)
@click.option("--town", help="Only those of this town.")
@click.option("--camera", help="Only those that this camera (its code or id) has a part in.")
@click.option("--all", "ended", is_flag=True, help="Those that ended last, too.")
@click.option("--since", type=Moment(), help="All that were open at any time since then.")
@click.option("--figures", is_flag=True, help="Repair times and times between failures, 30 days.")
@lang_option
@json_option
@config_option
@click.pass_context
def incidents_command(
    context: click.Context,
    incident_id: str | None,
    town: str | None,
    camera: str | None,
    ended: bool,
    since: datetime | None,
    figures: bool,
    lang: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """What is to be repaired: the open incidents, the oldest first; or the one of this ID with its
    timeline; or (--figures) how long repairs take, by town, maintainer and model."""
    chosen = [incident_id is not None, any((town, camera, ended, since)), figures]
    if sum(chosen) > 1:
        raise Refusal("give an ID, or options of the list, or --figures")
    settings = settings_of(context, config)
    now, words = SystemClock().now(), Words.load(lang)
    if figures:
        found = asyncio.run(_figures(settings, now))
        _told(as_json, figures_document(found), lambda: _print_figures(found, words, now))
    elif incident_id is not None:
        one = asyncio.run(_one(settings, incident_id, words))
        _told(as_json, _one_document(one, now), lambda: _print_one(one, words, now))
    else:
        asked = _Asked(town=town, camera=camera, ended=ended, since=since)
        listed = asyncio.run(_listed(settings, asked, now))
        document = [incident_document(incident, now) for incident in listed]
        _told(as_json, document, lambda: _print_list(listed, words, now))


def _told(as_json: bool, document: object, print_it: Callable[[], None]) -> None:
    if as_json:
        print_json(document)
    else:
        print_it()


# What is asked of the database


async def _listed(settings: Settings, asked: _Asked, now: datetime) -> list[Incident]:
    async with open_registry(settings.database) as database:
        if asked.since is not None:
            found: Sequence[Incident] = await incident_store.overlapping(database, asked.since, now)
        else:
            found = await incident_store.load_open(database)
            if asked.ended:
                ended = await incident_store.lately_resolved(database, PORTION)
                found = (*found, *reversed(ended))
        if asked.camera is not None:
            camera = await camera_store.find(database, asked.camera)
            if camera is None:
                raise BadState(f"no camera {asked.camera}")
            found = [one for one in found if camera.id in one.members]
    return [one for one in found if asked.town in (None, one.town)]


async def _one(settings: Settings, incident_id: str, words: Words) -> _One:
    async with open_registry(settings.database) as database:
        found = await incident_store.find(database, incident_id)
        if found is None:
            raise BadState(not_open_text(incident_id, None, words))
        cameras = await camera_store.load_some(database, found.members)
        states = await health_store.load_states(database)
    return _One(incident=found, cameras={one.id: one for one in cameras}, states=states)


async def _figures(settings: Settings, now: datetime) -> RepairFigures:
    async with open_registry(settings.database) as database:
        cameras = await camera_store.load_all(database)
        return await figures_of(database, {one.id: one for one in cameras}, now)


def _one_document(one: _One, now: datetime) -> Json:
    members = []
    for camera in one.cameras.values():
        status, failure = present_status(one.states.get(camera.id))
        members.append(member_document(camera.id, camera.label, camera.name, status, failure))
    return {
        **incident_document(one.incident, now),
        "timeline": [event_document(event) for event in one.incident.timeline],
        "members": members,
    }


# What is shown


def _table(words: Words, *keys: str) -> Table:
    return Table(*(words[key] for key in keys), box=None)


def _print_list(incidents: Sequence[Incident], words: Words, now: datetime) -> None:
    if not incidents:
        click.echo(words["incident.page.none"])
        return
    told, page = IncidentText(words, now), PageText(words, now)
    keys = ("id", "what", "town", "trouble", "since", "age", "due", "by", "cameras")
    table = _table(words, *(f"incident.column.{key}" for key in keys))
    for one in incidents:
        row = (
            one.id,
            _name(one, words, told),
            one.town,
            words[f"trouble.{one.trouble.value}"],
            page.time(one.opened_at),
            told.lasted(one),
            f"{told.left(one)} ({one.repair_class})" if one.open else told.state(one),
            one.acknowledged_by,
            str(len(one.members)),
        )
        late = one.open and told.is_late(one)
        table.add_row(*map(escape, row), style="dim" if not one.open else "red" if late else "")
    Console().print(table)


def _name(one: Incident, words: Words, told: IncidentText) -> str:
    cause = "" if one.cause is Cause.CAMERA else f"{words[f'cause.{one.cause.value}']} "
    inferred = f" [{words['incident.inferred']}]" if one.inferred else ""
    return f"{cause}{told.subject(one)}{inferred}"


def _print_one(one: _One, words: Words, now: datetime) -> None:
    incident = one.incident
    told, page = IncidentText(words, now), PageText(words, now)
    console = Console()
    facts = Table(box=None, show_header=False)
    for key, text in _facts(incident, words, told, page):
        facts.add_row(words[key], escape(text))
    console.print(facts)
    timeline = _table(
        words, *(f"incident.column.{key}" for key in ("at", "happening", "by", "note"))
    )
    for event in incident.timeline:
        count = len(event.cameras)
        several = words.fill("incident.note.cameras", count=count) if count > 1 else ""
        note = "  ".join(filter(None, (several, told.note(event))))
        what = words[f"happening.{event.what.value}"]
        timeline.add_row(page.clock(event.at), what, escape(event.by), escape(note))
    console.print("", timeline)
    console.print("", _cameras(one, words, told))


def _facts(
    incident: Incident, words: Words, told: IncidentText, page: PageText
) -> list[tuple[str, str]]:
    failure = incident.failure
    stage = f"{words[f'stage.{failure.stage.value}']}: " if failure else ""
    found = [
        ("incident.column.id", incident.id),
        ("incident.column.what", _name(incident, words, told)),
        ("incident.column.town", incident.town),
        ("incident.column.trouble", words[f"trouble.{incident.trouble.value}"]),
        ("incident.column.status", told.state(incident)),
        ("incident.one.failure", f"{stage}{told.failure(failure)}"),
        ("incident.one.check", told.check(incident)),
        ("incident.column.since", page.clock(incident.opened_at)),
        ("incident.column.lasted", told.lasted(incident)),
        ("incident.column.due", f"{page.clock(incident.due_at)}  {told.left(incident)}"),
        ("incident.column.class", told.service(incident)),
        ("incident.column.by", incident.acknowledged_by or words["page.none"]),
    ]
    if incident.inferred:
        found.insert(2, ("incident.one.cause", told.inferred(incident)))
    return found


def _cameras(one: _One, words: Words, told: IncidentText) -> Table:
    table = _table(
        words,
        "incident.column.code",
        "page.camera",
        "incident.column.status",
        "incident.column.failure",
    )
    for camera in list(one.cameras.values())[:MAX_SHOWN_CAMERAS]:
        status, failure = present_status(one.states.get(camera.id))
        why = told.failure(failure) if failure else ""
        table.add_row(camera.label, escape(camera.name), words[f"status.{status.value}"], why)
    if (rest := len(one.cameras) - MAX_SHOWN_CAMERAS) > 0:
        table.add_row(words.fill("incident.one.cameras.more", count=rest, link="--json"))
    return table


def _print_figures(figures: RepairFigures, words: Words, now: datetime) -> None:
    page, console = PageText(words, now), Console()
    console.print(words.fill("repairs.title", days=(figures.end - figures.start).days))
    keys = ("cameras", "failures", "mtbf", "repairs", "mttr", "late")
    for by in Grouping:
        heads = (f"repairs.by.{by.value}", *(f"repairs.column.{key}" for key in keys))
        table = _table(words, *heads)
        for group in figures.groups[by]:
            name = escape(group.name or words["repairs.unnamed"])
            table.add_row(name, *_figures_row(group, words, page))
        table.add_row(words["page.city"], *_figures_row(figures.city, words, page), style="bold")
        console.print("", table)
    console.print("", words["repairs.note"])


def _figures_row(group: GroupFigures, words: Words, page: PageText) -> list[str]:
    between, repair = group.failures.mean, group.repairs.mean
    return [
        page.number(group.cameras),
        page.number(group.failures.failures),
        page.lasted(between) if between is not None else words["page.none"],
        page.number(group.repairs.count),
        page.lasted(repair) if repair is not None else words["page.none"],
        page.number(group.repairs.late),
    ]
