"""The program is killed again and again while it pages and escalates: nothing is lost, and what
arrives twice says so under the number that the receiver has already."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

from tests.sinks import Posted, webhook

INCIDENTS = 60


def test_killed_while_it_tells_nothing_is_lost_and_nothing_told_twice(url: str) -> None:
    epoch = str(time.time())
    processes: list[subprocess.Popen[bytes]] = []
    kill_at = iter((1, 3, 6, 10, 15))
    next_kill = next(kill_at)
    lock = threading.Lock()

    with webhook() as hook:
        command = [sys.executable, "-m", "tests.store.alerting_process"]
        command += [url, hook.url(), str(INCIDENTS), epoch]

        def start() -> None:
            processes.append(subprocess.Popen(command))

        def kill_some(_: Posted) -> None:
            """Kills it between the last byte of a message and our answer: the worst moment."""
            nonlocal next_kill
            with lock:
                if len(hook.posted) + 1 >= next_kill:
                    processes[-1].send_signal(signal.SIGKILL)
                    processes[-1].wait()
                    next_kill = next(kill_at, 10**9)
                    start()

        hook.on_post = kill_some
        start()
        try:
            wanted = {(f"点位{n}号", what) for n in range(INCIDENTS) for what in ("故障", "升级")}
            deadline = time.monotonic() + 60
            while told(hook.posted) != wanted and time.monotonic() < deadline:
                hook.wait(len(hook.posted) + 1, within_s=1)
        finally:
            processes[-1].kill()
            for process in processes:
                process.wait()
    assert len(processes) == 6
    assert told(hook.posted) == wanted
    # A receiver that goes by the number is told everything once.
    first = {post.headers["X-Xueliang-Message"]: post for post in reversed(hook.posted)}
    counts = Counter(pair for post in first.values() for pair in told([post]))
    assert set(counts.values()) == {1}
    # And a reader is told why a number comes again, which it does where we were cut off.
    seen: set[str] = set()
    again = 0
    for post in hook.posted:
        number = post.headers["X-Xueliang-Message"]
        if number in seen:
            again += 1
            assert "可能已收到" in post.body["message"]
        seen.add(number)
    assert again >= 5


def told(posted: list[Posted]) -> set[tuple[str, str]]:
    """(incident's subject, what was told) of what arrived, whether alone or in a digest."""
    found: set[tuple[str, str]] = set()
    for post in list(posted):
        text = f"{post.body['title']}\n{post.body['message']}"
        found |= {(subject, what) for what, subject in re.findall(r"【(\w+)】\S+ (\S+号) ", text)}
    return found
