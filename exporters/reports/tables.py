"""From a report's figures to tables: what stands in which column, in order. Pure.

A table knows nothing of files; each writer shows its cells by their `Form`. Shares and scores stay
exact fractions, durations are hours, moments aware.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from fractions import Fraction

from camera_registry.assessment.vocabulary import (
    CameraRow,
    CorrectionRow,
    Figure,
    FragileRow,
    Group,
    Indicator,
    OutageRow,
    PlaceKind,
    PlaceRow,
    Quotient,
    Report,
    Scope,
    Score,
    Source,
    Unit,
    UpstreamRow,
)

Words = Mapping[str, str]
Cell = str | int | Fraction | datetime | date | None
_US_PER_HOUR = 3_600_000_000


class Form(Enum):
    """How a cell is shown."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    # A difference of two shares.
    CHANGE = "change"
    HOURS = "hours"
    SCORE = "score"
    MOMENT = "moment"
    DAY = "day"
    DEGREES = "degrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`key` names the heading, `report.column.<key>` in the catalogues."""

    key: str
    form: Form = Form.TEXT
    width: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`key` names it: `report.table.<key>`. Every row has a cell for each column."""

    key: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


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


def tables(report: Report, words: Words) -> tuple[Table, ...]:
    """All tables of a report, the summary first."""
    return tuple(make(report, words) for make in _MAKERS)


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


def key_locations(report: Report, words: Words) -> Table:
    """Every key location, the blind ones first."""
    places = [one for one in report.places if one.kind is PlaceKind.KEY_LOCATION]
    return _place_table("key_locations", sorted(places, key=_blind_first), words)


def other_places(report: Report, words: Words) -> Table:
    """Grids and villages, the blind ones first."""
    places = [one for one in report.places if one.kind is not PlaceKind.KEY_LOCATION]
    return _place_table("places", sorted(places, key=_blind_first), words)


def blind(report: Report, words: Words) -> Table:
    """The key locations that nobody sees, the longest blind first."""
    return _place_table("blind", sorted(report.blind, key=_blind_first), words)


def _blind_first(place: PlaceRow) -> tuple[bool, float]:
    since = place.blind_since
    return since is None, since.timestamp() if since is not None else 0.0


def _place_table(key: str, places: Iterable[PlaceRow], words: Words) -> Table:
    rows = [
        (
            words[f"kind.{one.location_kind}"] if one.location_kind else words[f"place.{one.kind}"],
            one.name,
            one.town,
            one.points,
            words[f"state.{one.state}"],
            one.blind_since,
            words["report.or_earlier"] if one.blind_since_before else "",
            Fraction(one.covered_us, _US_PER_HOUR),
            Fraction(one.blind_us, _US_PER_HOUR),
            Fraction(one.unknown_us, _US_PER_HOUR),
        )
        for one in places
    ]
    columns = (
        Column(key="kind", width=14),
        Column(key="name", width=26),
        Column(key="town"),
        Column(key="points", form=Form.COUNT),
        Column(key="state"),
        Column(key="blind_since", form=Form.MOMENT, width=18),
        Column(key="remark"),
        Column(key="covered_hours", form=Form.HOURS),
        Column(key="blind_hours", form=Form.HOURS),
        Column(key="unknown_hours", form=Form.HOURS),
    )
    return Table(key=key, columns=columns, rows=tuple(rows))


def outages(report: Report, words: Words) -> Table:
    """The outages that touch the period, the longest first."""
    columns = (
        Column(key="camera", width=24),
        Column(key="name", width=26),
        Column(key="town"),
        Column(key="village"),
        Column(key="category"),
        Column(key="kind", width=14),
        Column(key="maintainer", width=18),
        Column(key="began_at", form=Form.MOMENT, width=18),
        Column(key="repaired_at", form=Form.MOMENT, width=18),
        Column(key="offline_hours", form=Form.HOURS),
        Column(key="in_period_hours", form=Form.HOURS),
        Column(key="limit_hours", form=Form.HOURS),
        Column(key="in_time"),
    )
    rows = tuple(_outage(one, words) for one in report.outages)
    return Table(key="outages", columns=columns, rows=rows)


def _outage(one: OutageRow, words: Words) -> tuple[Cell, ...]:
    return (
        one.label,
        one.name,
        one.town,
        one.village,
        words[f"category.{one.category}"],
        words[f"kind.{one.kind}"] if one.kind else "",
        one.maintainer,
        one.began_at,
        one.repaired_at,
        Fraction(one.offline_us, _US_PER_HOUR),
        Fraction(one.in_period_us, _US_PER_HOUR),
        Fraction(one.limit_us, _US_PER_HOUR),
        "" if one.in_time is None else words["report.yes" if one.in_time else "report.no"],
    )


def cameras(report: Report, words: Words) -> Table:
    """Every point in the period."""
    columns = (
        Column(key="camera", width=24),
        Column(key="name", width=26),
        Column(key="town"),
        Column(key="village"),
        Column(key="grid", width=18),
        Column(key="category"),
        Column(key="kind", width=14),
        Column(key="source"),
        Column(key="upstream", width=20),
        Column(key="maintainer", width=18),
        Column(key="vendor"),
        Column(key="model"),
        Column(key="status"),
        Column(key="since", form=Form.MOMENT, width=18),
        Column(key="indicator.online", form=Form.SHARE),
        Column(key="indicator.online_sampled", form=Form.SHARE),
        Column(key="seen", form=Form.SHARE),
        Column(key="indicator.intact", form=Form.SHARE),
        Column(key="indicator.picture", form=Form.SHARE),
        Column(key="outages", form=Form.COUNT),
        Column(key="offline_hours", form=Form.HOURS),
        Column(key="longest_hours", form=Form.HOURS),
        Column(key="clock_offset_ms", form=Form.COUNT),
        Column(key="archive_complete"),
    )
    return Table(
        key="cameras", columns=columns, rows=tuple(_camera(one, words) for one in report.cameras)
    )


def _camera(one: CameraRow, words: Words) -> tuple[Cell, ...]:
    return (
        one.label,
        one.name,
        one.town,
        one.village,
        one.grid,
        words[f"category.{one.category}"],
        words[f"kind.{one.kind}"] if one.kind else "",
        words[f"report.source.{one.source}"],
        one.upstream,
        one.maintainer,
        one.vendor,
        one.model,
        words[f"status.{one.status}"],
        one.since,
        one.online.value,
        one.sampled.value,
        one.seen.value,
        one.intact.value,
        one.pictures.value,
        one.outages,
        Fraction(one.offline_us, _US_PER_HOUR),
        Fraction(one.longest_outage_us, _US_PER_HOUR),
        one.clock_offset_ms,
        words["report.yes" if one.archive_complete else "report.no"],
    )


def upstreams(report: Report, words: Words) -> Table:
    """Which devices would blind the most key locations."""
    columns = (
        Column(key="upstream", width=24),
        Column(key="upstream_kind"),
        Column(key="town"),
        Column(key="points", form=Form.COUNT),
        Column(key="would_blind", form=Form.COUNT),
    )
    rows = tuple(_upstream(one, words) for one in report.upstreams)
    return Table(key="upstreams", columns=columns, rows=rows)


def _upstream(one: UpstreamRow, words: Words) -> tuple[Cell, ...]:
    return one.name, words[f"cause.{one.kind}"], one.town, one.points, one.blinded


def fragile(report: Report, words: Words) -> Table:
    """Key locations that hang on one camera or one device."""
    columns = (
        Column(key="name", width=26),
        Column(key="town"),
        Column(key="kind", width=14),
        Column(key="points", form=Form.COUNT),
        Column(key="hanging", width=16),
        Column(key="on", width=26),
    )
    rows = tuple(_fragile(one, words) for one in report.fragile)
    return Table(key="fragile", columns=columns, rows=rows)


def _fragile(one: FragileRow, words: Words) -> tuple[Cell, ...]:
    hanging = words[f"report.hanging.{one.hanging}"]
    return one.name, one.town, words[f"kind.{one.location_kind}"], one.points, hanging, one.on


def corrections(report: Report, words: Words) -> Table:
    """What was judged otherwise than observed, by whom and why."""
    columns = (
        Column(key="subject", width=26),
        Column(key="began_at", form=Form.MOMENT, width=18),
        Column(key="ended_at", form=Form.MOMENT, width=18),
        Column(key="judgement"),
        Column(key="reason", width=30),
        Column(key="by"),
        Column(key="at", form=Form.MOMENT, width=18),
        Column(key="points", form=Form.COUNT),
        Column(key="camera_hours", form=Form.HOURS),
    )
    rows = tuple(_correction(one, words) for one in report.corrections)
    return Table(key="corrections", columns=columns, rows=rows)


def _correction(row: CorrectionRow, words: Words) -> tuple[Cell, ...]:
    one = row.correction
    return (
        one.subject,
        one.start,
        one.end,
        words[f"report.judgement.{one.judgement}"],
        one.reason,
        one.by,
        one.at,
        row.points,
        Fraction(row.time_us, _US_PER_HOUR),
    )


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


def days(report: Report, words: Words) -> Table:
    """Each day of the city and of each town."""
    columns = (
        Column(key="day", form=Form.DAY),
        Column(key="town"),
        Column(key="indicator.online", form=Form.SHARE),
        Column(key="indicator.online_sampled", form=Form.SHARE),
        Column(key="indicator.intact", form=Form.SHARE),
        Column(key="seen", form=Form.SHARE),
    )
    rows = [
        (
            one.day,
            one.town or words["scope.city"],
            one.online.value,
            one.sampled.value,
            one.intact.value,
            one.seen.value,
        )
        for one in report.days
    ]
    return Table(key="days", columns=columns, rows=tuple(rows))


_MAKERS: tuple[Callable[[Report, Words], Table], ...] = (
    summary,
    ranking,
    groups,
    villages,
    reported,
    blind,
    key_locations,
    other_places,
    outages,
    cameras,
    upstreams,
    fragile,
    corrections,
    days,
    figures,
)
