"""What notices say: the reviewed texts of each cause, trouble and happening, and what they never
say, whatever stands in the archive."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from camera_registry.incidents.vocabulary import Cause, Happening, Trouble
from exporters.notices import scrub
from exporters.notices.grouping import compose_draft
from exporters.notices.messages import compose, compose_own, is_told
from exporters.notices.vocabulary import Crew, Facts, OwnTrouble, OwnTroubleKind, PointFacts
from exporters.words import LANGUAGES, Words
from probes.reasons import REASONS, failure
from tests.core.alert_texts import GOLDEN, OPENED, TOLD, draft, golden, incident

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_alert_text_golden_files(language: str) -> None:
    """`python -m tests.core.alert_texts` writes them anew, to be read as a diff."""
    texts = dict(golden(language))
    kept = {path.name: path.read_text("utf-8") for path in (GOLDEN / language).iterdir()}
    assert kept.keys() == texts.keys()
    for name, text in texts.items():
        assert kept[name] == text, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", REASONS, ids=lambda key: "-".join(key))
def test_each_reason_says_what_to_check_first(language: str, key: tuple[str, str]) -> None:
    words = Words.load(language)
    case, event, facts = incident(Cause.CAMERA, Trouble.DOWN, Happening.PAGED)
    stage, reason = next(one for one in REASONS if one == key)
    text = compose(replace(case, failure=failure(stage, reason)), event, facts, words)
    assert words[f"reason.{stage.value}.{reason}"] in text.body
    assert words[f"reason.{stage.value}.{reason}.action"] in text.body


def test_what_moves_nobody_is_not_told() -> None:
    _, event, _ = incident(Cause.CAMERA, Trouble.DOWN, Happening.PAGED)
    told = {what for what in Happening if is_told(replace(event, what=what))}
    assert told == set(TOLD)


SECRETS = (
    "rtsp://admin:hunter2@10.0.0.7:554/Streaming/Channels/101",
    "https://qyapi.example/cgi-bin/webhook/send?key=hunter2",
    "admin:hunter2@10.0.0.7",
    "口令：hunter2",
    "密码 是 hunter2",
    "password = hunter2",
    "Authorization: Basic hunter2",
    "token=hunter2&x=1",
    "wecombot://hunter2",
    "x" * 50_000 + "rtsp://admin:hunter2@h",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_no_secrets_in_any_notice(secret: str, language: str) -> None:
    words = Words.load(language)
    point = PointFacts(
        name=f"路口 {secret}",
        label=secret,
        town=secret,
        village=secret,
        upstream=secret,
        key_location=secret,
    )
    facts = Facts(points=(point,) * 3, blind=(secret, secret), link="https://monitor.example/i/1")
    for cause in Cause:
        for trouble in Trouble:
            for what in TOLD:
                case, event, _ = incident(cause, trouble, what)
                assert case.failure is not None
                case = replace(
                    case,
                    subject=secret,
                    inferred=secret,
                    town=secret,
                    failure=replace(case.failure, evidence=secret),
                    acknowledged_by=secret,
                )
                event = replace(event, by=secret, note=secret)
                text = compose(case, event, facts, words)
                whole = f"{text.title}\n{text.line}\n{text.body}"
                assert "hunter2" not in whole
                assert re.findall(r"\w+://\S+", whole) in ([], ["https://monitor.example/i/1"])


@pytest.mark.parametrize(
    ("cause", "sign", "told"),
    [
        (Cause.SWITCH, "10.20.3.0/24", "同一网段 10.20.3.0/24 的点位"),
        (Cause.SWITCH, "城东-017", "同一杆位 城东-017 的点位"),
        (Cause.SWITCH, "116.951000,31.050000", "同一杆位 116.951000,31.050000 的点位"),
        (Cause.TOWN_UPLINK, "文昌街道", "同一镇街 文昌街道 的点位"),
        # The address of a device is told to nobody.
        (Cause.RECORDER, "10.20.3.7", "同一主机的点位"),
        (Cause.RECORDER, "nvr.city.example", "同一主机的点位"),
    ],
)
def test_what_an_upstream_was_inferred_from(cause: Cause, sign: str, told: str) -> None:
    case, event, facts = incident(cause, Trouble.DOWN, Happening.PAGED)
    case = replace(case, upstream_id=None, inferred=sign, subject="")
    text = compose(case, event, facts, Words.load("zh_CN"))
    assert told in text.body
    if cause is Cause.RECORDER:
        assert sign not in f"{text.title}\n{text.line}\n{text.body}"
        assert "（档案未登记）" in text.title


def test_a_name_forges_no_line() -> None:
    assert scrub.name("路口\r\n恢复时间：现在\u202e") == "路口 恢复时间：现在"
    assert scrub.name("长" * 99) == "长" * 59 + "…"
    assert scrub.note("正在熔接，晚 8 点前好") == "正在熔接，晚 8 点前好"


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("人民路与文昌路口(南)", "10.20.3.0/24", "3408810000132000001", "A-NVR 01：东"):
        assert scrub.name(name) == name


def test_a_crew_may_read_two_languages() -> None:
    text = compose_draft(draft(3, Crew(name="外事", languages=("zh_CN", "en"))), "00ff")
    assert "故障环节" in text.body
    assert "Failed at" in text.body
    assert text.body.count("00ff") == 1


def test_a_digest_is_bounded_and_keeps_the_pages() -> None:
    text = compose_draft(draft(400, Crew(name="一班")), "00ff", link="https://monitor.example/")
    assert len(text.body) < 3_000
    assert "此外还有 380 条" in text.body
    assert "恢复" not in text.body.splitlines()[0]


def test_own_trouble_counts_no_camera_offline() -> None:
    words = Words.load("en")
    text = compose_own(
        OwnTrouble(kind=OwnTroubleKind.NETWORK_GONE, since=OPENED, unknown=6980), words
    )
    assert "unknown now: 6980" in text.body


def test_every_text_of_the_notices_is_used() -> None:
    sources = "".join(
        path.read_text("utf-8")
        for folder in ("exporters", "xueliang")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".py", ".html")
    )
    made = ("alert.sign.", "alert.mark.", "alert.what.", "alert.check.", "alert.own.")
    for key in Words.load("en"):
        if key.startswith("alert."):
            assert f'"{key}"' in sources or key.startswith(made), key
