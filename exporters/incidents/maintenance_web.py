"""Maintenance windows over HTTP, as JSON: the list, announcing one, taking it back."""

from __future__ import annotations

from aiohttp import web

from camera_registry.store.targets import NoTargetError
from exporters.api import BadQueryError
from exporters.incidents.desk import IncidentDesk
from exporters.incidents.document import window_document
from exporters.incidents.windows import read_target, read_window, refuse_wrong, text_of, windows
from exporters.web import answer_json
from exporters.web_access import WebAccess, document_of
from probes.clock import Clock


def maintenance_routes(desk: IncidentDesk, clock: Clock, access: WebAccess) -> list[web.RouteDef]:
    """`/api/v1/maintenance` and below."""
    site = _Site(desk, clock, access)
    return [
        web.get("/api/v1/maintenance", site.listed),
        web.post("/api/v1/maintenance", site.announce),
        web.post(r"/api/v1/maintenance/{number:[0-9]{1,9}}/removal", site.take_back),
    ]


class _Site:
    def __init__(self, desk: IncidentDesk, clock: Clock, access: WebAccess) -> None:
        self._desk = desk
        self._clock = clock
        self._access = access

    async def listed(self, request: web.Request) -> web.Response:
        found = await self._desk.windows()
        return answer_json(windows(found, request.query, self._clock.now()))

    async def announce(self, request: web.Request) -> web.Response:
        named = self._access.admit(request)
        given = await document_of(request)
        if named:
            given["by"] = named
        now = self._clock.now()
        try:
            target = await self._desk.target(*read_target(given))
        except NoTargetError as error:
            raise BadQueryError(str(error)) from None
        window = read_window(given, target, now)
        kept = await self._desk.announce(window)
        return answer_json(window_document(kept, now), status=201)

    async def take_back(self, request: web.Request) -> web.Response:
        named = self._access.admit(request)
        given = await document_of(request)
        by = named or text_of(given, "by")
        refuse_wrong(by, "")
        number = int(request.match_info["number"])
        if not await self._desk.take_back(number, by.strip()):
            raise web.HTTPNotFound(reason="no window of this number counts")
        return answer_json({"id": number, "removed_by": by.strip()})
