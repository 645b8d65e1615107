"""The fixable findings as rows of a sheet that a person corrects and imports. Pure.

A row names its camera by the identifying fields as they stand, and holds what is proposed; where
several findings propose for one camera, the graver one's value stands. An empty cell of the sheet
would empty a field, so the sheet's columns are cut to what its rows propose, and a row that
proposes nothing for a column repeats what the record has there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from camera_registry.fields import fields
from camera_registry.lint.vocabulary import Entry, Finding, Kind

# By these a row is known again (device code, or address and channel), and by these a person sees
# which camera it is.
_ALWAYS = ("device_code", "ipv4", "ipv6", "channel_number", "device_name", "town", "village")
# What a person has to fill in, shown empty: the value that is wrong must not be imported again
# unseen.
_TO_FILL_IN = frozenset({Kind.MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One row: the values of the sheet's columns, and the findings behind it."""

    values: Mapping[str, Any]
    findings: tuple[Finding, ...]


def corrections(
    findings: Iterable[Finding], entries: Mapping[int, Entry]
) -> tuple[tuple[str, ...], tuple[Correction, ...]]:
    """The sheet's columns, and a row for each camera with something to correct: what can be
    proposed is, what is missing is to be filled in. `entries` are by camera id."""
    of_camera: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.camera_id is not None and (finding.fixable or finding.kind in _TO_FILL_IN):
            of_camera.setdefault(finding.camera_id, []).append(finding)
    changes = {
        camera_id: _changes(listed, entries[camera_id]) for camera_id, listed in of_camera.items()
    }
    touched = {name for change in changes.values() for name in change}
    if "town" in touched:
        # A key location belongs to a town: moved with its camera, it is a new one of its kind.
        touched |= {"key_location", "key_location_kind"}
    columns = tuple(name for name in fields() if name in touched or name in _ALWAYS)
    return columns, tuple(
        Correction(
            values={
                name: changes[camera_id].get(name, entries[camera_id].values[name])
                for name in columns
            },
            findings=tuple(listed),
        )
        for camera_id, listed in of_camera.items()
    )


def _changes(findings: Iterable[Finding], entry: Entry) -> dict[str, Any]:
    """The gravest finding comes first, and its value stands."""
    changes: dict[str, Any] = {}
    for finding in findings:
        proposed = finding.proposal or {finding.field: entry.values[finding.field]}
        for name, value in proposed.items():
            changes.setdefault(name, value)
    return changes
