"""User information in stream addresses, and addresses built from records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry.addresses import (
    BadStreamUrlError,
    host_of,
    split_stream_url,
    sub_stream_url,
)


@pytest.mark.parametrize(
    ("given_url", "url", "username", "password"),
    [
        ("rtsp://10.0.0.1/x", "rtsp://10.0.0.1/x", None, None),
        ("RTSP://10.0.0.1:8554/x?a=1&b=2", "rtsp://10.0.0.1:8554/x?a=1&b=2", None, None),
        ("rtsps://[fd00::1]:322/x", "rtsps://[fd00::1]:322/x", None, None),
        ("rtsp://admin:12345@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "12345"),
        ("rtsp://admin@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", ""),
        ("rtsp://a:p%40ss%2F@10.0.0.1/x", "rtsp://10.0.0.1/x", "a", "p@ss/"),
        ("rtsp://a:p@ss@10.0.0.1/x", "rtsp://10.0.0.1/x", "a", "p@ss"),
        ("rtsp://a:p/ss@10.0.0.1/x", "rtsp://10.0.0.1/x", "a", "p/ss"),
        ("rtsp://a:@10.0.0.1/x", "rtsp://10.0.0.1/x", "a", ""),
        ("rtsp://10.0.0.1:554/x@y", "rtsp://10.0.0.1:554/x@y", None, None),
        ("rtsp://10.0.0.1/x@y", "rtsp://10.0.0.1/x@y", None, None),
    ],
)
def test_split(given_url: str, url: str, username: str | None, password: str | None) -> None:
    address = split_stream_url(given_url)
    found = address.credentials
    assert address.url == url
    assert (found.username if found else None, found.password if found else None) == (
        username,
        password,
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "10.0.0.1/x",
        "http://10.0.0.1/x",
        "rtsp:/10.0.0.1",
        "rtsp://",
        "rtsp:///x",
        "rtsp://u:hunter2@/x",
        "rtsp://10.0.0.1:0/x",
        "rtsp://10.0.0.1:port/x",
        "rtsp://10.0.0.1:70000/x",
        "rtsp://[::1/x",
        "rtsp://10.0.0.1/a b",
        "rtsp://10.0.0.1/a\r\nHost: x",
    ],
)
def test_refused_without_quoting(url: str) -> None:
    with pytest.raises(BadStreamUrlError) as caught:
        split_stream_url(url)
    assert "hunter2" not in str(caught.value)


@given(st.text().map("rtsp://{}".format))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        address = split_stream_url(text)
    except BadStreamUrlError:
        return
    assert host_of(address.url)
    # What is stored splits into itself.
    assert split_stream_url(address.url).url == address.url


HOST = "rtsp://10.0.0.1:554"


@pytest.mark.parametrize(
    ("vendor", "main", "sub"),
    [
        ("海康威视", "/Streaming/Channels/101", "/Streaming/Channels/102"),
        ("HIKVISION", "/Streaming/Channels/1601", "/Streaming/Channels/1602"),
        ("hikvision", "/streaming/channels/10101", "/Streaming/Channels/10102"),
        ("海康威视", "/h264/ch3/main/av_stream", "/h264/ch3/sub/av_stream"),
        (
            "大华",
            "/cam/realmonitor?channel=12&subtype=0",
            "/cam/realmonitor?channel=12&subtype=1",
        ),
        ("宇视", "/media/video1", "/media/video2"),
        ("Uniview", "/unicast/c4/s0/live", "/unicast/c4/s1/live"),
        # A sub-stream itself, an unusual address, another vendor's, a vendor that is not known.
        ("海康威视", "/Streaming/Channels/102", None),
        ("海康威视", "/Streaming/Channels/01", None),
        ("海康威视", "/Streaming/Channels/101?profile=Profile_1", None),
        ("大华", "/cam/realmonitor?channel=1&subtype=2", None),
        ("宇视", "/media/video2", None),
        ("大华", "/media/video1", None),
        ("天地伟业", "/1/1", None),
        ("", "/Streaming/Channels/101", None),
    ],
)
def test_sub_stream_of_a_known_address(vendor: str, main: str, sub: str | None) -> None:
    record = {"device_vendor": vendor, "stream_url": HOST + main}
    assert sub_stream_url(record) == (HOST + sub if sub else None)


def test_sub_stream_of_an_address_by_vendor() -> None:
    record = {
        "device_vendor": "大华",
        "connection_protocol": "RTSP",
        "ipv6": "fd00::1",
        "channel_number": 3,
    }
    assert sub_stream_url(record) == "rtsp://[fd00::1]:554/cam/realmonitor?channel=3&subtype=1"
    assert sub_stream_url({**record, "connection_protocol": "ONVIF"}) is None
    assert sub_stream_url({}) is None
