"""Whom Alertmanager tells: the file of crews, strictly read, and the routes made of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from camera_registry.vocabulary import Town
from exporters.alertmanager_config import alertmanager_config
from xueliang.alertmanager_crews import load_desk
from xueliang.settings import SettingsError

TOWNS = [
    Town(code="340881001", name="龙腾街道", name_en="Longteng"),
    Town(code="340881002", name="文昌街道", name_en="Wenchang"),
    Town(code="340881100", name="孔城镇", name_en="Kongcheng"),
]
REMINDERS = {"24h": timedelta(hours=4), "quick": timedelta(minutes=90)}
LEAST = """
[towns]
webhook = "http://relay.invalid/{code}"
[office]
webhook = "http://relay.invalid/office"
[monitor]
webhook = "http://relay.invalid/monitor"
"""


def made(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "crews.toml"
    path.write_text(text, "utf-8")
    document: dict[str, Any] = yaml.safe_load(
        alertmanager_config(load_desk(path, TOWNS, REMINDERS), REMINDERS)
    )
    return document


def test_a_crew_of_several_towns_and_others_of_their_own(tmp_path: Path) -> None:
    crew = """
[[crew]]
name = "城区"
towns = ["龙腾街道", "文昌街道"]
webhook = "http://relay.invalid/city"
mail = ["a@city.invalid", "b@city.invalid"]
[mail]
smarthost = "mail.invalid:587"
from = "xueliang@city.invalid"
username = "xueliang"
password_file = "/run/secrets/mail"
[webhook]
token_file = "/run/secrets/token"
"""
    document = made(tmp_path, LEAST + crew)
    routes = {
        route["matchers"][0]: route["receiver"]
        for route in document["route"]["routes"]
        if "town" in route["matchers"][0]
    }
    assert routes == {
        'town =~ "龙腾街道|文昌街道"': "crew-城区",
        'town = "孔城镇"': "crew-孔城镇",
    }
    receivers = {one["name"]: one for one in document["receivers"]}
    assert receivers["crew-城区"]["email_configs"][0]["to"] == "a@city.invalid, b@city.invalid"
    own = receivers["crew-孔城镇"]["webhook_configs"][0]
    assert own["url"] == "http://relay.invalid/340881100"
    assert own["http_config"]["authorization"]["credentials_file"] == "/run/secrets/token"
    assert document["global"]["smtp_auth_password_file"] == "/run/secrets/mail"


def test_reminders_are_those_of_the_repair_classes(tmp_path: Path) -> None:
    town = made(tmp_path, LEAST)["route"]["routes"][-1]
    by_class = {tuple(route["matchers"]): route["repeat_interval"] for route in town["routes"]}
    assert by_class['repair_class = "24h"',] == "4h"
    assert by_class['repair_class = "quick"',] == "90m"
    # An upstream is as urgent as the most urgent class.
    assert by_class['cause =~ "recorder|switch|town_uplink"', 'severity != "ticket"'] == "90m"


@pytest.mark.parametrize(
    ("start", "end", "times"),
    [
        ("22:00", "07:00", [("22:00", "24:00"), ("00:00", "07:00")]),
        ("22:00", "00:00", [("22:00", "24:00")]),
        ("12:30", "14:00", [("12:30", "14:00")]),
    ],
)
def test_quiet_hours_let_pass_what_is_urgent(
    tmp_path: Path, start: str, end: str, times: list[tuple[str, str]]
) -> None:
    quiet = f'[quiet]\nstart = "{start}"\nend = "{end}"\npassing = ["quick"]\n'
    document = made(tmp_path, LEAST + quiet)
    (interval,) = document["time_intervals"]
    (hours,) = interval["time_intervals"]
    assert [(one["start_time"], one["end_time"]) for one in hours["times"]] == times
    assert hours["location"] == "Asia/Shanghai"
    town = document["route"]["routes"][-1]
    muted = {
        tuple(route["matchers"]): route.get("mute_time_intervals", []) for route in town["routes"]
    }
    assert muted == {
        ('cause =~ "recorder|switch|town_uplink"', 'severity != "ticket"'): [],
        ('repair_class = "24h"',): [interval["name"]],
        ('repair_class = "quick"',): [],
        ('severity = "ticket"',): [interval["name"]],
    }


def test_the_watcher_is_called_every_minute(tmp_path: Path) -> None:
    without = made(tmp_path, LEAST)["route"]["routes"][0]
    watched = made(tmp_path, LEAST + '[watcher]\nwebhook = "https://watcher.invalid/ping"\n')
    assert without["receiver"] == "nobody"
    assert watched["route"]["routes"][0]["receiver"] == "watcher"
    assert watched["route"]["routes"][0]["repeat_interval"] == "1m"


def changed(old: str, new: str) -> str:
    assert old in LEAST
    return LEAST.replace(old, new)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LEAST + "[offfice]\n", "offfice: unknown key"),
        (changed("[office]\nwebhook", "[office]\nurl"), "office.url: unknown key"),
        (changed("http://relay.invalid/office", ""), "office: neither webhook nor mail"),
        (changed("http://relay.invalid/office", "relay"), "office.webhook: "),
        (changed("relay.invalid/office", "user:hunter2@relay.invalid"), "office.webhook: "),
        (changed("relay.invalid/office", "relay.invalid/?token=hunter2"), "office.webhook: "),
        (LEAST + '[[crew]]\nname = "一"\ntowns = ["不在镇"]\nmail = ["a"]\n', "crew.1.mail.1: "),
        (
            LEAST + '[[crew]]\nname = "一"\ntowns = ["不在镇"]\nwebhook = "http://a.invalid"\n',
            "crew '一': no town is named '不在镇'",
        ),
        (
            LEAST + '[[crew]]\nname = "一"\ntowns = ["孔城镇"]\nmail = ["a@b.invalid"]\n',
            "[mail] is missing",
        ),
        (
            LEAST + '[[crew]]\nname = "一"\ntowns = ["孔城镇"]\nwebhook = "http://a.invalid"\n' * 2,
            "two crews are '一'",
        ),
        (
            LEAST
            + '[[crew]]\nname = "一"\ntowns = ["孔城镇", "孔城镇"]\nwebhook = "http://a.invalid"\n',
            "two crews have the town '孔城镇'",
        ),
        (LEAST + '[quiet]\nstart = "22:00"\nend = "22:00"\n', "quiet: "),
        (
            LEAST + '[quiet]\nstart = "22:00"\nend = "07:00"\npassing = ["never"]\n',
            "quiet.passing: no repair class is called 'never'",
        ),
        ("[towns", "Expected ']'"),
        (LEAST + '[mail]\nsmarthost = "mail"\nfrom = "a@b.invalid"\n', "mail.smarthost: "),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        made(tmp_path, text)
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)
