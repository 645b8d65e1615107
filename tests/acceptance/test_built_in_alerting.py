"""The built-in way of telling crews, end to end: a simulated city, the service, a webhook. A dead
recorder is one page, though the service is killed while it pages and escalates; its end is told
once, to those who were told of it."""

from __future__ import annotations

import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.program import (
    Program,
    get_json,
    make_program,
    running_city,
    stopping,
    until,
)
from tests.fleet import files
from tests.sinks import Webhook, webhook

CAMERAS = 120
CREWS = """
[[crew]]
name = "一班"
monitor = true
group_wait_s = 0
per_hour = 500
[[crew.target]]
name = "hook"
url_env = "CREW_ADDRESS"

[[crew]]
name = "科长"
level = 2
group_wait_s = 0
per_hour = 500
[[crew.target]]
name = "hook"
url_env = "CHIEF_ADDRESS"
"""
# A page waits for two sweeps and a look's deadline, so that all channels of a recorder have been
# looked at however slow the machine is: one that is paged alone would be rightly paged.
RULES = """
[following]
recover_after_s = 3
escalations = 1

[class.soon]
page_after_s = 20
escalate_after_s = 10
remind_every_s = 86400
repair_within_s = 86400

[[assign]]
class = "soon"
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "crews.toml").write_text(CREWS, "utf-8")
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    return make_program(
        tmp_path,
        alerting_way="built_in",
        alerting_crews_file=tmp_path / "crews.toml",
        alerting_public_url="https://monitor.example",
        incidents_rules_file=tmp_path / "rules.toml",
        schedule_sweep_every_s=8,
        schedule_recheck_after_s=1,
        schedule_view_every_s=1,
        probe_timeout_s=6,
        probe_connect_timeout_s=2,
        health_hold_s=120,
    )


def test_a_dead_recorder_is_paged_escalated_and_over_once_each(
    program: Program, tmp_path: Path
) -> None:
    with webhook() as hook, running_city(tmp_path / "city", CAMERAS) as city:
        program.environ["CREW_ADDRESS"] = hook.url("/crew")  # type: ignore[index]
        program.environ["CHIEF_ADDRESS"] = hook.url("/chief")  # type: ignore[index]
        program.done("db", "upgrade")
        program.done("import", str(tmp_path / "city" / "archive.csv"))
        recorder, cameras = a_healthy_recorder(
            tmp_path / "city", {row["camera"] for row in city.truth() if row["fault"] == "none"}
        )
        with stopping(program.serve()) as process:
            swept = "xueliang_sweep_last_completed_timestamp_seconds"
            until(lambda: swept in program.metrics() or None, 60, "a sweep is complete")
            city.set_fault(recorder, "silent")
            until(lambda: told(hook, recorder)["/crew 故障"] or None, 90, "the page")
            process.send_signal(signal.SIGKILL)
            process.wait()
        with stopping(program.serve()) as process:
            until(lambda: told(hook, recorder)["/chief 升级"] or None, 90, "the escalation")
            process.send_signal(signal.SIGKILL)
            process.wait()
        city.set_fault(recorder, None)
        with stopping(program.serve()):
            until(lambda: told(hook, recorder)["/chief 恢复"] or None, 120, "its end")
            until(lambda: told(hook, recorder)["/crew 恢复"] or None, 60, "its end")
            until(lambda: not waiting(program) or None, 60, "all is delivered")
        assert told(hook, recorder) == {
            "/crew 故障": 1,
            "/chief 升级": 1,
            "/crew 恢复": 1,
            "/chief 恢复": 1,
        }
        for camera in cameras:
            assert not told(hook, camera), camera
        texts = "".join(f"{post.body['title']}{post.body['message']}" for post in hook.posted)
        assert re.findall(r"\w+://(?!monitor\.example)\S+", texts) == []


def a_healthy_recorder(folder: Path, healthy: set[str]) -> tuple[str, list[str]]:
    """A recorder with some channels, all of them well, and its cameras' names."""
    plan, *_ = files.read_city(folder)
    for upstream in plan.upstreams:
        points = [point for point in plan.points if point.recorder == upstream.name]
        if len(points) >= 3 and all(point.label in healthy for point in points):
            return upstream.name, [point.name for point in points]
    raise AssertionError("no recorder with healthy cameras")


def told(hook: Webhook, subject: str) -> Counter[str]:
    """What arrived of a subject, by addressee and mark; a message that came again counts once."""
    messages = {post.headers["X-Xueliang-Message"]: post for post in hook.posted}
    found: Counter[str] = Counter()
    for post in messages.values():
        lines = {post.body["title"], *post.body["message"].splitlines()}
        for line in lines:
            marked = re.match(r"(?:\S+ \S+ )?【(\w+)】", line)
            if marked and f" {subject} " in f"{line} ":
                found[f"{post.path} {marked[1]}"] += 1
    return found


def waiting(program: Program) -> int:
    document = get_json(f"{program.url}/api/v1/notices")
    return int(document["notices_waiting"]) + int(document["messages_waiting"])
