"""The fields of a camera's record (一机一档), from `config/archive_fields.csv`: headings and their
aliases, type, allowed values, and whether a record without it counts as incomplete.

What the `values` column holds depends on the type: choices (`code word` or `word`) of an `enum`
or a `choice`, lowest and highest of an `integer` or a `number`, allowed lengths of `digits`.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType


class FieldType(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    DEVICE_CODE = "device_code"
    DIGITS = "digits"
    ENUM = "enum"
    CHOICE = "choice"
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    MAC = "mac"
    STREAM_URL = "stream_url"
    USERNAME = "username"
    SECRET = "secret"  # noqa: S105 (the name of a type)
    TOWN = "town"


HIDDEN_TYPES = frozenset({FieldType.SECRET, FieldType.USERNAME, FieldType.STREAM_URL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An allowed value: what is stored, and what a sheet shows."""

    stored: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `choices` maps every accepted spelling (see `spelling`) to its choice."""

    name: str
    heading: str
    heading_en: str
    aliases: tuple[str, ...]
    type: FieldType
    required: bool
    choices: Mapping[str, Choice]
    bounds: tuple[float, float] | None
    lengths: frozenset[int]

    @property
    def hidden(self) -> bool:
        """Whether its values are kept out of messages and of the change log."""
        return self.type in HIDDEN_TYPES

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings that a sheet may give it."""
        return (self.heading, *self.aliases, self.heading_en, self.name)


@cache
def fields() -> Mapping[str, Field]:
    """All fields by name, in the order of a sheet's columns."""
    text = files("config").joinpath("archive_fields.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {row["field"]: _field(row) for row in csv.DictReader(text.splitlines())}
    )


def heading_key(heading: str) -> str:
    """A heading without what people add to it: blanks, stars, full-width forms, case."""
    return re.sub(r"[\s*_]+", "", unicodedata.normalize("NFKC", heading)).casefold()


def spelling(value: str) -> str:
    """A choice without blanks, separators, full-width forms and case: `H.265` as `h265`."""
    return re.sub(r"[\s\-_.,、:/()]+", "", unicodedata.normalize("NFKC", value)).casefold()


def _field(row: Mapping[str, str]) -> Field:
    kind = FieldType(row["type"])
    values = row["values"].split("|") if row["values"] else []
    bounded = kind in (FieldType.INTEGER, FieldType.NUMBER) and values
    return Field(
        name=row["field"],
        heading=row["heading"],
        heading_en=row["heading_en"],
        aliases=tuple(row["aliases"].split("|")) if row["aliases"] else (),
        type=kind,
        required=row["required"] == "yes",
        choices=_choices(values) if kind in (FieldType.ENUM, FieldType.CHOICE) else {},
        bounds=(float(values[0]), float(values[1])) if bounded else None,
        lengths=frozenset(map(int, values)) if kind is FieldType.DIGITS else frozenset(),
    )


def _choices(values: list[str]) -> Mapping[str, Choice]:
    found: dict[str, Choice] = {}
    for value in values:
        code, _, word = value.partition(" ")
        numbered = code.isdigit() and word
        if numbered:
            choice = Choice(stored=code, shown=value)
            spellings = [code, str(int(code)), value]
        else:
            coded = bool(word) and code.isidentifier()
            choice = Choice(stored=code if coded else value, shown=word if coded else value)
            spellings = [code, value] if coded else [value]
        # Two networks share one name: the name alone then means the first of them.
        for one in (*spellings, word):
            if one:
                found.setdefault(spelling(one), choice)
    return MappingProxyType(found)
