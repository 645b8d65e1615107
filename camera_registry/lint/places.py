"""Places without any camera in use. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from camera_registry.lint.rules import Rules
from camera_registry.lint.vocabulary import Finding, Kind, Place, PlaceKind

_KINDS: Mapping[PlaceKind, Kind] = MappingProxyType(
    {
        PlaceKind.KEY_LOCATION: Kind.KEY_LOCATION_WITHOUT_CAMERA,
        PlaceKind.VILLAGE: Kind.VILLAGE_WITHOUT_CAMERA,
        PlaceKind.GRID: Kind.GRID_WITHOUT_CAMERA,
    }
)


def check_places(places: Iterable[Place], rules: Rules) -> Iterator[Finding]:
    """A finding for each place that nothing in use looks at."""
    for place in places:
        if place.cameras:
            continue
        kind = _KINDS[place.kind]
        yield Finding(
            kind=kind,
            grade=rules.grades[kind],
            label=place.name,
            name=place.name,
            town=place.town,
            village=place.village,
        )
