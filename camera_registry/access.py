"""How a point's stream is reached, from its record. Pure.

A record whose protocol is 平台 is a platform's, whatever address it names; so is one of GB/T 28181
without a stream address, as signalling goes through the platform there. A channel of a recorder is
told by the device above it: an upstream of that kind, or a parent whose device code is a
recorder's. Everything else is looked at directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from camera_registry.vocabulary import Access, UpstreamKind

_PLATFORM, _SIGNALLED = "平台", "GB/T 28181"
# GB/T 28181 annex D: DVR, video server, encoder, NVR, HVR.
_RECORDERS = frozenset({"111", "112", "113", "118", "130"})


def access_of(record: Mapping[str, Any], upstream_kind: UpstreamKind | None) -> Access:
    """The access of a record (fields as in `fields()`) below an upstream of that kind."""
    protocol = record["connection_protocol"]
    if protocol == _PLATFORM or (protocol == _SIGNALLED and not record["stream_url"]):
        return Access.PLATFORM
    if upstream_kind is UpstreamKind.RECORDER:
        return Access.RECORDER
    parent = record["parent_device"] or ""
    return Access.RECORDER if parent[10:13] in _RECORDERS else Access.DIRECT
