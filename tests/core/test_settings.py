"""A configuration is taken whole or refused with the name and the place of each mistake."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from xueliang.settings import Settings, SettingsError, load_settings


def test_defaults_need_no_file() -> None:
    assert load_settings(None, {}) == Settings()


def test_a_file_and_a_variable_over_it(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[http]\nport = 9000\n[schedule]\nnightly_at = "01:30"\n')
    settings = load_settings(path, {"XUELIANG_HTTP_PORT": "9001", "HOME": "/"})
    assert settings.http.port == 9001
    assert settings.schedule.nightly_at == time(1, 30)


def test_seconds_become_the_health_policy() -> None:
    settings = load_settings(None, {"XUELIANG_HEALTH_HOLD_S": "1200"})
    assert settings.health_policy().hold == timedelta(minutes=20)


MISTAKES = {
    "unknown key": ("[probe]\n\ntimeout = 3\n", "x.toml:3: probe.timeout: unknown key"),
    "unknown section": ("[probes]\ntimeout_s = 3\n", "x.toml:1: probes: unknown key"),
    "not in a section": ("timeout_s = 3\n", "x.toml:1: timeout_s: not in a section"),
    "out of bounds": (
        "[http]\nport = 70000\n",
        "x.toml:2: http.port: Input should be less than or equal to 65535",
    ),
    "wrong type": ('[probe]\nconcurrency = "many"\n', "x.toml:2: probe.concurrency: Input should"),
    "not TOML": ("[probe\n", "x.toml: "),
    "evidence dies between looks": ("[health]\nhold_s = 60\n", "health.hold_s is shorter than"),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(Path("x.toml"), {})
    assert message in str(caught.value)


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(SettingsError, match="XUELIANG_PROBE_TIMEOUT: unknown variable"):
        load_settings(None, {"XUELIANG_PROBE_TIMEOUT": "3"})


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: No such file"):
        load_settings(Path("nowhere.toml"), {})


def test_no_message_repeats_a_value() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, {"XUELIANG_HTTP_PORT": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_the_database_password_is_not_in_repr() -> None:
    settings = load_settings(None, {"XUELIANG_DATABASE_URL": "postgresql://u:hunter2@h/d"})
    assert "hunter2" not in repr(settings)
