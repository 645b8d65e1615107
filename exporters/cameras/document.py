"""One camera as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from camera_registry.incidents.vocabulary import Incident
from camera_registry.read_model import CameraView
from camera_registry.vocabulary import StateInterval, Status
from exporters.api import camera_document, failure_document, iso_time
from exporters.schema import (
    COUNT,
    FAILURE,
    TEXT,
    TIME,
    TIME_OR_NONE,
    Json,
    enum,
    list_of,
    object_of,
    or_none,
)
from probes.vocabulary import ProbeResult, Verdict


def one_camera(
    camera: CameraView,
    open_ones: Iterable[Incident],
    history: Sequence[StateInterval],
    looks: Sequence[ProbeResult],
) -> dict[str, Any]:
    """A camera with the intervals of its last days and its last looks."""
    return {
        **camera_document(camera, (one.id for one in open_ones)),
        "history": [_interval(one) for one in history],
        "looks": [_look(one) for one in looks],
    }


def one_camera_schema(camera: Json) -> Json:
    """What `one_camera` gives; `camera` are the properties that it has in a list."""
    stages: Json = {"type": "object", "additionalProperties": {"type": "number"}}
    return object_of(
        **camera,
        history=list_of(object_of(status=enum(Status), start=TIME, end=TIME_OR_NONE)),
        looks=list_of(
            object_of(
                started_at=TIME,
                verdict=enum(Verdict),
                stages=stages,
                failure=or_none(FAILURE),
                media=or_none(object_of(codec=TEXT, width=COUNT, height=COUNT)),
            )
        ),
    )


def _interval(one: StateInterval) -> Json:
    return {"status": one.status.value, "start": iso_time(one.start), "end": iso_time(one.end)}


def _look(look: ProbeResult) -> Json:
    media = look.media
    return {
        "started_at": iso_time(look.started_at),
        "verdict": look.verdict.value,
        "stages": {stage.value: seconds for stage, seconds in look.stages.items()},
        "failure": failure_document(look.failure),
        "media": media
        and {"codec": media.codec.value, "width": media.width, "height": media.height},
    }
