"""The program is killed again and again while it pages and escalates: nothing is lost, and what
arrives twice says so under the number that the receiver has already."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

from sqlalchemy import func, select

from camera_registry.database import Database
from camera_registry.outbox import MessageState, NoticeState
from camera_registry.tables.incidents import notice_messages, notices
from tests.sinks import Posted, Webhook, webhook

INCIDENTS = 40
# Counted in posts as they come in.
KILLED_AT = (1, 3, 6, 10, 15)


class Killer:
    """Runs the program, and kills it between the last byte of a message and our answer to it: at
    the worst moment."""

    def __init__(self, command: list[str], hook: Webhook) -> None:
        self._command = command
        self._hook = hook
        self._moments = iter(KILLED_AT)
        self._next = next(self._moments)
        self._lock = threading.Lock()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self.processes.append(subprocess.Popen(self._command))

    def on_post(self, _: Posted) -> None:
        with self._lock:
            if len(self._hook.posted) + 1 >= self._next:
                self.processes[-1].send_signal(signal.SIGKILL)
                self.processes[-1].wait()
                self._next = next(self._moments, 10**9)
                self.start()

    def stop(self) -> None:
        with self._lock:
            for process in self.processes:
                process.kill()
                process.wait()


async def test_killed_while_it_tells_nothing_is_lost_and_nothing_told_twice(
    url: str, database: Database
) -> None:
    with webhook() as hook:
        command = [sys.executable, "-m", "tests.store.alerting_process", url, hook.url()]
        killer = Killer([*command, str(INCIDENTS), str(time.time())], hook)
        hook.on_post = killer.on_post
        killer.start()
        try:
            deadline = time.monotonic() + 90
            while not await all_told(database) and time.monotonic() < deadline:
                hook.wait(len(hook.posted) + 1, within_s=0.3)
        finally:
            killer.stop()
    assert await all_told(database)
    # A slow machine gathers more notices into a message and comes to fewer posts and kills.
    kills = len(killer.processes) - 1
    assert 3 <= kills <= len(KILLED_AT)
    # Every message arrived, and none that the outbox does not know.
    async with database.read() as connection:
        ids = set((await connection.execute(select(notice_messages.c.id))).scalars())
    assert set(hook.ids()) == ids
    # A receiver that goes by the number has everything once; a reader is told why one comes again,
    # which it does only where we were cut off.
    seen: set[str] = set()
    again = 0
    for post in hook.posted:
        number = post.headers["X-Xueliang-Message"]
        if number in seen:
            again += 1
            assert "可能已收到" in post.body["message"]
        seen.add(number)
    assert again >= kills


async def all_told(database: Database) -> bool:
    """Whether each page and each escalation is in a message, and each message was delivered."""
    told = notices.c.state == NoticeState.TOLD
    unsent = notice_messages.c.state != MessageState.SENT
    async with database.read() as connection:
        done = await connection.execute(
            select(
                select(func.count()).select_from(notices).where(told).scalar_subquery(),
                select(func.count()).select_from(notice_messages).where(unsent).scalar_subquery(),
            )
        )
        return tuple(done.one()) == (2 * INCIDENTS, 0)
