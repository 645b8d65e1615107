"""Positions that cannot be right by themselves: outside the county, or swapped. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from camera_registry.datum import CoordinateSystem, is_moved
from camera_registry.lint.rules import County, Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind

# Systems whose numbers are no WGS-84; import converts them, unless they lie where nothing moves.
MOVED_SYSTEMS = frozenset({CoordinateSystem.GCJ02, CoordinateSystem.BD09})


def inside(entry: Entry, county: County) -> bool:
    """Whether the record has a position that lies in the county."""
    position = entry.position
    return position is not None and county.holds(*position)


def check_position(entry: Entry, rules: Rules) -> Iterator[Finding]:
    """A finding where the position is outside the county's box: swapped, if it would be inside
    the other way round (or a latitude beyond 90 says so)."""
    position = entry.position
    if position is None:
        return
    longitude, latitude = position
    if rules.county.holds(longitude, latitude):
        yield from _check_converted(entry, rules)
        return
    if abs(latitude) > 90 or rules.county.holds(latitude, longitude):
        yield found(
            rules,
            Kind.SWAPPED,
            entry,
            "longitude",
            longitude=f"{longitude:.6f}",
            latitude=f"{latitude:.6f}",
            proposal={"longitude": latitude, "latitude": longitude},
        )
        return
    west, east, south, north = rules.county.bounds
    yield found(
        rules,
        Kind.OUTSIDE_COUNTY,
        entry,
        "longitude" if not west <= longitude <= east else "latitude",
        longitude=f"{longitude:.6f}",
        latitude=f"{latitude:.6f}",
        west=west,
        east=east,
        south=south,
        north=north,
    )


def _check_converted(entry: Entry, rules: Rules) -> Iterator[Finding]:
    """A position inside the county that is still kept in a map service's system."""
    system = entry.values["coordinate_system"]
    position = entry.position
    if system in MOVED_SYSTEMS and position is not None and is_moved(*position):
        longitude, latitude = position
        yield found(
            rules,
            Kind.DATUM_UNCONVERTED,
            entry,
            "coordinate_system",
            system=system,
            # As they stand, with their system: the import converts them.
            proposal={
                "longitude": longitude,
                "latitude": latitude,
                "coordinate_system": system,
            },
        )
