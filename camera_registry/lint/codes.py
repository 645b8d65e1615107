"""The 20-digit device code of GB/T 28181 and the division code. Pure.

A code is 8 digits of centre (province, city, county, access unit: two each), 2 of industry, 3 of
device type, and 7 that are a network digit and a serial of six (GB/T 28181-2016 annex D, -2022
annex E) or, by another table of the 2016 edition, a serial of seven. Which of the two a group of
points uses is learnt from how often the digit agrees with 接入网络; where it does not tell, it is
not compared. Digits 7 and 8 name an access unit and no town: which town's it is, is learnt too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from camera_registry.lint.rules import Rules
from camera_registry.lint.telling import found
from camera_registry.lint.vocabulary import Entry, Finding, Kind
from camera_registry.vocabulary import Category

# Both network codes are the same network; sheets write its name alone.
_SAME_NETWORK = {"1": "0"}
# Division codes of 9 and of 12 digits name a town; shorter ones end above it.
_TOWN_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeParts:
    """A device code taken apart."""

    region: str
    unit: str
    industry: str
    type: str
    network: str
    serial: str


def parse_code(code: str) -> CodeParts | None:
    """The parts of a code of 20 digits; None where it is none."""
    if len(code) != 20 or not (code.isascii() and code.isdecimal()):
        return None
    return CodeParts(
        region=code[:6],
        unit=code[6:8],
        industry=code[8:10],
        type=code[10:13],
        network=code[13],
        serial=code[14:],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeHabits:
    """What an archive's codes show of its habits: the categories whose 14th digit is the network,
    and the town of each access unit that belongs to one."""

    network_categories: frozenset[Category]
    unit_towns: Mapping[str, str]


def learn_codes(entries: Iterable[Entry], rules: Rules) -> CodeHabits:
    """The habits of an archive. A category with too few points to tell goes with the others."""
    told: Counter[tuple[Category, bool]] = Counter()
    units: dict[str, Counter[str]] = {}
    for entry in entries:
        parts = parse_code(entry.values["device_code"] or "")
        if parts is None:
            continue
        units.setdefault(parts.unit, Counter())[entry.town] += 1
        if (network := entry.values["access_network"]) is not None:
            told[entry.category, _same_network(parts.network, network)] += 1
    overall = _uses_network(
        sum(told[one, True] for one in Category), sum(told[one, False] for one in Category), rules
    )
    using = {
        category
        for category in Category
        if _or_else(_uses_network(told[category, True], told[category, False], rules), overall)
    }
    return CodeHabits(network_categories=frozenset(using), unit_towns=_unit_towns(units, rules))


def _same_network(digit: str, network: str) -> bool:
    return _SAME_NETWORK.get(digit, digit) == _SAME_NETWORK.get(network, network)


def _uses_network(agree: int, differ: int, rules: Rules) -> bool | None:
    """Whether the 14th digit is the network; None where too few points tell."""
    points = agree + differ
    if points < rules.codes.network_min_points:
        return None
    return agree > points * rules.codes.network_min_share


def _or_else(answer: bool | None, otherwise: bool | None) -> bool:
    return bool(otherwise if answer is None else answer)


def _unit_towns(units: Mapping[str, Counter[str]], rules: Rules) -> dict[str, str]:
    towns: dict[str, str] = {}
    for unit, counts in units.items():
        town, count = counts.most_common(1)[0]
        points = counts.total()
        if unit in rules.codes.county_units or points < rules.codes.unit_min_points:
            continue
        if count >= points * rules.codes.unit_min_share:
            towns[unit] = town
    return towns


def check_code(entry: Entry, habits: CodeHabits, rules: Rules) -> Iterator[Finding]:
    """What is wrong with the device code, and what it contradicts."""
    code = entry.values["device_code"]
    if not code:
        return
    parts = parse_code(code)
    if parts is None:
        yield found(rules, Kind.CODE_STRUCTURE, entry, "device_code", length=len(code))
        return
    if parts.region not in rules.county.device_code_regions:
        yield found(
            rules,
            Kind.CODE_REGION,
            entry,
            "device_code",
            region=parts.region,
            county=rules.county.code,
        )
    if parts.industry not in rules.device_codes.industries:
        yield found(rules, Kind.CODE_INDUSTRY, entry, "device_code", industry=parts.industry)
    yield from _check_type(entry, parts, rules)
    yield from _check_network(entry, parts, habits, rules)
    town = habits.unit_towns.get(parts.unit, entry.town)
    if town != entry.town:
        yield found(rules, Kind.CODE_TOWN, entry, "device_code", unit=parts.unit, town=town)


def _check_type(entry: Entry, parts: CodeParts, rules: Rules) -> Iterator[Finding]:
    known = rules.device_codes.types.get(parts.type)
    if known is None:
        yield found(rules, Kind.CODE_TYPE, entry, "device_code", type=parts.type)
        return
    name, is_camera = known
    if not is_camera:
        yield found(rules, Kind.CODE_NOT_CAMERA, entry, "device_code", type=parts.type, device=name)
        return
    camera_type = entry.values["camera_type"]
    allowed = rules.codes.camera_types.get(parts.type)
    if allowed is not None and camera_type is not None and camera_type not in allowed:
        yield found(
            rules,
            Kind.CODE_CAMERA_TYPE,
            entry,
            "camera_type",
            type=parts.type,
            device=name,
        )


def _check_network(
    entry: Entry, parts: CodeParts, habits: CodeHabits, rules: Rules
) -> Iterator[Finding]:
    network = entry.values["access_network"]
    if network is None or entry.category not in habits.network_categories:
        return
    if not _same_network(parts.network, network):
        yield found(
            rules,
            Kind.CODE_NETWORK,
            entry,
            "access_network",
            digit=parts.network,
            network=rules.device_codes.networks.get(parts.network, parts.network),
            proposal={"access_network": parts.network},
        )


def check_parent(entry: Entry, rules: Rules) -> Iterator[Finding]:
    """The code of the device above: not the point's own, and that of a recorder or a platform."""
    parent = entry.values["parent_device"]
    if not parent:
        return
    parts = parse_code(parent)
    if parent == entry.values["device_code"] or (
        parts is not None and parts.type not in rules.codes.parent_types
    ):
        device = rules.device_codes.types.get(parts.type, ("", False))[0] if parts else ""
        yield found(
            rules,
            Kind.CODE_PARENT,
            entry,
            "parent_device",
            type=parts.type if parts else "",
            device=device,
        )


