"""总览: how the city is doing, for who answers for it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, statetimeline, table

from boards import kit, queries, shared
from boards.frame import Board, Row, kinds, towns
from boards.kit import Column, Query

ONLINE, COVERED, INTACT = "cameras_online", "key_locations_covered", "cameras_intact"
_TOWNS = f"{{{queries.TOWNS}}}"


def board() -> Board:
    """Figures of the whole city, then its towns, then what is wrong."""
    online = shared.against_target("city.online_line", "city", ONLINE)
    coverage = shared.against_target("city.coverage_line", "city", COVERED)
    online_burn = shared.burn("city.online_burn", "city", ONLINE)
    coverage_burn = shared.burn("city.coverage_burn", "city", COVERED)
    statuses = shared.statuses("city.statuses", queries.TOWNS)
    blind = shared.blind_locations("city.blind_table", queries.TOWNS)
    mttr = _by_town("city.mttr", "repair_time_seconds:mttr")
    mtbf = _by_town("city.mtbf", "camera_up_time_seconds:mtbf")
    faults = shared.faults("city.faults", queries.TOWNS)
    return Board(
        name="city",
        variables=(towns(several=True), kinds()),
        rows=(
            _promised(),
            _counted(),
            Row(height=8, panels=((12, online), (12, coverage))),
            Row(height=8, panels=((12, online_burn), (12, coverage_burn))),
            Row(height=18, panels=((24, _towns()),)),
            Row(height=11, panels=((12, _timeline()), (12, statuses))),
            Row(height=14, panels=((12, shared.map_of("city.map", queries.TOWNS)), (12, blind))),
            Row(height=11, panels=((24, shared.outages("city.outages", queries.TOWNS)),)),
            Row(height=11, panels=((24, shared.incidents("city.incidents", queries.TOWNS)),)),
            Row(height=12, panels=((8, faults), (8, mttr), (8, mtbf))),
        ),
    )


def _promised() -> Row:
    figures = (
        ("city.online", ONLINE),
        ("city.coverage", COVERED),
        ("city.intact", INTACT),
        ("city.archive", "archive_complete"),
    )
    panels = [(6, shared.gap(key, "city", figure)) for key, figure in figures]
    return Row(height=4, panels=panels)


def _counted() -> Row:
    figures = (
        ("city.online_day", "city:xueliang_online:ratio24h", kit.RATIO, kit.UNCOLOURED),
        ("city.judged", "city:xueliang_cameras_judged:ratio", kit.RATIO, kit.UNCOLOURED),
        ("city.blind", "city:xueliang_key_locations_blind:sum", kit.NUMBER, kit.SOME),
        ("city.offline", "city:xueliang_cameras_offline:sum", kit.NUMBER, kit.SOME),
        ("city.open", "city:xueliang_incidents_open:sum", kit.NUMBER, kit.SOME),
        ("city.longest", "city:xueliang_camera_offline_seconds:max", kit.SECONDS, kit.UNCOLOURED),
    )
    panels = [
        (4, kit.figure(key, Query(expr=expr), unit=unit, steps=steps, decimals=_decimals(unit)))
        for key, expr, unit, steps in figures
    ]
    return Row(height=4, panels=panels)


def _decimals(unit: str) -> int:
    return 0 if unit == kit.NUMBER else 1


def _towns() -> table.Panel:
    """A row for each town."""
    ratio, count, span = kit.RATIO, kit.NUMBER, kit.SECONDS
    online = f"town:xueliang_{ONLINE}"
    figures = (
        (f"town:xueliang_cameras_in_use:sum{_TOWNS}", "in_use", count, ()),
        (f"{online}:ratio{_TOWNS}", "online", ratio, ()),
        (f"{online}:ratio{_TOWNS} - {online}:target{_TOWNS}", "gap", ratio, kit.SHORT_OF),
        (f"town:xueliang_{COVERED}:ratio{_TOWNS}", "coverage", ratio, ()),
        (f"town:xueliang_key_locations_blind:sum{_TOWNS}", "blind", count, kit.SOME),
        (f"town:xueliang_{INTACT}:ratio{_TOWNS}", "intact", ratio, ()),
        (f"town:xueliang_cameras_offline:sum{_TOWNS}", "offline", count, kit.SOME),
        (f"town:xueliang_incidents_open:sum{_TOWNS}", "open", count, ()),
        (f"town:xueliang_camera_offline_seconds:max{_TOWNS}", "longest", span, ()),
        (f"town:xueliang_repair_time_seconds:mttr{_TOWNS}", "mttr", span, ()),
        (f"town:xueliang_camera_up_time_seconds:mtbf{_TOWNS}", "mtbf", span, ()),
    )
    columns = [shared.TOWN] + [
        Column(field=f"Value #{letter}", key=key, unit=unit, steps=steps, decimals=_decimals(unit))
        for letter, (_, key, unit, steps) in zip("ABCDEFGHIJK", figures, strict=True)
    ]
    # Recorded series have names, which would keep their rows apart.
    asked = [Query(expr=f"max by (town) ({expr})") for expr, *_ in figures]
    return kit.rows("city.towns", asked, columns, sort="Value #G")


def _timeline() -> statetimeline.Panel:
    """How far above its target each town was."""
    online = f"town:xueliang_{ONLINE}"
    expr = f"{online}:ratio{_TOWNS} - {online}:target{_TOWNS}"
    steps = ((None, kit.RED), (-0.05, kit.YELLOW), (0.0, kit.GREEN))
    query = Query(expr=expr, legend="{{town}}")
    return kit.timeline("city.timeline", query, unit=kit.RATIO, steps=steps)


def _by_town(key: str, series: str) -> bargauge.Panel:
    query = Query(expr=f"sort_desc(town:xueliang_{series}{_TOWNS})", legend="{{town}}")
    return kit.bars(key, query, unit=kit.SECONDS, decimals=1)
