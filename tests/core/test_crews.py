"""The crews' file: one bad file and its message for each mistake, and no address in any of them."""

from __future__ import annotations

import os
from datetime import time, timedelta
from pathlib import Path

import pytest

from exporters.notices.vocabulary import QuietHours
from xueliang.crews import load_crews
from xueliang.settings import SettingsError

SHIPPED = Path(__file__).parents[2] / "config" / "crews.toml"
ENVIRON = {
    "WENCHANG_WECOM_URL": "wecombot://s3cret",
    "DUTY_DINGTALK_URL": "dingtalk://s3cret",
    "DUTY_MAIL_URL": "mailtos://u:s3cret@mail.example",
    "OFFICE_FEISHU_URL": "feishu://s3cret",
}
GOOD = """
[[crew]]
name = "一班"
monitor = true
[[crew.target]]
name = "hook"
url_env = "HOOK"
"""


def test_the_shipped_example() -> None:
    wenchang, duty, office = load_crews(SHIPPED, ENVIRON)
    assert wenchang.towns == {"文昌街道", "龙腾街道", "龙眠街道"}
    assert wenchang.quiet == QuietHours(start=time(22), end=time(7), passing=frozenset({"24h"}))
    assert wenchang.group_wait == timedelta(seconds=30)
    assert [target.name for target in duty.targets] == ["dingtalk", "mail"]
    assert duty.monitor
    assert (office.level, office.languages) == (2, ("zh_CN", "en"))
    assert "s3cret" not in repr((wenchang, duty, office))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("crew = 1", "crew: Input should be a valid tuple"),
        ("", "crew: Field required"),
        ("[[crew]]", "crew.1.name: Field required"),
        ("[[crew", "Expected"),
        (GOOD.replace("monitor", "moniter"), "crew.1.moniter: unknown key"),
        (GOOD.replace("monitor = true", ""), "who is told of the monitor's trouble?"),
        (GOOD.replace("monitor = true", "monitor = true\nlevel = 2"), "who is told of the other"),
        (GOOD.replace("monitor = true", "level = 0"), "crew.1.level: Input should be greater"),
        (GOOD.replace("monitor = true", 'languages = ["fr"]'), "crew.1.languages.1: Input should"),
        (GOOD + GOOD, "two crews are named '一班'"),
        (GOOD + GOOD[GOOD.index("[[crew.target") :], "two targets of '一班' have the same name"),
        (GOOD.replace('url_env = "HOOK"', ""), "crew.1.target.1: give one of url_file and url_env"),
        (GOOD + 'url_file = "x"', "crew.1.target.1: give one of url_file and url_env"),
        (GOOD.replace("HOOK", "XUELIANG_HOOK"), "a variable XUELIANG_… is a setting"),
        (GOOD.replace("HOOK", "NONE"), "target 'hook': the variable NONE is not set"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "crews.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_crews(path, {"HOOK": "json://s3cret"})
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, os.strerror(2)),
        (b"", "not one line with an address"),
        (b"json://s3cret\njson://two", "not one line with an address"),
        (b"j" * 5000, "not one line with an address"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_file_with_an_address(tmp_path: Path, content: bytes | None, message: str) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    path = tmp_path / "crews.toml"
    path.write_text(GOOD.replace('url_env = "HOOK"', f'url_file = "{secret}"'), "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_crews(path, {})
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)
    secret.write_bytes(b" json://s3cret \n")
    assert load_crews(path, {})[0].targets[0].url == "json://s3cret"
