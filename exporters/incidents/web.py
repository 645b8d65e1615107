"""Incidents over HTTP: `/incidents`, `/incidents/ID`, taking one on, and the same as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from camera_registry.incidents.book import Acknowledgement, NotOpenError, wrong_words
from camera_registry.incidents.figures import Grouping
from camera_registry.incidents.vocabulary import Cause, Incident
from camera_registry.read_model import CameraView, FleetView
from camera_registry.store.incident_looks import MAX_LOOKS
from camera_registry.vocabulary import Status
from exporters.api import BadQueryError
from exporters.incidents import api
from exporters.incidents.desk import Frames, IncidentDesk
from exporters.incidents.document import figures_document, waiting_document
from exporters.incidents.page import (
    Chosen,
    Reader,
    ShownLook,
    look_at,
    render_incident,
    render_incidents,
)
from exporters.incidents.wording import State, not_open_text
from exporters.web import answer_json, words_of
from exporters.web_access import FORM_HEADERS, WebAccess, document_of, form_of
from exporters.words import Words
from probes.clock import Clock

ID = r"{id:[0-9A-Za-z-]{1,64}}"
_GIVEN = {"by": "", "note": ""}


def incident_routes(
    read_view: Callable[[], FleetView | None],
    desk: IncidentDesk,
    frames: Frames | None,
    clock: Clock,
    access: WebAccess,
) -> list[web.RouteDef]:
    """`frames` None: no evidence is kept."""
    site = _Site(read_view, desk, frames, clock, access)
    return [
        web.get("/incidents", site.page),
        web.get(f"/incidents/{ID}", site.one),
        web.post(f"/incidents/{ID}/acknowledgement", site.take_on),
        web.get("/api/v1/incidents", site.listed),
        web.get(f"/api/v1/incidents/{ID}", site.document),
        web.post(f"/api/v1/incidents/{ID}/acknowledgement", site.acknowledge),
        web.get("/api/v1/repairs", site.repairs),
    ]


class _Site:
    def __init__(
        self,
        read_view: Callable[[], FleetView | None],
        desk: IncidentDesk,
        frames: Frames | None,
        clock: Clock,
        access: WebAccess,
    ) -> None:
        self._read_view = read_view
        self._desk = desk
        self._frames = frames
        self._clock = clock
        self._access = access

    # Pages

    async def page(self, request: web.Request) -> web.Response:
        text = await asyncio.to_thread(
            render_incidents,
            self._view(),
            await self._desk.lately_resolved(),
            self._desk.figures(),
            await self._desk.windows(),
            _chosen(request.query),
            words_of(request),
            self._clock.now(),
        )
        return web.Response(text=text, content_type="text/html")

    async def one(self, request: web.Request) -> web.Response:
        return await self._shown(request, await self._incident(request), _GIVEN)

    async def take_on(self, request: web.Request) -> web.Response:
        """Takes the form of an incident's page; leads back to it."""
        named = self._access.admit(request)
        given = {**_GIVEN, **await form_of(request)}
        if named:
            given["by"] = named
        words = words_of(request)
        incident = await self._incident(request)
        wrong = [words[f"said.wrong.{key}"] for key in wrong_words(given["by"], given["note"])]
        if not wrong:
            try:
                await self._acknowledge(incident.id, given["by"], given["note"])
            except NotOpenError as refused:
                wrong = [not_open_text(incident.id, refused.found, words)]
        if wrong:
            return await self._shown(request, incident, given, wrong, status=400)
        language = "?lang=en" if words.language == "en" else ""
        raise web.HTTPSeeOther(f"/incidents/{incident.id}{language}")

    async def _shown(
        self,
        request: web.Request,
        incident: Incident,
        given: Mapping[str, str],
        wrong: Sequence[str] = (),
        status: int = 200,
    ) -> web.Response:
        view = self._view()
        text = await asyncio.to_thread(
            render_incident,
            incident,
            view,
            await self._looks(incident, view),
            await self._desk.waiting(incident.id),
            Reader(name=self._access.named(request), given=given, wrong=tuple(wrong)),
            words_of(request),
            self._clock.now(),
            pictures=self._frames is not None,
        )
        return web.Response(
            text=text, content_type="text/html", status=status, headers=FORM_HEADERS
        )

    # JSON

    async def listed(self, request: web.Request) -> web.Response:
        if request.query.get("state", State.OPEN) == State.OPEN:
            incidents: Sequence[Incident] = self._view().incidents
        else:
            incidents = await self._desk.lately_resolved()
        return answer_json(api.incidents(incidents, request.query, self._clock.now()))

    async def document(self, request: web.Request) -> web.Response:
        incident, view = await self._incident(request), self._view()
        looks = await self._looks(incident, view)
        waiting = await self._desk.waiting(incident.id)
        return answer_json(api.incident(incident, view, looks, waiting, self._clock.now()))

    async def acknowledge(self, request: web.Request) -> web.Response:
        named = self._access.admit(request)
        given = api.read_fields(await document_of(request), ("by", "note"))
        by, note = named or given.get("by", ""), given.get("note", "")
        words = Words.load("en")
        if wrong := wrong_words(by, note):
            raise BadQueryError("; ".join(words[f"said.wrong.{key}"] for key in wrong))
        incident_id = request.match_info["id"]
        try:
            taken = await self._acknowledge(incident_id, by, note)
        except NotOpenError as refused:
            text = not_open_text(incident_id, refused.found, words)
            return answer_json({"error": text}, status=409 if refused.found else 404)
        return answer_json(waiting_document(taken), status=202)

    async def repairs(self, _: web.Request) -> web.Response:
        return answer_json(figures_document(self._desk.figures()))

    # Parts

    async def _acknowledge(self, incident_id: str, by: str, note: str) -> Acknowledgement:
        given = Acknowledgement(
            incident_id=incident_id, at=self._clock.now(), by=by.strip(), note=note.strip()
        )
        await self._desk.acknowledge(given)
        return given

    async def _incident(self, request: web.Request) -> Incident:
        found = await self._desk.find(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(reason="no incident of this id")
        return found

    async def _looks(self, incident: Incident, view: FleetView) -> list[ShownLook]:
        members = set(incident.members)
        cameras = [camera for camera in view.cameras if camera.id in members]
        cameras.sort(key=_silent_first)
        wanted = cameras[: 1 if incident.cause is Cause.CAMERA else MAX_LOOKS]
        found = [await self._look(camera, incident) for camera in wanted]
        return [one for one in found if one.look or one.before or one.during]

    async def _look(self, camera: CameraView, incident: Incident) -> ShownLook:
        look = await self._desk.failing_look(camera.id, incident)
        frames = await self._frames.frames(camera.id) if self._frames else ()
        return look_at(camera, look, frames, incident, self._clock.now())

    def _view(self) -> FleetView:
        view = self._read_view()
        if view is None:
            raise web.HTTPServiceUnavailable(reason="no figures yet: the service is starting")
        return view


def _silent_first(camera: CameraView) -> tuple[bool, int]:
    return camera.status is not Status.OFFLINE, camera.id


def _chosen(query: Mapping[str, str]) -> Chosen:
    by = query.get("by", "")
    known: Mapping[str, Grouping] = {grouping.value: grouping for grouping in Grouping}
    return Chosen(
        town=query.get("town", ""),
        sort=query.get("sort", "age"),
        by=known.get(by, Grouping.TOWN),
    )
