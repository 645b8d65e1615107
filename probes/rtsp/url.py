"""RTSP addresses (RFC 2326 section 3.2): the one we are given, and those that cameras name.

We connect to the configured host only. What a camera names (Content-Base, control) goes into
request lines as text and is never resolved or connected to.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322}
_URL = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)")
_ABSOLUTE = re.compile(r"rtspu?s?://", re.IGNORECASE)
_USER = re.compile(r"^(?P<scheme>[A-Za-z]+://)[^/?#]*@")
_UNSENDABLE = re.compile(r"[\x00-\x20\x7f]")


class UrlError(ValueError):
    """An address that cannot be used; the text names the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamUrl:
    """A parsed stream address without user information; `host` is without brackets."""

    scheme: str
    host: str
    port: int
    rest: str
    authority: str

    @property
    def tls(self) -> bool:
        return self.scheme == "rtsps"

    @property
    def text(self) -> str:
        """For request lines: as configured, without user information."""
        return f"{self.scheme}://{self.authority}{self.rest}"

    @property
    def path(self) -> str:
        """Path and query only."""
        return self.rest if self.rest.startswith("/") else f"/{self.rest}"

    def redirected(self, location: str) -> StreamUrl | None:
        """Where a redirect leads (RFC 2326 section 11.1.1), or None where that is not this very
        service: another host, port or scheme is never followed."""
        try:
            target = parse_stream_url(location)
        except UrlError:
            return None
        here = (self.scheme, self.host.lower(), self.port)
        return target if (target.scheme, target.host.lower(), target.port) == here else None


def parse_stream_url(text: str) -> StreamUrl:
    """Reads a configured `rtsp://` or `rtsps://` address; user information is dropped.

    Raises:
        UrlError: the scheme, host or port is wrong or missing.
    """
    found = _URL.fullmatch(text.strip())
    if found is None:
        raise UrlError("no rtsp:// address")
    scheme = found["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise UrlError(f"scheme {scheme[:20]!r} is not rtsp or rtsps")
    if _UNSENDABLE.search(found["rest"]):
        raise UrlError("blank or control character in the path")
    authority = found["authority"].rpartition("@")[2]
    host, port_text = _split_authority(authority)
    if not host:
        raise UrlError("host is missing")
    port = _port(port_text) if port_text else _DEFAULT_PORTS[scheme]
    shown = f"[{host}]" if ":" in host else host
    return StreamUrl(
        scheme=scheme,
        host=host,
        port=port,
        rest=_sendable(found["rest"]),
        authority=f"{shown}:{port}" if port_text else shown,
    )


def _sendable(rest: str) -> str:
    """Characters beyond ASCII (Chinese stream names) percent-encoded as UTF-8 (RFC 3986)."""
    return "".join(
        char if char.isascii() else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in rest
    )


def _split_authority(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, closed, port = authority[1:].partition("]")
        if not closed or not _is_ipv6(host) or port[:1] not in ("", ":"):
            raise UrlError("IPv6 address in brackets is broken")
        return host, port[1:]
    if authority.count(":") > 1:
        return _split_bare_ipv6(authority)
    host, _, port = authority.partition(":")
    return host, port


def _split_bare_ipv6(authority: str) -> tuple[str, str]:
    """IPv6 without brackets, as some recorders hand out (`::ffff:192.0.2.7:554`,
    AlexxIT/WebRTC issue 395): the whole as an address if it is one, else with a port behind."""
    if _is_ipv6(authority):
        return authority, ""
    host, _, port = authority.rpartition(":")
    if not _is_ipv6(host):
        raise UrlError("host holds several colons and is no IPv6 address")
    return host, port


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536):
        raise UrlError("port is not a number from 1 to 65535")
    return int(text)


def without_user(url: str) -> str:
    """`url` without user information, the rest untouched."""
    return _USER.sub(r"\g<scheme>", url)


def repaired_base(content_base: str | None, request_url: str) -> str:
    """Content-Base (RFC 2326 section 12.11) as the base of control addresses, or else the
    address asked for.

    Repaired are a missing scheme (Anjvision: `192.0.2.10:554/stream0/`) and a doubled one
    (AlexxIT/go2rtc issue 208). A missing port or another host stay: it is only text.
    """
    base = (content_base or "").strip()
    if not base or base.startswith("/"):
        return request_url
    schemes = _ABSOLUTE.findall(base)
    if not schemes:
        return without_user(f"{request_url.partition('://')[0]}://{base}")
    return without_user(base[base.rindex(schemes[-1]) :])


def control_url(base: str, control: str | None) -> str:
    """The address for a media's `a=control` (RFC 2326 appendix C.1.1).

    Absolute: as it is. Relative: joined as text with one slash between, also behind a query
    (Dahua and GW Security expect it so); a control that is only a query gets no slash. Missing,
    empty or `*`: the base itself.
    """
    text = (control or "").strip()
    if text in ("", "*"):
        return base
    if _ABSOLUTE.match(text):
        return without_user(text)
    if text.startswith("?"):
        return base + text
    return f"{base.removesuffix('/')}/{text.removeprefix('/')}"
