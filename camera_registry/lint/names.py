"""Names of points: what a device gave itself, what cannot be read, and what breaks the archive's
own custom. Pure.

There is no one rule for names. Most archives begin them with the town (or the village); whether
this one does, and in which category, is learnt, and only then a name that does not stands out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from camera_registry.lint.rules import Names, Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind
from camera_registry.vocabulary import Category

_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
# What may stand before the town: the county-level city's name.
_CITY = re.compile(r"^(安徽省)?(安庆市)?(桐城市|桐城)?[-_ ]*")


class Custom(StrEnum):
    """How names begin, the narrowest first."""

    TOWN = "town"
    VILLAGE = "village"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHabits:
    """The custom of each category that has one, and every town's name."""

    customs: Mapping[Category, Custom]
    towns: tuple[str, ...]


def plain(name: str) -> str:
    """A name as it is compared: full-width forms, case and blanks aside."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def learn_names(entries: Iterable[Entry], towns: Sequence[str], rules: Rules) -> NameHabits:
    """The archive's customs."""
    follow: Counter[tuple[Category, Custom]] = Counter()
    names: Counter[Category] = Counter()
    for entry in entries:
        name = entry.values["device_name"]
        if not name or _is_generic(name, rules.names):
            continue
        names[entry.category] += 1
        for custom in Custom:
            follow[entry.category, custom] += _follows(entry, name, custom)
    customs: dict[Category, Custom] = {}
    for category, count in names.items():
        wanted = max(rules.names.custom_min_names, count * rules.names.custom_min_share)
        kept = [one for one in Custom if follow[category, one] >= wanted]
        if kept:
            customs[category] = kept[0]
    return NameHabits(customs=customs, towns=tuple(towns))


def _follows(entry: Entry, name: str, custom: Custom) -> bool:
    bare = _CITY.sub("", plain(name))
    if custom is Custom.TOWN:
        return bare.startswith(_short(entry.town))
    village = plain(entry.values["village"] or "")
    return bool(village) and bare.startswith(village)


def _short(town: str) -> str:
    return town.removesuffix("街道").removesuffix("镇")


def check_name(entry: Entry, habits: NameHabits, rules: Rules) -> Iterator[Finding]:
    """At most one finding: the first thing that is wrong with the name."""
    name = entry.values["device_name"]
    if not name:
        return
    if _is_generic(name, rules.names):
        proposal = _better_name(entry, habits, rules)
        yield found(rules, Kind.NAME_GENERIC, entry, "device_name", proposal=proposal)
    elif bad := _bad_characters(name, rules.names):
        proposal = _better_name(entry, habits, rules) or _cleaned(name, bad, rules.names)
        yield found(rules, Kind.NAME_CHARACTERS, entry, "device_name", bad=bad, proposal=proposal)
    elif not rules.names.min_length <= len(name) <= rules.names.max_length:
        low, high = rules.names.min_length, rules.names.max_length
        yield found(
            rules, Kind.NAME_LENGTH, entry, "device_name", length=len(name), low=low, high=high
        )
    else:
        yield from _check_place(entry, name, habits, rules)


def _check_place(entry: Entry, name: str, habits: NameHabits, rules: Rules) -> Iterator[Finding]:
    bare = _CITY.sub("", plain(name))
    other = next((one for one in habits.towns if one != entry.town and bare.startswith(one)), "")
    custom = habits.customs.get(entry.category)
    follows = custom is None or _follows(entry, name, custom)
    if follows and not other:
        return
    start = other or (entry.town if custom is Custom.TOWN else entry.values["village"] or "")
    kind = Kind.NAME_PLACE
    yield found(
        rules,
        kind,
        entry,
        "device_name",
        expected=entry.town if other or custom is Custom.TOWN else start,
        begins=other or name[:4],
        proposal=_better_name(entry, habits, rules),
    )


@cache
def _generic(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def _is_generic(name: str, rules: Names) -> bool:
    return _generic(rules.generic).fullmatch(plain(name)) is not None


def _bad_characters(name: str, rules: Names) -> str:
    """What a name may not hold (or the whole of it, where too little Chinese is left)."""
    damaged = next((one for one in rules.damaged if one in name), "")
    if damaged:
        return damaged
    text = unicodedata.normalize("NFKC", name)
    bad = [one for one in text if not (one.isalnum() or one in rules.signs)]
    if bad:
        return "".join(dict.fromkeys(bad))
    return name if len(_HAN.findall(text)) < rules.min_han else ""


def _better_name(entry: Entry, habits: NameHabits, rules: Rules) -> dict[str, str]:
    """The name in the picture or the common one, where that one is good."""
    custom = habits.customs.get(entry.category)
    for field in ("osd_name", "point_common_name"):
        name = entry.values[field]
        if not name or name == entry.values["device_name"] or _is_generic(name, rules.names):
            continue
        if _bad_characters(name, rules.names) or len(name) < rules.names.min_length:
            continue
        if custom is None or _follows(entry, name, custom):
            return {"device_name": name}
    return {}


def _cleaned(name: str, bad: str, rules: Names) -> dict[str, str]:
    cleaned = "".join(one for one in name if one not in bad)
    fits = len(cleaned) >= rules.min_length and not _bad_characters(cleaned, rules)
    return {"device_name": cleaned} if fits and not _is_generic(cleaned, rules) else {}
