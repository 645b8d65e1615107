"""The archive page (档案): what the check found, by town and kind. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from camera_registry.lint import Finding, Fullness, Grade, Kind, summarise
from camera_registry.rollups import Ratio
from camera_registry.vocabulary import Category
from exporters.archive_api import ArchiveCheck
from exporters.lint_document import heading_of, keep_text, proposal_text, why_text
from exporters.page import environment, frame
from exporters.words import Words

# A town that never kept its archive has thousands; the page stays one to be read, and shows some
# of every kind.
MAX_OF_KIND = 10
_REFRESH_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TownRow:
    """One line of the table of towns: rates by category (None where it has none of it)."""

    name: str
    rate: Ratio
    rates: tuple[Ratio | None, ...]
    grades: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """One line of the table of kinds."""

    kind: Kind
    grade: Grade
    count: int
    fixable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One required field that is not full, by category."""

    heading: str
    shares: tuple[Ratio | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding as it is told."""

    finding: Finding
    field: str
    why: str
    keep: str
    proposal: str


def render_archive(
    check: ArchiveCheck | None, words: Words, now: datetime, town: str | None = None
) -> str:
    """The page in the words' language, of one town or (None) the city; before the first check that
    it is under way."""
    common = {**frame(words, now), "refresh_s": _REFRESH_S}
    if check is None:
        return environment().get_template("archive_waiting.html").render(**common)
    report = check.report
    towns = tuple(dict.fromkeys(name for name, _ in report.qualified))
    chosen = town if town in towns else None
    found = [one for one in report.findings if chosen in (None, one.town)]
    listed = _some_of_each(found)
    return (
        environment()
        .get_template("archive.html")
        .render(
            **common,
            checked_at=check.checked_at,
            chosen=chosen,
            query=f"&town={chosen}" if chosen else "",
            rate=_rate(check, chosen),
            counted=summarise(found),
            grades=tuple(Grade),
            categories=tuple(Category),
            towns=[_town_row(check, name) for name in towns],
            city=_town_row(check, None),
            kinds=_kind_rows(found),
            fields=_field_rows(report.fullness, words),
            findings=[_finding_row(one, words) for one in listed],
            more=len(found) - len(listed),
        )
    )


def _some_of_each(found: Sequence[Finding]) -> list[Finding]:
    counts: Counter[Kind] = Counter()
    listed: list[Finding] = []
    for one in found:
        counts[one.kind] += 1
        if counts[one.kind] <= MAX_OF_KIND:
            listed.append(one)
    return listed


def _rate(check: ArchiveCheck, town: str | None, category: Category | None = None) -> Ratio:
    return sum(
        (
            ratio
            for (name, of), ratio in check.report.qualified.items()
            if town in (None, name) and category in (None, of)
        ),
        start=Ratio(),
    )


def _town_row(check: ArchiveCheck, town: str | None) -> TownRow:
    rates = [_rate(check, town, category) for category in Category]
    counts = check.summary.grades if town is None else check.summary.towns.get(town, {})
    return TownRow(
        name=town or "",
        rate=_rate(check, town),
        rates=tuple(ratio if ratio.whole else None for ratio in rates),
        grades=tuple(counts.get(grade, 0) for grade in Grade),
    )


def _kind_rows(found: Sequence[Finding]) -> list[KindRow]:
    """The gravest first, and of a grade the most frequent."""
    counted, fixable = summarise(found), summarise(one for one in found if one.fixable)
    grades = {one.kind: one.grade for one in found}
    order = list(Grade)
    rows = [
        KindRow(kind=kind, grade=grades[kind], count=count, fixable=fixable.kinds.get(kind, 0))
        for kind, count in counted.kinds.items()
    ]
    return sorted(rows, key=lambda row: (order.index(row.grade), -row.count))


def _field_rows(listed: Sequence[Fullness], words: Words) -> list[FieldRow]:
    shares = {(one.field, one.category): one for one in listed}
    lacking = dict.fromkeys(
        one.field for one in listed if one.required and one.filled < one.records
    )
    return [
        FieldRow(
            heading=heading_of(name, words),
            shares=tuple(_share(shares.get((name, category))) for category in Category),
        )
        for name in lacking
    ]


def _share(one: Fullness | None) -> Ratio | None:
    return Ratio(part=one.filled, whole=one.records) if one else None


def _finding_row(one: Finding, words: Words) -> FindingRow:
    return FindingRow(
        finding=one,
        field=heading_of(one.field, words),
        why=why_text(one, words),
        keep=keep_text(one, words),
        proposal=proposal_text(one, words),
    )
