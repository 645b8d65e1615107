"""The archive's page and JSON over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from exporters import archive_api
from exporters.archive_api import ArchiveCheck
from exporters.archive_page import render_archive
from exporters.web import answer_json, words_of
from probes.clock import Clock

ReadCheck = Callable[[], ArchiveCheck | None]


def archive_routes(read_check: ReadCheck, clock: Clock) -> list[web.RouteDef]:
    """`/archive` and `/api/v1/archive/…`; `read_check` gives the newest check, or None before the
    first."""
    site = _Site(read_check, clock)
    return [
        web.get("/archive", site.page),
        web.get("/api/v1/archive/findings", site.findings),
        web.get("/api/v1/archive/summary", site.summary),
    ]


class _Site:
    def __init__(self, read_check: ReadCheck, clock: Clock) -> None:
        self._read_check = read_check
        self._clock = clock

    async def page(self, request: web.Request) -> web.Response:
        text = await asyncio.to_thread(
            render_archive,
            self._read_check(),
            words_of(request),
            self._clock.now(),
            request.query.get("town"),
        )
        return web.Response(text=text, content_type="text/html")

    async def findings(self, request: web.Request) -> web.Response:
        given = {name: value for name, value in request.query.items() if name != "lang"}
        return answer_json(archive_api.findings(self._check(), given, words_of(request)))

    async def summary(self, request: web.Request) -> web.Response:
        return answer_json(archive_api.summary(self._check(), words_of(request)))

    def _check(self) -> ArchiveCheck:
        check = self._read_check()
        if check is None:
            raise web.HTTPServiceUnavailable(reason="the archive is being checked")
        return check
