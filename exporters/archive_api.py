"""The JSON of `/api/v1/archive/…`: what the archive check found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from camera_registry.lint import Grade, Kind, LintReport, Summary, summarise
from camera_registry.rollups import Ratio
from camera_registry.vocabulary import Category
from exporters.api import Filter, Json, iso_time, paged, parse_query
from exporters.lint_document import (
    finding_document,
    fullness_document,
    rates_document,
    summary_document,
)
from exporters.words import Words

FINDING_FILTERS = (
    Filter(name="town", text="Name of a town", values=None, test=lambda f, v: f.town == v),
    Filter(name="grade", text="Grade", values=Grade, test=lambda f, v: f.grade == v),
    Filter(name="kind", text="Kind of finding", values=Kind, test=lambda f, v: f.kind == v),
    Filter(
        name="category",
        text="Category of the point",
        values=Category,
        test=lambda f, v: f.category == v,
    ),
)


@dataclass(frozen=True, kw_only=True)
class ArchiveCheck:
    """The newest check of the archive, as the service holds it."""

    report: LintReport
    checked_at: datetime

    @cached_property
    def summary(self) -> Summary:
        return summarise(self.report.findings)

    @cached_property
    def rate(self) -> Ratio:
        """档案合格率 of the city."""
        return sum(self.report.qualified.values(), start=Ratio())


def findings(check: ArchiveCheck, given: Mapping[str, str], words: Words) -> Json:
    """A page of the findings, the gravest first.

    Raises:
        BadQueryError: an unknown parameter, or a value that it does not take.
    """
    query = parse_query(given, FINDING_FILTERS)
    return {
        "checked_at": iso_time(check.checked_at),
        **paged(
            check.report.findings,
            query,
            FINDING_FILTERS,
            lambda one: finding_document(one, words),
        ),
    }


def summary(check: ArchiveCheck, words: Words) -> Json:
    """The archive rate, the findings counted, and how full each field is."""
    return {
        "checked_at": iso_time(check.checked_at),
        "records": check.report.records,
        "archive_ratio": check.rate.value,
        "summary": summary_document(check.summary),
        "archive_ratios": rates_document(check.report.qualified),
        "completeness": fullness_document(check.report.fullness, words),
    }
