"""Points over HTTP: `/cameras`, `/cameras/ID`, and one point as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from aiohttp import web

from camera_registry.incidents.vocabulary import Incident
from camera_registry.read_model import CameraView, FleetView
from exporters.cameras.desk import CameraDesk
from exporters.cameras.document import one_camera
from exporters.cameras.page import MAX_LOOKS, choose, first_day, render_camera, render_cameras
from exporters.page import content_security_policy
from exporters.web import answer_json, words_of
from probes.clock import Clock

# By the registry's number or by its code, as people and other programs know it.
_NAMED = r"{name:[^/]{1,200}}"
# The list has a form to seek with.
_SEEKS = {"Content-Security-Policy": content_security_policy(forms=True)}


def camera_routes(
    read_view: Callable[[], FleetView | None],
    desk: CameraDesk,
    clock: Clock,
    *,
    pictures: bool,
) -> list[web.RouteDef]:
    """`pictures`: whether cameras have a page of pictures."""
    site = _Site(read_view, desk, clock, pictures)
    return [
        web.get("/cameras", site.page),
        web.get(f"/cameras/{_NAMED}", site.one),
        web.get(f"/api/v1/cameras/{_NAMED}", site.document),
    ]


class _Site:
    def __init__(
        self,
        read_view: Callable[[], FleetView | None],
        desk: CameraDesk,
        clock: Clock,
        pictures: bool,
    ) -> None:
        self._read_view = read_view
        self._desk = desk
        self._clock = clock
        self._pictures = pictures

    async def page(self, request: web.Request) -> web.Response:
        text = await asyncio.to_thread(
            render_cameras,
            self._view(),
            choose(request.query),
            words_of(request),
            self._clock.now(),
        )
        return web.Response(text=text, content_type="text/html", headers=_SEEKS)

    async def one(self, request: web.Request) -> web.Response:
        camera, open_ones = self._camera(request)
        now = self._clock.now()
        start = first_day(now)
        text = await asyncio.to_thread(
            render_camera,
            camera,
            open_ones,
            await self._desk.resolved(camera.id, start, now),
            await self._desk.history(camera.id, start, now),
            await self._desk.looks(camera.id, MAX_LOOKS),
            words_of(request),
            now,
            pictures=self._pictures,
        )
        return web.Response(text=text, content_type="text/html")

    async def document(self, request: web.Request) -> web.Response:
        camera, open_ones = self._camera(request)
        now = self._clock.now()
        history = await self._desk.history(camera.id, first_day(now), now)
        looks = await self._desk.looks(camera.id, MAX_LOOKS)
        return answer_json(one_camera(camera, open_ones, history, looks))

    def _camera(self, request: web.Request) -> tuple[CameraView, Sequence[Incident]]:
        view, name = self._view(), request.match_info["name"]
        found = next((one for one in view.cameras if name in (str(one.id), one.label)), None)
        if found is None:
            raise web.HTTPNotFound(reason="no camera of this id or code")
        return found, view.incidents_by_camera().get(found.id, [])

    def _view(self) -> FleetView:
        view = self._read_view()
        if view is None:
            raise web.HTTPServiceUnavailable(reason="no figures yet: the service is starting")
        return view
