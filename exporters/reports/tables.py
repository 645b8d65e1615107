"""All tables of a report, in order. Pure."""

from __future__ import annotations

from collections.abc import Callable

from camera_registry.assessment.report import Report
from exporters.reports import figures, lists
from exporters.reports.cells import Table, Words

_MAKERS: tuple[Callable[[Report, Words], Table], ...] = (
    figures.summary,
    figures.ranking,
    figures.groups,
    figures.villages,
    figures.reported,
    lists.blind,
    lists.key_locations,
    lists.other_places,
    lists.outages,
    lists.cameras,
    lists.upstreams,
    lists.fragile,
    lists.corrections,
    lists.days,
    figures.figures,
)


def tables(report: Report, words: Words) -> tuple[Table, ...]:
    """All tables of a report, the summary first."""
    return tuple(make(report, words) for make in _MAKERS)
