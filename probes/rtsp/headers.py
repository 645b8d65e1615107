"""RTSP header fields (RFC 2326 section 12): lookup, and the values a client reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from probes.vocabulary import Transport

# The longest real head seen holds 14 fields; the bound only stops a flood.
MAX_FIELDS = 100


class Headers:
    """Header fields in the order received; names compare without case (RFC 2326 section 4.2)."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = [(name.lower(), value) for name, value in fields]

    def get(self, name: str) -> str | None:
        """The first value of `name`, or None."""
        wanted = name.lower()
        return next((value for key, value in self._fields if key == wanted), None)

    def get_all(self, name: str) -> list[str]:
        """All values of `name`, in order."""
        wanted = name.lower()
        return [value for key, value in self._fields if key == wanted]

    def __repr__(self) -> str:
        return f"Headers({self._fields!r})"


def parse_header_lines(lines: Iterable[str]) -> Headers:
    """Header lines without their line ends, folded ones (RFC 2326 section 15.1) joined.

    Lines without a colon are left out: what can be read is read.
    """
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}".strip())
            continue
        name, colon, value = line.partition(":")
        if colon and len(fields) < MAX_FIELDS:
            fields.append((name.strip(), value.strip()))
    return Headers(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHeader:
    """Session (RFC 2326 section 12.37); `timeout_s` is 60 where the server names none."""

    id: str
    timeout_s: int = 60


def parse_session(value: str) -> SessionHeader | None:
    """`id[;timeout=seconds]`, blanks allowed around the parts; None where there is no id."""
    id_, *parameters = (part.strip() for part in value.split(";"))
    if not id_:
        return None
    for parameter in parameters:
        name, _, number = parameter.partition("=")
        if name.strip().lower() == "timeout" and number.strip().isdecimal():
            return SessionHeader(id=id_, timeout_s=int(number.strip()[:9]))
    return SessionHeader(id=id_)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportHeader:
    """Transport (RFC 2326 section 12.39) as a server answers it.

    `interleaved` and the ports are pairs (RTP, RTCP); a single number stands for itself and the
    next one. `ssrc` is None where it is absent, cannot be read, or is 0 (H264DVR announces 0).
    """

    lower: Transport
    interleaved: tuple[int, int] | None = None
    server_port: tuple[int, int] | None = None
    ssrc: int | None = None


_PAIR = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_SSRC = re.compile(r"[0-9A-Fa-f]{1,8}")


def parse_transport(value: str) -> TransportHeader:
    """The first transport of a Transport header.

    Parameters come in any order (Luckfox rkipc puts ssrc first) and with blanks inside
    (Hikvision iDS-2CD9396: `ssrc= d6d6627`).
    """
    profile, *rest = (part.strip() for part in value.split(",")[0].split(";"))
    parameters = dict(_parameter(part) for part in rest)
    tcp = profile.upper().endswith("/TCP") or "interleaved" in parameters
    return TransportHeader(
        lower=Transport.TCP if tcp else Transport.UDP,
        interleaved=_pair(parameters.get("interleaved", ""), bound=256),
        server_port=_pair(parameters.get("server_port", ""), bound=65536),
        ssrc=_ssrc(parameters.get("ssrc", "")),
    )


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip().strip('"')


def _pair(text: str, *, bound: int) -> tuple[int, int] | None:
    found = _PAIR.fullmatch(text.replace(" ", ""))
    if found is None:
        return None
    first = int(found[1])
    second = int(found[2]) if found[2] else first + 1
    return (first, second) if first < bound and second < bound else None


def _ssrc(text: str) -> int | None:
    """Eight hexadecimal digits by the standard, fewer on Hikvision."""
    return int(text, 16) or None if _SSRC.fullmatch(text) else None
