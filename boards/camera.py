"""点位: one camera, for who repairs it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import statetimeline, table, timeseries

from boards import kit, names, queries, shared
from boards.frame import Board, Row, cameras, kinds, towns
from boards.kit import Column, Query
from boards.words import both

_CAMERA = f"{{{queries.CAMERA}}}"


def board() -> Board:
    """What the camera is, how it was, what hangs on the same upstream."""
    place = shared.map_of("camera.map", queries.CAMERA)
    own = f"xueliang_incident_info{_CAMERA}"
    incidents = shared.incidents("camera.incidents", queries.TOWN, own)
    return Board(
        name="camera",
        variables=(towns(several=False), kinds(), cameras()),
        rows=(
            _figures(),
            Row(height=4, panels=((24, _facts()),)),
            Row(height=5, panels=((24, _states()),)),
            Row(height=6, panels=((24, _faults()),)),
            Row(height=7, panels=((24, incidents),)),
            Row(height=11, panels=((12, _same_upstream()), (12, place))),
            Row(height=8, panels=((24, _picture_age()),)),
        ),
        page="/cameras/${camera:percentencode}",
    )


def _figures() -> Row:
    up = f"xueliang_camera_up{_CAMERA}"
    since = f"xueliang_camera_offline_since_timestamp_seconds{_CAMERA}"
    frame = f"xueliang_camera_last_frame_timestamp_seconds{_CAMERA}"
    now = kit.figure(
        "camera.now",
        Query(expr=queries.state(queries.CAMERA)),
        unit=kit.TEXT,
        steps=kit.STATE_STEPS,
    ).mappings([kit.value_map(names.STATES)])
    figures = (
        ("camera.away", f"time() - max({since})", kit.SECONDS, 1),
        ("camera.frame", f"time() - max({frame})", kit.SECONDS, 1),
        ("camera.online", f"avg_over_time({up}[$__range])", kit.RATIO, 2),
        ("camera.changes", f"changes({up}[$__range])", kit.NUMBER, 0),
        ("camera.open", f"count(xueliang_incident_info{_CAMERA}) or vector(0)", kit.NUMBER, 0),
    )
    others = [
        (4, kit.figure(key, Query(expr=expr), unit=unit, decimals=decimals))
        for key, expr, unit, decimals in figures
    ]
    return Row(height=4, panels=[(4, now), *others])


def _facts() -> table.Panel:
    """What the archive says."""
    labels = ("name", "camera", "town", "village", "grid", "category", "kind", "upstream")
    mapped = {"category": names.CATEGORIES, "kind": names.KINDS}
    columns = [Column(field=one, key=one, mapped=mapped.get(one)) for one in labels]
    expr = f"max by ({', '.join(labels)}) (xueliang_camera_info{_CAMERA})"
    return kit.rows("camera.facts", [Query(expr=expr)], columns)


def _states() -> statetimeline.Panel:
    query = Query(expr=queries.state(queries.CAMERA), legend=both("board.column.state"))
    return kit.timeline("camera.states", query, mapped=names.STATES)


def _faults() -> statetimeline.Panel:
    expr = f"max by (fault) (xueliang_camera_picture_fault{_CAMERA})"
    query = Query(expr=expr, legend="{{fault}}")
    yellow = ((None, kit.YELLOW),)
    return kit.timeline(
        "camera.faults", query, steps=yellow, mapped=names.PRESENT, called=names.FAULTS
    )


def _same_upstream() -> table.Panel:
    """The cameras behind the same recorder or switch: is it the camera, or what it hangs on?"""
    own = f'xueliang_camera_info{{{queries.CAMERA},upstream!=""}}'
    beside = f'xueliang_camera_info{{{queries.TOWN},upstream!=""}} and on (upstream) {own}'
    state = f"({queries.state(queries.TOWN)}) and on (camera) ({beside})"
    columns = [
        shared.NAME,
        Column(field="Value", key="state", mapped=names.STATES, steps=kit.STATE_STEPS),
        *(shared.TOWN, Column(field="village", key="village")),
        *(Column(field="upstream", key="upstream"), shared.CODE),
    ]
    return kit.rows("camera.beside", [Query(expr=queries.with_names(state, queries.TOWN))], columns)


def _picture_age() -> timeseries.Panel:
    frame = f"xueliang_camera_last_frame_timestamp_seconds{_CAMERA}"
    query = Query(expr=f"time() - max({frame})", legend=both("board.legend.age"))
    return kit.lines("camera.age", query, unit=kit.SECONDS)
