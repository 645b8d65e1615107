"""The JSON of `/api/v1/…`, drawn from a view, and its description. Pure.

Times are ISO 8601 with Asia/Shanghai's offset; ratios are 0 to 1, or null where there is nothing
to count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from camera_registry.platform.vocabulary import Reported
from camera_registry.read_model import (
    CameraView,
    Figures,
    FleetView,
    LocationCounts,
    LocationView,
    coverage_ratio,
)
from camera_registry.rollups import LOCAL_ZONE
from camera_registry.vocabulary import Access, Category, KeyLocationKind, KeyLocationState, Status
from probes.vocabulary import Failure, FaultKind

# A page of 1,000 points is about half a megabyte; a city is seven of them.
MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
_MAX_OFFSET = 10_000_000

Json = dict[str, Any]
Item = TypeVar("Item")


class BadQueryError(ValueError):
    """A query parameter is not understood; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A query parameter that narrows a list: its allowed values (None: any text) and test."""

    name: str
    text: str
    values: type[StrEnum] | None
    test: Callable[[Any, str], bool]


CAMERA_FILTERS = (
    Filter(name="town", text="Name of a town", values=None, test=lambda c, v: c.town == v),
    Filter(name="status", text="Status", values=Status, test=lambda c, v: c.status == v),
    Filter(name="category", text="Category", values=Category, test=lambda c, v: c.category == v),
    Filter(
        name="kind",
        text="Kind of its key location",
        values=KeyLocationKind,
        test=lambda c, v: c.kind == v,
    ),
    Filter(name="access", text="Access", values=Access, test=lambda c, v: c.access == v),
    Filter(
        name="fault",
        text="A picture fault that stands",
        values=FaultKind,
        test=lambda c, v: v in c.faults,
    ),
    Filter(
        name="q",
        text="Text in the name, code, village, grid or upstream, in either case",
        values=None,
        test=lambda c, v: _is_in(v, (c.name, c.label, c.village, c.grid, c.upstream)),
    ),
)
LOCATION_FILTERS = (
    Filter(name="town", text="Name of a town", values=None, test=lambda p, v: p.location.town == v),
    Filter(
        name="kind",
        text="Kind of key location",
        values=KeyLocationKind,
        test=lambda p, v: p.location.kind == v,
    ),
    Filter(
        name="state",
        text="State of coverage",
        values=KeyLocationState,
        test=lambda p, v: p.state == v,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A page of a list."""

    filters: Mapping[str, str] = field(default_factory=dict)
    offset: int = 0
    limit: int = DEFAULT_LIMIT


