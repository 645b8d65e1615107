"""The description of `/api/v1/…` (OpenAPI 3.1), made from the same tables that answer it. Pure."""

from __future__ import annotations

from camera_registry.lint import Grade, Kind
from camera_registry.pictures.vocabulary import EvidenceKind
from camera_registry.vocabulary import Access, Category, KeyLocationKind, KeyLocationState, Status
from exporters.api import CAMERA_FILTERS, LOCATION_FILTERS
from exporters.archive_api import FINDING_FILTERS
from exporters.cameras.document import one_camera_schema
from exporters.incidents.openapi import incident_paths, incident_schemas
from exporters.schema import (
    COUNT,
    COUNT_OR_NONE,
    FAILURE,
    NUMBER_OR_NONE,
    RATIO,
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
    ref,
)
from probes.vocabulary import FaultKind, PictureSlot


def describe(version: str) -> Json:
    """The document at `/api/openapi.json`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "xueliang",
            "version": version,
            "description": "The state of a city's surveillance points, and what is to be repaired.",
        },
        "paths": {
            "/api/v1/summary": get("Figures of the city and of each town", "Summary"),
            "/api/v1/cameras": get("Cameras, by pages", "Cameras", CAMERA_FILTERS),
            "/api/v1/cameras/{id}": get_one(
                "One camera with its last days and looks",
                "Camera",
                path_parameter("id", "Id or code of a camera", TEXT),
            ),
            "/api/v1/key_locations": get(
                "Key locations, by pages", "KeyLocations", LOCATION_FILTERS
            ),
            "/api/v1/archive/summary": get(
                "The archive rate, and the archive's findings counted", "ArchiveSummary"
            ),
            "/api/v1/archive/findings": get(
                "Findings of the archive check, by pages", "ArchiveFindings", FINDING_FILTERS
            ),
            "/api/v1/cameras/{id}/pictures": get_one(
                "The pictures kept of a camera, and who looked at them",
                "Pictures",
                path_parameter("id", "Id of a camera", COUNT),
            ),
            "/api/v1/reports": get("The reports that were written", "Reports"),
            **incident_paths(),
        },
        "components": {"schemas": {**_schemas(), **_file_schemas(), **incident_schemas()}},
    }


def _page(items: Json) -> Json:
    return object_of(
        generation=COUNT,
        built_at=TIME,
        total=COUNT,
        offset=COUNT,
        limit=COUNT,
        items=list_of(items),
    )


def _schemas() -> Json:
    coverage = object_of(ratio=RATIO, **{state.value: COUNT for state in KeyLocationState})
    figures: Json = {
        "points": COUNT,
        "by_status": object_of(**{status.value: COUNT for status in Status}),
        "online_ratio": RATIO,
        "observed_ratio": RATIO,
        "intact_ratio": RATIO,
        "archive_complete_ratio": RATIO,
        "reported": object_of(
            points=COUNT, by_status=object_of(**{s.value: COUNT for s in Status})
        ),
        "coverage": ref("Coverage"),
        "coverage_by_kind": object_of(**{kind.value: ref("Coverage") for kind in KeyLocationKind}),
    }
    reported = object_of(status=enum(Status), since=TIME_OR_NONE, at=TIME_OR_NONE)
    camera: Json = {
        "id": COUNT,
        "camera": TEXT,
        "name": TEXT,
        "town": TEXT,
        "village": TEXT,
        "grid": TEXT,
        "category": enum(Category),
        "kind": or_none(enum(KeyLocationKind)),
        "upstream": TEXT_OR_NONE,
        "status": enum(Status),
        "since": TIME,
        "last_look_at": TIME_OR_NONE,
        "last_frame_at": TIME_OR_NONE,
        "faults": list_of(enum(FaultKind)),
        "failure": or_none(FAILURE),
        "access": enum(Access),
        "reported": or_none(reported),
        "incidents": list_of(TEXT),
    }
    place = object_of(
        id=COUNT,
        name=TEXT,
        town=TEXT,
        kind=enum(KeyLocationKind),
        state=enum(KeyLocationState),
        cameras=list_of(object_of(id=COUNT, camera=TEXT, status=enum(Status))),
    )
    return {
        "Coverage": coverage,
        "Error": object_of(error=TEXT),
        "Summary": object_of(
            generation=COUNT,
            built_at=TIME,
            last_sweep_at=TIME_OR_NONE,
            looked_at=object_of(done=COUNT, total=COUNT),
            city=object_of(**figures),
            towns=list_of(object_of(town=TEXT, **figures)),
        ),
        "Camera": one_camera_schema(camera),
        "Cameras": _page(object_of(**camera)),
        "KeyLocations": _page(place),
        **_archive_schemas(),
    }


def _file_schemas() -> dict[str, Json]:
    picture = object_of(
        url=TEXT,
        what=enum(EvidenceKind),
        slot=or_none(enum(PictureSlot)),
        faults=list_of(enum(FaultKind)),
        captured_at=TIME,
        size_bytes=COUNT,
    )
    view = object_of(url=TEXT, viewer=TEXT, at=TIME)
    overlay = object_of(
        read_at=TIME_OR_NONE,
        expected_place=TEXT_OR_NONE,
        shown_place=TEXT_OR_NONE,
        clock_offset_s=NUMBER_OR_NONE,
        onvif_clock_offset_s=NUMBER_OR_NONE,
        faults=list_of(enum(FaultKind)),
    )
    report = object_of(
        name=TEXT, period=TEXT, first=TEXT, language=TEXT, format=TEXT, size_bytes=COUNT
    )
    return {
        "Pictures": object_of(
            id=COUNT, camera=TEXT, pictures=list_of(picture), views=list_of(view), overlay=overlay
        ),
        "Reports": object_of(reports=list_of(report)),
    }


def _archive_schemas() -> dict[str, Json]:
    grades = object_of(**{grade.value: COUNT for grade in Grade})
    finding = object_of(
        kind=enum(Kind),
        grade=enum(Grade),
        id=COUNT_OR_NONE,
        camera=TEXT_OR_NONE,
        place=TEXT_OR_NONE,
        name=TEXT,
        town=TEXT,
        village=TEXT,
        category=or_none(enum(Category)),
        field=TEXT_OR_NONE,
        heading=TEXT_OR_NONE,
        value=TEXT,
        title=TEXT,
        why=TEXT,
        proposal={
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "null"]},
        },
        others=list_of(TEXT),
        keep=TEXT_OR_NONE,
        keep_why=TEXT_OR_NONE,
    )
    rate = object_of(
        town=TEXT, category=enum(Category), qualified=COUNT, records=COUNT, ratio=RATIO
    )
    full = object_of(
        category=enum(Category),
        field=TEXT,
        heading=TEXT,
        required={"type": "boolean"},
        filled=COUNT,
        records=COUNT,
    )
    counted = object_of(
        findings=COUNT,
        fixable=COUNT,
        grades=grades,
        points=grades,
        kinds={"type": "object", "additionalProperties": COUNT},
        towns={"type": "object", "additionalProperties": grades},
    )
    return {
        "ArchiveSummary": object_of(
            checked_at=TIME,
            records=COUNT,
            archive_ratio=RATIO,
            summary=counted,
            archive_ratios=list_of(rate),
            completeness=list_of(full),
        ),
        "ArchiveFindings": object_of(
            checked_at=TIME, total=COUNT, offset=COUNT, limit=COUNT, items=list_of(finding)
        ),
    }
