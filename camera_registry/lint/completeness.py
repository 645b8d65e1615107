"""What is missing in a record, and how full each field is in each category. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from camera_registry.fields import fields
from camera_registry.lint.rules import Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind
from camera_registry.vocabulary import Category

# These two are one to the reader: a record of this system.
_OURS = frozenset({"town", "build_source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fullness:
    """How many records of a category have a field filled in."""

    category: Category
    field: str
    required: bool
    filled: int
    records: int


def required_of(entry: Entry, rules: Rules) -> tuple[str, ...]:
    """What the record needs; `a|b` is one of two."""
    everywhere = (
        name
        for name, field in fields().items()
        if field.required and name not in rules.required.by_access
    )
    return (*everywhere, *rules.required.of(entry.category, entry.access))


def check_completeness(
    entry: Entry, town_codes: Mapping[str, str], rules: Rules
) -> Iterator[Finding]:
    """A finding for each required field that is empty. Only the division code can be told from
    the rest of the record."""
    for wanted in required_of(entry, rules):
        choices = wanted.split("|")
        if all(entry.values[name] in (None, "") for name in choices):
            told = choices[0] == "division_code" and entry.town in town_codes
            proposal = {"division_code": town_codes[entry.town]} if told else None
            yield found(rules, Kind.MISSING, entry, choices[0], proposal=proposal)


def fullness(entries: Iterable[Entry], rules: Rules) -> tuple[Fullness, ...]:
    """For each category and each field that is told (no credentials), in the sheet's order. A
    field is required of a category where it is of one of its records."""
    filled: dict[Category, dict[str, int]] = {}
    records: dict[Category, int] = {}
    required: dict[Category, set[str]] = {}
    asked: dict[tuple[Category, str], frozenset[str]] = {}
    names = [name for name, field in fields().items() if not field.hidden and name not in _OURS]
    for entry in entries:
        category = entry.category
        counts = filled.setdefault(category, dict.fromkeys(names, 0))
        records[category] = records.get(category, 0) + 1
        for name in names:
            if entry.values[name] not in (None, ""):
                counts[name] += 1
        key = (category, entry.access)
        if key not in asked:
            asked[key] = frozenset(
                name for wanted in required_of(entry, rules) for name in wanted.split("|")[:1]
            )
            required.setdefault(category, set()).update(asked[key])
    return tuple(_rows(filled, records, required))


def _rows(
    filled: Mapping[Category, Mapping[str, int]],
    records: Mapping[Category, int],
    required: Mapping[Category, set[str]],
) -> Iterator[Fullness]:
    for category in Category:
        for name, count in filled.get(category, {}).items():
            yield Fullness(
                category=category,
                field=name,
                required=name in required[category],
                filled=count,
                records=records[category],
            )
