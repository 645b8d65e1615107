"""Alertmanager with the shipped configuration: what is shipped is what is made, each town's alerts
reach its crew, and what is no news is inhibited."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from camera_registry.migrations import known_towns
from tests.interop.processes import await_ready, free_port, running
from tests.interop.test_deployment import BIN, ROOT, accepted
from tests.interop.test_rules import alert_rules

FOLDER = ROOT / "config" / "alertmanager"
SHIPPED = FOLDER / "alertmanager.yml"
TOWNS = tuple(town.name for town, _ in known_towns())
CREW, OFFICE = "crew-{town}", "office"
# Who is told of an alert that has a town; the others are the monitor's.
WHO = {
    "XueliangCameraDown": (CREW,),
    "XueliangPictureFault": (CREW,),
    "XueliangUpstreamDown": (CREW,),
    "XueliangTownUplinkDown": (CREW,),
    "XueliangKeyLocationBlind": (CREW,),
    "XueliangIncidentOverdue": (OFFICE, CREW),
    "XueliangIncidentEscalated": (OFFICE,),
    "XueliangOnlineRateBurn": (OFFICE,),
    "XueliangCoverageBurn": (OFFICE,),
    "XueliangPicturesPoor": (OFFICE,),
    "XueliangArchivePoor": (OFFICE,),
    "XueliangIncidentAcknowledged": ("nobody",),
    "XueliangIncidentMerged": ("nobody",),
}
MONITOR = sorted(set(alert_rules()) - set(WHO) - {"XueliangWatchdog"})


def told(**labels: str) -> list[str]:
    """The receivers of an alert, by amtool."""
    given = [f"{name}={value}" for name, value in labels.items()]
    answer = accepted("amtool", "config", "routes", "test", f"--config.file={SHIPPED}", *given)
    return answer.strip().split(",")


def test_what_is_shipped_is_what_is_made(tmp_path: Path) -> None:
    made = tmp_path / "made.yml"
    crews = FOLDER / "crews.toml"
    accepted(
        BIN / "xueliang", "alertmanager-config", "--crews", crews, "--out", made, folder=tmp_path
    )
    assert made.read_text("utf-8") == SHIPPED.read_text("utf-8")


def test_the_configuration_is_accepted_and_holds_no_secret() -> None:
    answer = accepted("amtool", "check-config", SHIPPED)
    assert "SUCCESS" in answer
    assert "1 templates" in answer
    document = yaml.safe_load(SHIPPED.read_text("utf-8"))
    for receiver in document["receivers"]:
        for hook in receiver.get("webhook_configs", ()):
            assert hook["http_config"] == {
                "authorization": {"credentials_file": "/run/secrets/webhook-token"}
            }


def test_quiet_hours_are_accepted(tmp_path: Path) -> None:
    crews, made = tmp_path / "crews.toml", tmp_path / "made.yml"
    shipped = (FOLDER / "crews.toml").read_text("utf-8")
    crews.write_text(
        shipped + '[quiet]\nstart = "22:00"\nend = "07:00"\npassing = ["24h"]\n', "utf-8"
    )
    accepted(
        BIN / "xueliang", "alertmanager-config", "--crews", crews, "--out", made, folder=tmp_path
    )
    assert "SUCCESS" in accepted("amtool", "check-config", made)
    document = yaml.safe_load(made.read_text("utf-8"))
    muted = [route for town in document["route"]["routes"] for route in town.get("routes", ())]
    assert {tuple(route["matchers"]) for route in muted if "mute_time_intervals" not in route} == {
        ('cause =~ "recorder|switch|town_uplink"', 'severity != "ticket"'),
        ('repair_class = "24h"',),
    }


@pytest.mark.parametrize("town", TOWNS)
def test_a_towns_camera_is_told_to_its_crew(town: str) -> None:
    assert told(town=town, alertname="XueliangCameraDown", severity="page", repair_class="24h") == [
        f"crew-{town}"
    ]


@pytest.mark.parametrize("alert", sorted(WHO))
def test_each_alert_is_told_to_whom_it_concerns(alert: str) -> None:
    severity = alert_rules()[alert]["labels"]["severity"]
    expected = [who.format(town="孔城镇") for who in WHO[alert]]
    assert told(town="孔城镇", alertname=alert, severity=severity) == expected


@pytest.mark.parametrize("alert", MONITOR)
def test_the_monitors_own_trouble_is_told_to_who_runs_it(alert: str) -> None:
    assert told(alertname=alert, severity="page") == ["monitor"]


def test_a_town_that_is_not_on_the_list_is_told_to_somebody() -> None:
    assert told(town="新设镇", alertname="XueliangCameraDown", severity="page") == ["monitor"]


def rule_test_alerts() -> dict[str, dict[str, Any]]:
    """What the first of the rules' tests expects in full, by the alert's name."""
    cases = yaml.safe_load((ROOT / "config/prometheus/tests/incidents.yml").read_text("utf-8"))
    expected = cases["tests"][0]["alert_rule_test"]
    return {case["alertname"]: case["exp_alerts"][0] for case in expected if case.get("exp_alerts")}


def message(folder: Path, *told: tuple[str, str]) -> str:
    """The mail of a group of alerts, each with its state: the title and the text."""
    known = rule_test_alerts()
    alerts = [
        {
            "status": state,
            "labels": {"alertname": name, **known[name]["exp_labels"]},
            "annotations": known[name]["exp_annotations"],
            "startsAt": "2026-05-01T02:35:00Z",
            "endsAt": "2026-05-01T03:35:00Z",
        }
        for name, state in told
    ]
    first = alerts[0]
    group = {
        "receiver": "crew-孔城镇",
        "status": "firing" if any(state == "firing" for _, state in told) else "resolved",
        "alerts": alerts,
        "groupLabels": {"town": "孔城镇"},
        "commonLabels": first["labels"] if len(alerts) == 1 else {"town": "孔城镇"},
        "commonAnnotations": first["annotations"] if len(alerts) == 1 else {},
        "externalURL": "",
    }
    source = folder / "group.json"
    source.write_text(json.dumps(group), "utf-8")
    render = ("amtool", "template", "render", f"--template.data={source}")
    render += (f"--template.glob={FOLDER / 'templates' / '*.tmpl'}",)
    title, text = (
        accepted(*render, f'--template.text={{{{ template "xueliang.{part}" . }}}}')
        for part in ("title", "text")
    )
    return f"{title.strip()}\n\n{text.strip()}\n"


MESSAGES = {
    "camera": [("XueliangCameraDown", "firing")],
    "escalated": [("XueliangIncidentEscalated", "firing")],
    "uplink": [("XueliangTownUplinkDown", "firing")],
    "uplink-over": [("XueliangTownUplinkDown", "resolved")],
    "group": [
        ("XueliangCameraDown", "firing"),
        ("XueliangPictureFault", "firing"),
        ("XueliangUpstreamDown", "resolved"),
    ],
    "many": [("XueliangCameraDown", "firing")] * 23,
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_mail_is_as_the_golden_file(name: str, tmp_path: Path) -> None:
    golden = ROOT / "tests" / "golden" / "alertmanager" / f"{name}.txt"
    assert message(tmp_path, *MESSAGES[name]) == golden.read_text("utf-8")


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("alertmanager")
    log, port = folder / "alertmanager.log", free_port()
    address = f"http://127.0.0.1:{port}/api/v2"
    command = ["prometheus-alertmanager", f"--config.file={SHIPPED}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    command += [f"--storage.path={folder / 'data'}"]
    with running(command, log) as process:
        await_ready(process, lambda: answers(address), log)
        yield address


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/status", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def fire(address: str, alerts: dict[str, dict[str, str]]) -> None:
    """Has alerts fire, each under a name of the test's."""
    body = json.dumps(
        [{"labels": {**labels, "is": name}} for name, labels in alerts.items()]
    ).encode()
    header = {"Content-Type": "application/json"}
    urllib.request.urlopen(
        urllib.request.Request(f"{address}/alerts", body, header), timeout=10
    ).close()


