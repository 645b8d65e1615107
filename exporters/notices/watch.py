"""What really came back from a notification service.

Apprise answers yes or no. That is too little twice over: chat robots (WeCom, DingTalk, Feishu,
Lark) refuse with HTTP status 200 and a code in the body, which Apprise takes for a yes; and a no
does not say whether trying again could help. So the HTTP library that all its plugins use is
watched while one of our sends is under way in the same context: the status, the robot's code, and
the exception that a plugin caught. Answers are read up to a bound and a deadline on the way.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests

# A robot's answer is a line of JSON.
MAX_ANSWER_BYTES = 64 * 1024
ANSWER_S = 10.0


@dataclass(slots=True)
class Seen:
    """What one send saw: the last HTTP status, a robot's code, the last exception."""

    status: int | None = None
    code: int | None = None
    error: BaseException | None = None
    answered: bool = False


_seen: ContextVar[Seen | None] = ContextVar("seen", default=None)


@contextmanager
def watching() -> Iterator[Seen]:
    """Watches the sends of this context."""
    install()
    seen = Seen()
    token = _seen.set(seen)
    try:
        yield seen
    finally:
        _seen.reset(token)


class _Exceptions(logging.Handler):
    """Notes the exception that a plugin is handling when it logs. It writes nothing: what plugins
    log holds their URLs, with the tokens in them."""

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - the exception is what counts
        seen = _seen.get()
        if seen is not None:
            seen.error = sys.exc_info()[1] or seen.error


_plain_send = requests.Session.send


def _watched_send(
    session: requests.Session, request: requests.PreparedRequest, **options: Any
) -> requests.Response:
    seen = _seen.get()
    if seen is None:
        return _plain_send(session, request, **options)
    response = _plain_send(session, request, **{**options, "stream": True})
    seen.status = response.status_code
    body = _bounded(response)
    # Where requests keeps a body that was read: the plugin finds it there.
    response._content = body
    seen.code = _code(body)
    seen.answered = True
    return response


def _bounded(response: requests.Response) -> bytes:
    parts: list[bytes] = []
    room = MAX_ANSWER_BYTES
    deadline = time.monotonic() + ANSWER_S
    while room > 0 and time.monotonic() < deadline:
        part = response.raw.read1(room, decode_content=True)
        if not part:
            break
        parts.append(part)
        room -= len(part)
    response.close()
    return b"".join(parts)[:MAX_ANSWER_BYTES]


def _code(body: bytes) -> int | None:
    """`errcode` (WeCom, DingTalk) or `code` (Feishu, Lark) of a JSON answer."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    for name in ("errcode", "code", "StatusCode"):
        if isinstance(answer.get(name), int):
            return int(answer[name])
    return None


def install() -> None:
    """Sets the watch up, and keeps what Apprise logs to ourselves. More than once is once."""
    if requests.Session.send is _plain_send:
        requests.Session.send = _watched_send  # type: ignore[method-assign, assignment]
        logger = logging.getLogger("apprise")
        logger.addHandler(_Exceptions())
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
