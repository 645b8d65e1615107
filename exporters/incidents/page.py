"""The pages of incidents: the list, and one of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from camera_registry.incidents.book import MAX_NAME, MAX_NOTE, Acknowledgement
from camera_registry.incidents.clocks import waits_for_an_answer
from camera_registry.incidents.figures import GroupFigures, Grouping, RepairFigures
from camera_registry.incidents.maintenance import Window, WindowState, state_of
from camera_registry.incidents.vocabulary import Cause, Incident
from camera_registry.pictures.vocabulary import EvidenceFrame, EvidenceKind
from camera_registry.read_model import CameraView, FleetView
from camera_registry.rollups import Ratio
from exporters.incidents.wording import IncidentText
from exporters.page import environment, frame
from exporters.words import Words
from probes.vocabulary import ProbeResult, Stage

# A page is one to be read; the API has all of them.
MAX_LISTED = 100
MAX_LATELY = 30
MAX_MEMBERS = 60
MAX_GROUPS = 20
_REFRESH_S = 30
# Soon the service has taken in what was sent.
_REFRESH_WAITING_S = 6
# A page that is written into, or shows pictures (each time would be a view), stays as it is.
_NO_REFRESH_S = 86_400
# A fault's picture may be older than the incident: it stands for a while before it counts.
_BEFORE = timedelta(hours=6)

_SortKey = Callable[[Incident], Any]
# Windows in these states are shown first: they count, or will.
COUNTING = (WindowState.ACTIVE, WindowState.COMING)
# By what the list is sorted; a minus in front turns it round.
SORTS: Mapping[str, _SortKey] = {
    "age": lambda one: one.opened_at,
    "due": lambda one: one.due_at,
    "cameras": lambda one: -len(one.members),
    "town": lambda one: one.town,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a list is asked for; what it does not know counts as not asked."""

    town: str = ""
    sort: str = "age"
    by: Grouping = Grouping.TOWN

    def turned(self, key: str) -> str:
        """The sort that a column's heading leads to."""
        return f"-{key}" if self.sort == key else key


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The tiles."""

    open: int
    upstreams: int
    unacknowledged: int
    overdue: int
    cameras: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLook:
    """The last failing look at one camera, with a picture of before and of the fault."""

    camera: CameraView
    look: ProbeResult | None
    before: EvidenceFrame | None = None
    during: EvidenceFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads a page: by which name they would sign (empty: they give one), and what was wrong
    with what they sent last."""

    name: str = ""
    given: Mapping[str, str]
    wrong: tuple[str, ...] = ()


def render_incidents(
    view: FleetView,
    lately: Sequence[Incident],
    figures: RepairFigures,
    windows: Iterable[Window],
    chosen: Chosen,
    words: Words,
    now: datetime,
) -> str:
    """The list of the open incidents, those resolved lately, windows, and repair times."""
    town = chosen.town if chosen.town in view.towns else ""
    here = [one for one in view.incidents if town in ("", one.town)]
    listed = _sorted(here, chosen.sort)
    groups = figures.groups[chosen.by]
    return render_incident_page(
        "incidents.html",
        words,
        now,
        query="&" + urlencode({"town": town, "sort": chosen.sort, "by": chosen.by.value}),
        refresh_s=_REFRESH_S,
        town=town,
        towns=[row for row in _open_by_town(view) if row[1] or row[0] == town],
        chosen=chosen,
        counts=_counts(here, view, now),
        incidents=listed[:MAX_LISTED],
        more=max(0, len(listed) - MAX_LISTED),
        lately=[one for one in lately if town in ("", one.town)][:MAX_LATELY],
        windows=[one for one in windows if _is_shown(one, now)],
        window_state=lambda window: state_of(window, now).value,
        figures=figures,
        city=_city(figures, town),
        days=round((figures.end - figures.start) / timedelta(days=1)),
        groupings=tuple(Grouping),
        groups=groups[:MAX_GROUPS],
        groups_more=max(0, len(groups) - MAX_GROUPS),
    )


