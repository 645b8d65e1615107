"""What the archive check found, told: the text of a finding, and the JSON document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from camera_registry.fields import fields
from camera_registry.lint import Finding, Fullness, Kind, LintReport, Summary, summarise
from camera_registry.lint.telling import shown_value
from camera_registry.rollups import Ratio
from camera_registry.vocabulary import Category
from exporters.words import Words

Json = dict[str, Any]


def heading_of(field: str, words: Words) -> str:
    """A field's heading in the words' language."""
    if not field:
        return ""
    one = fields()[field]
    return one.heading if words.language == "zh_CN" else one.heading_en


def why_text(finding: Finding, words: Words) -> str:
    """Why it was found."""
    key = f"lint.why.{finding.kind.value}"
    if finding.kind is Kind.DATES:
        key = f"{key}.{finding.details['reason']}"
    field = heading_of(finding.field, words)
    return words.fill(key, **{**finding.details, "value": finding.value, "field": field})


def keep_text(finding: Finding, words: Words) -> str:
    """Which of several records to keep and why; empty where that is not the question."""
    if not finding.keep:
        return ""
    return words.fill(f"lint.keep.{finding.details['reason']}", keep=finding.keep)


def proposal_text(finding: Finding, words: Words) -> str:
    """What to change to what, as one line."""
    return "; ".join(
        f"{heading_of(name, words)}: {shown_value(name, value)}"
        for name, value in finding.proposal.items()
    )


def finding_document(finding: Finding, words: Words) -> Json:
    """One finding. `camera` is null where it is about a place, which `place` names then."""
    is_place = finding.camera_id is None
    return {
        "kind": finding.kind.value,
        "grade": finding.grade.value,
        "id": finding.camera_id,
        "camera": None if is_place else finding.label,
        "place": finding.label if is_place else None,
        "name": finding.name,
        "town": finding.town,
        "village": finding.village,
        "category": finding.category.value if finding.category else None,
        "field": finding.field or None,
        "heading": heading_of(finding.field, words) or None,
        "value": finding.value,
        "title": words[f"lint.kind.{finding.kind.value}"],
        "why": why_text(finding, words),
        "proposal": {name: _plain(name, value) for name, value in finding.proposal.items()},
        "others": list(finding.others),
        "keep": finding.keep or None,
        "keep_why": keep_text(finding, words) or None,
    }


def _plain(name: str, value: Any) -> Any:
    return value if isinstance(value, int | float) or value is None else shown_value(name, value)


def summary_document(found: Summary) -> Json:
    """Findings counted; `points` are the records with a finding of a grade."""
    return {
        "findings": found.total,
        "fixable": found.fixable,
        "grades": {grade.value: count for grade, count in found.grades.items()},
        "points": {grade.value: count for grade, count in found.points.items()},
        "kinds": {kind.value: count for kind, count in found.kinds.items()},
        "towns": {
            town: {grade.value: count for grade, count in counts.items()}
            for town, counts in found.towns.items()
        },
    }


def lint_document(report: LintReport, words: Words, day: date) -> Json:
    """What `xueliang lint --json` prints."""
    whole = sum(report.qualified.values(), start=Ratio())
    return {
        "date": day.isoformat(),
        "records": report.records,
        "archive_ratio": whole.value,
        "summary": summary_document(summarise(report.findings)),
        "archive_ratios": rates_document(report.qualified),
        "completeness": fullness_document(report.fullness, words),
        "findings": [finding_document(one, words) for one in report.findings],
    }


def fullness_document(listed: Iterable[Fullness], words: Words) -> list[Json]:
    """How many records of each category have each field filled in."""
    return [
        {
            "category": one.category.value,
            "field": one.field,
            "heading": heading_of(one.field, words),
            "required": one.required,
            "filled": one.filled,
            "records": one.records,
        }
        for one in listed
    ]


def rates_document(qualified: Mapping[tuple[str, Category], Ratio]) -> list[Json]:
    """The archive rate of each town and category."""
    return [
        {
            "town": town,
            "category": category.value,
            "qualified": int(ratio.part),
            "records": int(ratio.whole),
            "ratio": ratio.value,
        }
        for (town, category), ratio in qualified.items()
    ]
