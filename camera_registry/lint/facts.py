"""What a device says of itself (ONVIF) against what the archive says of it. Pure.

Only what both sides tell clearly is compared: makers by the words of `config/vendors.csv`, so that
a maker unknown to it contradicts nobody; models without signs and case, one containing the other
(archives leave suffixes off, devices their brand); resolutions with all profiles of the device.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from camera_registry.lint.rules import Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import DeviceFacts, Entry, Finding, Kind

_SIZE = re.compile(r"(\d{3,5})\s*[*xX×＊]\s*(\d{3,5})")
# Resolutions as sheets name them; heights in lines, and the European D1.
_NAMED: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "1080p": (1920, 1080),
        "720p": (1280, 720),
        "d1": (704, 576),
        "cif": (352, 288),
        "4k": (3840, 2160),
    }
)
# Names of models that are none: what a device of no name says of itself.
_NO_MODELS = frozenset({"", "ipc", "ipcamera", "camera", "ipcam", "onvif", "networkcamera"})
# Shorter models contain and are contained too easily.
_SHORTEST_MODEL = 4


def check_facts(entry: Entry, facts: DeviceFacts, rules: Rules) -> Iterator[Finding]:
    """A finding for each fact that contradicts the archive."""
    said = facts.onvif
    yield from _check_vendor(entry, said.manufacturer or "", rules)
    yield from _check_model(entry, said.model or "", rules)
    sizes = [(one.width, one.height) for one in said.profiles if one.width and one.height]
    resolution = resolution_of(entry.values["image_resolution"] or "")
    if sizes and resolution and resolution not in sizes:
        width, height = max(sizes)
        yield found(
            rules,
            Kind.FACTS_RESOLUTION,
            entry,
            "image_resolution",
            said=f"{width}*{height}",
            proposal={"image_resolution": f"{width}*{height}"},
        )
    if said.mac and entry.values["mac_address"] not in (None, said.mac):
        yield found(
            rules,
            Kind.FACTS_MAC,
            entry,
            "mac_address",
            said=said.mac,
            proposal={"mac_address": said.mac},
        )


def vendor_of(text: str, vendors: Mapping[str, str]) -> str:
    """The vendor whose word the text holds, or nothing."""
    lowered = text.casefold()
    return next((vendor for word, vendor in vendors.items() if word in lowered), "")


def resolution_of(text: str) -> tuple[int, int] | None:
    """Width and height of an archive's resolution, None where it tells none."""
    named = _NAMED.get(text.strip().casefold())
    if named is not None:
        return named
    size = _SIZE.search(text)
    return (int(size[1]), int(size[2])) if size else None


def _check_vendor(entry: Entry, said: str, rules: Rules) -> Iterator[Finding]:
    archived = vendor_of(entry.values["device_vendor"] or "", rules.vendors)
    device = vendor_of(said, rules.vendors)
    if archived and device and archived != device:
        yield found(
            rules,
            Kind.FACTS_VENDOR,
            entry,
            "device_vendor",
            said=said,
            proposal={"device_vendor": device},
        )


def _check_model(entry: Entry, said: str, rules: Rules) -> Iterator[Finding]:
    archived, device = _bare(entry.values["device_model"] or ""), _bare(said)
    if device in _NO_MODELS or min(len(archived), len(device)) < _SHORTEST_MODEL:
        return
    if archived not in device and device not in archived:
        yield found(
            rules,
            Kind.FACTS_MODEL,
            entry,
            "device_model",
            said=said,
            proposal={"device_model": said},
        )


def _bare(model: str) -> str:
    return re.sub(r"[^0-9a-z]", "", model.casefold())
