"""The tables of rows: places, outages, points, devices, corrections and days. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from camera_registry.assessment.corrections import CorrectionRow
from camera_registry.assessment.report import Report
from camera_registry.assessment.rows import (
    CameraRow,
    FragileRow,
    OutageRow,
    PlaceKind,
    PlaceRow,
    UpstreamRow,
)
from exporters.reports.cells import US_PER_HOUR, Cell, Column, Form, Table, Words


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
            Fraction(one.covered_us, US_PER_HOUR),
            Fraction(one.blind_us, US_PER_HOUR),
            Fraction(one.unknown_us, US_PER_HOUR),
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
        Fraction(one.offline_us, US_PER_HOUR),
        Fraction(one.in_period_us, US_PER_HOUR),
        Fraction(one.limit_us, US_PER_HOUR),
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
        Fraction(one.offline_us, US_PER_HOUR),
        Fraction(one.longest_outage_us, US_PER_HOUR),
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
        Fraction(row.time_us, US_PER_HOUR),
    )


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
