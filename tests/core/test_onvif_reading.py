"""The pure parts of the ONVIF adapter, by tables of what devices send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.onvif.addresses import (
    SNAPSHOT_SCHEMES,
    STREAM_SCHEMES,
    device_url,
    is_at_host,
    media_url,
    service_url,
)
from probes.onvif.answers import (
    MEDIA2_NS,
    MEDIA_NS,
    choose_profile,
    choose_sub_profile,
    maker_of,
    read_capabilities,
    read_information,
    read_mac,
    read_profiles,
    read_services,
    read_uri,
)
from probes.onvif.device_time import device_clock, read_device_time, zone_offsets
from probes.onvif.envelope import MAX_DEPTH, MAX_ELEMENTS, read
from probes.onvif.faults import Fault, Outcome, fault_of, outcome
from probes.vocabulary import OnvifProfile

NOW = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)
CONFIGURED = "http://192.0.2.10:8080/onvif/device_service"


def envelope(body: str, prefix: str = "s") -> bytes:
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tds="urn:d" xmlns:trt="urn:m"'
        ' xmlns:ter="http://www.onvif.org/ver10/error">'
        f"<{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"   \n", id="blanks"),
        pytest.param(b"Internal Server Error", id="text"),
        pytest.param(b"\x00\xff\xfe", id="bytes"),
        pytest.param(b"<" + b"a><" * (MAX_DEPTH + 2) + b"b/>", id="too deep"),
        pytest.param(b"<a>" + b"<b/>" * (MAX_ELEMENTS + 1) + b"</a>", id="too many"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY e "x"><!ENTITY f "&e;&e;">]><a>&f;</a>', id="entities"
        ),
        pytest.param(b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', id="outside document type"),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        read(body)
    except ValueError:
        return


def test_profiles_and_services_do_not_nest() -> None:
    """A small answer of many levels would otherwise be read over and over."""
    levels = MAX_DEPTH - 4
    nested = '<trt:Profiles token="a">' * levels + "<b/>" + "</trt:Profiles>" * levels
    assert [one.token for one in read_profiles(read(envelope(nested + nested)))] == ["a", "a"]
    service = "<tds:Namespace>urn:m</tds:Namespace><tds:XAddr>http://h/m</tds:XAddr>"
    nested = "<tds:Service>" * levels + service + "</tds:Service>" * levels
    assert read_services(read(envelope(nested))) == {"urn:m": "http://h/m"}


def test_texts_hold_no_control_characters() -> None:
    body = envelope(
        "<tds:GetDeviceInformationResponse><tds:Model>M\u009b2J\n1\u202e</tds:Model>"
        "</tds:GetDeviceInformationResponse>"
    )
    told = read_information(read(body))
    assert told is not None
    assert told.model == "M2J1"


def test_undeclared_prefixes_wrong_namespaces_and_junk_are_read() -> None:
    body = (
        b"\n<SOAP-ENV:Envelope junk><SOAP-ENV:Body><tds:GetDeviceInformationResponse>"
        b"<x:Manufacturer>\n  Maker </x:Manufacturer><Model>M 1</Model>"
        b"</tds:GetDeviceInformationResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>\nlog line"
    )
    told = read_information(read(body))
    assert told is not None
    assert (told.manufacturer, told.model, told.firmware) == ("Maker", "M 1", None)


@pytest.mark.parametrize(
    ("said", "maker"),
    [("HIKVISION", "HIKVISION"), (None, None), ("NONE", None), ("H264", None), ("onvif", None)],
)
def test_useless_maker_names_are_none(said: str | None, maker: str | None) -> None:
    assert maker_of(said) == maker


def moment(name: str, text: str) -> str:
    date, time = text.split(" ")
    year, month, day = date.split("-")
    hour, minute, second = time.split(":")
    return (
        f"<tt:{name}><tt:Time><tt:Hour>{hour}</tt:Hour><tt:Minute> {minute}\n</tt:Minute>"
        f"<tt:Second>{second}</tt:Second></tt:Time><tt:Date><tt:Year>{year}</tt:Year>"
        f"<tt:Month>{month}</tt:Month><tt:Day>{day}</tt:Day></tt:Date></tt:{name}>"
    )


def time_answer(
    *, utc: str = "", local: str = "", zone: str = "", daylight: str = "false"
) -> bytes:
    return envelope(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
        f"<tt:DaylightSavings>{daylight}</tt:DaylightSavings>"
        + (f"<tt:TimeZone><tt:TZ> {zone} </tt:TZ></tt:TimeZone>" if zone else "")
        + (moment("UTCDateTime", utc) if utc else "")
        + (moment("LocalDateTime", local) if local else "")
        + "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


@pytest.mark.parametrize(
    ("answer", "clock"),
    [
        pytest.param(time_answer(utc="2026-11-23 4:0:5"), "2026-11-23 04:00:05", id="utc"),
        pytest.param(
            time_answer(utc="2026-11-23 4:0:5", local="2026-11-23 12:0:5", zone="CST-8"),
            "2026-11-23 04:00:05",
            id="utc and local",
        ),
        pytest.param(time_answer(utc="1970-1-1 0:0:41"), "1970-01-01 00:00:41", id="never set"),
        pytest.param(time_answer(utc="2026-11-23 3:59:60"), "2026-11-23 04:00:00", id="second 60"),
        pytest.param(time_answer(utc="2026-11-23 24:00:00"), "2026-11-24 00:00:00", id="hour 24"),
        pytest.param(
            time_answer(local="2026-11-23 12:0:5", zone="CST-8"), "2026-11-23 04:00:05", id="local"
        ),
        pytest.param(
            time_answer(local="2026-11-23 12:0:5", zone="CST-08:00"),
            "2026-11-23 04:00:05",
            id="hours and minutes",
        ),
        pytest.param(
            time_answer(local="2026-11-23 12:0:5", zone="GMT+08:00"),
            "2026-11-23 04:00:05",
            id="plus meant as east",
        ),
        pytest.param(
            time_answer(local="2026-11-23 12:0:5", zone="GMT-08:00"),
            "2026-11-23 04:00:05",
            id="minus meant as east",
        ),
        pytest.param(
            time_answer(local="2026-11-23 12:0:5", zone="Asia/Shanghai"),
            "2026-11-23 04:00:05",
            id="a name",
        ),
        pytest.param(
            time_answer(
                local="2026-6-23 12:0:5",
                zone="EST+5:00:00EDT04:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00",
                daylight="true",
            ),
            "2026-06-23 16:00:05",
            id="daylight saving",
        ),
        pytest.param(time_answer(local="2026-11-23 12:0:5"), None, id="local without a zone"),
        pytest.param(time_answer(local="1970-1-1 0:0:5", zone="?"), None, id="senseless zone"),
        pytest.param(time_answer(local="1-1-1 0:0:5", zone="CST-8"), None, id="before all time"),
        pytest.param(time_answer(utc="2026-13-23 4:0:5"), None, id="month 13"),
        pytest.param(time_answer(utc="2026-11-23 x:0:5"), None, id="no number"),
        pytest.param(time_answer(), None, id="neither"),
    ],
)
def test_device_clock(answer: bytes, clock: str | None) -> None:
    said = read_device_time(read(answer))
    assert said is not None
    found = device_clock(said, NOW)
    assert (found and found.strftime("%Y-%m-%d %H:%M:%S")) == clock


def test_no_time_at_all() -> None:
    assert read_device_time(read(envelope("<tds:Other/>"))) is None


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("COT5", [-5]),
        ("CST5CDT,M3.2.0/2,M11.1.0/2", [-5]),
        ("CST6CDT:", [-6]),
        ("CST5:00:00", [-5]),
        ("AST4ADT", [-4]),
        ("<+08>-8", [8]),
        ("+00:00", [0]),
        ("+08:00", [8]),
        ("-03:30", [-3.5]),
        ("GMT+00:00", [0]),
        ("UTC", [0]),
        ("UTC0", [0]),
        ("UTC+8", [8, -8]),
        ("Asia/Shanghai", [8]),
        ("Mars/Olympus", []),
        ("../../etc/passwd", []),
        ("CST-99", []),
        ("", []),
        ("China", []),
    ],
)
def test_zone_offsets(zone: str, hours: list[float]) -> None:
    assert [one / timedelta(hours=1) for one in zone_offsets(zone, NOW)] == hours


def fault(*codes: str, text: str = "refused") -> str:
    inner = ""
    for code in reversed(codes[1:]):
        inner = f"<s:Subcode><s:Value>{code}</s:Value>{inner}</s:Subcode>"
    return (
        f"<s:Fault><s:Code><s:Value>{codes[0]}</s:Value>{inner}</s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{text}</s:Text></s:Reason></s:Fault>'
    )


OLD_FAULT = "<s:Fault><faultcode>{code}</faultcode><faultstring>x</faultstring></s:Fault>"


@pytest.mark.parametrize(
    ("status", "body", "takes_nothing", "expected"),
    [
        (400, fault("s:Sender", "ter:NotAuthorized"), False, Outcome.NOT_AUTHORIZED),
        (500, fault("s:Sender", "ter:NotAuthorized"), False, Outcome.NOT_AUTHORIZED),
        (200, fault("s:Sender", "ter:NotAuthorized"), False, Outcome.NOT_AUTHORIZED),
        (400, fault("s:Sender", "ter:SenderNotAuthorized"), False, Outcome.NOT_AUTHORIZED),
        (400, fault("s:Sender", "wsse:FailedAuthentication"), False, Outcome.NOT_AUTHORIZED),
        (400, fault("wsse:InvalidSecurity"), False, Outcome.NOT_AUTHORIZED),
        (400, fault("s:Sender", "undeclared:NotAuthorized"), False, Outcome.NOT_AUTHORIZED),
        (500, OLD_FAULT.format(code="wsse:FailedCheck"), False, Outcome.NOT_AUTHORIZED),
        (500, OLD_FAULT.format(code="s:Client.NotAuthorized"), False, Outcome.NOT_AUTHORIZED),
        (401, "", False, Outcome.NOT_AUTHORIZED),
        (403, "", False, Outcome.NOT_AUTHORIZED),
        (400, fault("s:Sender", text="no subcode"), True, Outcome.NOT_AUTHORIZED),
        (400, fault("s:Sender", text="no subcode"), False, Outcome.REJECTED),
        (500, fault("s:Receiver", "ter:ActionNotSupported"), False, Outcome.NOT_SUPPORTED),
        (404, "", False, Outcome.NOT_SUPPORTED),
        (400, fault("s:Sender", "ter:InvalidArgVal", "ter:NoProfile"), False, Outcome.REJECTED),
        (500, fault("s:Receiver", text="Not Authorized"), True, Outcome.REJECTED),
        (500, "", False, Outcome.REJECTED),
        (200, "<tds:GetProfilesResponse/>", False, Outcome.ANSWERED),
    ],
)
def test_refusals(status: int, body: str, takes_nothing: bool, expected: Outcome) -> None:
    found = fault_of(read(envelope(body)))
    assert outcome(status, found, takes_nothing=takes_nothing) is expected


def test_fault_codes_outermost_first() -> None:
    body = envelope(fault("s:Sender", "ter:InvalidArgVal", "ter:NoProfile"))
    assert fault_of(read(body)) == Fault(codes=("Sender", "InvalidArgVal", "NoProfile"))


@pytest.mark.parametrize(
    ("configured", "url"),
    [
        ("http://192.0.2.10", "http://192.0.2.10/onvif/device_service"),
        ("http://192.0.2.10/", "http://192.0.2.10/onvif/device_service"),
        ("https://cam.example:8443/x", "https://cam.example:8443/x"),
        ("http://[2001:db8::1]:81", "http://[2001:db8::1]:81/onvif/device_service"),
        ("http://u:p@192.0.2.10/x", "http://192.0.2.10/x"),
    ],
)
def test_device_url(configured: str, url: str) -> None:
    assert device_url(configured) == url


@pytest.mark.parametrize("configured", ["", "192.0.2.10", "rtsp://192.0.2.10/", "http://"])
def test_what_is_no_device_url(configured: str) -> None:
    with pytest.raises(ValueError, match="http"):
        device_url(configured)


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("http://127.0.0.1/onvif/media_service", "http://192.0.2.10:8080/onvif/media_service"),
        ("http://0.0.0.0:80/m?x=1", "http://192.0.2.10:8080/m?x=1"),
        ("https://10.0.0.5:2020/onvif/service", "http://192.0.2.10:8080/onvif/service"),
        ("http://[fe80::1]/m", "http://192.0.2.10:8080/m"),
        ("/onvif/media", "http://192.0.2.10:8080/onvif/media"),
        ("onvif/media", "http://192.0.2.10:8080/onvif/media"),
        ("http://10.0.0.5", CONFIGURED),
        ("http://10.0.0.5:99999/m", CONFIGURED),
        ("http://[broken/m", CONFIGURED),
        (None, CONFIGURED),
    ],
)
def test_service_url_is_at_the_configured_origin(said: str | None, url: str) -> None:
    assert service_url(CONFIGURED, said) == url


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("rtsp://10.0.0.5:554/live/0/MAIN", "rtsp://192.0.2.10:554/live/0/MAIN"),
        ("rtsp://10.0.0.5/live", "rtsp://192.0.2.10/live"),
        ("rtsp://admin:secret@10.0.0.5:8554/a?b=c&d", "rtsp://192.0.2.10:8554/a?b=c&d"),
        ("rtsp://10.0.0.5/\n live", "rtsp://192.0.2.10/live"),
        (
            "rtsp://10.0.0.5/user=admin_password=abc_channel=1_stream=0.sdp?real_stream",
            "rtsp://192.0.2.10/user=admin_password=_channel=1_stream=0.sdp?real_stream",
        ),
        ("RTSPS://10.0.0.5:322/x", "rtsps://192.0.2.10:322/x"),
        # Without slashes in front the path would run into the host.
        ("rtsp:@198.51.100.9/live", "rtsp://192.0.2.10/@198.51.100.9/live"),
        ("rtsp:.example.org/live", "rtsp://192.0.2.10/.example.org/live"),
        ("rtsp:99/live", "rtsp://192.0.2.10/99/live"),
        ("http://10.0.0.5/x", None),
        ("/live", None),
        ("rtsp://[x/y", None),
        (None, None),
    ],
)
def test_stream_url_is_at_the_configured_host(said: str | None, url: str | None) -> None:
    assert media_url(CONFIGURED, said, STREAM_SCHEMES) == url


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("http://10.0.0.5:81/snap.jpg", "http://192.0.2.10:81/snap.jpg"),
        ("/snap.jpg?c=1", "http://192.0.2.10:8080/snap.jpg?c=1"),
        (
            "http://10.0.0.5/webcapture.jpg?user=admin&password=41f2&c=1",
            "http://192.0.2.10/webcapture.jpg?user=admin&password=&c=1",
        ),
        ("rtsp://10.0.0.5:554/user=admin_password=xx", None),
    ],
)
def test_snapshot_url_keeps_its_own_port(said: str, url: str | None) -> None:
    assert media_url(CONFIGURED, said, SNAPSHOT_SCHEMES) == url


@pytest.mark.parametrize(
    ("said", "at_host"),
    [
        ("/other", True),
        ("https://192.0.2.10/other", True),
        ("http://192.0.2.11/other", False),
        ("http://[broken", False),
    ],
)
def test_redirects_stay_at_the_configured_host(said: str, at_host: bool) -> None:
    assert is_at_host(CONFIGURED, said) is at_host


def test_services_and_capabilities() -> None:
    services = envelope(
        "<tds:GetServicesResponse>"
        f"<tds:Service><tds:Namespace>{MEDIA_NS}</tds:Namespace><tds:XAddr>http://a/1</tds:XAddr>"
        f"</tds:Service><tds:Service><tds:Namespace>{MEDIA2_NS}</tds:Namespace>"
        "<tds:XAddr>http://a/2</tds:XAddr></tds:Service>"
        "<tds:Service><tds:Namespace>urn:x</tds:Namespace></tds:Service></tds:GetServicesResponse>"
    )
    assert read_services(read(services)) == {MEDIA_NS: "http://a/1", MEDIA2_NS: "http://a/2"}
    capabilities = envelope(
        "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>http://a/d</tt:XAddr>"
        "</tt:Device><tt:Media><tt:XAddr>http://a/m</tt:XAddr></tt:Media></tds:Capabilities>"
        "</tds:GetCapabilitiesResponse>"
    )
    assert read_capabilities(read(capabilities)) == {MEDIA_NS: "http://a/m"}


def test_profiles_of_media_and_media2() -> None:
    encoder = (
        "<tt:Encoding>{codec}</tt:Encoding><tt:Resolution><tt:Width>1920</tt:Width>"
        "<tt:Height>1080</tt:Height></tt:Resolution>"
    )
    body = envelope(
        "<trt:GetProfilesResponse>"
        '<trt:Profiles token="a" fixed="true"><tt:Name>main</tt:Name>'
        "<tt:VideoSourceConfiguration><tt:Name>v</tt:Name><tt:SourceToken>in 1</tt:SourceToken>"
        "</tt:VideoSourceConfiguration>"
        f"<tt:VideoEncoderConfiguration>{encoder.format(codec='H264')}"
        "</tt:VideoEncoderConfiguration></trt:Profiles>"
        '<trt:Profiles token="b"><trt:Name>second</trt:Name><trt:Configurations>'
        "<trt:VideoSource><tt:SourceToken>in 2</tt:SourceToken></trt:VideoSource><trt:VideoEncoder>"
        f"{encoder.format(codec='h265')}</trt:VideoEncoder></trt:Configurations></trt:Profiles>"
        '<trt:Profiles token="c"><trt:Name>empty</trt:Name></trt:Profiles>'
        "<trt:Profiles><tt:Name>no token</tt:Name></trt:Profiles></trt:GetProfilesResponse>"
    )
    assert read_profiles(read(body)) == (
        OnvifProfile(token="a", name="main", codec="H264", width=1920, height=1080, source="in 1"),
        OnvifProfile(
            token="b", name="second", codec="H265", width=1920, height=1080, source="in 2"
        ),
        OnvifProfile(token="c", name="empty", codec="", width=0, height=0),
    )


def profile(token: str, codec: str) -> OnvifProfile:
    return OnvifProfile(token=token, name=token, codec=codec, width=0, height=0)


@pytest.mark.parametrize(
    ("codecs", "chosen"),
    [(["H264", "H265"], 0), (["MPEG4", "JPEG"], 1), (["MPEG4", ""], 1), (["MPEG4"], 0), ([], None)],
)
def test_choice_of_profile(codecs: list[str], chosen: int | None) -> None:
    profiles = tuple(profile(str(index), codec) for index, codec in enumerate(codecs))
    assert choose_profile(profiles) == (None if chosen is None else profiles[chosen])


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        ([("H264", 640, "1")], 0),
        ([("H264", 1280, "1"), ("H265", 704, "1"), ("H264", 352, "1")], 1),
        ([("H264", 352, "1"), ("JPEG", 480, "1")], 1),
        ([("H264", 320, "1")], None),
        ([("H264", 1920, "1")], None),
        ([("MPEG4", 640, "1"), ("", 640, "1")], None),
        # Another channel of a recorder; a device that doesn't tell.
        ([("H264", 640, "2"), ("H264", 704, "1")], 1),
        ([("H264", 640, "")], None),
        ([], None),
    ],
)
def test_choice_of_sub_profile(others: list[tuple[str, int, str]], chosen: int | None) -> None:
    main = replace(profile("main", "H264"), width=1920, height=1080, source="1")
    found = [
        replace(profile(str(index), codec), width=width, source=source)
        for index, (codec, width, source) in enumerate(others)
    ]
    expected = None if chosen is None else found[chosen]
    assert choose_sub_profile((main, *found), main) == expected


def test_a_device_that_tells_no_source_has_no_sub_profile() -> None:
    main, small = profile("main", "H264"), profile("small", "H264")
    main, small = replace(main, width=1920), replace(small, width=640)
    assert choose_sub_profile((main, small), main) is None


def test_uri_without_line_breaks() -> None:
    body = envelope("<trt:MediaUri><tt:Uri>\n rtsp://a/\n b?c=1&amp;d=2 </tt:Uri></trt:MediaUri>")
    assert read_uri(read(body)) == "rtsp://a/b?c=1&d=2"
    assert read_uri(read(envelope("<trt:MediaUri/>"))) is None


def interfaces(*listed: tuple[str, str]) -> bytes:
    each = "".join(
        f"<NetworkInterfaces><Info><HwAddress>{mac}</HwAddress></Info>"
        f"<IPv4><Config><Manual><Address>{address}</Address></Manual></Config></IPv4>"
        "</NetworkInterfaces>"
        for mac, address in listed
    )
    return f"<Envelope><Body><R>{each}</R></Body></Envelope>".encode()


@pytest.mark.parametrize(
    ("listed", "mac"),
    [
        ((), None),
        ((("4c:bd:8f:01:02:03", "192.0.2.9"),), "4C:BD:8F:01:02:03"),
        ((("4C-BD-8F-01-02-03", "10.0.0.1"),), "4C:BD:8F:01:02:03"),
        # Of several the one with the configured address; if none has it, nobody can tell.
        ((("4c:bd:8f:01:02:03", "10.0.0.1"), ("4cbd8f010204", "192.0.2.9")), "4C:BD:8F:01:02:04"),
        ((("4c:bd:8f:01:02:03", "10.0.0.1"), ("4c:bd:8f:01:02:04", "10.0.0.2")), None),
        ((("nonsense", "192.0.2.9"),), None),
        ((("", "192.0.2.9"),), None),
    ],
)
def test_the_hardware_address(listed: tuple[tuple[str, str], ...], mac: str | None) -> None:
    assert read_mac(read(interfaces(*listed)), "192.0.2.9") == mac
