"""The service's HTTP side: console page, metrics, health and JSON, over a prepared view.

Handlers probe nothing and query nothing. Rendering runs in a thread, off the event loop.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from aiohttp import web

from camera_registry.database import DatabaseUnreachableError
from camera_registry.read_model import FleetView
from exporters import api
from exporters.metrics import Rendered
from exporters.openapi import describe
from exporters.page import content_security_policy, render_page
from exporters.words import Words
from probes.clock import Clock

# The largest body is a name and a note of 560 characters, nine bytes each in a form.
_MAX_BODY_BYTES = 8 * 1024
_LANGUAGES = {"zh": "zh_CN", "en": "en"}
_HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "xueliang",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether the service does its work; `reasons` tell in English what stands against it."""

    reasons: tuple[str, ...] = ()
    sweep_late: bool = False

    @property
    def ready(self) -> bool:
        return not self.reasons


ReadView = Callable[[], FleetView | None]
RenderMetrics = Callable[[FleetView | None, str, str], Rendered]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(
    read_view: ReadView,
    render_metrics: RenderMetrics,
    readiness: Callable[[], Readiness],
    clock: Clock,
    *,
    routes: Iterable[web.RouteDef] = (),
) -> web.Application:
    """The application. `read_view` gives the newest view, or None before the first;
    `render_metrics` is called with it and the Accept and Accept-Encoding headers, in a thread.
    `routes` are those of other subjects' pages."""
    site = _Site(read_view, render_metrics, readiness, clock)
    app = web.Application(client_max_size=_MAX_BODY_BYTES, middlewares=[_tell_errors])
    app.on_response_prepare.append(_add_headers)
    app.add_routes(
        [
            web.get("/", site.page),
            web.get("/metrics", site.metrics),
            web.get("/healthz", site.healthz),
            web.get("/readyz", site.readyz),
            web.get("/api/openapi.json", site.openapi),
            web.get("/api/v1/summary", site.summary),
            web.get("/api/v1/cameras", site.cameras),
            web.get("/api/v1/key_locations", site.key_locations),
            *routes,
        ]
    )
    return app


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    # The library names itself and its version.
    response.headers["Server"] = _HEADERS["Server"]


@web.middleware
async def _tell_errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refusals as JSON, naming no more than what was wrong."""
    try:
        return await handler(request)
    except api.BadQueryError as refused:
        return answer_json({"error": str(refused)}, status=400)
    except DatabaseUnreachableError:
        # Whose address and cause are for the log and /readyz.
        return answer_json({"error": "the database does not answer"}, status=503)
    except web.HTTPException as refused:
        if refused.status < 400:
            raise
        answer = answer_json({"error": refused.reason}, status=refused.status)
        if "Allow" in refused.headers:
            answer.headers["Allow"] = refused.headers["Allow"]
        return answer


def words_of(request: web.Request) -> Words:
    """The words in which the request wants to be told: `?lang=en`, otherwise Chinese."""
    return Words.load(_LANGUAGES.get(request.query.get("lang", "zh"), "zh_CN"))


def answer_json(document: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(
        document, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


class _Site:
    def __init__(
        self,
        read_view: ReadView,
        render_metrics: RenderMetrics,
        readiness: Callable[[], Readiness],
        clock: Clock,
    ) -> None:
        self._read_view = read_view
        self._render_metrics = render_metrics
        self._readiness = readiness
        self._clock = clock
        self._openapi = describe(version("xueliang"))

    async def page(self, request: web.Request) -> web.Response:
        text = await asyncio.to_thread(
            render_page, self._read_view(), words_of(request), self._clock.now()
        )
        return web.Response(text=text, content_type="text/html")

    async def metrics(self, request: web.Request) -> web.Response:
        answer = await asyncio.to_thread(
            self._render_metrics,
            self._read_view(),
            request.headers.get("Accept", ""),
            request.headers.get("Accept-Encoding", ""),
        )
        headers = {"Content-Type": answer.content_type, "Vary": "Accept, Accept-Encoding"}
        if answer.encoding:
            headers["Content-Encoding"] = answer.encoding
        return web.Response(body=answer.body, headers=headers)

    async def healthz(self, _: web.Request) -> web.Response:
        return answer_json({"alive": True})

    async def readyz(self, _: web.Request) -> web.Response:
        found = self._readiness()
        return answer_json(
            {"ready": found.ready, "reasons": list(found.reasons)},
            status=200 if found.ready else 503,
        )

    async def openapi(self, _: web.Request) -> web.Response:
        return answer_json(self._openapi)

    async def summary(self, _: web.Request) -> web.Response:
        return answer_json(api.summary(self._view()))

    async def cameras(self, request: web.Request) -> web.Response:
        query = api.parse_query(request.query, api.CAMERA_FILTERS)
        return answer_json(api.cameras(self._view(), query))

    async def key_locations(self, request: web.Request) -> web.Response:
        query = api.parse_query(request.query, api.LOCATION_FILTERS)
        return answer_json(api.key_locations(self._view(), query))

    def _view(self) -> FleetView:
        view = self._read_view()
        if view is None:
            raise web.HTTPServiceUnavailable(reason="no figures yet: the service is starting")
        return view
