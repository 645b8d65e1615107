"""What lint asks of an archive, from `config/lint.toml` and the tables beside it."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from camera_registry.lint.vocabulary import Grade, Kind
from camera_registry.vocabulary import Access, Category


class LintRulesError(ValueError):
    """The rules are not as they have to be; the text names the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """`bounds`: west, east, south, north, WGS-84 degrees."""

    code: str
    device_code_regions: tuple[str, ...]
    bounds: tuple[float, ...]

    def holds(self, longitude: float, latitude: float) -> bool:
        west, east, south, north = self.bounds
        return west <= longitude <= east and south <= latitude <= north


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """Fields that a record needs beside those of `archive_fields.csv`; `a|b` is one of two.
    `by_access` are those of that table which only some kinds of access need."""

    built: tuple[str, ...]
    integrated: tuple[str, ...]
    village: tuple[str, ...]
    direct: tuple[str, ...]
    recorder: tuple[str, ...]
    platform: tuple[str, ...]
    by_access: tuple[str, ...]

    def of(self, category: Category, access: Access) -> tuple[str, ...]:
        """Those of a category and a kind of access."""
        return (*getattr(self, category.value), *getattr(self, access.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    camera_types: Mapping[str, tuple[str, ...]]
    parent_types: tuple[str, ...]
    network_min_points: int
    network_min_share: float
    unit_min_points: int
    unit_min_share: float
    county_units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    min_length: int
    max_length: int
    min_han: int
    signs: str
    generic: tuple[str, ...]
    damaged: tuple[str, ...]
    custom_min_names: int
    custom_min_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    same_place_degrees: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Towns:
    min_points: int
    odds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    tight_m: float
    min_places: int
    exact_m: float
    batch_min_points: int
    batch_log_odds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodes:
    """The tables of the device code; `types` tells of each whether it is a camera's."""

    industries: Mapping[str, str]
    types: Mapping[str, tuple[str, bool]]
    networks: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of it. `vendors` maps a word found in a vendor's name to the vendor."""

    county: County
    required: Required
    codes: Codes
    names: Names
    duplicates: Duplicates
    towns: Towns
    datum: Datum
    grades: Mapping[Kind, Grade]
    device_codes: DeviceCodes
    vendors: Mapping[str, str]


_SECTIONS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "county": County,
        "required": Required,
        "codes": Codes,
        "names": Names,
        "duplicates": Duplicates,
        "towns": Towns,
        "datum": Datum,
    }
)
# What depends on the day or on what a device said last: the archive rate counts errors, and the
# same archive has the same rate whenever it is drawn.
_CHANGING = ("facts_", "dates")
_KINDS_OF_VALUE: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"int": (int,), "float": (int, float), "str": (str,), "Mapping": (dict,), "tuple": (list,)}
)


@cache
def load_rules() -> Rules:
    """The rules that stand in `config/`.

    Raises:
        LintRulesError: see `parse_rules`.
    """
    folder = files("config")
    return parse_rules(
        folder.joinpath("lint.toml").read_text("utf-8"),
        codes=folder.joinpath("device_codes.csv").read_text("utf-8"),
        vendors=folder.joinpath("vendors.csv").read_text("utf-8"),
    )


def parse_rules(text: str, *, codes: str, vendors: str) -> Rules:
    """The rules of a TOML text, with the tables of device codes and of vendors (CSV).

    Raises:
        LintRulesError: not TOML, an unknown or missing key, a value of another type, a pattern
            that is none, or bounds that are no box.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LintRulesError(f"lint.toml: {error}") from None
    _only(document, {*_SECTIONS, "grades"}, "")
    sections = {name: _section(name, kind, document[name]) for name, kind in _SECTIONS.items()}
    _check_values(sections["county"], sections["names"])
    return Rules(
        **sections,
        grades=_grades(document["grades"]),
        device_codes=_device_codes(codes),
        vendors=MappingProxyType(
            {
                word.casefold(): row["vendor"]
                for row in csv.DictReader(vendors.splitlines())
                for word in row["words"].split("|")
            }
        ),
    )


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(table) - known):
        raise LintRulesError(f"lint.toml: unknown key {where}{unknown[0]}")
    if missing := sorted(known - set(table)):
        raise LintRulesError(f"lint.toml: {where}{missing[0]} is missing")


def _section(name: str, kind: type[Any], table: Any) -> Any:
    if not isinstance(table, dict):
        raise LintRulesError(f"lint.toml: {name} is no table")
    _only(table, {one.name for one in fields(kind)}, f"{name}.")
    values: dict[str, Any] = {}
    for one in fields(kind):
        allowed = _KINDS_OF_VALUE[str(one.type).partition("[")[0]]
        value = table[one.name]
        if not isinstance(value, allowed) or isinstance(value, bool):
            raise LintRulesError(f"lint.toml: {name}.{one.name} is no {one.type}")
        values[one.name] = _frozen(value)
    return kind(**values)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(one) for key, one in value.items()})
    return tuple(value) if isinstance(value, list) else value


def _check_values(county: County, names: Names) -> None:
    if len(county.bounds) != 4 or not (
        county.bounds[0] < county.bounds[1] and county.bounds[2] < county.bounds[3]
    ):
        raise LintRulesError("lint.toml: county.bounds is not west, east, south, north")
    for pattern in names.generic:
        try:
            re.compile(pattern)
        except re.error as error:
            raise LintRulesError(f"lint.toml: names.generic: {pattern!r}: {error}") from None


def _grades(table: Mapping[str, Any]) -> Mapping[Kind, Grade]:
    _only(table, {kind.value for kind in Kind}, "grades.")
    grades: dict[Kind, Grade] = {}
    for name, value in table.items():
        if value not in [grade.value for grade in Grade]:
            raise LintRulesError(f"lint.toml: grades.{name}: {value!r} is no grade")
        if value == Grade.ERROR and name.startswith(_CHANGING):
            raise LintRulesError(f"lint.toml: grades.{name}: at most a warning")
        grades[Kind(name)] = Grade(value)
    return MappingProxyType(grades)


def _device_codes(text: str) -> DeviceCodes:
    rows = list(csv.DictReader(text.splitlines()))
    return DeviceCodes(
        industries=_names_of(rows, "industry"),
        types=MappingProxyType(
            {
                row["code"]: (row["name"], row["is_camera"] == "yes")
                for row in rows
                if row["table"] == "type"
            }
        ),
        networks=_names_of(rows, "network"),
    )


def _names_of(rows: Sequence[Mapping[str, str]], table: str) -> Mapping[str, str]:
    return MappingProxyType({row["code"]: row["name"] for row in rows if row["table"] == table})
