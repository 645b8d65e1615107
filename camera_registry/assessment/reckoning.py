"""From material to a report: every figure of every group, exactly. Pure.

Sums over points come first, quotients last; nothing is rounded. `docs/rates.md` has the formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple

from camera_registry.assessment.listing import (
    camera_rows,
    correction_rows,
    outage_rows,
    place_rows,
)
from camera_registry.assessment.material import Material, Point
from camera_registry.assessment.periods import before, days_of
from camera_registry.assessment.points import PointTime, Window, point_times
from camera_registry.assessment.report import Report, Score
from camera_registry.assessment.resilience import fragile_rows, upstream_rows
from camera_registry.assessment.rows import DayFigures, PlaceKind, PlaceRow
from camera_registry.assessment.scheme import Scheme, parts_of, ranked, score_of
from camera_registry.assessment.spans import clip, lengths, micros
from camera_registry.assessment.vocabulary import (
    Figure,
    Group,
    Indicator,
    Period,
    Quotient,
    Scope,
    Source,
    Unit,
)
from camera_registry.rollups import day_bounds
from camera_registry.vocabulary import KeyLocationState

# What a report says of its method, in order; the texts are `report.method.<key>`.
METHOD = (
    "online",
    "sampled",
    "intact",
    "picture",
    "clock",
    "archive",
    "coverage",
    "repair",
    "seen",
    "reported",
    "corrections",
)
_NONE = Quotient()


def reckon(material: Material, scheme: Scheme, period: Period) -> Report:
    """All figures of a period."""
    previous = before(period)
    known = point_times(material, scheme, period, previous)
    times = [one for one in known if one.present]
    assessed = [one for one in known if _is_assessed(one.point, scheme)]
    places = place_rows(material, times, period, previous)
    ways = _Places(
        corrected=places,
        observed=place_rows(material, times, period, previous, as_observed=True)
        if material.corrections
        else places,
        previous=place_rows(material, known, previous, before(previous)),
    )
    groups = tuple(_groups(material, assessed, ways))
    in_use = [one.point for one in times if one.spans[-1].end == micros(period.until)]
    key_places = [one for one in material.places if one.kind is PlaceKind.KEY_LOCATION]
    points_of: dict[int, list[Point]] = {}
    for point in in_use:
        if point.key_location_id is not None:
            points_of.setdefault(point.key_location_id, []).append(point)
    return Report(
        period=period,
        previous=previous,
        scheme=scheme.facts,
        towns=material.towns,
        groups=groups,
        days=tuple(_days(material, assessed, period)),
        cameras=camera_rows(times, period),
        places=places,
        outages=outage_rows(times, scheme, period),
        upstreams=upstream_rows(material.upstreams, key_places, points_of, in_use),
        fragile=fragile_rows(material.upstreams, key_places, points_of),
        corrections=correction_rows(material, period),
        scores=_scores(material, scheme, groups),
        method=METHOD,
    )


class _Places(NamedTuple):
    """The places of the period, corrected and as observed, and of the one before."""

    corrected: tuple[PlaceRow, ...]
    observed: tuple[PlaceRow, ...]
    previous: tuple[PlaceRow, ...]


def _is_assessed(point: Point, scheme: Scheme) -> bool:
    return (
        point.category not in scheme.excluded_categories
        and point.label not in scheme.excluded_points
    )


# Groups


def _groups(material: Material, times: list[PointTime], places: _Places) -> Iterable[Group]:
    """In the order of scopes, then of towns, then of names; reported points after observed. A
    point that left before the period still counts in its group's figures of the one before."""
    order = {town: number for number, town in enumerate(material.towns)}
    for scope, key in _SCOPES.items():
        held: dict[tuple[Source, str, str], list[PointTime]] = {}
        for one in times:
            held.setdefault((one.point.source, *key(one.point)), []).append(one)
        ranks = {
            (source, town, name): (source is Source.REPORTED, order.get(town, len(order)), name)
            for source, town, name in held
        }
        for source, town, name in sorted(held, key=ranks.__getitem__):
            known = held[source, town, name]
            members = [one for one in known if one.present]
            if not members:
                continue
            figures = dict(_time_figures(members, known))
            if source is Source.OBSERVED:
                figures |= dict(_count_figures(members, known))
                figures |= dict(_place_figures(scope, name, places))
            yield Group(
                scope=scope,
                name=name,
                town=town,
                source=source,
                points=len(members),
                figures={one: figures[one] for one in Indicator if one in figures},
            )


