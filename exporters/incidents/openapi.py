"""The description of the API's incidents, maintenance windows and notices. Pure."""

from __future__ import annotations

from camera_registry.assessment.corrections import Target
from camera_registry.incidents.maintenance import WindowState
from camera_registry.incidents.vocabulary import Cause, Happening, Trouble
from camera_registry.pictures.vocabulary import EvidenceKind
from camera_registry.vocabulary import Category, KeyLocationKind, Status
from exporters.incidents.api import INCIDENT_FILTERS
from exporters.incidents.windows import WINDOW_FILTERS
from exporters.incidents.wording import State
from exporters.schema import (
    COUNT,
    COUNT_OR_NONE,
    FAILURE,
    NUMBER_OR_NONE,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    TIME_OR_NONE,
    Json,
    enum,
    get,
    get_one,
    list_of,
    object_of,
    or_none,
    path_parameter,
    post,
)

_FLAG: Json = {"type": "boolean"}
_ID = path_parameter("id", "Id of an incident", TEXT)
_NUMBER = path_parameter("number", "Number of a window", COUNT)


def incident_paths() -> dict[str, Json]:
    """What can be asked and done."""
    said = {"type": "object", "properties": {"by": TEXT, "note": TEXT}, "required": ["by"]}
    return {
        "/api/v1/incidents": get("Incidents, by pages", "Incidents", INCIDENT_FILTERS),
        "/api/v1/incidents/{id}": get_one("One incident with its timeline", "Incident", _ID),
        "/api/v1/incidents/{id}/acknowledgement": post(
            "Take an incident on; the service notes it within seconds",
            said,
            (202, "Acknowledgement"),
            parameters=[_ID],
            refused={404: "There is no such incident", 409: "It is over"},
        ),
        "/api/v1/repairs": get("Repair times and times between failures of 30 days", "Repairs"),
        "/api/v1/maintenance": {
            **get("Maintenance windows, the newest first, by pages", "Windows", WINDOW_FILTERS),
            **post("Announce a maintenance window", _announced(), (201, "Window"), refused={}),
        },
        "/api/v1/maintenance/{number}/removal": post(
            "Take a maintenance window back",
            object_of(by=TEXT),
            (200, "Removal"),
            parameters=[_NUMBER],
            refused={404: "No window of this number counts"},
        ),
        "/api/v1/notices": get("What waits to be told to crews, and was given up", "Notices"),
    }


def incident_schemas() -> dict[str, Json]:
    """What comes back."""
    return {
        "Incidents": _page(object_of(**_incident())),
        "Incident": object_of(
            **_incident(),
            timeline=list_of(_event()),
            members=list_of(_member()),
            looks=list_of(_look()),
            pictures=list_of(_picture()),
            waiting=list_of(_acknowledgement()),
        ),
        "Acknowledgement": _acknowledgement(),
        "Repairs": _repairs(),
        "Window": object_of(**_window()),
        "Windows": _page(object_of(**_window())),
        "Removal": object_of(id=COUNT, removed_by=TEXT),
        "Notices": _notices(),
    }


def _page(items: Json) -> Json:
    return object_of(at=TIME, total=COUNT, offset=COUNT, limit=COUNT, items=list_of(items))


def _incident() -> dict[str, Json]:
    return {
        "id": TEXT,
        "state": enum(State),
        "cause": enum(Cause),
        "trouble": enum(Trouble),
        "subject": TEXT,
        "inferred": _FLAG,
        "inferred_from": TEXT_OR_NONE,
        "town": TEXT,
        "category": or_none(enum(Category)),
        "kind": or_none(enum(KeyLocationKind)),
        "repair_class": TEXT,
        "opened_at": TIME,
        "due_at": TIME,
        "overdue": _FLAG,
        "paged_at": TIME_OR_NONE,
        "acknowledged_at": TIME_OR_NONE,
        "acknowledged_by": TEXT,
        "escalated_at": TIME_OR_NONE,
        "resolved_at": TIME_OR_NONE,
        "reopened": COUNT,
        "merged_into": TEXT_OR_NONE,
        "camera_id": COUNT_OR_NONE,
        "cameras": COUNT,
        "failure": or_none(FAILURE),
    }


def _event() -> Json:
    return object_of(
        number=COUNT, at=TIME, what=enum(Happening), by=TEXT, note=TEXT, cameras=list_of(COUNT)
    )


def _member() -> Json:
    return object_of(
        id=COUNT, camera=TEXT, name=TEXT, status=enum(Status), failure=or_none(FAILURE)
    )


def _look() -> Json:
    stages: Json = {"type": "object", "additionalProperties": {"type": "number"}}
    return object_of(camera_id=COUNT, started_at=TIME, stages=stages, failure=or_none(FAILURE))


def _picture() -> Json:
    return object_of(url=TEXT, camera_id=COUNT, what=enum(EvidenceKind), captured_at=TIME)


def _acknowledgement() -> Json:
    return object_of(incident=TEXT, at=TIME, by=TEXT, note=TEXT)


def _repairs() -> Json:
    figures = {
        "cameras": COUNT,
        "failures": COUNT,
        "mtbf_s": NUMBER_OR_NONE,
        "repairs": COUNT,
        "repairs_late": COUNT,
        "mttr_s": NUMBER_OR_NONE,
    }
    groups = list_of(object_of(name=TEXT, **figures))
    return object_of(
        **{"from": TIME, "to": TIME},
        city=object_of(**figures),
        by_town=groups,
        by_maintainer=groups,
        by_model=groups,
    )


def _announced() -> Json:
    """One of camera (a code or id), upstream and town (names); once with `to`, or recurring with
    `weekdays` (1 Monday to 7), `at` (local) and `minutes`."""
    texts = ("camera", "upstream", "town", "from", "to", "at", "by", "note")
    return {
        "type": "object",
        "properties": {
            **dict.fromkeys(texts, TEXT),
            "weekdays": list_of({"type": "integer", "minimum": 1, "maximum": 7}),
            "minutes": COUNT,
        },
        "required": ["by"],
    }


def _window() -> dict[str, Json]:
    return {
        "id": COUNT,
        "state": enum(WindowState),
        "scope": enum(Target),
        "subject": TEXT,
        "camera_id": COUNT_OR_NONE,
        "from": TIME,
        "to": TIME_OR_NONE,
        "weekdays": list_of(COUNT),
        "at": TEXT_OR_NONE,
        "minutes": COUNT_OR_NONE,
        "by": TEXT,
        "note": TEXT,
        "created_at": TIME,
        "removed_at": TIME_OR_NONE,
        "removed_by": TEXT,
    }


def _notices() -> Json:
    message = object_of(
        id=TEXT,
        crew=TEXT,
        target=TEXT,
        title=TEXT,
        created_at=TIME,
        attempts=COUNT,
        failure=TEXT,
    )
    return object_of(
        built_in=_FLAG,
        notices_waiting=COUNT,
        messages_waiting=COUNT,
        oldest_waiting_at=TIME_OR_NONE,
        given_up_last_day=COUNT,
        given_up=list_of(message),
    )
