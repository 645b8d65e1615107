"""The tables of figures: of the city, its towns and all groups. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from camera_registry.assessment.report import Report, Score
from camera_registry.assessment.vocabulary import (
    Figure,
    Group,
    Indicator,
    Quotient,
    Scope,
    Source,
    Unit,
)
from exporters.reports.cells import Cell, Column, Form, Table, Words

# The indicators as columns, in the order in which they are shown, with the form of their values.
INDICATORS: Mapping[Indicator, Form] = {
    Indicator.ONLINE: Form.SHARE,
    Indicator.ONLINE_SAMPLED: Form.SHARE,
    Indicator.INTACT: Form.SHARE,
    Indicator.PICTURE: Form.SHARE,
    Indicator.CLOCK: Form.SHARE,
    Indicator.ARCHIVE: Form.SHARE,
    Indicator.COVERAGE: Form.SHARE,
    Indicator.GRID_COVERAGE: Form.SHARE,
    Indicator.VILLAGE_COVERAGE: Form.SHARE,
    Indicator.COVERED_TIME: Form.SHARE,
    Indicator.MTTR: Form.HOURS,
    Indicator.IN_TIME: Form.SHARE,
    Indicator.LONGEST_OUTAGE: Form.HOURS,
}


def summary(report: Report, words: Words) -> Table:
    """The city's figures, one a row, with what they were made of."""
    city = report.group(Scope.CITY)
    figures = city.figures if city is not None else {}
    rows = [
        (
            words[f"indicator.{one}"],
            *_hours_or_share(figures[one]),
            figures[one].corrected.numerator,
            figures[one].corrected.denominator,
            words[f"report.unit.{figures[one].unit}"],
            figures[one].seen.value,
        )
        for one in INDICATORS
        if one in figures
    ]
    columns = (
        Column(key="indicator", width=20),
        Column(key="value", form=Form.SHARE),
        Column(key="hours", form=Form.HOURS),
        Column(key="change", form=Form.CHANGE),
        Column(key="observed", form=Form.SHARE),
        Column(key="numerator", form=Form.COUNT, width=20),
        Column(key="denominator", form=Form.COUNT, width=20),
        Column(key="unit", width=14),
        Column(key="seen", form=Form.SHARE),
    )
    return Table(key="summary", columns=columns, rows=tuple(rows))


def _hours_or_share(figure: Figure) -> tuple[Cell, Cell, Cell, Cell]:
    """Share, hours, change of the share, and the share without corrections."""
    if figure.unit is Unit.DURATION:
        return None, _hours_of(figure), None, None
    return figure.value, None, figure.change, figure.value_observed


def _hours_of(figure: Figure) -> Fraction | None:
    return figure.value / 3600 if figure.value is not None else None


def _value(group: Group | None, indicator: Indicator) -> Fraction | None:
    figure = group.figures.get(indicator) if group is not None else None
    if figure is None:
        return None
    return _hours_of(figure) if INDICATORS[indicator] is Form.HOURS else figure.value


def _figure_columns() -> tuple[Column, ...]:
    return tuple(Column(key=f"indicator.{one}", form=form) for one, form in INDICATORS.items())


def _figures(group: Group | None) -> tuple[Cell, ...]:
    return tuple(_value(group, one) for one in INDICATORS)


def ranking(report: Report, words: Words) -> Table:  # noqa: ARG001 - names of towns stand as they are
    """The towns by rank; with no score, in their own order."""
    scores = {score.town: score for score in report.scores}
    ordered = [score.town for score in report.scores]
    ordered += [town for town in report.towns if town not in scores]
    rows = [_town_row(report, town, scores.get(town)) for town in ordered]
    columns = (
        Column(key="rank", form=Form.COUNT, width=6),
        Column(key="town"),
        Column(key="score", form=Form.SCORE),
        Column(key="score_change", form=Form.SCORE),
        Column(key="points", form=Form.COUNT),
        *_figure_columns(),
        Column(key="seen", form=Form.SHARE),
        Column(key="online_change", form=Form.CHANGE),
        Column(key="online_observed", form=Form.SHARE),
    )
    return Table(key="towns", columns=columns, rows=tuple(rows))


