"""Checks of one record by itself that have no home of their own. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from ipaddress import ip_address

from camera_registry.lint.duplicates import is_useless_mac
from camera_registry.lint.rules import Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind

_IN_USE = "1"


def check_record(
    entry: Entry, towns: Sequence[str], today: date | None, rules: Rules
) -> Iterator[Finding]:
    """Addresses that no device has, an installation address in another town, dates in a wrong
    order (those that speak of the future or the past only where `today` is told)."""
    for field in ("ipv4", "ipv6"):
        address = entry.values[field]
        if address and _is_useless(address):
            yield found(rules, Kind.ADDRESS_USELESS, entry, field)
    mac = entry.values["mac_address"]
    if mac and is_useless_mac(mac):
        yield found(rules, Kind.MAC_USELESS, entry, "mac_address", proposal={"mac_address": None})
    text = entry.values["installation_address"] or ""
    if text and entry.town not in text:
        other = next((town for town in towns if town in text), "")
        if other:
            yield found(rules, Kind.ADDRESS_TOWN, entry, "installation_address", named=other)
    yield from _check_dates(entry, today, rules)


def _is_useless(text: str) -> bool:
    address = ip_address(text)
    broadcast = str(address) == "255.255.255.255"
    return address.is_unspecified or address.is_multicast or broadcast


def _check_dates(entry: Entry, today: date | None, rules: Rules) -> Iterator[Finding]:
    enabled, scrapped = entry.values["enabled_time"], entry.values["scrapped_time"]
    in_use = entry.values["device_status"] in (None, _IN_USE)
    if enabled and scrapped and scrapped < enabled:
        yield found(rules, Kind.DATES, entry, "scrapped_time", reason="order", other=enabled)
    elif today and scrapped and in_use and scrapped <= today:
        yield found(rules, Kind.DATES, entry, "scrapped_time", reason="scrapped", other=today)
    elif today and enabled and in_use and enabled > today:
        yield found(rules, Kind.DATES, entry, "enabled_time", reason="future", other=today)