# What a point is grouped by: (town, name).
_SCOPES: Mapping[Scope, Callable[[Point], tuple[str, str]]] = {
    Scope.CITY: lambda _: ("", ""),
    Scope.TOWN: lambda point: (point.town, point.town),
    Scope.VILLAGE: lambda point: (point.town, point.village),
    Scope.CATEGORY: lambda point: ("", point.category.value),
    Scope.KIND: lambda point: ("", point.kind.value if point.kind else ""),
    Scope.MAINTAINER: lambda point: ("", point.maintainer),
    Scope.VENDOR: lambda point: ("", point.vendor),
    Scope.MODEL: lambda point: ("", point.model),
}

_Sum = Callable[[Window], tuple[int, int]]
_BY_TIME: Mapping[Indicator, tuple[Unit, _Sum]] = {
    Indicator.ONLINE: (Unit.MICROSECONDS, lambda w: (w.lengths.online, w.lengths.judged)),
    Indicator.INTACT: (Unit.MICROSECONDS, lambda w: (w.lengths.intact, w.lengths.online)),
    Indicator.MTTR: (Unit.DURATION, lambda w: (w.repairs.offline, w.repairs.repaired)),
    Indicator.IN_TIME: (Unit.REPAIRS, lambda w: (w.repairs.in_time, w.repairs.repaired)),
}


def _time_figures(
    members: list[PointTime], known: list[PointTime]
) -> Iterable[tuple[Indicator, Figure]]:
    ways: list[list[Window]] = [
        [one.corrected for one in members],
        [one.observed for one in members],
        [one.previous for one in known],
    ]
    seen = _summed(ways[0], lambda w: (w.lengths.judged, w.lengths.window))
    for indicator, (unit, part) in _BY_TIME.items():
        corrected, observed, previous = (_summed(windows, part) for windows in ways)
        yield (
            indicator,
            Figure(
                indicator=indicator,
                unit=unit,
                corrected=corrected,
                observed=observed,
                seen=seen,
                previous=previous,
            ),
        )
    corrected, observed, previous = (_longest(windows) for windows in ways)
    yield (
        Indicator.LONGEST_OUTAGE,
        Figure(
            indicator=Indicator.LONGEST_OUTAGE,
            unit=Unit.DURATION,
            corrected=corrected,
            observed=observed,
            seen=seen,
            previous=previous,
        ),
    )


def _summed(windows: Iterable[Window], part: _Sum) -> Quotient:
    numerator = denominator = 0
    for window in windows:
        above, below = part(window)
        numerator += above
        denominator += below
    return Quotient(numerator=numerator, denominator=denominator)


def _longest(windows: Iterable[Window]) -> Quotient:
    longest = max((window.repairs.longest for window in windows), default=0)
    return Quotient(numerator=longest, denominator=int(longest > 0))


def _count_figures(
    members: list[PointTime], known: list[PointTime]
) -> Iterable[tuple[Indicator, Figure]]:
    """Figures of looks, pictures, clocks and records, which corrections of time do not touch."""
    here = [one.counts for one in members]
    earlier = [one.previous_counts for one in known]
    kinds = (
        (Indicator.ONLINE_SAMPLED, Unit.LOOKS, attrgetter("sampled")),
        (Indicator.PICTURE, Unit.PICTURES, attrgetter("pictures")),
        (Indicator.CLOCK, Unit.CAMERA_DAYS, attrgetter("clock")),
    )
    for indicator, unit, part in kinds:
        now: list[Quotient] = list(map(part, here))
        then: list[Quotient] = list(map(part, earlier))
        told = sum(one.denominator > 0 for one in now)
        yield (
            indicator,
            _plain(
                indicator,
                unit,
                sum(now, _NONE),
                sum(then, _NONE),
                Quotient(numerator=told, denominator=len(members)),
            ),
        )
    complete = sum(one.point.archive_complete for one in members)
    archive = Quotient(numerator=complete, denominator=len(members))
    everything = Quotient(numerator=len(members), denominator=len(members))
    yield Indicator.ARCHIVE, _plain(Indicator.ARCHIVE, Unit.RECORDS, archive, None, everything)


def _plain(
    indicator: Indicator, unit: Unit, value: Quotient, previous: Quotient | None, seen: Quotient
) -> Figure:
    return Figure(
        indicator=indicator,
        unit=unit,
        corrected=value,
        observed=value,
        seen=seen,
        previous=previous,
    )


