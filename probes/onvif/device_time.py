"""The time that a device says it has (ONVIF Device service, GetSystemDateAndTime).

The time zone is in POSIX form by the standard (IEEE Std 1003.1 section 8.3, where CST-8 is east
of Greenwich); devices also write +08:00, GMT+08:00, CST-08:00, CST5:00:00, `CST6CDT:` or a name.
It matters only where a device gives its local time alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from probes.onvif.envelope import Node

_POSIX = re.compile(
    r"(?P<name><[^>]{1,16}>|[A-Za-z]{0,10})"
    r"(?:(?P<sign>[+-]?)(?P<hours>\d{1,2})(?::(?P<minutes>\d{2}))?(?::\d{2})?)?"
)
# Names with which devices write an offset as ISO 8601 does (plus is east), or as POSIX does
# (plus is west): nothing but the time itself tells which.
_EITHER_SIGN = frozenset({"GMT", "UTC"})
_FARTHEST = timedelta(hours=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTime:
    """As said; None where absent or no date at all. `local` is what a clock on the device's wall
    shows, marked as UTC."""

    utc: datetime | None
    local: datetime | None
    zone: str | None
    daylight: bool


def _number(node: Node, *path: str) -> int:
    return int(node.value(*path) or "")


def _moment(node: Node | None) -> datetime | None:
    """A date and a time of day; one past the end of a minute, hour or day is carried over."""
    if node is None:
        return None
    try:
        day = datetime(
            _number(node, "Date", "Year"),
            _number(node, "Date", "Month"),
            _number(node, "Date", "Day"),
            tzinfo=UTC,
        )
        return day + timedelta(
            hours=_number(node, "Time", "Hour"),
            minutes=_number(node, "Time", "Minute"),
            seconds=_number(node, "Time", "Second"),
        )
    except (ValueError, OverflowError):
        return None


def read_device_time(envelope: Node) -> DeviceTime | None:
    """The answer to GetSystemDateAndTime; None where it holds none."""
    said = envelope.first("SystemDateAndTime")
    if said is None:
        return None
    return DeviceTime(
        utc=_moment(said.first("UTCDateTime")),
        local=_moment(said.first("LocalDateTime")),
        zone=said.value("TimeZone", "TZ"),
        daylight=(said.value("DaylightSavings") or "").lower() in {"true", "1"},
    )


def zone_offsets(zone: str, at: datetime) -> tuple[timedelta, ...]:
    """How far east of Greenwich a zone is, without daylight saving: no, one, or, where the
    writing leaves it open, two possible answers."""
    text = zone.strip()
    if "/" in text and "," not in text:
        try:
            offset = at.astimezone(ZoneInfo(text)).utcoffset()
        except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
            return ()
        return () if offset is None else (offset,)
    match = _POSIX.match(text)
    if match is None or not match[0]:
        return ()
    if match["hours"] is None:
        return (timedelta(0),) if match["name"].upper() in {*_EITHER_SIGN, "Z"} else ()
    size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    if size > _FARTHEST:
        return ()
    written = -size if match["sign"] == "-" else size
    if not match["name"]:
        return (written,)
    if match["name"].upper() in _EITHER_SIGN and size:
        return (written, -written)
    return (-written,)


def device_clock(said: DeviceTime, now: datetime) -> datetime | None:
    """The device's clock, aware, in UTC; None where it cannot be told.

    A local time in a zone that can be read two ways is taken the way nearer to `now`.
    """
    if said.utc is not None:
        return said.utc
    if said.local is None or said.zone is None:
        return None
    saving = timedelta(hours=1) if said.daylight else timedelta(0)
    try:
        offsets = zone_offsets(said.zone, said.local)
        readings = [said.local - offset - saving for offset in offsets]
    except OverflowError:
        return None
    return min(readings, key=lambda one: abs(one - now), default=None)
