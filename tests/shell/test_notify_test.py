"""The command `notify-test`, and the heartbeat, against a real webhook."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from camera_registry.outbox import Backlog, Message
from exporters.metrics import Exposition, ProbeMetrics
from exporters.notices.metrics import NoticeMetrics
from exporters.notices.web import document, render_notices
from exporters.words import LANGUAGES, Words
from probes.clock import SystemClock
from tests.sinks import webhook
from xueliang.cli import main
from xueliang.heartbeat import Heartbeat

CREWS = """
[[crew]]
name = "一班"
monitor = true
[[crew.target]]
name = "hook"
url_env = "HOOK_ADDRESS"

[[crew]]
name = "科长"
level = 2
[[crew.target]]
name = "gone"
url_env = "GONE_ADDRESS"
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    crews = tmp_path / "crews.toml"
    crews.write_text(CREWS, "utf-8")
    path = tmp_path / "xueliang.toml"
    path.write_text(f'[alerting]\ncrews_file = "{crews}"\n', "utf-8")
    return path


def test_a_trial_message(configuration: Path) -> None:
    with webhook() as hook:
        environ = {"HOOK_ADDRESS": hook.url(), "GONE_ADDRESS": "json://127.0.0.1:1/s3cret"}
        command = ["notify-test", "--config", str(configuration), "--json"]
        one = CliRunner().invoke(main, [*command, "--crew", "一班"], env=environ)
        both = CliRunner().invoke(main, command, env=environ)
        none = CliRunner().invoke(main, [*command, "--crew", "二班"], env=environ)
    assert one.exit_code == 0
    assert json.loads(one.stdout) == [
        {"crew": "一班", "target": "hook", "ending": "sent", "why": ""}
    ]
    assert hook.posted[0].body["title"] == "【测试】雪亮工程监测通知"
    assert both.exit_code == 1
    assert json.loads(both.stdout)[1] == {
        "crew": "科长",
        "target": "gone",
        "ending": "passing",
        "why": "unreachable",
    }
    assert none.exit_code == 2
    assert "no crew is named '二班'" in none.stderr
    assert "s3cret" not in both.output + none.output


def test_without_crews_there_is_nobody_to_try() -> None:
    result = CliRunner().invoke(main, ["notify-test"])
    assert result.exit_code == 2
    assert "alerting.crews_file is not set" in result.stderr


async def test_the_heartbeat_stops_when_the_monitor_does_not_do_its_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    healthy = True
    metrics = NoticeMetrics()
    with webhook() as hook:
        url = f"http://127.0.0.1:{hook.port}/ping/s3cret"
        heart = Heartbeat(url=url, healthy=lambda: healthy, metrics=metrics, clock=SystemClock())
        await heart.beat()
        healthy = False
        await heart.beat()
        assert [post.path for post in hook.posted] == ["/ping/s3cret"]
        text = Exposition(ProbeMetrics(), [metrics]).render(None, "", "").body.decode()
        line = next(one for one in text.splitlines() if one.startswith("xueliang_heartbeat_last"))
        assert abs(float(line.split()[1]) - datetime.now(UTC).timestamp()) < 60
        healthy = True
        hook.answers += [(500, b""), (500, b"")]
        await heart.beat()
        await heart.beat()
    await heart.beat()
    warned = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warned == ["the heartbeat is not heard: status 500"]
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("built_in", [True, False])
async def test_the_console_shows_what_was_given_up(built_in: bool) -> None:
    now = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
    message = Message(
        id="00ff",
        crew="一班",
        target="wecom",
        page=True,
        title="【故障】<b>路口</b>",
        body="",
        created_at=now,
        next_at=now,
        attempts=1,
        failure="code_93000",
    )
    backlog = Backlog(notices=3, messages=2, given_up=1, oldest_at=now) if built_in else None
    given_up = [message] if built_in else []
    shown = document(backlog, given_up)
    assert shown["built_in"] is built_in
    for language in LANGUAGES:
        page = render_notices(backlog, given_up, Words.load(language), now + timedelta(hours=2))
        assert ("code_93000" in page) is built_in
        assert "<b>路口" not in page
