"""Hands one message to one target through Apprise, and says how that ended.

A failure is told apart by what came back, never by a text: the status, a robot's code, the
exception. `doubtful` is a failure after which the message may have arrived all the same.
"""

from __future__ import annotations

import asyncio
import smtplib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import apprise
import requests
import urllib3

from camera_registry.outbox import Message
from exporters.notices.watch import Seen, install, watching

MESSAGE_ID_HEADER = "X-Xueliang-Message"
# Sends under way at a time: a handful of crews, and a target that hangs must not hold up others.
WORKERS = 4
# Apprise waits 4 s for a connection and 4 s for an answer; mail talks several times to and fro.
DEADLINE_S = 20.0


class Ending(StrEnum):
    """How an attempt ended; a passing failure may end well later, a permanent one not."""

    SENT = "sent"
    PASSING = "passing"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt's end; `why` is a word of ours, empty where it was sent."""

    ending: Ending
    why: str = ""
    doubtful: bool = False


class Sender:
    """Sends messages on a few threads of its own (Apprise blocks)."""

    def __init__(self, *, workers: int = WORKERS, deadline_s: float = DEADLINE_S) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="notices")
        self._deadline_s = deadline_s

    async def send(self, url: str, message: Message) -> Delivery:
        """Sends to an Apprise URL, within the deadline."""
        sending = asyncio.get_running_loop().run_in_executor(self._threads, deliver, url, message)
        try:
            return await asyncio.wait_for(sending, self._deadline_s)
        except TimeoutError:
            return Delivery(ending=Ending.PASSING, why="deadline", doubtful=True)

    def close(self) -> None:
        """Lets go of the threads; what is under way comes to its end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def deliver(url: str, message: Message) -> Delivery:
    """Sends one message now; blocks."""
    plugin = _plugin(url, message.id)
    if plugin is None:
        return Delivery(ending=Ending.PERMANENT, why="address_refused")
    title, body = fit(message.title, message.body, *_room(plugin))
    sender = apprise.Apprise(asset=_ASSET)
    sender.add(plugin)
    kind = apprise.NotifyType.FAILURE if message.page else apprise.NotifyType.INFO
    with watching() as seen:
        accepted = sender.notify(
            body=body, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        )
    return judge(bool(accepted), seen, robot=_schema(plugin) in _ROBOTS)


def is_address(url: str) -> bool:
    """Whether Apprise knows what to do with a URL."""
    return _plugin(url, "") is not None


def judge(accepted: bool, seen: Seen, *, robot: bool) -> Delivery:
    """What an attempt amounts to. Pure."""
    if robot and seen.code not in (None, 0):
        permanent = seen.code in _PERMANENT_CODES
        ending = Ending.PERMANENT if permanent else Ending.PASSING
        return Delivery(ending=ending, why=f"code_{seen.code}")
    if accepted:
        return Delivery(ending=Ending.SENT)
    if seen.status is not None and not 200 <= seen.status < 300:
        permanent = 300 <= seen.status < 500 and seen.status not in _PASSING_STATUSES
        ending = Ending.PERMANENT if permanent else Ending.PASSING
        return Delivery(ending=ending, why=f"http_{seen.status}")
    return _judge_error(seen)


def _judge_error(seen: Seen) -> Delivery:
    error = seen.error
    if isinstance(error, smtplib.SMTPResponseException):
        # RFC 5321 section 4.2.1: 5yz is permanent, 4yz transient.
        permanent = 500 <= error.smtp_code < 600
        ending = Ending.PERMANENT if permanent else Ending.PASSING
        return Delivery(ending=ending, why=f"smtp_{error.smtp_code}")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        permanent = bool(codes) and all(500 <= code < 600 for code in codes)
        ending = Ending.PERMANENT if permanent else Ending.PASSING
        return Delivery(ending=ending, why="recipients_refused")
    if _is_cut_off(error):
        return Delivery(ending=Ending.PASSING, why="cut_off", doubtful=True)
    if isinstance(error, requests.exceptions.SSLError):
        return Delivery(ending=Ending.PASSING, why="tls")
    return Delivery(ending=Ending.PASSING, why="unreachable" if error else "refused")


def _is_cut_off(error: BaseException | None) -> bool:
    """Whether the line broke after something of ours had gone out on it."""
    if isinstance(error, requests.ConnectTimeout):
        return False
    if isinstance(error, requests.ConnectionError):
        return isinstance(error.args[0] if error.args else None, urllib3.exceptions.ProtocolError)
    return isinstance(error, requests.Timeout | TimeoutError | smtplib.SMTPServerDisconnected)


def fit(title: str, body: str, characters: int, octets: int | None) -> tuple[str, str]:
    """Cuts a body to what a target takes, at a line's end, and keeps its last two lines: the link
    and the number. A target with the title in its body has room for both. Pure."""
    lines = body.split("\n")
    head, tail = lines[:-2], lines[-2:]
    cut = False
    while head and not _fits("\n".join([title, *head, "…", *tail]), characters, octets):
        head.pop()
        cut = True
    return title, "\n".join([*head, *(["…"] if cut else []), *tail])


def _fits(text: str, characters: int, octets: int | None) -> bool:
    return len(text) <= characters and (octets is None or len(text.encode()) <= octets)


def _room(plugin: Any) -> tuple[int, int | None]:
    return int(plugin.body_maxlen) or 32_768, _OCTETS.get(_schema(plugin))


def _plugin(url: str, message_id: str) -> Any:
    install()
    plugin = apprise.Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)
    if plugin is None:
        return None
    # One attempt is one attempt: retries are the outbox's.
    plugin.retry = 0
    headers = getattr(plugin, "headers", None)
    if message_id and isinstance(headers, dict):
        headers[MESSAGE_ID_HEADER] = message_id
    return plugin


def _schema(plugin: Any) -> str:
    return str(plugin.secure_protocol if isinstance(plugin.secure_protocol, str) else "")


_ASSET = apprise.AppriseAsset(app_id="xueliang", app_desc="xueliang", async_mode=False)
_ROBOTS = frozenset({"wecombot", "dingtalk", "feishu", "lark"})
# WeCom counts a text's bytes in UTF-8, Apprise its characters.
_OCTETS = {"wecombot": 2048}
# Timeout, too early, too many requests: the request itself is well.
_PASSING_STATUSES = frozenset({408, 423, 425, 429})
# The robots' codes for a key, signature, keyword, address or text that will not do tomorrow
# either. (https://developer.work.weixin.qq.com/document/path/90313,
# https://open.dingtalk.com/document/orgapp/custom-robot-access,
# https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot). Any other is tried again.
_PERMANENT_CODES = frozenset(
    {
        40008,  # WeCom: the kind of message is invalid
        40058,  # WeCom: a parameter is invalid
        93000,  # WeCom: the robot's key is invalid
        93004,  # WeCom: the robot was disabled
        300001,  # DingTalk: no such token
        310000,  # DingTalk: keyword, signature or address refused
        400013,  # DingTalk: the group was dissolved
        400102,  # DingTalk: the robot was stopped
        9499,  # Feishu: the request is malformed
        19001,  # Feishu, Lark: the token is invalid
        19021,  # Feishu, Lark: the signature or its time is wrong
        19022,  # Feishu, Lark: the address is not allowed
        19024,  # Feishu, Lark: a keyword is missing
    }
)
