"""The description of `/api/v1/…` (OpenAPI 3.1), made from the same tables that answer it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from camera_registry.lint import Grade, Kind
from camera_registry.vocabulary import Access, Category, KeyLocationKind, KeyLocationState, Status
from exporters.api import (
    CAMERA_FILTERS,
    DEFAULT_LIMIT,
    LOCATION_FILTERS,
    MAX_LIMIT,
    Filter,
)
from exporters.archive_api import FINDING_FILTERS
from probes.vocabulary import Blame, FaultKind, Stage

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_RATIO: Json = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_TIME: Json = {"type": "string", "format": "date-time"}
_TIME_OR_NONE: Json = {"type": ["string", "null"], "format": "date-time"}


def describe(version: str) -> Json:
    """The document at `/api/openapi.json`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "xueliang",
            "version": version,
            "description": "The state of a city's surveillance points. Read only.",
        },
        "paths": {
            "/api/v1/summary": _get("Figures of the city and of each town", "Summary", ()),
            "/api/v1/cameras": _get("Cameras, by pages", "Cameras", CAMERA_FILTERS),
            "/api/v1/key_locations": _get(
                "Key locations, by pages", "KeyLocations", LOCATION_FILTERS
            ),
            "/api/v1/archive/summary": _get(
                "The archive rate, and the archive's findings counted", "ArchiveSummary", ()
            ),
            "/api/v1/archive/findings": _get(
                "Findings of the archive check, by pages", "ArchiveFindings", FINDING_FILTERS
            ),
        },
        "components": {"schemas": _schemas()},
    }


def _get(text: str, schema: str, filters: Iterable[Filter]) -> Json:
    parameters = [_parameter(one) for one in filters]
    if parameters:
        parameters += [
            _query("limit", "Items on a page", _number(DEFAULT_LIMIT, 1, MAX_LIMIT)),
            _query("offset", "Items to pass over", {"type": "integer", "minimum": 0, "default": 0}),
        ]
    answers = {
        "200": _answer("The answer", schema),
        "503": _answer("No figures yet: the service is starting", "Error"),
    }
    if parameters:
        answers["400"] = _answer("A parameter is not understood", "Error")
    return {"get": {"summary": text, "parameters": parameters, "responses": answers}}


def _parameter(one: Filter) -> Json:
    return _query(one.name, one.text, _enum(one.values) if one.values else _TEXT)


def _query(name: str, text: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _number(default: int, low: int, high: int) -> Json:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


def _answer(text: str, schema: str) -> Json:
    content = {"application/json": {"schema": _ref(schema)}}
    return {"description": text, "content": content}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _enum(members: Iterable[Any]) -> Json:
    return {"type": "string", "enum": [member.value for member in members]}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _page(items: Json) -> Json:
    return _object(
        generation=_COUNT,
        built_at=_TIME,
        total=_COUNT,
        offset=_COUNT,
        limit=_COUNT,
        items=_list(items),
    )


def _schemas() -> Json:
    coverage = _object(ratio=_RATIO, **{state.value: _COUNT for state in KeyLocationState})
    figures: Json = {
        "points": _COUNT,
        "by_status": _object(**{status.value: _COUNT for status in Status}),
        "online_ratio": _RATIO,
        "observed_ratio": _RATIO,
        "intact_ratio": _RATIO,
        "archive_complete_ratio": _RATIO,
        "reported": _object(points=_COUNT, by_status=_object(**{s.value: _COUNT for s in Status})),
        "coverage": _ref("Coverage"),
        "coverage_by_kind": _object(**{kind.value: _ref("Coverage") for kind in KeyLocationKind}),
    }
    failure = _object(stage=_enum(Stage), reason=_TEXT, blame=_enum(Blame), evidence=_TEXT)
    reported = _object(status=_enum(Status), since=_TIME_OR_NONE, at=_TIME_OR_NONE)
    camera = _object(
        id=_COUNT,
        camera=_TEXT,
        name=_TEXT,
        town=_TEXT,
        village=_TEXT,
        grid=_TEXT,
        category=_enum(Category),
        kind={"oneOf": [_enum(KeyLocationKind), {"type": "null"}]},
        upstream={"type": ["string", "null"]},
        status=_enum(Status),
        since=_TIME,
        last_look_at=_TIME_OR_NONE,
        last_frame_at=_TIME_OR_NONE,
        faults=_list(_enum(FaultKind)),
        failure={"oneOf": [failure, {"type": "null"}]},
        access=_enum(Access),
        reported={"oneOf": [reported, {"type": "null"}]},
    )
    place = _object(
        id=_COUNT,
        name=_TEXT,
        town=_TEXT,
        kind=_enum(KeyLocationKind),
        state=_enum(KeyLocationState),
        cameras=_list(_object(id=_COUNT, camera=_TEXT, status=_enum(Status))),
    )
    return {
        "Coverage": coverage,
        "Error": _object(error=_TEXT),
        "Summary": _object(
            generation=_COUNT,
            built_at=_TIME,
            last_sweep_at=_TIME_OR_NONE,
            looked_at=_object(done=_COUNT, total=_COUNT),
            city=_object(**figures),
            towns=_list(_object(town=_TEXT, **figures)),
        ),
        "Cameras": _page(camera),
        "KeyLocations": _page(place),
        **_archive_schemas(),
    }


def _archive_schemas() -> dict[str, Json]:
    grades = _object(**{grade.value: _COUNT for grade in Grade})
    text_or_none: Json = {"type": ["string", "null"]}
    finding = _object(
        kind=_enum(Kind),
        grade=_enum(Grade),
        id={"type": ["integer", "null"]},
        camera=text_or_none,
        place=text_or_none,
        name=_TEXT,
        town=_TEXT,
        village=_TEXT,
        category={"oneOf": [_enum(Category), {"type": "null"}]},
        field=text_or_none,
        heading=text_or_none,
        value=_TEXT,
        title=_TEXT,
        why=_TEXT,
        proposal={
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "null"]},
        },
        others=_list(_TEXT),
        keep=text_or_none,
        keep_why=text_or_none,
    )
    rate = _object(
        town=_TEXT, category=_enum(Category), qualified=_COUNT, records=_COUNT, ratio=_RATIO
    )
    full = _object(
        category=_enum(Category),
        field=_TEXT,
        heading=_TEXT,
        required={"type": "boolean"},
        filled=_COUNT,
        records=_COUNT,
    )
    counted = _object(
        findings=_COUNT,
        fixable=_COUNT,
        grades=grades,
        points=grades,
        kinds={"type": "object", "additionalProperties": _COUNT},
        towns={"type": "object", "additionalProperties": grades},
    )
    return {
        "ArchiveSummary": _object(
            checked_at=_TIME,
            records=_COUNT,
            archive_ratio=_RATIO,
            summary=counted,
            archive_ratios=_list(rate),
            completeness=_list(full),
        ),
        "ArchiveFindings": _object(
            checked_at=_TIME, total=_COUNT, offset=_COUNT, limit=_COUNT, items=_list(finding)
        ),
    }