def _town_row(report: Report, town: str, score: Score | None) -> tuple[Cell, ...]:
    group = report.group(Scope.TOWN, town)
    online = group.figures.get(Indicator.ONLINE) if group is not None else None
    return (
        score.rank if score else None,
        town,
        score.score if score else None,
        score.change if score else None,
        group.points if group is not None else 0,
        *_figures(group),
        online.seen.value if online else None,
        online.change if online else None,
        online.value_observed if online else None,
    )


_SHOWN_SCOPES = (Scope.CATEGORY, Scope.KIND, Scope.MAINTAINER, Scope.VENDOR, Scope.MODEL)


def group_name(group: Group, words: Words) -> str:
    """The name of a group for people."""
    if group.scope is Scope.CATEGORY:
        return words[f"category.{group.name}"]
    if group.scope is Scope.KIND:
        return words[f"kind.{group.name}"] if group.name else words["report.no_kind"]
    if group.scope is Scope.CITY:
        return words["scope.city"]
    return group.name or words["report.not_archived"]


def _group_table(key: str, report: Report, words: Words, scopes: Iterable[Scope]) -> Table:
    wanted = frozenset(scopes)
    rows = [
        (
            words[f"scope.{one.scope}"],
            group_name(one, words),
            one.town,
            words[f"report.source.{one.source}"],
            one.points,
            *_figures(one),
        )
        for one in report.groups
        if one.scope in wanted
    ]
    columns = (
        Column(key="scope"),
        Column(key="name", width=20),
        Column(key="town"),
        Column(key="source"),
        Column(key="points", form=Form.COUNT),
        *_figure_columns(),
    )
    return Table(key=key, columns=columns, rows=tuple(rows))


def groups(report: Report, words: Words) -> Table:
    """By category, kind, maintainer, vendor and model; reported points apart."""
    return _group_table("groups", report, words, _SHOWN_SCOPES)


def villages(report: Report, words: Words) -> Table:
    """By village and community."""
    return _group_table("villages", report, words, (Scope.VILLAGE,))


def reported(report: Report, words: Words) -> Table:
    """What platforms say of the points that only they reach."""
    said = [one for one in report.groups if one.source is Source.REPORTED]
    rows = [
        (
            words[f"scope.{one.scope}"],
            group_name(one, words),
            one.points,
            _value(one, Indicator.ONLINE),
        )
        for one in said
        if one.scope in (Scope.CITY, Scope.TOWN)
    ]
    columns = (
        Column(key="scope"),
        Column(key="name", width=20),
        Column(key="points", form=Form.COUNT),
        Column(key="indicator.online", form=Form.SHARE),
    )
    return Table(key="reported", columns=columns, rows=tuple(rows))


def figures(report: Report, words: Words) -> Table:
    """Every figure of every group, in whole numbers: what all shares can be traced to."""
    columns = (
        Column(key="scope"),
        Column(key="name", width=20),
        Column(key="town"),
        Column(key="source"),
        Column(key="indicator", width=20),
        Column(key="unit", width=14),
        *(
            Column(key=f"{which}_{part}", form=Form.COUNT, width=18)
            for which in ("corrected", "observed", "seen", "previous")
            for part in ("numerator", "denominator")
        ),
    )
    rows = [
        (
            words[f"scope.{group.scope}"],
            group_name(group, words),
            group.town,
            words[f"report.source.{group.source}"],
            words[f"indicator.{one}"],
            words[f"report.unit.{figure.unit}"],
            *_parts(figure.corrected),
            *_parts(figure.observed),
            *_parts(figure.seen),
            *_parts(figure.previous),
        )
        for group in report.groups
        for one, figure in group.figures.items()
    ]
    return Table(key="figures", columns=columns, rows=tuple(rows))


def _parts(quotient: Quotient | None) -> tuple[Cell, Cell]:
    return (quotient.numerator, quotient.denominator) if quotient is not None else (None, None)