def check_division(entry: Entry, town_codes: Mapping[str, str], rules: Rules) -> Iterator[Finding]:
    """The division code: of this county, and where it names a town, of the record's town."""
    code = entry.values["division_code"]
    if not code:
        return
    county = rules.county.code
    if not (code.startswith(county) or county.startswith(code)):
        proposal = {"division_code": town_codes[entry.town]} if entry.town in town_codes else {}
        yield found(
            rules, Kind.DIVISION_REGION, entry, "division_code", county=county, proposal=proposal
        )
        return
    if len(code) < _TOWN_DIGITS or entry.town not in town_codes:
        return
    named = next((name for name, one in town_codes.items() if one == code[:_TOWN_DIGITS]), "")
    if named == entry.town:
        return
    yield found(
        rules,
        Kind.DIVISION_TOWN,
        entry,
        "division_code",
        named=named or code[:_TOWN_DIGITS],
        proposal=_division_proposal(entry, named, town_codes),
    )


def _division_proposal(entry: Entry, named: str, town_codes: Mapping[str, str]) -> dict[str, str]:
    """Town or code, whichever name and address speak against."""
    texts = (entry.values["device_name"] or "", entry.values["installation_address"] or "")
    here = any(entry.town in text for text in texts)
    if named and not here and any(named in text for text in texts):
        return {"town": named}
    return {"division_code": town_codes[entry.town]}
