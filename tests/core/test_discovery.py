"""Answers to a Probe as devices send them, by tables; what is kept of many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exporters.discovery import archive_row
from probes.discovery.answers import (
    MAX_DATAGRAM_BYTES,
    MAX_MATCHES,
    Device,
    Ignored,
    read_answer,
)
from probes.discovery.asking import Introduced
from probes.discovery.findings import MAX_DATAGRAMS, MAX_DEVICES, MAX_DEVICES_AT_ADDRESS, Findings
from probes.discovery.messages import TYPES, probe
from probes.vocabulary import OnvifFacts, OnvifProfile

ASKED = "urn:uuid:0a6dc791-2be6-4991-9af1-454778a1917a"
SENDER = "192.0.2.40"
ENDPOINT = "urn:uuid:4d454930-0000-1000-8000-000000000001"
STANDARD = f"http://{SENDER}/onvif/device_service"


def match(
    xaddrs: str | None = STANDARD,
    *,
    endpoint: str | None = ENDPOINT,
    types: str | None = "dn:NetworkVideoTransmitter",
    scopes: str | None = None,
) -> str:
    parts = {"d:Types": types, "d:Scopes": scopes, "d:XAddrs": xaddrs}
    body = "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text is not None)
    if endpoint is not None:
        address = f"<a:Address>{endpoint}</a:Address>"
        body = f"<a:EndpointReference>{address}</a:EndpointReference>{body}"
    return f"<d:ProbeMatch>{body}</d:ProbeMatch>"


def answer(*matches: str, relates_to: str | None = ASKED, body: str | None = None) -> bytes:
    related = "" if relates_to is None else f"<a:RelatesTo>{relates_to}</a:RelatesTo>"
    inner = f"<d:ProbeMatches>{''.join(matches)}</d:ProbeMatches>" if body is None else body
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
        ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl">'
        f"<s:Header>{related}</s:Header><s:Body>{inner}</s:Body></s:Envelope>"
    ).encode()


def devices(datagram: bytes, sender: str = SENDER) -> tuple[Device, ...]:
    found = read_answer(datagram, sender, {ASKED})
    assert not isinstance(found, Ignored), found
    return found


def url(xaddrs: str | None, sender: str = SENDER) -> str:
    (device,) = devices(answer(match(xaddrs)), sender)
    return device.url


@pytest.mark.parametrize(
    ("xaddrs", "expected"),
    [
        pytest.param(STANDARD, STANDARD, id="one"),
        pytest.param(
            "http://169.254.10.11/onvif/services http://192.0.2.40:8080/onvif/services",
            "http://192.0.2.40:8080/onvif/services",
            id="Axis: link-local first",
        ),
        pytest.param(
            f"http://[fe80::1234]:81/onvif/v6 {STANDARD}", STANDARD, id="IPv6 link-local first"
        ),
        pytest.param(
            "http://[fe80::1%25eth0]/a http://10.0.0.4:8000/onvif/b",
            "http://192.0.2.40:8000/onvif/b",
            id="link-local, then behind a NAT",
        ),
        pytest.param(
            "http://127.0.0.1:8899/onvif/device_service",
            "http://192.0.2.40:8899/onvif/device_service",
            id="loopback",
        ),
        pytest.param("http://0.0.0.0/onvif/device_service", STANDARD, id="0.0.0.0"),
        pytest.param("http://cam.local:81/onvif/x", "http://192.0.2.40:81/onvif/x", id="a name"),
        pytest.param("/onvif/device_service", STANDARD, id="relative"),
        pytest.param("http://192.0.2.40", STANDARD, id="without a path"),
        pytest.param(f"\n   {STANDARD}\n  ", STANDARD, id="line breaks around"),
        pytest.param(
            f"https://{SENDER}/onvif/device_service {STANDARD}", STANDARD, id="plain HTTP of two"
        ),
        pytest.param("https://10.1.1.1:443/o", f"https://{SENDER}:443/o", id="only HTTPS"),
        pytest.param(f"rtsp://{SENDER}/live ftp://x/y", STANDARD, id="other schemes"),
        pytest.param("http://192.0.2.40:99999/x", STANDARD, id="a port that is none"),
        pytest.param(f"http://{SENDER}/{'x' * 3000}", STANDARD, id="too long"),
        pytest.param(f"http://{SENDER}/\u009b2J", STANDARD, id="control characters"),
        pytest.param("http://[/x", STANDARD, id="a broken host"),
        pytest.param("http:9/x", f"http://{SENDER}/9/x", id="digits that would join the host"),
        pytest.param("http:@evil/x", f"http://{SENDER}/@evil/x", id="another host in disguise"),
        pytest.param("", STANDARD, id="empty"),
        pytest.param(None, STANDARD, id="none"),
        pytest.param(
            "http://user:secret@192.0.2.40/onvif/s?password=secret",
            "http://192.0.2.40/onvif/s?password=",
            id="with a password",
        ),
    ],
)
def test_the_host_is_always_the_one_that_answered(xaddrs: str | None, expected: str) -> None:
    assert url(xaddrs) == expected


def test_an_ipv6_sender_is_put_in_brackets() -> None:
    assert url("http://10.0.0.1:80/onvif/x", "2001:db8::7") == "http://[2001:db8::7]:80/onvif/x"


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        pytest.param(b"", Ignored.NOT_XML, id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n", Ignored.NOT_XML, id="SSDP"),
        pytest.param(b"\xff\x00\x01", Ignored.NOT_XML, id="bytes"),
        pytest.param(b"<a>" + b"x" * MAX_DATAGRAM_BYTES, Ignored.TOO_LONG, id="too long"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY e "x">]>' + answer(match()).partition(b"\n")[2],
            Ignored.NOT_XML,
            id="entities",
        ),
        pytest.param(answer(match(), relates_to="uuid:1"), Ignored.OTHER_PROBE, id="another probe"),
        pytest.param(answer(), Ignored.NO_MATCH, id="no match"),
        pytest.param(answer(body="<d:Hello/>"), Ignored.NO_MATCH, id="another message"),
        pytest.param(answer(body="<s:Fault><s:Code/></s:Fault>"), Ignored.FAULT, id="a fault"),
        pytest.param(
            answer(match("http://x/wsd", types="wsdp:Device wprt:PrintDeviceType")),
            Ignored.OTHER_DEVICE,
            id="a printer",
        ),
    ],
)
def test_what_is_no_answer_to_us(datagram: bytes, why: Ignored) -> None:
    assert read_answer(datagram, SENDER, {ASKED}) is why


@pytest.mark.parametrize(
    "relates_to",
    [
        None,
        ASKED,
        ASKED.removeprefix("urn:"),
        ASKED.removeprefix("urn:uuid:"),
        f" {ASKED.upper()} ",
    ],
)
def test_our_message_id_is_known_in_every_writing(relates_to: str | None) -> None:
    assert len(devices(answer(match(), relates_to=relates_to))) == 1


@pytest.mark.parametrize(
    "one",
    [
        match(types=None),
        match(types="tds:Device"),
        match("http://x/wsd", types="tds:Device", scopes="onvif://www.onvif.org/Profile/G"),
        match("http://x/wsd", types="tdn:NetworkVideoDisplay"),
    ],
)
def test_onvif_devices_by_whatever_they_say(one: str) -> None:
    assert len(devices(answer(one))) == 1


def test_undeclared_prefixes_and_junk_are_read() -> None:
    body = f"<SOAP:Envelope><x:ProbeMatch><XAddrs>{STANDARD}</XAddrs></x:ProbeMatch>junk".encode()
    assert devices(body) == (Device(address=SENDER, url=STANDARD),)


@pytest.mark.parametrize(
    ("scopes", "name", "hardware", "mac"),
    [
        (None, None, None, None),
        ("", None, None, None),
        (
            "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/HIKVISION%20DS-1 "
            "onvif://www.onvif.org/hardware/DS-1\n onvif://www.onvif.org/MAC/44-19-b6-00-00-01",
            "HIKVISION DS-1",
            "DS-1",
            "44:19:B6:00:00:01",
        ),
        # IPyCam leaves the blank in its name.
        (
            "onvif://www.onvif.org/name/Town hall onvif://www.onvif.org/hardware/V1",
            "Town hall",
            "V1",
            None,
        ),
        ("onvif://www.onvif.org/name/A onvif://www.onvif.org/name/B", "A", None, None),
        ("onvif://www.onvif.org/name/%E5%AD%94%E5%9F%8E", "孔城", None, None),
        ("onvif://www.onvif.org/name/%1b%5b2J%0a", "[2J", None, None),
        ("onvif://www.onvif.org/name/%FF onvif://www.onvif.org/mac/none", "\ufffd", None, None),
        ("http://www.onvif.org/name/x odm:name:y", None, None, None),
        (f"onvif://www.onvif.org/name/{'x' * 1000}", "x" * 256, None, None),
    ],
)
def test_scopes(
    scopes: str | None, name: str | None, hardware: str | None, mac: str | None
) -> None:
    (device,) = devices(answer(match(scopes=scopes)))
    assert (device.name, device.hardware, device.mac) == (name, hardware, mac)


def test_several_devices_in_one_datagram() -> None:
    found = devices(
        answer(
            match("http://192.0.2.40:8001/onvif/a", endpoint="urn:uuid:a"),
            match("http://192.0.2.40:8002/onvif/b", endpoint=None),
        )
    )
    assert [one.url[-6:] for one in found] == ["nvif/a", "nvif/b"]
    assert len(devices(answer(*["<d:ProbeMatch/>"] * 2 * MAX_MATCHES))) == MAX_MATCHES


def found(*answers: tuple[bytes, str]) -> Findings:
    findings = Findings([ASKED])
    for datagram, sender in answers:
        findings.take(datagram, sender)
    return findings


def test_each_device_once() -> None:
    """By its address, or by endpoint and host; an endpoint that a whole series shares joins
    nothing."""
    other_port = match("http://192.0.2.40:8080/onvif/x", endpoint="urn:uuid:b")
    findings = found(
        (answer(match()), SENDER),
        (answer(match()), SENDER),
        (answer(match(endpoint="urn:uuid:another")), SENDER),
        (answer(match("https://192.0.2.40:8443/x", endpoint=ENDPOINT.upper())), SENDER),
        (answer(other_port), SENDER),
        (answer(match("http://192.0.2.9/onvif/device_service")), "192.0.2.9"),
        (b"junk", "192.0.2.7"),
        (answer(match(), relates_to="urn:uuid:x"), SENDER),
    )
    assert [one.url for one in findings.devices] == [
        "http://192.0.2.9/onvif/device_service",
        STANDARD,
        "http://192.0.2.40:8080/onvif/x",
    ]
    assert findings.ignored == {Ignored.NOT_XML: 1, Ignored.OTHER_PROBE: 1}
    assert not findings.full


def test_devices_are_sorted_by_number() -> None:
    one = answer(match("/onvif/x", endpoint=None))
    senders = ["192.0.2.10", "2001:db8::7", "192.0.2.9"]
    findings = found(*((one, sender) for sender in senders))
    assert [device.address for device in findings.devices] == ["192.0.2.9", *senders[:2]]


def test_bounds_of_a_search() -> None:
    many = answer(*(match(f"/{n}", endpoint=None) for n in range(2 * MAX_DEVICES_AT_ADDRESS)))
    findings = found((many, SENDER))
    assert len(findings.devices) == MAX_DEVICES_AT_ADDRESS
    for n in range(MAX_DEVICES // MAX_DEVICES_AT_ADDRESS):
        findings.take(many, f"192.0.2.{n + 100}")
    assert findings.full
    assert len(findings.devices) == MAX_DEVICES
    flooded = Findings([ASKED])
    for _ in range(MAX_DATAGRAMS):
        flooded.take(b"", SENDER)
    assert flooded.full


PIECES = st.sampled_from(
    [
        *("<d:ProbeMatch>", "</d:ProbeMatch>", "<XAddrs>", "</XAddrs>", "http://", "[", "]", "%"),
        *("onvif://x/name/", "<Scopes>", "</Scopes>", ":", "/", "?", "#", "@", " ", "//", "&#0;"),
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=20).map("".join))
def test_any_answer_is_read_or_ignored(text: str) -> None:
    for datagram in (
        text.encode("utf-8", "replace"),
        answer(text),
        answer(match(text, scopes=text)),
    ):
        read = read_answer(datagram, SENDER, {ASKED})
        for device in () if isinstance(read, Ignored) else read:
            assert device.url.partition("://")[2].startswith(SENDER)
            assert device.url.isprintable()
            assert (device.name or "").isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_ignored(data: bytes) -> None:
    assert read_answer(data, SENDER, {ASKED})


@pytest.mark.parametrize("type_", TYPES)
def test_the_question(type_: tuple[str, str]) -> None:
    root = etree.fromstring(probe(ASKED, *type_))
    names = {
        "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
        "d": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    }
    assert root.findtext(".//a:MessageID", namespaces=names) == ASKED
    action = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
    assert root.findtext(".//a:Action", namespaces=names) == action
    types = root.find(".//d:Probe/d:Types", names)
    assert types is not None
    prefix, _, name = (types.text or "").partition(":")
    assert (types.nsmap[prefix], name) == type_


PROFILE = OnvifProfile(token="1", name="main", codec="H265", width=2560, height=1440)


@pytest.mark.parametrize(
    ("device", "facts", "expected"),
    [
        (
            Device(address=SENDER, url=STANDARD, hardware="DS-1", mac="44:19:B6:00:00:01"),
            OnvifFacts(),
            {"device_model": "DS-1", "ipv4": SENDER, "access_port": 80, "device_vendor": None},
        ),
        (
            Device(address=SENDER, url="https://192.0.2.40:8443/x"),
            OnvifFacts(manufacturer="Maker", model="M 1", profiles=(PROFILE,)),
            {
                "access_port": None,
                "device_vendor": "Maker",
                "device_model": "M 1",
                "image_resolution": "2560x1440",
                "video_encoding_format": "4",
            },
        ),
        (
            Device(address="2001:db8::7", url="http://[2001:db8::7]:8080/x"),
            OnvifFacts(stream_url="rtsp://[2001:db8::7]/1"),
            {"ipv6": "2001:db8::7", "access_port": 8080, "stream_url": "rtsp://[2001:db8::7]/1"},
        ),
    ],
)
def test_archive_rows(device: Device, facts: OnvifFacts, expected: dict[str, object]) -> None:
    row = archive_row(Introduced(device=device, facts=facts, failure=None))
    assert row["connection_protocol"] == "ONVIF"
    assert row.items() >= expected.items()
