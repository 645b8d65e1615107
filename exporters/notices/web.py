"""What was told and what could not be, over HTTP: `/notices` and its JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from aiohttp import web

from camera_registry.outbox import Backlog, Message
from exporters.api import Json
from exporters.page import environment, frame
from exporters.web import answer_json, words_of
from exporters.words import Words
from probes.clock import Clock

_REFRESH_S = 30

ReadBacklog = Callable[[], Backlog | None]
ReadGivenUp = Callable[[], Awaitable[Sequence[Message]]]


def notice_routes(
    read_backlog: ReadBacklog, read_given_up: ReadGivenUp, clock: Clock
) -> list[web.RouteDef]:
    """`read_backlog` gives None where the built-in way is not chosen."""
    site = _Site(read_backlog, read_given_up, clock)
    return [web.get("/notices", site.page), web.get("/api/v1/notices", site.document)]


def document(backlog: Backlog | None, given_up: Sequence[Message]) -> Json:
    """What waits, and the messages given up last. Their texts stay in the database."""
    held = backlog or Backlog()
    return {
        "built_in": backlog is not None,
        "notices_waiting": held.notices,
        "messages_waiting": held.messages,
        "oldest_waiting_at": held.oldest_at.isoformat() if held.oldest_at else None,
        "given_up_last_day": held.given_up,
        "given_up": [
            {
                "id": one.id,
                "crew": one.crew,
                "target": one.target,
                "title": one.title,
                "created_at": one.created_at.isoformat(),
                "attempts": one.attempts,
                "failure": one.failure,
            }
            for one in given_up
        ],
    }


def render_notices(
    backlog: Backlog | None, given_up: Sequence[Message], words: Words, now: datetime
) -> str:
    """The page in the words' language."""
    return (
        environment()
        .get_template("notices.html")
        .render(
            **{**frame(words, now), "refresh_s": _REFRESH_S}, backlog=backlog, given_up=given_up
        )
    )


class _Site:
    def __init__(self, read_backlog: ReadBacklog, read_given_up: ReadGivenUp, clock: Clock) -> None:
        self._read_backlog = read_backlog
        self._read_given_up = read_given_up
        self._clock = clock

    async def page(self, request: web.Request) -> web.Response:
        text = await asyncio.to_thread(
            render_notices,
            self._read_backlog(),
            await self._read_given_up(),
            words_of(request),
            self._clock.now(),
        )
        return web.Response(text=text, content_type="text/html")

    async def document(self, _: web.Request) -> web.Response:
        return answer_json(document(self._read_backlog(), await self._read_given_up()))