def render_incident(
    incident: Incident,
    view: FleetView,
    looks: Sequence[ShownLook],
    waiting: Sequence[Acknowledgement],
    reader: Reader,
    words: Words,
    now: datetime,
    *,
    pictures: bool,
) -> str:
    """One incident. `pictures`: whether cameras have a page of pictures."""
    cameras = {camera.id: camera for camera in view.cameras}
    known = [cameras.get(one) for one in incident.members]
    has_frames = any(one.before or one.during for one in looks)
    return render_incident_page(
        "incident.html",
        words,
        now,
        refresh_s=_REFRESH_WAITING_S if waiting and not has_frames else _NO_REFRESH_S,
        query="",
        incident=incident,
        members=list(zip(incident.members, known, strict=True))[:MAX_MEMBERS],
        more=max(0, len(known) - MAX_MEMBERS),
        parts_of_it=[one for one in view.merged if one.merged_into == incident.id],
        looks=looks,
        has_frames=has_frames,
        longest=_longest,
        waiting=waiting,
        reader=reader,
        pictures=pictures,
        is_camera=incident.cause is Cause.CAMERA,
        max_name=MAX_NAME,
        max_note=MAX_NOTE,
    )


def look_at(
    camera: CameraView,
    look: ProbeResult | None,
    frames: Iterable[EvidenceFrame],
    incident: Incident,
    now: datetime,
) -> ShownLook:
    """Chooses from a camera's pictures (the newest first) those that tell of an incident."""
    kept = tuple(frames)
    until = incident.resolved_at or now
    faults = (
        one
        for one in kept
        if one.what is EvidenceKind.FAULT
        and incident.opened_at - _BEFORE <= one.captured_at <= until
    )
    references = (
        one
        for one in kept
        if one.what is EvidenceKind.REFERENCE and one.captured_at < incident.opened_at
    )
    return ShownLook(
        camera=camera, look=look, before=next(references, None), during=next(faults, None)
    )


def render_incident_page(template: str, words: Words, now: datetime, **fields: Any) -> str:
    """A page of incidents or of what keeps them from being told."""
    common = frame(words, now)
    told = IncidentText(words, now)
    return (
        environment()
        .get_template(template)
        .render(**common, told=told, waits=waits_for_an_answer, **fields)
    )


def _sorted(incidents: Iterable[Incident], sort: str) -> list[Incident]:
    key = SORTS.get(sort.removeprefix("-"), SORTS["age"])
    in_order = sorted(incidents, key=lambda one: (one.opened_at, one.id))
    return sorted(in_order, key=key, reverse=sort.startswith("-"))


def _open_by_town(view: FleetView) -> list[tuple[str, int]]:
    counts = dict.fromkeys(view.towns, 0)
    for one in view.incidents:
        counts[one.town] = counts.get(one.town, 0) + 1
    return [(town, count) for town, count in counts.items() if town]


def _counts(incidents: Sequence[Incident], view: FleetView, now: datetime) -> Counts:
    affected = {camera_id for one in incidents for camera_id in one.members}
    return Counts(
        open=len(incidents),
        upstreams=sum(one.cause is not Cause.CAMERA for one in incidents),
        unacknowledged=sum(map(waits_for_an_answer, incidents)),
        overdue=sum(now > one.due_at for one in incidents),
        cameras=Ratio(part=len(affected), whole=view.total().total),
    )


def _is_shown(window: Window, now: datetime) -> bool:
    return state_of(window, now) in COUNTING


def _city(figures: RepairFigures, town: str) -> GroupFigures:
    """The figures of the town that is shown, or of the city."""
    named = (one for one in figures.groups[Grouping.TOWN] if one.name == town)
    return next(named, figures.city) if town else figures.city


def _longest(stages: Mapping[Stage, float]) -> float:
    return max(stages.values(), default=0.0) or 1.0
