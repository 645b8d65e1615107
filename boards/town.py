"""镇街: what is wrong in a town and where its crew goes next."""

from __future__ import annotations

from grafana_foundation_sdk.builders import statetimeline, table

from boards import kit, names, queries, shared
from boards.frame import Board, Row, kinds, towns, worst
from boards.kit import Column, Query

ONLINE, COVERED = "cameras_online", "key_locations_covered"
_TOWN = f"{{{queries.TOWN}}}"


def board() -> Board:
    """A town's figures, where its cameras stand, what is to be repaired."""
    where = queries.TOWN
    online = shared.against_target("town.online_line", "town", ONLINE, where)
    coverage = shared.against_target("town.coverage_line", "town", COVERED, where)
    online_burn = shared.burn("town.online_burn", "town", ONLINE, where)
    coverage_burn = shared.burn("town.coverage_burn", "town", COVERED, where)
    blind = shared.blind_locations("town.blind_table", where)
    faults = shared.faults("town.faults", where)
    return Board(
        name="town",
        variables=(towns(several=False), kinds(), worst()),
        rows=(
            _promised(),
            _counted(),
            Row(height=11, panels=((24, shared.outages("town.outages", where)),)),
            Row(height=11, panels=((24, shared.incidents("town.incidents", where)),)),
            Row(height=14, panels=((12, shared.map_of("town.map", where)), (12, _worst()))),
            Row(height=10, panels=((12, blind), (12, _upstreams()))),
            Row(height=10, panels=((16, _faulty()), (8, faults))),
            Row(height=8, panels=((12, online), (12, coverage))),
            Row(height=8, panels=((12, online_burn), (12, coverage_burn))),
            Row(height=8, panels=((24, shared.statuses("town.statuses", where)),)),
        ),
    )


def _promised() -> Row:
    figures = (
        ("town.online", ONLINE),
        ("town.coverage", COVERED),
        ("town.intact", "cameras_intact"),
        ("town.archive", "archive_complete"),
    )
    panels = [(6, shared.gap(key, "town", figure, queries.TOWN)) for key, figure in figures]
    return Row(height=4, panels=panels)


def _counted() -> Row:
    count, span = kit.NUMBER, kit.SECONDS
    figures = (
        ("town.offline", "town:xueliang_cameras_offline:sum", count, kit.SOME),
        ("town.blind", "town:xueliang_key_locations_blind:sum", count, kit.SOME),
        ("town.open", "town:xueliang_incidents_open:sum", count, kit.SOME),
        ("town.mttr", "town:xueliang_repair_time_seconds:mttr", span, kit.UNCOLOURED),
        ("town.mtbf", "town:xueliang_camera_up_time_seconds:mtbf", span, kit.UNCOLOURED),
        ("town.late", "sum(xueliang_repairs_late", count, kit.SOME),
    )
    panels = []
    for key, series, unit, steps in figures:
        expr = f"{series}{_TOWN}" + (")" if series.startswith("sum(") else "")
        decimals = 0 if unit == count else 1
        figure = kit.figure(key, Query(expr=expr), unit=unit, steps=steps, decimals=decimals)
        panels.append((4, figure))
    return Row(height=4, panels=panels)


def _worst() -> statetimeline.Panel:
    """The cameras that were offline longest in the time shown."""
    chosen = f"{queries.TOWN},{queries.AMONG_WORST}"
    expr = queries.with_names(queries.state(chosen), chosen)
    query = Query(expr=expr, legend="{{name}}")
    return kit.timeline("town.worst", query, mapped=names.STATES)


def _upstreams() -> table.Panel:
    """Recorders, switches and links by what is offline below them."""
    info = f'max by (camera, upstream) (xueliang_camera_info{{{queries.TOWN},upstream!=""}})'
    up = f"max by (camera) (xueliang_camera_up{_TOWN})"
    joined = f"on (camera) group_left (upstream) {info}"
    asked = [
        f"count by (upstream) (({up} == 0) * {joined}) or count by (upstream) ({info}) * 0",
        f"count by (upstream) ({info})",
    ]
    columns = [
        Column(field="upstream", key="upstream"),
        Column(field="Value #A", key="offline", unit=kit.NUMBER, steps=kit.SOME),
        Column(field="Value #B", key="cameras", unit=kit.NUMBER),
    ]
    queries_ = [Query(expr=one) for one in asked]
    return kit.rows("town.upstreams", queries_, columns, sort="Value #A")


def _faulty() -> table.Panel:
    """The cameras whose pictures are faulty."""
    faults = f"max by (camera, fault) (xueliang_camera_picture_fault{_TOWN})"
    expr = queries.with_names(queries.of_kind(faults, queries.TOWN), queries.TOWN)
    columns = [
        shared.NAME,
        Column(field="fault", key="fault", mapped=names.FAULTS),
        *(shared.TOWN, Column(field="village", key="village"), shared.KIND),
        *(Column(field="upstream", key="upstream"), shared.CODE),
    ]
    return kit.rows("town.faulty", [Query(expr=expr)], columns)
