"""Devices that were found, as a JSON document and as rows of the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from exporters.probe_document import onvif_document
from probes.discovery.asking import Introduced
from probes.discovery.findings import Findings
from probes.onvif.answers import choose_profile
from probes.vocabulary import OnvifFacts

# As the archive's field `video_encoding_format` keeps them.
_ENCODINGS = {"H264": "2", "H265": "4", "HEVC": "4"}


def discovery_document(found: Sequence[Introduced], findings: Findings) -> dict[str, Any]:
    """What `xueliang discover --json` prints. `ignored` counts datagrams by why they were none
    of ours; `complete` is false where a bound ended the search before its time."""
    return {
        "devices": [
            {
                "address": one.device.address,
                "url": one.device.url,
                "endpoint": one.device.endpoint,
                "name": one.device.name,
                "hardware": one.device.hardware,
                "mac": one.device.mac,
                "onvif": onvif_document(one.facts, one.failure),
            }
            for one in found
        ],
        "ignored": {why.value: count for why, count in sorted(findings.ignored.items())},
        "complete": not findings.full,
    }


def archive_row(found: Introduced) -> dict[str, Any]:
    """What is known of a device, by the archive's fields; the rest is for a person to complete.

    The archive asks ONVIF devices by HTTP at the standard's path: the port of another kind of
    service would mislead it and is left out.
    """
    device, facts = found.device, found.facts
    parts = urlsplit(device.url)
    is_ipv6 = ":" in device.address
    return {
        "device_vendor": facts.manufacturer,
        "device_model": facts.model or device.hardware,
        "ipv6" if is_ipv6 else "ipv4": device.address,
        "access_port": (parts.port or 80) if parts.scheme == "http" else None,
        "mac_address": device.mac,
        "connection_protocol": "ONVIF",
        "stream_url": facts.stream_url,
        **_video(facts),
    }


def _video(facts: OnvifFacts) -> dict[str, str]:
    chosen = choose_profile(facts.profiles)
    if chosen is None or not (chosen.width and chosen.height):
        return {}
    resolution = {"image_resolution": f"{chosen.width}x{chosen.height}"}
    encoding = _ENCODINGS.get(chosen.codec)
    return resolution | ({"video_encoding_format": encoding} if encoding else {})
