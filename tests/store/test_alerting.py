"""From timelines through the outbox to targets: what is told, once, in which order, and what
becomes of targets that refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

import pytest

from camera_registry.database import Database
from camera_registry.incidents.vocabulary import Cause, Event, Happening, Incident, Trouble
from camera_registry.outbox import Backlog, Message, MessageState
from camera_registry.store import outbox
from exporters.metrics import Exposition, ProbeMetrics
from exporters.notices.delivery import Sender
from exporters.notices.metrics import NoticeMetrics
from exporters.notices.vocabulary import Crew, OwnTroubleKind, QuietHours, Target
from tests.core.alert_texts import incident
from tests.sinks import Webhook, webhook
from tests.store.city import NOON
from xueliang.alerting import LEASE, Alerting

MINUTE = timedelta(minutes=1)
O, P, E, A = Happening.OPENED, Happening.PAGED, Happening.ESCALATED, Happening.ACKNOWLEDGED  # noqa: E741
R = Happening.RESOLVED


@dataclass
class Scene:
    """A service with made-up incidents, on a clock that the test sets."""

    database: Database
    crews: Sequence[Crew]
    sender: Sender
    at: datetime = NOON
    timelines: dict[str, list[Happening]] = field(default_factory=dict)
    signs: dict[OwnTroubleKind, bool] = field(default_factory=dict)
    metrics: NoticeMetrics = field(default_factory=NoticeMetrics)
    alerting: Alerting | None = None

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    async def incidents(self) -> list[Incident]:
        case, _, _ = incident(Cause.CAMERA, Trouble.DOWN, Happening.PAGED)
        return [
            replace(
                case,
                id=name,
                subject=f"点位{name}",
                timeline=tuple(
                    Event(number=number, at=NOON + number * MINUTE, what=what)
                    for number, what in enumerate(whats, start=1)
                ),
            )
            for name, whats in self.timelines.items()
        ]

    def restart(self) -> None:
        self.alerting = Alerting(
            database=self.database,
            crews=self.crews,
            incidents=self.incidents,
            view=lambda: None,
            signs=lambda: self.signs,
            sender=self.sender,
            metrics=self.metrics,
            clock=self,
            public_url="https://monitor.example/",
        )

    async def turn(self, minutes: float = 1) -> None:
        self.at += minutes * MINUTE
        if self.alerting is None:
            self.restart()
        assert self.alerting is not None
        await self.alerting.turn()
        await self.alerting.send_due()
        await self.alerting.send_due()


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as sink:
        yield sink


@pytest.fixture
async def scene(database: Database, hook: Webhook) -> AsyncIterator[Scene]:
    target = Target(name="hook", url=hook.url("/crew"))
    chief = Target(name="hook", url=hook.url("/chief"))
    crews = (
        Crew(name="一班", monitor=True, targets=(target,)),
        Crew(name="科长", level=2, targets=(chief,)),
    )
    sender = Sender()
    yield Scene(database=database, crews=crews, sender=sender)
    sender.close()


def said(hook: Webhook) -> list[str]:
    return [f"{post.path} {post.body['title']}" for post in hook.posted]


async def test_a_page_its_escalation_and_its_recovery_go_to_whom_they_concern(
    scene: Scene, hook: Webhook
) -> None:
    for whats in ((O,), (O, P), (O, P), (O, P, E), (O, P, E, A), (O, P, E, A, R), (O, P, E, A, R)):
        scene.timelines["a"] = list(whats)
        await scene.turn()
        await scene.turn()
    told = said(hook)
    assert told[:2] == [
        "/crew 【故障】文昌街道 点位a 无图像",
        "/chief 【升级】文昌街道 点位a 无图像",
    ]
    # Several at a time, in no order among themselves.
    assert sorted(told[2:4]) == [
        f"/{who} 【已认领】文昌街道 点位a 无图像" for who in ("chief", "crew")
    ]
    assert sorted(told[4:]) == [
        f"/{who} 【恢复】文昌街道 点位a 恢复正常" for who in ("chief", "crew")
    ]


async def test_what_is_over_before_anybody_was_told_is_told_to_nobody(
    scene: Scene, hook: Webhook
) -> None:
    scene.crews = (
        replace(scene.crews[0], quiet=QuietHours(start=time(11), end=time(14))),
        *scene.crews[1:],
    )
    scene.timelines = {"a": [O, P], "b": [O, P]}
    await scene.turn(5)
    scene.timelines["a"] = [O, P, R]
    await scene.turn(5)
    assert hook.posted == []
    await scene.turn(120)
    assert said(hook) == ["/crew 【故障】文昌街道 点位b 无图像"]


async def test_a_storm_is_one_message(scene: Scene, hook: Webhook) -> None:
    scene.timelines = {str(n): [O, P] for n in range(30)}
    await scene.turn()
    await scene.turn()
    assert said(hook) == ["/crew 【汇总】文昌街道：30 起故障，0 条其他通知"]
    assert "此外还有 10 条" in hook.posted[0].body["message"]


async def test_a_restart_tells_nothing_again(scene: Scene, hook: Webhook) -> None:
    scene.timelines = {"a": [O, P]}
    for _ in range(4):
        scene.restart()
        await scene.turn()
    assert len(hook.posted) == 1


async def test_a_refusing_target_is_tried_again_and_the_other_is_told_once(
    scene: Scene, hook: Webhook
) -> None:
    with webhook() as other:
        crew = scene.crews[0]
        scene.crews = (
            replace(crew, targets=(*crew.targets, Target(name="other", url=other.url()))),
            *scene.crews[1:],
        )
        other.answers += [(503, b""), (429, b"")]
        scene.timelines = {"a": [O, P]}
        for _ in range(8):
            await scene.turn()
        assert len(hook.posted) == 1
        assert len(other.posted) == 3
        # A refusal was an answer: the message has certainly not arrived, and says nothing of it.
        assert len(set(other.ids())) == 1
        assert all("可能已收到" not in post.body["message"] for post in other.posted)


async def test_a_permanent_refusal_is_given_up_at_once_and_shown(
    scene: Scene, hook: Webhook
) -> None:
    hook.answers.append((404, b""))
    scene.timelines = {"a": [O, P]}
    for _ in range(5):
        await scene.turn()
    assert len(hook.posted) == 1
    (given_up,) = await outbox.given_up(scene.database)
    assert (given_up.crew, given_up.target, given_up.failure) == ("一班", "hook", "http_404")
    exposition = Exposition(ProbeMetrics(), [scene.metrics])
    text = exposition.render(None, "", "").body.decode()
    assert 'xueliang_notices_total{outcome="given_up"} 1.0' in text
    assert "xueliang_notices_given_up 1.0" in text
    assert hook.url() not in text


async def test_a_target_away_for_a_day_is_given_up_in_the_end(scene: Scene, hook: Webhook) -> None:
    hook.answers += [(503, b"")] * 200
    scene.timelines = {"a": [O, P]}
    for _ in range(60):
        await scene.turn(31)
    assert (await outbox.backlog(scene.database, scene.at)).given_up == 1
    assert len(hook.posted) > 40


async def test_own_trouble_is_one_alert_and_its_end_is_told_after_a_restart(
    scene: Scene, hook: Webhook
) -> None:
    kind = OwnTroubleKind.NETWORK_GONE
    for gone in (True, False, True, True, True, True):
        scene.signs = {kind: gone}
        await scene.turn()
    scene.restart()
    for gone in (True, False, False, False, False):
        scene.signs = {kind: gone}
        await scene.turn()
    assert said(hook) == [
        "/crew 【监测异常】监测程序自己的网络中断，收不到任何点位的应答",
        "/crew 【监测恢复】监测程序自己的网络中断，收不到任何点位的应答",
    ]


async def test_a_claim_is_one_process_s_until_it_lapses(database: Database) -> None:
    message = Message(
        id="00",
        crew="一班",
        target="hook",
        page=True,
        title="t",
        body="b",
        created_at=NOON,
        next_at=NOON,
    )
    await outbox.put(database, [message], now=NOON)
    await outbox.put(database, [message], now=NOON)
    (first,) = await outbox.claim(database, NOON, lease=LEASE, limit=9)
    assert (first.state, first.attempts, first.doubtful) == (MessageState.SENDING, 1, False)
    assert await outbox.claim(database, NOON + LEASE, lease=LEASE, limit=9) == []
    later = NOON + LEASE + MINUTE
    (second,) = await outbox.claim(database, later, lease=LEASE, limit=9)
    assert (second.attempts, second.doubtful) == (2, True)
    # The first comes back from the dead: the message is the second's.
    await outbox.settle(database, replace(first, state=MessageState.GIVEN_UP, settled_at=later))
    assert (await outbox.backlog(database, later)).messages == 1
    await outbox.settle(database, replace(second, state=MessageState.SENT, settled_at=later))
    assert await outbox.backlog(database, later) == Backlog()
    await outbox.prune(database, later)
    assert await outbox.claim(database, later + LEASE * 9, lease=LEASE, limit=9) == []


async def test_crews_that_are_gone_hold_nothing_up(scene: Scene, hook: Webhook) -> None:
    scene.timelines = {"a": [O, P], "b": [O, P]}
    await scene.turn(0)
    scene.crews = (replace(scene.crews[0], name="新班"), scene.crews[1])
    scene.restart()
    scene.timelines["c"] = [O, P]
    await scene.turn()
    await scene.turn()
    assert said(hook) == ["/crew 【故障】文昌街道 点位c 无图像"]
    assert (await outbox.backlog(scene.database, scene.at)).notices == 0
