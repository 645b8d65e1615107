"""What devices answer to a Probe (WS-Discovery of April 2005, section 5.3), as they really send
it. No I/O.

An answer says where its device is asked (XAddrs), and that is often wrong: a link-local address
before the usable one (Axis), loopback, an address behind a NAT. So the host is always the one
that the datagram came from, and only port and path are the device's own words.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from itertools import islice
from urllib.parse import unquote, urlsplit

from probes.onvif.addresses import SNAPSHOT_SCHEMES, device_url, media_url
from probes.onvif.answers import MAX_URI, shown
from probes.onvif.envelope import Node, read

# Answers have 1 to 3 KB; a recorder that answers for 64 channels in one datagram 40 KB.
MAX_DATAGRAM_BYTES = 49_152
# As many channels as the largest recorders have.
MAX_MATCHES = 256
# A device with four networks in both IP versions has 8.
MAX_XADDRS = 16
# Devices announce 10 to 30.
MAX_SCOPES = 64


class Ignored(StrEnum):
    """Why a datagram is no answer to us."""

    TOO_LONG = "too_long"
    NOT_XML = "not_xml"
    FAULT = "fault"
    OTHER_PROBE = "other_probe"
    NO_MATCH = "no_match"
    OTHER_DEVICE = "other_device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that answered. `address` is the one it answered from, `url` its device service
    there; `endpoint` its lasting name (a `urn:uuid:`), `name`, `hardware` and `mac` what its
    scopes say. All but address and URL may be None."""

    address: str
    url: str
    endpoint: str | None = None
    name: str | None = None
    hardware: str | None = None
    mac: str | None = None


def read_answer(
    datagram: bytes, sender: str, asked: Collection[str]
) -> tuple[Device, ...] | Ignored:
    """The devices in a datagram from the IP address `sender`; `asked` are our message ids.

    An answer that relates to no message at all is taken: it came to our port.
    """
    if len(datagram) > MAX_DATAGRAM_BYTES:
        return Ignored.TOO_LONG
    try:
        envelope = read(datagram)
    except ValueError:
        return Ignored.NOT_XML
    relates_to = envelope.value("RelatesTo")
    if relates_to is not None and _bare(relates_to) not in {_bare(one) for one in asked}:
        return Ignored.OTHER_PROBE
    matches = list(islice(envelope.outermost("ProbeMatch"), MAX_MATCHES))
    if not matches:
        found = next(envelope.all("Fault"), None)
        return Ignored.NO_MATCH if found is None else Ignored.FAULT
    devices = tuple(_device(match, sender) for match in matches if _speaks_onvif(match))
    return devices or Ignored.OTHER_DEVICE


def _bare(message_id: str) -> str:
    """Devices answer `urn:uuid:X` with `uuid:X`, with X alone, or in capitals."""
    return message_id.strip().lower().removeprefix("urn:").removeprefix("uuid:")


def _speaks_onvif(match: Node) -> bool:
    """Printers and computers answer questions that are not for them. Types say it, or scopes, or
    the path of an address; a device that names no types has understood the question."""
    types = [one.rpartition(":")[2] for one in (match.value("Types") or "").split()]
    if not types or any(one.startswith("NetworkVideo") for one in types):
        return True
    said = f"{match.value('Scopes') or ''} {match.value('XAddrs') or ''}"
    return "onvif" in said.lower()


def _device(match: Node, sender: str) -> Device:
    scopes = _scopes(match.value("Scopes") or "")
    return Device(
        address=sender,
        url=_url((match.value("XAddrs") or "").split()[:MAX_XADDRS], sender),
        endpoint=shown(match.value("EndpointReference", "Address")),
        name=scopes.get("name"),
        hardware=scopes.get("hardware"),
        mac=_mac(scopes.get("mac") or ""),
    )


def _url(said: list[str], sender: str) -> str:
    """The device service at the sender; where nothing usable is said, the standard's address."""
    origin = f"http://[{sender}]" if ":" in sender else f"http://{sender}"
    usable = [one for one in said if _usable(one)]
    for one in sorted(usable, key=lambda address: _strangeness(address, sender)):
        found = media_url(origin, one, SNAPSHOT_SCHEMES)
        if found is not None:
            return device_url(found)
    return device_url(origin)


def _usable(address: str) -> bool:
    return len(address) <= MAX_URI and address.isascii() and address.isprintable()


def _strangeness(address: str, sender: str) -> tuple[bool, bool, bool]:
    """Sorts addresses: first what names the sender itself, last what nobody can reach. Of two,
    plain HTTP: no device has a certificate that could be verified."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        there = ip_address(host.partition("%")[0])
    except ValueError:
        return True, False, not address.startswith("http:")
    return host != sender, there.is_link_local or there.is_loopback, parts.scheme != "http"


_SCOPE = re.compile(r"onvif://[^/]*/(?P<kind>name|hardware|mac)/(?P<value>.+)", re.I | re.S)


def _scopes(said: str) -> dict[str, str]:
    """The first of each kind that is read. A word that is no URI belongs to the one before it:
    some devices leave blanks in names (IPyCam)."""
    joined: list[str] = []
    for word in said[:MAX_URI].split()[: 2 * MAX_SCOPES]:
        if joined and "://" not in word:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    found: dict[str, str] = {}
    for scope in joined:
        match = _SCOPE.fullmatch(scope)
        value = shown(unquote(match["value"], errors="replace")) if match else None
        if match and value:
            found.setdefault(match["kind"].lower(), value)
    return found


_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}", re.I)


def _mac(text: str) -> str | None:
    """`AA:BB:CC:DD:EE:FF`, however it was written."""
    if not _MAC.fullmatch(text):
        return None
    digits = text.replace(":", "").replace("-", "").upper()
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
