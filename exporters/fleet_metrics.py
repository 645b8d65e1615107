"""The fleet's metric families as text, drawn from one view. Pure.

All of them are gauges, whose lines are the same in the Prometheus text format 0.0.4 and in
OpenMetrics 1.0, so one text serves both. It is written here directly, as prometheus-client's own
path through sample objects takes several times the CPU for the 43,000 lines of a city. (The tests
read it back with prometheus-client's parsers.)

A degraded camera is up: it delivers a stream, and its fault is told by the picture fault beside
it. A fault is told while it shows: not for a camera that is offline or unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from camera_registry.read_model import CameraView, FleetView, coverage_ratio
from camera_registry.rollups import Ratio
from camera_registry.vocabulary import Category, KeyLocationState, Status
from exporters.incident_metrics import incident_text, location_label
from exporters.text_format import escape

# What a platform can say of its points: it judges no picture.
_TOLD_UP = {Status.ONLINE: 1, Status.OFFLINE: 0}
_REPORTED_STATUSES = tuple(status for status in Status if status is not Status.DEGRADED)

# Per camera: its view and its `camera` and `town` labels, escaped once for all families.
_Row = tuple[CameraView, str, str]
_Lines = Callable[[FleetView, list[_Row]], Iterator[str]]


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    text: str
    lines: _Lines


def fleet_text(view: FleetView) -> str:
    """All fleet families of the contract, each with HELP and TYPE, in a fixed order."""
    towns: dict[str, str] = {}
    rows: list[_Row] = []
    for camera in view.cameras:
        town = towns.get(camera.town)
        if town is None:
            town = towns[camera.town] = f'town="{escape(camera.town)}"'
        rows.append((camera, f'camera="{escape(camera.label)}"', town))
    parts: list[str] = []
    for family in _FAMILIES:
        parts.append(f"# HELP {family.name} {family.text}\n# TYPE {family.name} gauge\n")
        parts.extend(family.lines(view, rows))
    parts.append(incident_text(view))
    return "".join(parts)


def _up(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, town in rows:
        up = camera.up
        if up is not None:
            yield (
                f"xueliang_camera_up{{{label},{town},"
                f'category="{camera.category.value}"}} {1 if up else 0}\n'
            )


def _info(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, town in rows:
        kind = camera.kind.value if camera.kind else ""
        yield (
            f'xueliang_camera_info{{{label},name="{escape(camera.name)}",{town},'
            f'village="{escape(camera.village)}",grid="{escape(camera.grid)}",'
            f'category="{camera.category.value}",kind="{kind}",'
            f'upstream="{escape(camera.upstream)}"}} 1\n'
        )


def _picture_fault(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, town in rows:
        for fault in camera.faults:
            yield f'xueliang_camera_picture_fault{{{label},{town},fault="{fault.value}"}} 1\n'


def _last_frame(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, _town in rows:
        if camera.last_frame_at is not None:
            at = camera.last_frame_at.timestamp()
            yield f"xueliang_camera_last_frame_timestamp_seconds{{{label}}} {at:.3f}\n"


def _offline_since(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, town in rows:
        if camera.status is Status.OFFLINE:
            at = camera.since.timestamp()
            yield f"xueliang_camera_offline_since_timestamp_seconds{{{label},{town}}} {at:.3f}\n"


def _longitude(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, town in rows:
        if camera.position:
            yield f"xueliang_camera_longitude_degrees{{{label},{town}}} {camera.position[0]!r}\n"


def _latitude(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, town in rows:
        if camera.position:
            yield f"xueliang_camera_latitude_degrees{{{label},{town}}} {camera.position[1]!r}\n"


def _location_covered(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for place in view.key_locations:
        if place.state is not KeyLocationState.UNKNOWN:
            at = place.location
            covered = int(place.state is KeyLocationState.COVERED)
            yield (
                f'xueliang_key_location_covered{{town="{escape(at.town)}",kind="{at.kind.value}",'
                f'location="{location_label(at)}"}} {covered}\n'
            )


def _cameras(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, category), figures in view.figures.items():
        for status, count in figures.cameras.items():
            labels = f'{_group(town, category)},status="{status.value}"'
            yield f"xueliang_cameras{{{labels}}} {count}\n"


def _key_locations(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, kind), states in view.locations.items():
        for state, count in states.items():
            labels = f'town="{escape(town)}",kind="{kind.value}",state="{state.value}"'
            yield f"xueliang_key_locations{{{labels}}} {count}\n"


def _coverage(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, kind), states in view.locations.items():
        labels = f'town="{escape(town)}",kind="{kind.value}"'
        yield from _ratio("xueliang_coverage_ratio", labels, coverage_ratio(states))


def _online(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, category), figures in view.figures.items():
        yield from _ratio("xueliang_online_ratio", _group(town, category), figures.uptime.online)


def _observed(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, category), figures in view.figures.items():
        yield from _ratio(
            "xueliang_observed_ratio", _group(town, category), figures.uptime.observed
        )


def _intact(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, category), figures in view.figures.items():
        yield from _ratio("xueliang_intact_ratio", _group(town, category), figures.intact)


def _archive(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, category), figures in view.figures.items():
        labels = _group(town, category)
        yield from _ratio("xueliang_archive_complete_ratio", labels, figures.archive)


def _incidents(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, cause), count in view.incidents_open.items():
        labels = f'town="{escape(town)}",cause="{escape(cause)}"'
        yield f"xueliang_incidents_open{{{labels}}} {count}\n"


def _platform_up(_: FleetView, rows: list[_Row]) -> Iterator[str]:
    for camera, label, town in rows:
        told = camera.told
        if camera.reported is not None and told in _TOLD_UP:
            yield (
                f"xueliang_platform_camera_up{{{label},{town},"
                f'category="{camera.category.value}"}} {_TOLD_UP[told]}\n'
            )


def _platform_cameras(view: FleetView, _: list[_Row]) -> Iterator[str]:
    for (town, category), figures in view.figures.items():
        if not any(figures.reported.values()):
            continue
        for status in _REPORTED_STATUSES:
            labels = f'{_group(town, category)},status="{status.value}"'
            yield f"xueliang_platform_cameras{{{labels}}} {figures.reported[status]}\n"


def _platform_age(view: FleetView, _: list[_Row]) -> Iterator[str]:
    newest: dict[str, float] = {}
    for camera in view.cameras:
        if camera.reported is not None and camera.reported.at is not None:
            at = camera.reported.at.timestamp()
            newest[camera.town] = max(at, newest.get(camera.town, at))
    for town, at in sorted(newest.items()):
        labels = f'town="{escape(town)}"'
        yield f"xueliang_platform_last_report_timestamp_seconds{{{labels}}} {at:.3f}\n"


def _network(view: FleetView, _: list[_Row]) -> Iterator[str]:
    yield f"xueliang_own_network_up {int(view.network_up)}\n"


def _group(town: str, category: Category) -> str:
    return f'town="{escape(town)}",category="{category.value}"'


def _ratio(name: str, labels: str, ratio: Ratio) -> Iterator[str]:
    """A ratio of nothing is absent rather than 0 or 1."""
    value = ratio.value
    if value is not None:
        yield f"{name}{{{labels}}} {value!r}\n"


_FAMILIES = (
    _Family(
        "xueliang_camera_up",
        "Whether the camera delivers a stream; absent while unknown, in maintenance or retired.",
        _up,
    ),
    _Family("xueliang_camera_info", "What the camera is, as its labels tell; always 1.", _info),
    _Family(
        "xueliang_camera_picture_fault",
        "1 while this picture fault stands at a camera that delivers a stream.",
        _picture_fault,
    ),
    _Family(
        "xueliang_camera_last_frame_timestamp_seconds",
        "When the last look with a decoded picture started, in Unix time.",
        _last_frame,
    ),
    _Family(
        "xueliang_camera_offline_since_timestamp_seconds",
        "When a camera that is offline became so, in Unix time; absent otherwise.",
        _offline_since,
    ),
    _Family(
        "xueliang_camera_longitude_degrees",
        "Where the camera stands by the archive, WGS-84, east of Greenwich.",
        _longitude,
    ),
    _Family(
        "xueliang_camera_latitude_degrees",
        "Where the camera stands by the archive, WGS-84, north of the equator.",
        _latitude,
    ),
    _Family("xueliang_cameras", "Cameras by status.", _cameras),
    _Family(
        "xueliang_key_location_covered",
        "Whether a camera of the key location is online and intact; absent while unknown.",
        _location_covered,
    ),
    _Family("xueliang_key_locations", "Key locations by state of coverage.", _key_locations),
    _Family(
        "xueliang_coverage_ratio",
        "Key locations with a camera online and intact, of all key locations.",
        _coverage,
    ),
    _Family(
        "xueliang_online_ratio",
        "Time online, of the time judged (not unknown, no maintenance), over the last 24 hours.",
        _online,
    ),
    _Family(
        "xueliang_observed_ratio",
        "Time judged, of all time, over the last 24 hours: what the online ratio speaks of.",
        _observed,
    ),
    _Family(
        "xueliang_intact_ratio",
        "Cameras without a picture fault, of those with a picture.",
        _intact,
    ),
    _Family(
        "xueliang_archive_complete_ratio", "Complete archive records, of all records.", _archive
    ),
    _Family("xueliang_incidents_open", "Incidents open, by what caused them.", _incidents),
    _Family(
        "xueliang_platform_camera_up",
        "What a platform reports of a point that only it reaches; absent where no list speaks.",
        _platform_up,
    ),
    _Family(
        "xueliang_platform_cameras",
        "Points that only a platform reaches, by what it reports; in no other figure.",
        _platform_cameras,
    ),
    _Family(
        "xueliang_platform_last_report_timestamp_seconds",
        "Time of the newest platform list that names a point of the town, in Unix time.",
        _platform_age,
    ),
    _Family(
        "xueliang_own_network_up",
        "0 while cameras of several towns are silent at once: our own network, not theirs.",
        _network,
    ),
)
