"""The families of open incidents, as text. Pure.

Rules fire on `xueliang_incident_paged_timestamp_seconds`, so its labels are those that stay as they
are while the incident is open: another label would be another alert, and a second page. (Only the
repair class may change, when a camera joins an upstream's incident; the rules for upstreams leave
it out.) What else may change (how it shows, at which stage it fails, which key locations nobody
sees) stands in families of its own, joined by `incident`.

One that became a part of another after people were told of it goes on being told as paged, until
that one is over: that it vanished would read as a recovery. `xueliang_incident_merged` tells it
apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from camera_registry.incidents.clocks import begun_at, is_paged
from camera_registry.incidents.vocabulary import Cause, Happening, Incident
from camera_registry.read_model import CameraView, FleetView, LocationView
from camera_registry.vocabulary import KeyLocation, KeyLocationState
from exporters.notices import scrub
from exporters.text_format import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a view tells of incidents. `cameras` and `locations` are by camera id, of their members
    only."""

    open_: tuple[Incident, ...]
    merged: tuple[Incident, ...]
    cameras: Mapping[int, CameraView]
    locations: Mapping[int, tuple[LocationView, ...]]


_Lines = Callable[[_Shown], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    name: str
    text: str
    lines: _Lines


def incident_text(view: FleetView) -> str:
    """All families of incidents, each with HELP and TYPE, in a fixed order."""
    shown = _shown(view)
    parts: list[str] = []
    for family in _FAMILIES:
        parts.append(f"# HELP {family.name} {family.text}\n# TYPE {family.name} gauge\n")
        parts.extend(family.lines(shown))
    return "".join(parts)


def _shown(view: FleetView) -> _Shown:
    open_ = tuple(one for one in view.incidents if one.open)
    members = {camera_id for one in open_ for camera_id in one.members}
    locations: dict[int, tuple[LocationView, ...]] = {}
    for place in view.key_locations:
        for camera in place.cameras:
            if camera.id in members:
                locations[camera.id] = (*locations.get(camera.id, ()), place)
    return _Shown(
        open_=open_,
        merged=tuple(one for one in view.merged if one.paged_at is not None),
        cameras={camera.id: camera for camera in view.cameras if camera.id in members},
        locations=locations,
    )


def _lasting(one: Incident) -> str:
    return (
        f'incident="{escape(one.id)}",town="{escape(one.town)}",cause="{one.cause.value}",'
        f'repair_class="{escape(one.repair_class)}",subject="{escape(scrub.name(one.subject))}"'
    )


def _which(one: Incident) -> str:
    return f'incident="{escape(one.id)}",town="{escape(one.town)}"'


def _info(shown: _Shown) -> Iterator[str]:
    for one in shown.open_:
        stage = one.failure.stage.value if one.failure else ""
        reason = one.failure.reason if one.failure else ""
        category = one.category.value if one.category else ""
        kind = one.kind.value if one.kind else ""
        camera = shown.cameras.get(one.camera_id or 0) if one.cause is Cause.CAMERA else None
        places = shown.locations.get(one.camera_id or 0, ())
        label = escape(camera.label) if camera else ""
        village = escape(scrub.name(camera.village)) if camera else ""
        location = location_label(places[0].location) if camera and places else ""
        yield (
            f'xueliang_incident_info{{{_which(one)},camera="{label}",village="{village}",'
            f'location="{location}",repair_class="{escape(one.repair_class)}",'
            f'trouble="{one.trouble.value}",category="{category}",kind="{kind}",stage="{stage}",'
            f'reason="{reason}",inferred="{"yes" if one.inferred else "no"}"}} 1\n'
        )


def location_label(location: KeyLocation) -> str:
    """A key location's name as a label that messages show. Two that a secret was cut out of are
    still told apart."""
    shown = scrub.name(location.name)
    return escape(shown if shown == location.name else f"{shown} #{location.id}")


def _opened(shown: _Shown) -> Iterator[str]:
    for one in shown.open_:
        at = begun_at(one).timestamp()
        yield f"xueliang_incident_opened_timestamp_seconds{{{_lasting(one)}}} {at:.3f}\n"


def _paged(shown: _Shown) -> Iterator[str]:
    for one in (*shown.open_, *shown.merged):
        if one.paged_at is not None and is_paged(one):
            at = one.paged_at.timestamp()
            yield f"xueliang_incident_paged_timestamp_seconds{{{_lasting(one)}}} {at:.3f}\n"


def _due(shown: _Shown) -> Iterator[str]:
    for one in shown.open_:
        at = one.due_at.timestamp()
        yield f"xueliang_incident_due_timestamp_seconds{{{_lasting(one)}}} {at:.3f}\n"


def _escalations(shown: _Shown) -> Iterator[str]:
    for one in shown.open_:
        yield f"xueliang_incident_escalations{{{_lasting(one)}}} {_escalated(one)}\n"


def _escalated(one: Incident) -> int:
    """How often since it was paged last."""
    count = 0
    for event in reversed(one.timeline):
        if event.what in (Happening.PAGED, Happening.REOPENED):
            break
        count += event.what is Happening.ESCALATED
    return count


def _acknowledged(shown: _Shown) -> Iterator[str]:
    for one in shown.open_:
        taken = int(one.acknowledged_at is not None)
        yield f"xueliang_incident_acknowledged{{{_which(one)}}} {taken}\n"


def _cameras(shown: _Shown) -> Iterator[str]:
    for one in shown.open_:
        yield f"xueliang_incident_cameras{{{_which(one)}}} {len(one.members)}\n"


def _blind(shown: _Shown) -> Iterator[str]:
    for one in shown.open_:
        found = {
            place.location.id: place.location
            for camera_id in one.members
            for place in shown.locations.get(camera_id, ())
            if place.state is KeyLocationState.BLIND
        }
        for at in found.values():
            yield (
                f'xueliang_incident_key_location_blind{{{_which(one)},kind="{at.kind.value}",'
                f'location="{location_label(at)}"}} 1\n'
            )


def _merged(shown: _Shown) -> Iterator[str]:
    for one in shown.merged:
        yield f'xueliang_incident_merged{{{_which(one)},into="{escape(one.merged_into)}"}} 1\n'


_FAMILIES = (
    _Family(
        name="xueliang_incident_info",
        text="How an open incident shows now, as its labels tell; always 1.",
        lines=_info,
    ),
    _Family(
        name="xueliang_incident_opened_timestamp_seconds",
        text="When an open incident began, or last came back, in Unix time.",
        lines=_opened,
    ),
    _Family(
        name="xueliang_incident_paged_timestamp_seconds",
        text="When an open incident was last due to be told to its crew, in Unix time.",
        lines=_paged,
    ),
    _Family(
        name="xueliang_incident_due_timestamp_seconds",
        text="By when an open incident is to be repaired, in Unix time.",
        lines=_due,
    ),
    _Family(
        name="xueliang_incident_escalations",
        text="How often nobody took an open incident on in time since its page.",
        lines=_escalations,
    ),
    _Family(
        name="xueliang_incident_acknowledged",
        text="Whether somebody took an open incident on.",
        lines=_acknowledged,
    ),
    _Family(
        name="xueliang_incident_cameras",
        text="Cameras that an open incident takes down.",
        lines=_cameras,
    ),
    _Family(
        name="xueliang_incident_key_location_blind",
        text="A key location that nobody sees now, with a camera of an open incident; always 1.",
        lines=_blind,
    ),
    _Family(
        name="xueliang_incident_merged",
        text="An incident that people were told of, now a part of another open one; always 1.",
        lines=_merged,
    ),
)
