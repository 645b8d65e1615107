"""The JSON of `/api/v1/incidents…`, and what it reads. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from camera_registry.incidents.book import Acknowledgement
from camera_registry.incidents.vocabulary import Cause, Incident, Trouble
from camera_registry.read_model import FleetView
from camera_registry.vocabulary import KeyLocationKind
from exporters.api import BadQueryError, Filter, Json, iso_time, paged, parse_query
from exporters.incidents.document import (
    event_document,
    incident_document,
    look_document,
    member_document,
    waiting_document,
)
from exporters.incidents.page import ShownLook
from exporters.incidents.wording import State, state_of


class Answered(StrEnum):
    """Whether somebody took an incident on."""

    YES = "yes"
    NO = "no"


INCIDENT_FILTERS = (
    Filter(name="town", text="Name of a town", values=None, test=lambda i, v: i.town == v),
    Filter(
        name="state",
        text="Open ones, which is the default, or the last that ended or became parts of others",
        values=State,
        test=lambda i, v: state_of(i) == v,
    ),
    Filter(
        name="cause", text="What is to be repaired", values=Cause, test=lambda i, v: i.cause == v
    ),
    Filter(name="trouble", text="How it shows", values=Trouble, test=lambda i, v: i.trouble == v),
    Filter(
        name="kind",
        text="The most urgent kind of key location among its cameras",
        values=KeyLocationKind,
        test=lambda i, v: i.kind == v,
    ),
    Filter(
        name="repair_class",
        text="Name of a repair class",
        values=None,
        test=lambda i, v: i.repair_class == v,
    ),
    Filter(
        name="acknowledged",
        text="Whether somebody took it on",
        values=Answered,
        test=lambda i, v: (i.acknowledged_at is not None) is (v == Answered.YES),
    ),
    Filter(
        name="camera",
        text="Id of a camera that has a part in it",
        values=None,
        test=lambda i, v: v in map(str, i.members),
    ),
)


def incidents(found: Iterable[Incident], given: Mapping[str, str], now: datetime) -> Json:
    """A page of incidents.

    Raises:
        BadQueryError: an unknown parameter, or a value that it does not take.
    """
    query = parse_query(given, INCIDENT_FILTERS)
    return {
        "at": iso_time(now),
        **paged(found, query, INCIDENT_FILTERS, lambda one: incident_document(one, now)),
    }


def incident(
    one: Incident,
    view: FleetView,
    looks: Collection[ShownLook],
    waiting: Iterable[Acknowledgement],
    now: datetime,
) -> Json:
    """One incident with all that is known of it."""
    members = set(one.members)
    return {
        **incident_document(one, now),
        "timeline": [event_document(event) for event in one.timeline],
        "members": [
            member_document(camera.id, camera.label, camera.name, camera.status, camera.failure)
            for camera in view.cameras
            if camera.id in members
        ],
        "looks": [look_document(shown.look) for shown in looks if shown.look],
        "pictures": _pictures(looks),
        "waiting": [waiting_document(asked) for asked in waiting],
    }


def _pictures(looks: Iterable[ShownLook]) -> list[Json]:
    return [
        {
            "url": f"/evidence/{frame.id}.jpg",
            "camera_id": frame.camera_id,
            "what": frame.what.value,
            "captured_at": iso_time(frame.captured_at),
        }
        for shown in looks
        for frame in (shown.during, shown.before)
        if frame is not None
    ]


def read_fields(document: Mapping[str, object], names: Collection[str]) -> dict[str, str]:
    """Texts of a document that has no other fields.

    Raises:
        BadQueryError: naming the field that is unknown or no text.
    """
    for name, value in document.items():
        if name not in names:
            raise BadQueryError(f"unknown field {name[:40]!r}; there are: {', '.join(names)}")
        if not isinstance(value, str):
            raise BadQueryError(f"{name}: no text")
    return {name: str(value) for name, value in document.items()}
