"""All checks of an archive together. Pure: records, places and device facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from camera_registry.lint.codes import check_code, check_division, check_parent, learn_codes
from camera_registry.lint.completeness import Fullness, check_completeness, fullness
from camera_registry.lint.coordinates import check_position, inside
from camera_registry.lint.duplicates import check_duplicates
from camera_registry.lint.facts import check_facts
from camera_registry.lint.names import check_name, learn_names
from camera_registry.lint.places import check_places
from camera_registry.lint.rules import Rules
from camera_registry.lint.shifts import check_shifts
from camera_registry.lint.single import check_record
from camera_registry.lint.vocabulary import DeviceFacts, Entry, Finding, Grade, Kind, Place
from camera_registry.lint.whereabouts import check_towns
from camera_registry.rollups import Ratio
from camera_registry.vocabulary import Category

# 设备状态 3 拆除: such a record is history, and no fault in it is to be repaired.
_RETIRED = "3"
_ORDER = {grade: index for index, grade in enumerate(Grade)}
_KIND_ORDER = {kind: index for index, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What is checked. `town_codes` are the 9-digit codes of the county's towns by name, `facts`
    are by camera id."""

    entries: Sequence[Entry]
    town_codes: Mapping[str, str]
    places: Sequence[Place] = ()
    facts: Mapping[int, DeviceFacts] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What was found: the gravest first, then by kind, town and label.

    `qualified` is the archive rate 档案合格率 by (town, category): records without an error ÷
    records, the retired left out.
    """

    findings: tuple[Finding, ...]
    qualified: Mapping[tuple[str, Category], Ratio]
    fullness: tuple[Fullness, ...]

    @property
    def records(self) -> int:
        """Records in use, which were checked."""
        return int(sum(ratio.whole for ratio in self.qualified.values()))


def lint(archive: Archive, rules: Rules, today: date | None = None) -> LintReport:
    """Check an archive. `today` is the day by which dates are past or future."""
    entries = [one for one in archive.entries if one.values["device_status"] != _RETIRED]
    findings = list(_findings(entries, archive, rules, today))
    findings.sort(key=_order)
    bad = unqualified(findings)
    return LintReport(
        findings=tuple(findings),
        qualified=_qualified(entries, bad, list(archive.town_codes)),
        fullness=fullness(entries, rules),
    )


def unqualified(findings: Iterable[Finding]) -> frozenset[int]:
    """The ids of the records with an error."""
    return frozenset(
        one.camera_id for one in findings if one.camera_id is not None and one.grade is Grade.ERROR
    )


def _order(finding: Finding) -> tuple[object, ...]:
    return (
        _ORDER[finding.grade],
        _KIND_ORDER[finding.kind],
        finding.town,
        finding.label,
        finding.field,
    )


def _findings(
    entries: Sequence[Entry], archive: Archive, rules: Rules, today: date | None
) -> Iterator[Finding]:
    codes = learn_codes(entries, rules)
    towns = tuple(archive.town_codes)
    names = learn_names(entries, towns, rules)
    for entry in entries:
        yield from check_completeness(entry, archive.town_codes, rules)
        yield from check_code(entry, codes, rules)
        yield from check_parent(entry, rules)
        yield from check_division(entry, archive.town_codes, rules)
        yield from check_position(entry, rules)
        yield from check_record(entry, towns, today, rules)
        yield from check_name(entry, names, rules)
        if entry.id in archive.facts:
            yield from check_facts(entry, archive.facts[entry.id], rules)
    yield from check_duplicates(entries, rules)
    placed = [entry for entry in entries if inside(entry, rules.county)]
    shifts = list(check_shifts(placed, rules))
    yield from shifts
    shifted = {finding.camera_id for finding in shifts}
    yield from check_towns([one for one in placed if one.id not in shifted], rules)
    yield from check_places(archive.places, rules)


def _qualified(
    entries: Iterable[Entry], bad: frozenset[int], towns: Sequence[str]
) -> dict[tuple[str, Category], Ratio]:
    """In the order of the towns, and of the categories."""
    counts: dict[tuple[str, Category], list[int]] = {}
    for entry in entries:
        count = counts.setdefault((entry.town, entry.category), [0, 0])
        count[0] += entry.id not in bad
        count[1] += 1
    order = {
        (town, category): (at, n)
        for at, town in enumerate(towns)
        for n, category in enumerate(Category)
    }
    last = (len(towns), 0)
    return {
        key: Ratio(part=counts[key][0], whole=counts[key][1])
        for key in sorted(counts, key=lambda key: (order.get(key, last), key))
    }
