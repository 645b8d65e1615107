"""Answers to a Probe: read or ignored, and every device is at the address that answered."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from probes.discovery.answers import Ignored, read_answer
from probes.discovery.findings import Findings

_ASKED = "urn:uuid:0a6dc791-2be6-4991-9af1-454778a1917a"
_SENDERS = ("192.0.2.40", "2001:db8::7")


def _answer(matches: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="urn:s"><s:Header><RelatesTo>{_ASKED}</RelatesTo></s:Header>'
        f"<s:Body><ProbeMatches>{matches}</ProbeMatches></s:Body></s:Envelope>"
    ).encode()


SEEDS = [
    _answer(
        "<ProbeMatch><EndpointReference><Address>urn:uuid:1</Address></EndpointReference>"
        "<Types>dn:NetworkVideoTransmitter</Types><Scopes>onvif://www.onvif.org/name/A%20B "
        "onvif://www.onvif.org/MAC/44:19:b6:00:00:01 x</Scopes>"
        "<XAddrs>http://[fe80::1%25eth0]/a http://169.254.1.1/b https://192.0.2.40:8443/c</XAddrs>"
        "</ProbeMatch>"
    ),
    _answer("<ProbeMatch/><ProbeMatch><XAddrs>/onvif/x</XAddrs></ProbeMatch>"),
    _answer("<ProbeMatch><Types>wsdp:Device</Types><XAddrs>http://x/wsd</XAddrs></ProbeMatch>"),
    _answer("<Fault/>"),
    _answer("").replace(b"0a6d", b"0A6E"),
    b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
    b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n",
]


def check(data: bytes) -> None:
    """Data is a datagram."""
    for sender in _SENDERS:
        found = read_answer(data, sender, {_ASKED})
        assert found
        if isinstance(found, Ignored):
            continue
        for device in found:
            parts = urlsplit(device.url)
            assert ip_address(parts.hostname or "") == ip_address(sender)
            assert parts.scheme in {"http", "https"}
            assert parts.username is None
            assert device.url.isascii()
            for text in (device.endpoint, device.name, device.hardware, device.mac):
                assert text is None or (text.isprintable() and 0 < len(text) <= 256)
    findings = Findings([_ASKED])
    for sender in (*_SENDERS, *_SENDERS):
        findings.take(data, sender)
    assert len({device.url for device in findings.devices}) == len(findings.devices)
