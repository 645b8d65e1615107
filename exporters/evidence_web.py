"""Evidence over HTTP: a camera's pictures on a page and as JSON, the pictures themselves, and who
looked at them. Each picture given out is noted before it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web

from camera_registry.incidents.vocabulary import Incident
from camera_registry.pictures.overlay import OverlaySeen
from camera_registry.pictures.vocabulary import EvidenceFrame, EvidenceKind, EvidenceView
from camera_registry.read_model import CameraView, FleetView
from exporters.api import iso_time
from exporters.page import environment, frame
from exporters.web import answer_json, words_of
from exporters.web_access import WebAccess
from exporters.words import Words
from probes.clock import Clock

# The page is not to load itself again: each time would be a view.
_NO_REFRESH_S = 86_400


class Evidence(Protocol):
    """What the wiring gives of the evidence store. All of it may raise
    `DatabaseUnreachableError`."""

    async def frames(self, camera_id: int) -> Sequence[EvidenceFrame]:
        """A camera's pictures, the newest first."""
        ...

    async def show(self, number: int, viewer: str, at: datetime) -> bytes | None:
        """A picture, its viewing noted; None where there is none of this number."""
        ...

    async def views(self, camera_id: int) -> Sequence[EvidenceView]:
        """Who looked at a camera's pictures, the newest first."""
        ...

    async def overlay(self, camera_id: int) -> OverlaySeen:
        """What a camera's overlay text and its ONVIF clock last told."""
        ...


def evidence_routes(
    read_view: Callable[[], FleetView | None],
    evidence: Evidence,
    clock: Clock,
    access: WebAccess,
) -> list[web.RouteDef]:
    """`/cameras/ID/pictures`, `/evidence/NUMBER.jpg` and their JSON."""
    site = _Site(read_view, evidence, clock, access)
    return [
        web.get(r"/cameras/{id:[0-9]{1,9}}/pictures", site.page),
        web.get(r"/evidence/{number:[0-9]{1,18}}.jpg", site.picture),
        web.get(r"/api/v1/cameras/{id:[0-9]{1,9}}/pictures", site.document),
    ]


class _Site:
    def __init__(
        self,
        read_view: Callable[[], FleetView | None],
        evidence: Evidence,
        clock: Clock,
        access: WebAccess,
    ) -> None:
        self._read_view = read_view
        self._evidence = evidence
        self._clock = clock
        self._access = access

    async def page(self, request: web.Request) -> web.Response:
        camera = self._camera(request)
        frames = await self._evidence.frames(camera.id)
        views = await self._evidence.views(camera.id)
        overlay = await self._evidence.overlay(camera.id)
        view = self._read_view()
        incidents = view.incidents_by_camera().get(camera.id, []) if view else []
        text = await asyncio.to_thread(
            render_pictures,
            camera,
            frames,
            views,
            incidents,
            words_of(request),
            self._clock.now(),
            overlay,
        )
        return web.Response(text=text, content_type="text/html")

    async def picture(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        jpeg = await self._evidence.show(number, self._access.viewer(request), self._clock.now())
        if jpeg is None:
            raise web.HTTPNotFound(reason="no picture of this number is kept")
        return web.Response(body=jpeg, content_type="image/jpeg")

    async def document(self, request: web.Request) -> web.Response:
        camera = self._camera(request)
        frames = await self._evidence.frames(camera.id)
        views = await self._evidence.views(camera.id)
        return answer_json(
            {
                "id": camera.id,
                "camera": camera.label,
                "pictures": [_frame_document(one) for one in frames],
                "views": [_view_document(one) for one in views],
                "overlay": _overlay_document(await self._evidence.overlay(camera.id)),
            }
        )

    def _camera(self, request: web.Request) -> CameraView:
        view = self._read_view()
        if view is None:
            raise web.HTTPServiceUnavailable(reason="no figures yet: the service is starting")
        number = int(request.match_info["id"])
        found = next((camera for camera in view.cameras if camera.id == number), None)
        if found is None:
            raise web.HTTPNotFound(reason="no camera of this id")
        return found


def render_pictures(
    camera: CameraView,
    frames: Sequence[EvidenceFrame],
    views: Sequence[EvidenceView],
    incidents: Sequence[Incident],
    words: Words,
    now: datetime,
    overlay: OverlaySeen,
) -> str:
    """The page, with the camera's open incidents and its overlay: each fault beside the camera's
    newest reference of the same slot. Pure."""
    references = [one for one in frames if one.what is EvidenceKind.REFERENCE]
    faults = [one for one in frames if one.what is EvidenceKind.FAULT]
    pairs = [
        (one, next((known for known in references if known.slot is one.slot), None))
        for one in faults
    ]
    return (
        environment()
        .get_template("pictures.html")
        .render(
            **frame(words, now),
            camera=camera,
            pairs=pairs,
            references=references,
            views=views,
            incidents=incidents,
            overlay=overlay,
            refresh_s=_NO_REFRESH_S,
        )
    )


def _frame_document(one: EvidenceFrame) -> dict[str, Any]:
    return {
        "url": f"/evidence/{one.id}.jpg",
        "what": one.what.value,
        "slot": one.slot.value if one.slot else None,
        "faults": [fault.value for fault in one.faults],
        "captured_at": iso_time(one.captured_at),
        "size_bytes": one.size_bytes,
    }


def _overlay_document(seen: OverlaySeen) -> dict[str, Any]:
    record = seen.record
    return {
        "read_at": iso_time(record.read_at) if record else None,
        "expected_place": record.expected_place if record else None,
        "shown_place": record.shown_place if record else None,
        "clock_offset_s": record.offset_s if record else None,
        "onvif_clock_offset_s": seen.onvif_offset_s,
        "faults": sorted(kind.value for kind in record.standing) if record else [],
    }


def _view_document(one: EvidenceView) -> dict[str, Any]:
    return {
        "url": f"/evidence/{one.evidence_id}.jpg",
        "viewer": one.viewer,
        "at": iso_time(one.at),
    }
