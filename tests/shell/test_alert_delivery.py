"""Messages through the real Apprise to a real webhook and a real mail server, and what becomes of
them where those refuse."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from camera_registry.outbox import Message, MessageState
from exporters.notices.delivery import (
    MESSAGE_ID_HEADER,
    Delivery,
    Ending,
    Sender,
    deliver,
    fit,
    is_address,
    judge,
)
from exporters.notices.retry import after_attempt
from exporters.notices.watch import Seen
from tests.sinks import Mailbox, Webhook, mailbox, webhook

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
MESSAGE = Message(
    id="00112233445566ff",
    crew="文昌班",
    target="hook",
    page=True,
    title="【故障】文昌街道 人民路口枪机 无图像",
    body="点位：人民路口枪机\n故障环节：网络连接，设备没有任何回应\n编号：00112233445566ff",
    created_at=NOW,
    next_at=NOW,
    attempts=1,
)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as sink:
        yield sink


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as sink:
        yield sink


def test_a_webhook_gets_the_message_with_its_number(hook: Webhook) -> None:
    assert deliver(hook.url(), MESSAGE) == Delivery(ending=Ending.SENT)
    (post,) = hook.posted
    assert post.headers[MESSAGE_ID_HEADER] == MESSAGE.id
    assert (post.body["title"], post.body["message"]) == (MESSAGE.title, MESSAGE.body)
    assert post.body["type"] == "failure"


def test_mail_is_plain_chinese_text_with_its_number(box: Mailbox) -> None:
    assert deliver(box.url(), MESSAGE) == Delivery(ending=Ending.SENT)
    (mail,) = box.mails
    assert mail["Subject"] == MESSAGE.title
    assert mail[MESSAGE_ID_HEADER] == MESSAGE.id
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip().splitlines() == MESSAGE.body.splitlines()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((500, b""), Delivery(ending=Ending.PASSING, why="http_500")),
        ((503, b"later"), Delivery(ending=Ending.PASSING, why="http_503")),
        ((429, b""), Delivery(ending=Ending.PASSING, why="http_429")),
        ((401, b""), Delivery(ending=Ending.PERMANENT, why="http_401")),
        ((404, b"{}"), Delivery(ending=Ending.PERMANENT, why="http_404")),
        ((410, b""), Delivery(ending=Ending.PERMANENT, why="http_410")),
        ((200, b'{"code": 17}'), Delivery(ending=Ending.SENT)),
        ((200, b"[" * 100_000), Delivery(ending=Ending.SENT)),
    ],
)
def test_what_a_webhook_answers(
    hook: Webhook, answer: tuple[int, bytes], expected: Delivery
) -> None:
    hook.answers.append(answer)
    assert deliver(hook.url(), MESSAGE) == expected


def test_nobody_listens() -> None:
    with webhook() as gone:
        url = gone.url()
    assert deliver(url, MESSAGE) == Delivery(ending=Ending.PASSING, why="unreachable")


def test_a_webhook_that_took_it_and_died_leaves_a_doubt(hook: Webhook) -> None:
    hook.answers.append(None)
    delivery = deliver(hook.url(), MESSAGE)
    assert delivery.ending is Ending.PASSING
    assert delivery.doubtful


@pytest.mark.parametrize(
    ("verb", "answer", "ending"),
    [
        ("MAIL", "550 not you", Ending.PERMANENT),
        ("MAIL", "451 later", Ending.PASSING),
        ("RCPT", "550 unknown", Ending.PERMANENT),
        ("RCPT", "452 full", Ending.PASSING),
        ("DATA", "554 no", Ending.PERMANENT),
        ("DATA", "451 no", Ending.PASSING),
    ],
)
def test_what_a_mail_server_answers(box: Mailbox, verb: str, answer: str, ending: Ending) -> None:
    box.refusals[verb] = answer
    delivery = deliver(box.url(), MESSAGE)
    assert delivery.ending is ending, delivery
    assert not box.mails


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        (0, Ending.SENT),
        (None, Ending.SENT),
        (93000, Ending.PERMANENT),
        (45009, Ending.PASSING),
        (310000, Ending.PERMANENT),
        (19024, Ending.PERMANENT),
        (130101, Ending.PASSING),
    ],
)
def test_a_robot_that_refuses_with_status_200(code: int | None, ending: Ending) -> None:
    assert judge(True, Seen(status=200, code=code), robot=True).ending is ending


def test_a_timeout_after_the_request_is_a_doubt() -> None:
    assert judge(False, Seen(error=requests.ReadTimeout()), robot=False).doubtful
    assert not judge(False, Seen(error=requests.ConnectTimeout()), robot=False).doubtful


@pytest.mark.parametrize("url", ["", "nonsense", "nosuch://x", "mailto://"])
def test_what_is_no_address(url: str) -> None:
    assert not is_address(url)
    assert deliver(url, MESSAGE).ending is Ending.PERMANENT


def test_tokens_are_logged_nowhere(hook: Webhook) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, chatty = logging.getLogger(), logging.getLogger("urllib3")
    levels = root.level, chatty.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    # As the program sets it for every command.
    chatty.setLevel(logging.WARNING)
    try:
        hook.answers.append((500, b""))
        deliver(f"json://user:s3cret@127.0.0.1:{hook.port}/token-of-ours", MESSAGE)
        deliver("json://user:s3cret@127.0.0.1:1/token-of-ours", MESSAGE)
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        chatty.setLevel(levels[1])
    assert hook.posted
    assert "s3cret" not in written.getvalue()
    assert "token-of-ours" not in written.getvalue()


async def test_a_target_that_hangs_is_given_its_time(hook: Webhook) -> None:
    sender = Sender(deadline_s=0.2)
    release = hook.changed
    hook.on_post = lambda _: _held(release)
    try:
        delivery = await sender.send(hook.url(), MESSAGE)
    finally:
        with release:
            release.notify_all()
        sender.close()
    assert delivery == Delivery(ending=Ending.PASSING, why="deadline", doubtful=True)


def _held(condition: object) -> None:
    with condition:  # type: ignore[attr-defined]
        condition.wait(3)  # type: ignore[attr-defined]


def test_a_long_message_ends_at_a_line_and_keeps_its_link() -> None:
    body = "\n".join([*(f"第 {n} 行，一二三四五六七八九十" for n in range(200)), "详情", "编号"])
    _, cut = fit("标题", body, 2048, 2048)
    assert len(f"标题\n{cut}".encode()) <= 2048
    assert cut.splitlines()[-3:] == ["…", "详情", "编号"]
    assert fit("标题", MESSAGE.body, 2048, 2048)[1] == MESSAGE.body


PASSING = Delivery(ending=Ending.PASSING, why="http_503")


@pytest.mark.parametrize(
    ("attempts", "delivery", "age", "state", "wait_s"),
    [
        (1, Delivery(ending=Ending.SENT), 0, MessageState.SENT, 0),
        (1, PASSING, 0, MessageState.WAITING, 15),
        (2, PASSING, 1, MessageState.WAITING, 30),
        (5, PASSING, 10, MessageState.WAITING, 240),
        (60, PASSING, 600, MessageState.WAITING, 1800),
        (60, PASSING, 24 * 60 - 1, MessageState.GIVEN_UP, 0),
        (1, Delivery(ending=Ending.PERMANENT, why="http_404"), 0, MessageState.GIVEN_UP, 0),
    ],
)
def test_what_becomes_of_a_message(
    attempts: int, delivery: Delivery, age: float, state: MessageState, wait_s: float
) -> None:
    now = NOW + timedelta(minutes=age)
    after = after_attempt(replace(MESSAGE, attempts=attempts), delivery, now)
    assert after.state is state
    assert after.failure == delivery.why
    if state is MessageState.WAITING:
        assert after.next_at == now + timedelta(seconds=wait_s)
    else:
        assert after.settled_at == now