_COVERAGES = (
    (Indicator.COVERAGE, PlaceKind.KEY_LOCATION),
    (Indicator.GRID_COVERAGE, PlaceKind.GRID),
    (Indicator.VILLAGE_COVERAGE, PlaceKind.VILLAGE),
)


def _place_figures(scope: Scope, name: str, places: _Places) -> Iterable[tuple[Indicator, Figure]]:
    if scope not in (Scope.CITY, Scope.TOWN, Scope.KIND):
        return

    def belongs(place: PlaceRow) -> bool:
        if scope is Scope.KIND:
            return place.location_kind is not None and place.location_kind.value == name
        return scope is Scope.CITY or place.town == name

    here = _Places(*(tuple(filter(belongs, rows)) for rows in places))
    for indicator, kind in _COVERAGES:
        if scope is Scope.KIND and kind is not PlaceKind.KEY_LOCATION:
            continue
        of_kind = _Places(*(tuple(p for p in rows if p.kind is kind) for rows in here))
        corrected, observed, previous = map(_covered, of_kind)
        unknown = sum(place.state is KeyLocationState.UNKNOWN for place in of_kind.corrected)
        yield (
            indicator,
            Figure(
                indicator=indicator,
                unit=Unit.PLACES,
                corrected=corrected,
                observed=observed,
                seen=Quotient(
                    numerator=corrected.denominator - unknown, denominator=corrected.denominator
                ),
                previous=previous,
            ),
        )
    yield Indicator.COVERED_TIME, _covered_time(here)


def _covered(places: tuple[PlaceRow, ...]) -> Quotient:
    covered = sum(place.state is KeyLocationState.COVERED for place in places)
    return Quotient(numerator=covered, denominator=len(places))


def _covered_time(places: _Places) -> Figure:
    key = _Places(*(tuple(p for p in rows if p.kind is PlaceKind.KEY_LOCATION) for rows in places))
    corrected, observed, previous = (
        Quotient(
            numerator=sum(place.covered_us for place in rows),
            denominator=sum(place.covered_us + place.blind_us for place in rows),
        )
        for rows in key
    )
    unknown = sum(place.unknown_us for place in key.corrected)
    judged = corrected.denominator
    return Figure(
        indicator=Indicator.COVERED_TIME,
        unit=Unit.MICROSECONDS,
        corrected=corrected,
        observed=observed,
        seen=Quotient(numerator=judged, denominator=judged + unknown),
        previous=previous,
    )


# Days


def _days(material: Material, times: list[PointTime], period: Period) -> Iterable[DayFigures]:
    """The city's days, then each town's."""
    observed = [one for one in times if one.present and one.point.source is Source.OBSERVED]
    towns = ["", *material.towns]
    days = days_of(period)
    found: dict[tuple[str, date], list[int]] = {
        (town, day): [0, 0, 0, 0] for town in towns for day in days
    }
    bounds = [(day, micros(day_bounds(day)[0]), micros(day_bounds(day)[1])) for day in days]
    until = micros(period.until)
    for one in observed:
        for day, start, end in bounds:
            spent = lengths(clip(one.spans, start, min(end, until)))
            for name in ("", one.point.town):
                if (name, day) in found:
                    total = found[name, day]
                    for index, us in enumerate(spent):
                        total[index] += us
    for town in towns:
        for day in days:
            window, judged, online, intact = found[town, day]
            yield DayFigures(
                day=day,
                town=town,
                online=Quotient(numerator=online, denominator=judged),
                seen=Quotient(numerator=judged, denominator=window),
                intact=Quotient(numerator=intact, denominator=online),
                sampled=material.day_samples.get((day, town), _NONE),
            )


# Scores


def _scores(material: Material, scheme: Scheme, groups: tuple[Group, ...]) -> tuple[Score, ...]:
    towns = {
        one.name: one for one in groups if one.scope is Scope.TOWN and one.source is Source.OBSERVED
    }
    ours = [town for town in material.towns if town in towns]
    now = {town: parts_of(scheme, _values(towns[town], "value")) for town in ours}
    then = {
        town: score_of(parts_of(scheme, _values(towns[town], "value_previous"))) for town in ours
    }
    return ranked(now, then)


def _values(group: Group, which: str) -> dict[Indicator, Fraction | None]:
    return {one: getattr(figure, which) for one, figure in group.figures.items()}