def inhibited(address: str) -> set[str]:
    with urllib.request.urlopen(f"{address}/alerts", timeout=10) as answer:
        alerts = json.load(answer)
    return {one["labels"]["is"] for one in alerts if one["status"]["inhibitedBy"]}


def alert(name: str, town: str = "", **labels: str) -> dict[str, str]:
    place = {"town": town} if town else {}
    return {"alertname": f"Xueliang{name}", **place, **labels}


FIRING = {
    "uplink": alert("TownUplinkDown", "孔城镇", incident="u", cause="town_uplink"),
    "its camera": alert("CameraDown", "孔城镇", incident="1", cause="camera"),
    "its recorder": alert("UpstreamDown", "孔城镇", incident="2", cause="recorder"),
    "its picture": alert("PictureFault", "孔城镇", incident="3", cause="camera"),
    "its key location": alert("KeyLocationBlind", "孔城镇", kind="junction", location="路口"),
    "its rate": alert("OnlineRateBurn", "孔城镇", window="1h"),
    "its archive": alert("ArchivePoor", "孔城镇"),
    "its overdue": alert("IncidentOverdue", "孔城镇", incident="1", cause="camera"),
    "another town's camera": alert("CameraDown", "吕亭镇", incident="4", cause="camera"),
    "taken on": alert("IncidentAcknowledged", "吕亭镇", incident="5"),
    "a camera somebody works on": alert("CameraDown", "吕亭镇", incident="5", cause="camera"),
    "its escalation": alert("IncidentEscalated", "吕亭镇", incident="5", cause="camera"),
    "its time is over": alert("IncidentOverdue", "吕亭镇", incident="5", cause="camera"),
    "merged": alert("IncidentMerged", "吕亭镇", incident="6"),
    "a part of its switch": alert("CameraDown", "吕亭镇", incident="6", cause="camera"),
    "fast": alert("CoverageBurn", "吕亭镇", window="1h"),
    "slower": alert("CoverageBurn", "吕亭镇", window="6h"),
    "slow": alert("CoverageBurn", "吕亭镇", window="3d"),
    "another rate": alert("OnlineRateBurn", "吕亭镇", window="3d"),
    "our network": alert("OwnOutage"),
    "its sweep": alert("SweepLate"),
    "its looks": alert("ProberTrouble"),
    "watchdog": alert("Watchdog"),
}
NO_NEWS = {
    *("its camera", "its recorder", "its picture", "its key location", "its rate"),
    *("a camera somebody works on", "its escalation", "a part of its switch"),
    *("slower", "slow", "its sweep", "its looks"),
}


def test_what_is_no_news_is_inhibited(alertmanager: str) -> None:
    fire(alertmanager, FIRING)
    await_condition(lambda: inhibited(alertmanager) == NO_NEWS)
    fire(alertmanager, {"absent": alert("Absent")})
    await_condition(lambda: inhibited(alertmanager) == set(FIRING) - {"watchdog"})


def await_condition(holds: Callable[[], bool]) -> None:
    """Alertmanager takes alerts in and relates them to each other in its own time."""
    end_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end_s, "what is inhibited is not what should be"
        time.sleep(0.1)
