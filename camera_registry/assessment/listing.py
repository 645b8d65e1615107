"""The rows of a report: points, places, outages and corrections. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from camera_registry.assessment.corrections import CorrectionRow
from camera_registry.assessment.material import Material, Place
from camera_registry.assessment.places import inside, place_times
from camera_registry.assessment.points import PointTime, reached
from camera_registry.assessment.rows import CameraRow, OutageRow, PlaceKind, PlaceRow
from camera_registry.assessment.scheme import Scheme
from camera_registry.assessment.spans import Outage, clip, micros, moment, spans_of
from camera_registry.assessment.vocabulary import Period, Quotient, Source
from camera_registry.vocabulary import KeyLocationState, Status

_US_PER_HOUR = 3_600_000_000
# The longest outages; a city's month has some thousand, and those past these are short.
MAX_OUTAGES = 20_000


def camera_rows(times: Iterable[PointTime], period: Period) -> tuple[CameraRow, ...]:
    """Every point of the period, by id."""
    rows = [_camera_row(one, period) for one in times]
    return tuple(sorted(rows, key=lambda row: row.id))


def _camera_row(one: PointTime, period: Period) -> CameraRow:
    point, spent, repairs = one.point, one.corrected.lengths, one.corrected.repairs
    last = one.spans[-1]
    start, until = micros(period.start), micros(period.until)
    gone = last.end < until
    return CameraRow(
        id=point.id,
        label=point.label,
        name=point.name,
        town=point.town,
        village=point.village,
        grid=point.grid,
        category=point.category,
        kind=point.kind,
        maintainer=point.maintainer,
        vendor=point.vendor,
        model=point.model,
        upstream=point.upstream,
        source=point.source,
        status=Status.RETIRED if gone else last.status or Status.UNKNOWN,
        since=moment(last.end if gone else last.start),
        online=Quotient(numerator=spent.online, denominator=spent.judged),
        seen=Quotient(numerator=spent.judged, denominator=spent.window),
        intact=Quotient(numerator=spent.intact, denominator=spent.online),
        sampled=one.counts.sampled,
        pictures=one.counts.pictures,
        outages=repairs.touching,
        offline_us=sum(outage.inside(start, until) for outage in one.outages),
        longest_outage_us=repairs.longest,
        clock_offset_ms=one.counts.clock_offset_ms,
        archive_complete=point.archive_complete,
    )


def outage_rows(
    times: Iterable[PointTime], scheme: Scheme, period: Period
) -> tuple[OutageRow, ...]:
    """The outages that touch the period, the longest in it first."""
    start, until = micros(period.start), micros(period.until)
    rows = [
        _outage_row(one, outage, inside_us, scheme)
        for one in times
        for outage in one.outages
        if (inside_us := outage.inside(start, until))
    ]
    rows.sort(key=lambda row: (-row.in_period_us, row.began_at, row.camera_id))
    return tuple(rows[:MAX_OUTAGES])


def _outage_row(one: PointTime, outage: Outage, inside_us: int, scheme: Scheme) -> OutageRow:
    point = one.point
    limit_us = scheme.repair_limit_h(point.kind, point.category) * _US_PER_HOUR
    repaired = outage.repaired
    return OutageRow(
        camera_id=point.id,
        label=point.label,
        name=point.name,
        town=point.town,
        village=point.village,
        category=point.category,
        kind=point.kind,
        maintainer=point.maintainer,
        began_at=moment(outage.began),
        repaired_at=moment(repaired) if repaired is not None else None,
        offline_us=outage.offline,
        in_period_us=inside_us,
        limit_us=limit_us,
        in_time=outage.offline <= limit_us if repaired is not None else None,
    )


def place_rows(
    material: Material,
    times: Sequence[PointTime],
    period: Period,
    previous: Period,
    *,
    as_observed: bool = False,
) -> tuple[PlaceRow, ...]:
    """Every place, by kind, town and name; corrections counted in unless `as_observed`. Points
    that only platforms report cover nothing here: nobody of ours has seen their picture."""
    members: dict[tuple[PlaceKind, int], list[PointTime]] = {}
    for one in times:
        if one.point.source is Source.OBSERVED:
            for key in _places_of(one):
                members.setdefault(key, []).append(one)
    order = {town: number for number, town in enumerate(material.towns)}
    kinds = list(PlaceKind)
    rows = [
        _place_row(
            place,
            members.get((place.kind, place.id), []),
            period,
            previous,
            as_observed=as_observed,
        )
        for place in material.places
    ]
    rows.sort(key=lambda row: (kinds.index(row.kind), order.get(row.town, 99), row.name, row.id))
    return tuple(rows)


def _places_of(one: PointTime) -> Iterable[tuple[PlaceKind, int]]:
    point = one.point
    for kind, place_id in (
        (PlaceKind.KEY_LOCATION, point.key_location_id),
        (PlaceKind.GRID, point.grid_id),
        (PlaceKind.VILLAGE, point.village_id),
    ):
        if place_id is not None:
            yield kind, place_id


def _place_row(
    place: Place,
    members: list[PointTime],
    period: Period,
    previous: Period,
    *,
    as_observed: bool,
) -> PlaceRow:
    known_from, start, until = map(micros, (previous.start, period.start, period.until))
    histories = [one.observed_spans if as_observed else one.spans for one in members]
    times = place_times(histories, known_from, until)
    in_use = [one for one in members if any(span.end >= until for span in one.spans)]
    state = times[-1].state if times else KeyLocationState.BLIND
    is_blind = state is KeyLocationState.BLIND
    where = [
        (one.point.longitude, one.point.latitude)
        for one in members
        if one.point.longitude is not None and one.point.latitude is not None
    ]
    return PlaceRow(
        kind=place.kind,
        id=place.id,
        name=place.name,
        town=place.town,
        village=place.village,
        location_kind=place.location_kind,
        points=len(in_use),
        state=state,
        blind_since=moment(times[-1].start) if is_blind and times else None,
        blind_since_before=is_blind and bool(times) and times[-1].start == known_from,
        covered_us=inside(times, start, KeyLocationState.COVERED),
        blind_us=inside(times, start, KeyLocationState.BLIND),
        unknown_us=inside(times, start, KeyLocationState.UNKNOWN),
        longitude=fmean(x for x, _ in where) if where else None,
        latitude=fmean(y for _, y in where) if where else None,
    )


def correction_rows(material: Material, period: Period) -> tuple[CorrectionRow, ...]:
    """The corrections that stand and touch the period, in the order in which they were made."""
    rows = []
    for one in sorted(material.corrections, key=lambda correction: (correction.at, correction.id)):
        if one.removed_at is None and one.start < period.until and one.end > period.start:
            start = max(micros(one.start), micros(period.start))
            end = min(micros(one.end), micros(period.until))
            points = reached(material, one)
            time_us = 0
            for point in points:
                spans = spans_of(material.histories.get(point.id, ()), micros(period.until))
                time_us += sum(b - a for a, b, _ in clip(spans, start, end))
            rows.append(CorrectionRow(correction=one, points=len(points), time_us=time_us))
    return tuple(rows)
