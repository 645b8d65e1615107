"""Answers of ONVIF devices: read, or refused with ValueError; entities are never expanded."""

from __future__ import annotations

from datetime import UTC, datetime

from probes.onvif import addresses, answers
from probes.onvif.device_time import device_clock, read_device_time
from probes.onvif.envelope import read
from probes.onvif.faults import fault_of, outcome

_NOW = datetime(2026, 11, 23, tzinfo=UTC)
_DEVICE = "http://192.0.2.7/onvif/device_service"
_DATE = "<Date><Year>2026</Year><Month>11</Month><Day>31</Day></Date>"
_TIME = "<Time><Hour>23</Hour><Minute>59</Minute><Second>60</Second></Time>"


def _body(text: str) -> bytes:
    return f'<s:Envelope xmlns:s="urn:s"><s:Body>{text}</s:Body></s:Envelope>'.encode()


SEEDS = [
    _body(
        "<GetSystemDateAndTimeResponse><SystemDateAndTime><TimeZone><TZ>CST-8</TZ></TimeZone>"
        f"<DaylightSavings>true</DaylightSavings><LocalDateTime>{_TIME}{_DATE}</LocalDateTime>"
        "</SystemDateAndTime></GetSystemDateAndTimeResponse>"
    ),
    _body(
        "<GetDeviceInformationResponse><Manufacturer>NONE</Manufacturer><Model> M </Model>"
        "<SerialNumber/></GetDeviceInformationResponse>"
    ),
    _body(
        '<GetProfilesResponse><Profiles token="a"><Name>main</Name><VideoEncoderConfiguration>'
        "<Encoding>H264</Encoding><Resolution><Width>640</Width><Height>x</Height></Resolution>"
        "</VideoEncoderConfiguration></Profiles></GetProfilesResponse>"
    ),
    _body("<Service><Namespace>urn:m</Namespace><XAddr>http://[::1]:80/m</XAddr></Service>"),
    _body("<Capabilities><Media><XAddr>/onvif/media</XAddr></Media></Capabilities>"),
    _body("<MediaUri><Uri>rtsp://u:p@127.0.0.1:554/1?password=x&amp;a=b\n</Uri></MediaUri>"),
    _body(
        "<Fault><Code><Value>s:Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode>"
    ),
    _body("<Fault><faultcode>SOAP-ENV:Client.x</faultcode></Fault>") + b"junk",
    b'<!DOCTYPE a [<!ENTITY e "xxxxxxxx"><!ENTITY f "&e;&e;&e;">]><a>&f;</a>',
    b"HTTP/1.1 200 OK\r\n\r\n<html><br></html>",
    "<?xml version='1.0' encoding='gb2312'?><a b='孔城'/>".encode("gb2312"),
]


def check(data: bytes) -> None:
    """Data is the body of an HTTP answer."""
    try:
        envelope = read(data)
    except ValueError:
        return
    fault = fault_of(envelope)
    assert len(str(fault)) < 1000
    for status in (200, 400, 401, 500):
        outcome(status, fault, takes_nothing=True)
    said = read_device_time(envelope)
    clock = None if said is None else device_clock(said, _NOW)
    assert clock is None or clock.tzinfo is not None
    told = answers.read_information(envelope)
    assert told is None or len(told.model or "") <= answers.MAX_TEXT
    profiles = answers.read_profiles(envelope)
    assert len(profiles) <= answers.MAX_PROFILES
    answers.choose_profile(profiles)
    _check_addresses(answers.read_uri(envelope))
    for services in (answers.read_services(envelope), answers.read_capabilities(envelope)):
        for address in services.values():
            _check_addresses(address)


def _check_addresses(said: str | None) -> None:
    """Wherever a device sends us, we stay at its host."""
    at_host = ("http://192.0.2.7/", "http://192.0.2.7?")
    assert addresses.service_url(_DEVICE, said).startswith(at_host)
    for schemes in (addresses.STREAM_SCHEMES, addresses.SNAPSHOT_SCHEMES):
        found = addresses.media_url(_DEVICE, said, schemes)
        if found is not None:
            place = found.partition("://")[2]
            assert place.startswith(("192.0.2.7/", "192.0.2.7:")), found
            assert addresses.is_at_host(_DEVICE, found)
