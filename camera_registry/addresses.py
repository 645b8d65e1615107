"""Where a camera is reached, from its record. Pure.

Stream addresses are kept without user information; where a sheet writes it into the address, it
is moved to the credentials.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from ipaddress import IPv6Address
from urllib.parse import unquote, urlsplit

from probes.vocabulary import Credentials

# RFC 2326 section 3.2 and RFC 7826 section 23.1.
RTSP_PORT = 554
# The ONVIF core specification, section 5.1: the device service at a fixed path, HTTP's port.
ONVIF_PATH, ONVIF_PORT = "/onvif/device_service", 80

_SCHEMES = frozenset({"rtsp", "rtsps"})


class BadStreamUrlError(ValueError):
    """Not a stream address; the text says why and repeats no part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAddress:
    """A stream address without user information, and what that was."""

    url: str = field(repr=False)
    credentials: Credentials | None = None


def split_stream_url(url: str) -> StreamAddress:
    """Takes user and password out of an RTSP address. A password may hold an unescaped `@`: the
    last one before the path ends it (RFC 3986 section 3.2.1 would have it escaped).

    Raises:
        BadStreamUrlError: another scheme, no host, a bad port, or blanks.
    """
    if any(character.isspace() or ord(character) < 0x20 for character in url):
        raise BadStreamUrlError("holds a blank")
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        raise BadStreamUrlError("does not begin with rtsp:// or rtsps://")
    user_info, found, place = _divide(rest)
    bare = f"{scheme.lower()}://{place}"
    _check_place(bare)
    if not found:
        return StreamAddress(url=bare)
    username, _, password = user_info.partition(":")
    return StreamAddress(
        url=bare, credentials=Credentials(username=unquote(username), password=unquote(password))
    )


def _divide(rest: str) -> tuple[str, bool, str]:
    """User information (and whether there is any), and host with what follows."""
    authority = rest.split("/", 1)[0]
    if "@" in authority:
        user_info, _, host = authority.rpartition("@")
        return user_info, True, host + rest[len(authority) :]
    # A password with a slash in it: only taken so where host and port could not be read otherwise.
    head, at, tail = rest.partition("@")
    if at and ":" in authority and not authority.rpartition(":")[2].isdigit():
        return head, True, tail
    return "", False, rest


def _check_place(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadStreamUrlError("has a bad host or port") from error
    if not host:
        raise BadStreamUrlError("names no host")
    if port == 0:
        raise BadStreamUrlError("has a bad host or port")


def host_of(url: str | None) -> str:
    """The host of an address that was checked, or nothing."""
    return (urlsplit(url).hostname or "") if url else ""


def stream_url(record: Mapping[str, object]) -> str | None:
    """The record's stream address; where it has none, the vendor's usual one if the record says
    that the device is asked by RTSP, and the vendor is known. Fields as in `fields()`."""
    given = record.get("stream_url")
    if given:
        return str(given)
    usual = _paths_of(str(record.get("device_vendor") or ""))
    host = _host(record)
    if record.get("connection_protocol") != "RTSP" or not usual or not host:
        return None
    port = record.get("access_port") or RTSP_PORT
    channel = record.get("channel_number") or 1
    return f"rtsp://{host}:{port}{usual[0].main.format(channel=channel)}"


def sub_stream_url(record: Mapping[str, object]) -> str | None:
    """The address of the record's sub-stream, a guess: what the vendor usually has beside a main
    stream at this address. Only where the record names the vendor: at another's device the same
    path may well be another channel, and its picture would be taken for this camera's."""
    main = stream_url(record) or ""
    scheme, _, rest = main.partition("://")
    authority, _, path = rest.partition("/")
    for usual in _paths_of(str(record.get("device_vendor") or "")):
        found = usual.sub_of(f"/{path}")
        if found is not None:
            return f"{scheme}://{authority}{found}"
    return None


def onvif_url(record: Mapping[str, object]) -> str | None:
    """The address of the device service of a record that names ONVIF as its protocol."""
    host = _host(record)
    if record.get("connection_protocol") != "ONVIF" or not host:
        return None
    return f"http://{host}:{record.get('access_port') or ONVIF_PORT}{ONVIF_PATH}"


def _host(record: Mapping[str, object]) -> str:
    if record.get("ipv4"):
        return str(record["ipv4"])
    return f"[{IPv6Address(str(record['ipv6']))}]" if record.get("ipv6") else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StreamPaths:
    """A vendor's usual pair of addresses: `main` and `sub` hold `{channel}`."""

    words: tuple[str, ...]
    main: str
    sub: str

    def sub_of(self, path: str) -> str | None:
        """The sub-stream's path where this is the main stream's."""
        pattern = re.escape(self.main).replace(r"\{channel\}", r"(?P<channel>\d+)")
        found = re.fullmatch(pattern, path, re.IGNORECASE)
        return self.sub.format(**found.groupdict()) if found else None


@cache
def _stream_paths() -> tuple[_StreamPaths, ...]:
    text = files("config").joinpath("stream_paths.csv").read_text(encoding="utf-8")
    return tuple(
        _StreamPaths(words=tuple(row["words"].split("|")), main=row["path"], sub=row["sub_path"])
        for row in csv.DictReader(text.splitlines())
    )


def _paths_of(vendor: str) -> tuple[_StreamPaths, ...]:
    """The vendor's usual addresses, the most usual one first."""
    name = vendor.casefold()
    return tuple(one for one in _stream_paths() if any(word in name for word in one.words))