def parse_query(given: Mapping[str, str], filters: Iterable[Filter]) -> Query:
    """The query of a list.

    Raises:
        BadQueryError: an unknown parameter, or a value that it does not take.
    """
    known = {one.name: one for one in filters}
    chosen: dict[str, str] = {}
    for name, value in given.items():
        if name in ("limit", "offset"):
            continue
        if name not in known:
            names = ", ".join([*known, "limit", "offset"])
            raise BadQueryError(f"unknown parameter {name[:40]!r}; there are: {names}")
        values = known[name].values
        if values is not None and value not in [member.value for member in values]:
            allowed = ", ".join(member.value for member in values)
            raise BadQueryError(f"{name}: {value[:40]!r} is none of {allowed}")
        chosen[name] = value
    return Query(
        filters=chosen,
        offset=_number(given, "offset", 0, 0, _MAX_OFFSET),
        limit=_number(given, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
    )


def _number(given: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    # Bounded in digits first, as int() of a long text is slow.
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else -1
    if not low <= number <= high:
        raise BadQueryError(f"{name}: {value[:40]!r} is no number from {low} to {high}")
    return number


def summary(view: FleetView) -> Json:
    """The figures of the city and of each town."""
    return {
        "generation": view.generation,
        "built_at": iso_time(view.built_at),
        "last_sweep_at": iso_time(view.last_sweep_at),
        "looked_at": {"done": int(view.looked_at.part), "total": int(view.looked_at.whole)},
        "city": _figures(view, None),
        "towns": [{"town": town, **_figures(view, town)} for town in view.towns],
    }


def cameras(view: FleetView, query: Query) -> Json:
    """A page of the cameras, in the order of the registry."""
    open_ones = view.incidents_by_camera()
    return _page(
        view,
        query,
        view.cameras,
        CAMERA_FILTERS,
        lambda camera: camera_document(camera, (one.id for one in open_ones.get(camera.id, ()))),
    )


def key_locations(view: FleetView, query: Query) -> Json:
    """A page of the key locations."""
    return _page(view, query, view.key_locations, LOCATION_FILTERS, _location)


def _page(
    view: FleetView,
    query: Query,
    items: Iterable[Any],
    filters: Iterable[Filter],
    tell: Callable[[Any], Json],
) -> Json:
    return {
        "generation": view.generation,
        "built_at": iso_time(view.built_at),
        **paged(items, query, filters, tell),
    }


def paged(
    items: Iterable[Any],
    query: Query,
    filters: Iterable[Filter],
    tell: Callable[[Any], Json],
) -> Json:
    """The page that is asked for of the items that all filters let through."""
    found = narrowed(items, query.filters, filters)
    return {
        "total": len(found),
        "offset": query.offset,
        "limit": query.limit,
        "items": [tell(item) for item in found[query.offset : query.offset + query.limit]],
    }


def narrowed(
    items: Iterable[Item], chosen: Mapping[str, str], filters: Iterable[Filter]
) -> list[Item]:
    """The items that all chosen filters let through."""
    tests = [(one.test, chosen[one.name]) for one in filters if one.name in chosen]
    return [item for item in items if all(test(item, value) for test, value in tests)]


def _is_in(text: str, texts: Iterable[str]) -> bool:
    sought = text.casefold()
    return any(sought in one.casefold() for one in texts)


def _figures(view: FleetView, town: str | None) -> Json:
    figures: Figures = view.total(town)
    return {
        "points": figures.total,
        "by_status": {status.value: figures.cameras[status] for status in Status},
        "online_ratio": figures.uptime.online.value,
        "observed_ratio": figures.uptime.observed.value,
        "intact_ratio": figures.intact.value,
        "archive_complete_ratio": figures.archive.value,
        "reported": {
            "points": figures.reported_total,
            "by_status": {status.value: figures.reported[status] for status in Status},
        },
        "coverage": _coverage(view.coverage(town)),
        "coverage_by_kind": {
            kind.value: _coverage(view.coverage(town, kind)) for kind in KeyLocationKind
        },
    }


def _coverage(counts: LocationCounts) -> Json:
    return {
        "ratio": coverage_ratio(counts).value,
        **{state.value: counts[state] for state in KeyLocationState},
    }


def camera_document(camera: CameraView, incidents: Iterable[str]) -> Json:
    """A camera as it is told, with the ids of its open incidents."""
    return {
        "id": camera.id,
        "camera": camera.label,
        "name": camera.name,
        "town": camera.town,
        "village": camera.village,
        "grid": camera.grid,
        "category": camera.category.value,
        "kind": camera.kind.value if camera.kind else None,
        "upstream": camera.upstream or None,
        "status": camera.status.value,
        "since": iso_time(camera.since),
        "last_look_at": iso_time(camera.last_look_at),
        "last_frame_at": iso_time(camera.last_frame_at),
        "faults": [fault.value for fault in camera.faults],
        "failure": failure_document(camera.failure),
        "access": camera.access.value,
        "reported": _reported(camera.reported),
        "incidents": list(incidents),
    }


def failure_document(failure: Failure | None) -> Json | None:
    """Why a look failed, in stable words."""
    if failure is None:
        return None
    return {
        "stage": failure.stage.value,
        "reason": failure.reason,
        "blame": failure.blame.value,
        "evidence": failure.evidence,
    }


def _reported(said: Reported | None) -> Json | None:
    if said is None:
        return None
    return {"status": said.status.value, "since": iso_time(said.since), "at": iso_time(said.at)}


def _location(place: LocationView) -> Json:
    return {
        "id": place.location.id,
        "name": place.location.name,
        "town": place.location.town,
        "kind": place.location.kind.value,
        "state": place.state.value,
        "cameras": [
            {"id": camera.id, "camera": camera.label, "status": camera.status.value}
            for camera in place.cameras
        ],
    }


def iso_time(moment: datetime | None) -> str | None:
    """A moment as documents tell it."""
    return moment.astimezone(LOCAL_ZONE).isoformat(timespec="seconds") if moment else None
