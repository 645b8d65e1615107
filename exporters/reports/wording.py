"""What the report says in words, the same on paper and on the screen. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from camera_registry.assessment.report import Report
from camera_registry.assessment.vocabulary import Indicator, Scope
from exporters.reports.cells import Column, Form, Words
from exporters.reports.shown import shown


def heading_of(column: Column, words: Words) -> str:
    """An indicator's column is headed by the indicator; hours say so."""
    if column.key.startswith("indicator."):
        suffix = words["report.in_hours"] if column.form is Form.HOURS else ""
        return words[column.key] + suffix
    return words[f"report.column.{column.key}"]


def opening(report: Report, words: Words) -> str:
    """The paragraph that says what matters."""
    city = report.group(Scope.CITY)
    places = [one for one in report.places if one.location_kind is not None]
    figures = city.figures if city is not None else {}
    online = figures.get(Indicator.ONLINE)
    text = words["report.opening"].format(
        points=city.points if city is not None else 0,
        online=shown(online.value if online else None, Form.SHARE),
        seen=shown(online.seen.value if online else None, Form.SHARE),
        locations=len(places),
        blind=len(report.blind),
        outages=len(report.outages),
        unrepaired=sum(one.repaired_at is None for one in report.outages),
    )
    if online is not None and online.value != online.value_observed:
        as_observed = shown(online.value_observed, Form.SHARE)
        text += words["report.opening_observed"].format(online=as_observed)
    return text


def made_line(made_at: datetime, words: Words, zone: tzinfo, *, late: bool) -> str:
    """When the report was made, and whether it was late."""
    key = "report.made_late" if late else "report.made_at"
    return words[key].format(at=shown(made_at, Form.MOMENT, zone))
