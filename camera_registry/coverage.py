"""Which key locations are seen. Pure.

A location is *covered* when at least one of its cameras is online and intact (status `online`; a
degraded camera's picture is faulty, so it covers nothing). It is *blind* when none is and every
camera's status is known. Otherwise it is *unknown*.

Retired cameras are left out: a location with no other, and one without any camera, is blind, for
there is nothing that could see it. A camera in maintenance is not looked at, and that never counts
against it: it is not known, so a location that hangs on it is unknown, not blind.

The coverage ratio is covered ÷ all locations. Unknown ones are no coverage but no blindness
either, so they are told beside it (`xueliang_key_locations`).
"""

from __future__ import annotations

from collections.abc import Iterable

from camera_registry.vocabulary import KeyLocationState, Status

_NOT_KNOWN = frozenset({Status.UNKNOWN, Status.MAINTENANCE})


def location_state(statuses: Iterable[Status]) -> KeyLocationState:
    """The state of a location from the statuses of its cameras."""
    found = set(statuses)
    if Status.ONLINE in found:
        return KeyLocationState.COVERED
    return KeyLocationState.UNKNOWN if found & _NOT_KNOWN else KeyLocationState.BLIND
