"""Prometheus and Alertmanager as an operator runs them, from the shipped rules and from what
`xueliang alertmanager-config` makes, at a pace at which a test can wait for them."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.program import ROOT, Program
from tests.interop.processes import await_ready, free_port, running
from tests.sinks import Mailbox, Posted, Webhook

# So much quicker than in real life: five minutes are ten seconds.
PACE = 30
_RULE_WAIT = re.compile(r"^( +(?:for|keep_firing_for): )(\d+)([smh])$", re.MULTILINE)
_GROUP_WAIT = re.compile(
    r"^( *(?:- )?(?:group_wait|group_interval|repeat_interval): )(\d+)([smhd])$", re.MULTILINE
)
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
PROMETHEUS = """
global:
  scrape_interval: 1s
  scrape_timeout: 1s
  evaluation_interval: 1s
  external_labels: {{console: "https://monitor.example"}}
rule_files: ["{rules}/*.yml"]
alerting:
  alert_relabel_configs: [{{regex: console, action: labeldrop}}]
  alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]
scrape_configs:
  - job_name: xueliang
    static_configs: [{{targets: ["127.0.0.1:{monitor}"]}}]
"""


def crews_file(folder: Path, hook: Webhook, box: Mailbox, town: str) -> Path:
    """Whom Alertmanager tells: a crew by webhook and mail, the others by webhook."""
    token = folder / "token"
    token.write_text("of-the-test", "utf-8")
    address = f"http://127.0.0.1:{hook.port}"
    path = folder / "alertmanager-crews.toml"
    path.write_text(
        f'''
[webhook]
token_file = "{token}"
[mail]
smarthost = "127.0.0.1:{box.port}"
from = "xueliang@city.example"
require_tls = false
[towns]
webhook = "{address}/crews/{{code}}"
[[crew]]
name = "一班"
towns = ["{town}"]
webhook = "{address}/crew"
mail = ["crew@city.example"]
[office]
webhook = "{address}/office"
[monitor]
webhook = "{address}/monitor"
''',
        "utf-8",
    )
    return path


@contextmanager
def alerting(program: Program, folder: Path, crews: Path) -> Iterator[None]:
    """Prometheus scrapes the program and tells Alertmanager, which tells the crews."""
    alertmanager, prometheus = free_port(), free_port()
    made = folder / "alertmanager.yml"
    program.done("alertmanager-config", "--crews", str(crews), "--out", str(made))
    templates = ROOT / "config" / "alertmanager" / "templates"
    paced = _paced(_GROUP_WAIT, made.read_text("utf-8"))
    made.write_text(paced.replace("- templates/", f"- {templates}/"), "utf-8")
    rules = folder / "rules"
    rules.mkdir()
    for source in (ROOT / "config" / "prometheus" / "rules").glob("*.yml"):
        (rules / source.name).write_text(_paced(_RULE_WAIT, source.read_text("utf-8")), "utf-8")
    configuration = folder / "prometheus.yml"
    ports = {"monitor": program.port, "alertmanager": alertmanager}
    configuration.write_text(PROMETHEUS.format(rules=rules, **ports), "utf-8")
    listen = "--web.listen-address=127.0.0.1:"
    commands = {
        alertmanager: (
            "prometheus-alertmanager",
            f"--config.file={made}",
            f"{listen}{alertmanager}",
            "--cluster.listen-address=",
            f"--storage.path={folder / 'alertmanager'}",
        ),
        prometheus: (
            "prometheus",
            f"--config.file={configuration}",
            f"{listen}{prometheus}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            # Alertmanager takes an alert as over four of these after it heard of it last.
            "--rules.alert.resend-delay=5s",
        ),
    }
    log = folder / "alertmanager.log"
    with running(commands[alertmanager], log) as process:
        await_ready(process, lambda: ready(alertmanager), log)
        log = folder / "prometheus.log"
        with running(commands[prometheus], log) as process:
            await_ready(process, lambda: ready(prometheus), log)
            yield


def _paced(wait: re.Pattern[str], text: str) -> str:
    """The text with each of its waits `PACE` times as short, a second at least."""

    def shorter(found: re.Match[str]) -> str:
        seconds = int(found[2]) * _UNIT_S[found[3]]
        return f"{found[1]}{max(1, round(seconds / PACE)) if seconds else 0}s"

    return wait.sub(shorter, text)


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=10) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def told(hook: Webhook, path: str) -> Counter[tuple[str, str, str]]:
    """How many messages that arrived at an address name an alert (its name, and its subject if it
    has one) in each state."""
    found: Counter[tuple[str, str, str]] = Counter()
    for post in list(hook.posted):
        for alert in post.body["alerts"] if post.path == path else ():
            labels: Mapping[str, str] = alert["labels"]
            found[labels["alertname"], labels.get("subject", ""), alert["status"]] += 1
    return found


def texts(posted: list[Posted]) -> str:
    """All that readers see."""
    return "\n".join(
        text
        for post in posted
        for alert in post.body["alerts"]
        for text in alert["annotations"].values()
    )
