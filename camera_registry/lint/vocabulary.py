"""The words of archive care: what is checked, and what a finding says. Frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as _field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from camera_registry.vocabulary import Access, Category, KeyLocationKind
from probes.vocabulary import OnvifFacts


class Grade(StrEnum):
    """How grave a finding is: a record with an error is not qualified."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Kind(StrEnum):
    """What is found; these names are stable. The message catalogues have a title and a text for
    each (`lint.kind.*`, `lint.why.*`), `config/lint.toml` a grade."""

    MISSING = "missing"
    CODE_STRUCTURE = "code_structure"
    CODE_REGION = "code_region"
    CODE_NOT_CAMERA = "code_not_camera"
    CODE_INDUSTRY = "code_industry"
    CODE_TYPE = "code_type"
    CODE_CAMERA_TYPE = "code_camera_type"
    CODE_NETWORK = "code_network"
    CODE_TOWN = "code_town"
    CODE_PARENT = "code_parent"
    DIVISION_REGION = "division_region"
    DIVISION_TOWN = "division_town"
    ADDRESS_TOWN = "address_town"
    ADDRESS_USELESS = "address_useless"
    MAC_USELESS = "mac_useless"
    DATES = "dates"
    DUPLICATE_CODE = "duplicate_code"
    DUPLICATE_ADDRESS = "duplicate_address"
    DUPLICATE_STREAM = "duplicate_stream"
    DUPLICATE_MAC = "duplicate_mac"
    DUPLICATE_COORDINATES = "duplicate_coordinates"
    DUPLICATE_NAME = "duplicate_name"
    OUTSIDE_COUNTY = "outside_county"
    SWAPPED = "swapped"
    WRONG_TOWN = "wrong_town"
    DATUM_SHIFT = "datum_shift"
    DATUM_BATCH = "datum_batch"
    DATUM_UNCONVERTED = "datum_unconverted"
    NAME_GENERIC = "name_generic"
    NAME_CHARACTERS = "name_characters"
    NAME_LENGTH = "name_length"
    NAME_PLACE = "name_place"
    FACTS_VENDOR = "facts_vendor"
    FACTS_MODEL = "facts_model"
    FACTS_RESOLUTION = "facts_resolution"
    FACTS_MAC = "facts_mac"
    KEY_LOCATION_WITHOUT_CAMERA = "key_location_without_camera"
    VILLAGE_WITHOUT_CAMERA = "village_without_camera"
    GRID_WITHOUT_CAMERA = "grid_without_camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record as it is checked: `values` has every field of `camera_registry.fields`, None
    where it is empty, coordinates in WGS-84. It holds credentials and has no `repr` of them."""

    id: int
    access: Access
    values: Mapping[str, Any] = _field(repr=False)

    @property
    def label(self) -> str:
        """The device code, or our id where there is none."""
        return self.values["device_code"] or str(self.id)

    @property
    def category(self) -> Category:
        return Category(self.values["build_source"])

    @property
    def town(self) -> str:
        return str(self.values["town"])

    @property
    def position(self) -> tuple[float, float] | None:
        """Longitude and latitude, where both are there."""
        longitude, latitude = self.values["longitude"], self.values["latitude"]
        return None if longitude is None or latitude is None else (longitude, latitude)


class PlaceKind(StrEnum):
    """Places that ought to be seen."""

    KEY_LOCATION = "key_location"
    VILLAGE = "village"
    GRID = "grid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place of the registry, and how many cameras in use it has. `kind_of_location` is told of
    key locations, `village` of grids."""

    kind: PlaceKind
    town: str
    name: str
    cameras: int
    village: str = ""
    kind_of_location: KeyLocationKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What a device last said of itself by ONVIF."""

    onvif: OnvifFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at in the archive.

    `camera_id` is None where it is about a place, whose name is then the `label`. `value` is what
    stands in `field`, as a sheet shows it (of a stream address only that there is one). `details`
    fill the text `lint.why.<kind>` in. `proposal` gives the fields to change and their new values,
    empty where nothing can be proposed. `others` are the labels of the records that it is shared
    with, and `keep` is the one of them (or this one) that is probably right.
    """

    kind: Kind
    grade: Grade
    label: str
    name: str
    town: str
    village: str = ""
    category: Category | None = None
    camera_id: int | None = None
    field: str = ""
    value: str = ""
    details: Mapping[str, str] = _field(default_factory=lambda: MappingProxyType({}))
    proposal: Mapping[str, Any] = _field(default_factory=lambda: MappingProxyType({}))
    others: tuple[str, ...] = ()
    keep: str = ""

    @property
    def fixable(self) -> bool:
        return bool(self.proposal)
