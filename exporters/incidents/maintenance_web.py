"""Maintenance windows over HTTP, as a page and as JSON: the list, announcing, taking back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from camera_registry.incidents.book import wrong_words
from camera_registry.incidents.maintenance import Window
from camera_registry.read_model import FleetView
from camera_registry.store.targets import NoTargetError
from exporters.api import BadQueryError
from exporters.incidents.desk import IncidentDesk
from exporters.incidents.document import window_document
from exporters.incidents.maintenance_page import empty_form, render_maintenance, window_of_form
from exporters.incidents.page import Reader
from exporters.incidents.windows import read_target, read_window, refuse_wrong, text_of, windows
from exporters.web import answer_json, words_of
from exporters.web_access import FORM_HEADERS, WebAccess, document_of, form_of
from exporters.words import Words
from probes.clock import Clock

_NUMBER = r"{number:[0-9]{1,9}}"


def maintenance_routes(
    read_view: Callable[[], FleetView | None], desk: IncidentDesk, clock: Clock, access: WebAccess
) -> list[web.RouteDef]:
    """`/maintenance`, `/api/v1/maintenance` and below."""
    site = _Site(read_view, desk, clock, access)
    return [
        web.get("/maintenance", site.page),
        web.post("/maintenance", site.fill_in),
        web.post(f"/maintenance/{_NUMBER}/removal", site.remove),
        web.get("/api/v1/maintenance", site.listed),
        web.post("/api/v1/maintenance", site.announce),
        web.post(f"/api/v1/maintenance/{_NUMBER}/removal", site.take_back),
    ]


class _Site:
    def __init__(
        self,
        read_view: Callable[[], FleetView | None],
        desk: IncidentDesk,
        clock: Clock,
        access: WebAccess,
    ) -> None:
        self._read_view = read_view
        self._desk = desk
        self._clock = clock
        self._access = access

    # Pages

    async def page(self, request: web.Request) -> web.Response:
        return await self._shown(request, empty_form(self._clock.now()))

    async def fill_in(self, request: web.Request) -> web.Response:
        """Takes the page's form; leads back to the page."""
        named = self._access.admit(request)
        given = {**empty_form(self._clock.now()), **await form_of(request)}
        if named:
            given["by"] = named
        words = words_of(request)
        try:
            await self._announce(window_of_form(given), words)
        except NoTargetError:
            unknown = words.fill("maintenance.unknown", name=given["name"][:80])
            return await self._shown(request, given, [unknown], status=400)
        except BadQueryError as refused:
            return await self._shown(request, given, [str(refused)], status=400)
        raise web.HTTPSeeOther(_page(words))

    async def remove(self, request: web.Request) -> web.Response:
        """Takes the form beside a window; leads back to the page."""
        named = self._access.admit(request)
        fields = await form_of(request)
        words, now = words_of(request), self._clock.now()
        by, number = named or fields.get("by", ""), int(request.match_info["number"])
        wrong = [words[f"said.wrong.{key}"] for key in wrong_words(by, "")]
        if not wrong and not await self._desk.take_back(number, by.strip()):
            wrong = [words.fill("maintenance.missing", number=number)]
        if wrong:
            return await self._shown(request, empty_form(now), wrong, status=400)
        raise web.HTTPSeeOther(_page(words))

    async def _shown(
        self,
        request: web.Request,
        given: Mapping[str, str],
        wrong: Sequence[str] = (),
        status: int = 200,
    ) -> web.Response:
        view = self._read_view()
        if view is None:
            raise web.HTTPServiceUnavailable(reason="no figures yet: the service is starting")
        text = await asyncio.to_thread(
            render_maintenance,
            await self._desk.windows(),
            view,
            Reader(name=self._access.named(request), given=given, wrong=tuple(wrong)),
            words_of(request),
            self._clock.now(),
        )
        return web.Response(
            text=text, content_type="text/html", status=status, headers=FORM_HEADERS
        )

    # JSON

    async def listed(self, request: web.Request) -> web.Response:
        found = await self._desk.windows()
        return answer_json(windows(found, request.query, self._clock.now()))

    async def announce(self, request: web.Request) -> web.Response:
        named = self._access.admit(request)
        given = await document_of(request)
        if named:
            given["by"] = named
        try:
            kept = await self._announce(given, Words.load("en"))
        except NoTargetError as error:
            raise BadQueryError(str(error)) from None
        return answer_json(window_document(kept, self._clock.now()), status=201)

    async def take_back(self, request: web.Request) -> web.Response:
        named = self._access.admit(request)
        given = await document_of(request)
        by = named or text_of(given, "by")
        refuse_wrong(by, "", Words.load("en"))
        number = int(request.match_info["number"])
        if not await self._desk.take_back(number, by.strip()):
            raise web.HTTPNotFound(reason="no window of this number counts")
        return answer_json({"id": number, "removed_by": by.strip()})

    # Parts

    async def _announce(self, given: Mapping[str, object], words: Words) -> Window:
        """Keeps the window of a document.

        Raises:
            BadQueryError: saying what is wrong with it.
            NoTargetError: the registry does not know what it is about.
        """
        target = await self._desk.target(*read_target(given, words))
        window = read_window(given, target, self._clock.now(), words)
        return await self._desk.announce(window)


def _page(words: Words) -> str:
    return "/maintenance" + ("?lang=en" if words.language == "en" else "")
