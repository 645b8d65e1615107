"""Addresses in a device's answers.

A device names itself by loopback, by 0.0.0.0, by the address it has behind a NAT, or relative.
None of them is connected to: the host is always the configured one. The port of a service is
the configured one as well (one address is what an operator opened for us); a stream and a
snapshot keep theirs, since they are other servers.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

# Some makers put the password into the path or the query. The account is known to us anyway, and
# addresses are stored and shown.
_SECRET = re.compile(r"(?i)(?<![a-z])([a-z]*passw(?:or)?d|pwd|psw)=[^&_/?;#]*")
DEVICE_PATH = "/onvif/device_service"


def _split(said: str) -> SplitResult | None:
    try:
        parts = urlsplit("".join(said.split()))
        _ = parts.port
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host


def _target(parts: SplitResult) -> str:
    """Path and query with secrets emptied.

    The path always begins with a slash: that of `rtsp:@elsewhere/` would else make another host
    of the one that it is put behind.
    """
    query = f"?{parts.query}" if parts.query else ""
    return _SECRET.sub(r"\1=", f"/{parts.path.removeprefix('/')}{query}")


def _origin(configured: str) -> tuple[SplitResult, str]:
    parts = urlsplit(configured)
    port = f":{parts.port}" if parts.port is not None else ""
    return parts, f"{parts.scheme}://{_host(parts)}{port}"


def device_url(configured: str) -> str:
    """The Device service's address: the configured one, with the standard's path where it has
    none.

    Raises:
        ValueError: it is no http or https URL with a host.
    """
    parts, origin = _origin(configured)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an http or https URL with a host")
    query = f"?{parts.query}" if parts.query else ""
    return origin + (parts.path if parts.path.strip("/") else DEVICE_PATH) + query


def service_url(configured: str, said: str | None) -> str:
    """Where a service is asked: the configured origin and the path that the device names."""
    parts = _split(said) if said else None
    if parts is None or not parts.path.strip("/"):
        return device_url(configured)
    query = f"?{parts.query}" if parts.query else ""
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    return _origin(configured)[1] + path + query


def media_url(configured: str, said: str | None, schemes: frozenset[str]) -> str | None:
    """A stream's or snapshot's address at the configured host, with its own scheme and port.

    None where its scheme is none of `schemes`. A relative one is taken to be at the configured
    origin.
    """
    parts = _split(said) if said else None
    if parts is None:
        return None
    configured_parts, origin = _origin(configured)
    if not parts.scheme and parts.path.startswith("/") and configured_parts.scheme in schemes:
        return origin + _target(parts)
    if parts.scheme.lower() not in schemes:
        return None
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme.lower()}://{_host(configured_parts)}{port}{_target(parts)}"


STREAM_SCHEMES = frozenset({"rtsp", "rtsps"})
SNAPSHOT_SCHEMES = frozenset({"http", "https"})


def is_at_host(configured: str, said: str) -> bool:
    """Whether an address (of a redirect) is at the configured host, or relative to it."""
    parts = _split(said)
    if parts is None:
        return False
    return not parts.netloc or parts.hostname == urlsplit(configured).hostname
