"""User information in stream addresses, and addresses built from records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry.addresses import BadStreamUrlError, host_of, split_stream_url


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
