"""Addresses: what is configured, and what cameras name."""

from __future__ import annotations

import pytest

from probes.rtsp.url import (
    UrlError,
    control_url,
    parse_stream_url,
    repaired_base,
    without_user,
)


@pytest.mark.parametrize(
    ("text", "host", "port", "sent"),
    [
        ("rtsp://192.0.2.7/a", "192.0.2.7", 554, "rtsp://192.0.2.7/a"),
        ("RTSP://192.0.2.7:8554/a?b=c", "192.0.2.7", 8554, "rtsp://192.0.2.7:8554/a?b=c"),
        ("rtsp://192.0.2.7", "192.0.2.7", 554, "rtsp://192.0.2.7"),
        ("rtsps://cam.example/a", "cam.example", 322, "rtsps://cam.example/a"),
        ("rtsp://u:p@192.0.2.7/a", "192.0.2.7", 554, "rtsp://192.0.2.7/a"),
        ("rtsp://u:p@ss@192.0.2.7/a", "192.0.2.7", 554, "rtsp://192.0.2.7/a"),
        ("rtsp://[2001:db8::7]:8554/a", "2001:db8::7", 8554, "rtsp://[2001:db8::7]:8554/a"),
        ("rtsp://2001:db8::7/a", "2001:db8::7", 554, "rtsp://[2001:db8::7]/a"),
        (
            "rtsp://::ffff:192.0.2.7:8554/a",
            "::ffff:192.0.2.7",
            8554,
            "rtsp://[::ffff:192.0.2.7]:8554/a",
        ),
        ("rtsp://192.0.2.7/东门", "192.0.2.7", 554, "rtsp://192.0.2.7/%E4%B8%9C%E9%97%A8"),
    ],
)
def test_configured(text: str, host: str, port: int, sent: str) -> None:
    url = parse_stream_url(text)
    assert (url.host, url.port, url.text) == (host, port, sent)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "no rtsp"),
        ("192.0.2.7/a", "no rtsp"),
        ("http://192.0.2.7/", "http"),
        ("rtsp:///a", "host is missing"),
        ("rtsp://u@/a", "host is missing"),
        ("rtsp://192.0.2.7:0/", "port"),
        ("rtsp://192.0.2.7:rtsp/", "port"),
        ("rtsp://[::1/a", "brackets"),
        ("rtsp://a:b:c/", "several colons"),
        ("rtsp://192.0.2.7/a\r\nX: y", "control character"),
    ],
)
def test_unusable(text: str, names: str) -> None:
    with pytest.raises(UrlError, match=names):
        parse_stream_url(text)


ASKED = "rtsp://192.0.2.7:8554/live"


@pytest.mark.parametrize(
    ("location", "followed"),
    [
        ("rtsp://192.0.2.7:8554/other", "rtsp://192.0.2.7:8554/other"),
        ("rtsp://u:p@192.0.2.7:8554/other", "rtsp://192.0.2.7:8554/other"),
        ("rtsp://192.0.2.8:8554/live", None),
        ("rtsp://192.0.2.7/live", None),
        ("rtsps://192.0.2.7:8554/live", None),
        ("/other", None),
    ],
)
def test_redirects_stay_on_the_service(location: str, followed: str | None) -> None:
    target = parse_stream_url(ASKED).redirected(location)
    assert (target and target.text) == followed


@pytest.mark.parametrize(
    ("content_base", "base"),
    [
        pytest.param(None, ASKED, id="missing"),
        pytest.param("", ASKED, id="empty"),
        pytest.param("/live/", ASKED, id="only a path"),
        pytest.param("rtsp://192.0.2.7/live/", "rtsp://192.0.2.7/live/", id="Reolink: no port"),
        pytest.param(
            "192.0.2.7:554/live/", "rtsp://192.0.2.7:554/live/", id="Anjvision: no scheme"
        ),
        pytest.param(
            "rtsp://rtsp://192.0.2.7/live/", "rtsp://192.0.2.7/live/", id="scheme twice (go2rtc)"
        ),
        pytest.param("rtsp://cam-drive/live", "rtsp://cam-drive/live", id="Dahua: another host"),
        pytest.param("rtsp://u:p@192.0.2.7/a", "rtsp://192.0.2.7/a", id="user information"),
    ],
)
def test_content_base(content_base: str | None, base: str) -> None:
    assert repaired_base(content_base, ASKED) == base


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        (ASKED, "track1", f"{ASKED}/track1"),
        (f"{ASKED}/", "track1", f"{ASKED}/track1"),
        (f"{ASKED}/", "/track1", f"{ASKED}/track1"),
        (ASKED, "1", f"{ASKED}/1"),
        (ASKED, None, ASKED),
        (ASKED, "", ASKED),
        (ASKED, "*", ASKED),
        (ASKED, "rtsp://192.0.2.9/t?a=b", "rtsp://192.0.2.9/t?a=b"),
        (ASKED, "rtsp://u:p@192.0.2.9/t", "rtsp://192.0.2.9/t"),
        (ASKED, "?ctype=video", f"{ASKED}?ctype=video"),
        (f"{ASKED}?channel=1", "trackID=0", f"{ASKED}?channel=1/trackID=0"),
        (f"{ASKED}?channel=1/", "trackID=0", f"{ASKED}?channel=1/trackID=0"),
        (ASKED, "rtsp://*:554/t", "rtsp://*:554/t"),
    ],
)
def test_control(base: str, control: str | None, url: str) -> None:
    assert control_url(base, control) == url


def test_user_information_goes() -> None:
    assert without_user("rtsp://a:b@c/d@e") == "rtsp://c/d@e"
