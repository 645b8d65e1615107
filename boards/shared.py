"""Panels that several boards have, over the towns or cameras that a board is about."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, geomap, stat, table, timeseries

from boards import kit, names, queries
from boards.kit import Column, Query
from boards.words import both

TO_TOWN = "/d/xueliang-town?var-town=${__data.fields.town}&${__url_time_range}"
TO_CAMERA = (
    "/d/xueliang-camera?var-town=${__data.fields.town}&var-kind=$__all"
    "&var-camera=${__data.fields.camera}&${__url_time_range}"
)
TO_INCIDENT = "${console}/incidents/${__data.fields.incident}"
# How long the windows of burn rates are.
WINDOWS = ("1h", "6h", "3d")

NAME = Column(field="name", key="name", link=TO_CAMERA, width=220)
# What the link of a name needs.
CODE = Column(field="camera", key="camera", hidden=True)
TOWN = Column(field="town", key="town", link=TO_TOWN, width=130)
KIND = Column(field="kind", key="kind", mapped=names.KINDS, width=150)
INCIDENT = Column(field="incident", key="incident", link=TO_INCIDENT, width=150)


def against_target(key: str, level: str, figure: str, where: str = "") -> timeseries.Panel:
    """A recorded ratio now and over an hour, with its target."""
    series = f"{level}:xueliang_{figure}"
    chosen = f"{{{where}}}" if where else ""
    target = both("board.legend.target")
    return kit.lines(
        key,
        Query(expr=f"{series}:ratio{chosen}", legend=both("board.legend.now")),
        Query(expr=f"{series}:ratio_avg1h{chosen}", legend=both("board.legend.hour")),
        Query(expr=f"{series}:target{chosen}", legend=target),
        unit=kit.RATIO,
        dashed=[target],
    )


def gap(key: str, level: str, figure: str, where: str = "") -> stat.Panel:
    """A recorded ratio, and how far above its target it is."""
    series, chosen = f"{level}:xueliang_{figure}", f"{{{where}}}" if where else ""
    ratio = f"{series}:ratio{chosen}"
    return kit.figure(
        key,
        Query(expr=ratio, legend=both("board.legend.now")),
        Query(expr=f"{ratio} - {series}:target{chosen}", legend=both("board.legend.gap")),
        unit=kit.RATIO,
        decimals=1,
    )


def burn(key: str, level: str, figure: str, where: str = "") -> timeseries.Panel:
    """How fast the allowance is used up, over windows; 1 is just as fast as allowed."""
    chosen = f"{{{where}}}" if where else ""
    asked = [
        Query(expr=f"{level}:xueliang_{figure}:burn_avg{window}{chosen}", legend=window)
        for window in WINDOWS
    ]
    return kit.lines(key, *asked, unit=kit.NUMBER, limit=1.0)


def statuses(key: str, where: str) -> timeseries.Panel:
    """Cameras by status over time."""
    expr = f"sum by (status) (xueliang_cameras{{{where}}})"
    called = names.STATUSES
    query = Query(expr=expr, legend="{{status}}")
    return kit.lines(key, query, unit=kit.NUMBER, called=called, stacked=True)


def blind_locations(key: str, where: str) -> table.Panel:
    """Key locations that nobody sees, by name, with the incidents that explain them."""
    chosen = f"{where},{queries.KIND}"
    covered = f"max by (town, kind, location) (xueliang_key_location_covered{{{chosen}}})"
    blind = f"xueliang_incident_key_location_blind{{{chosen}}}"
    held = f"max by (town, kind, location, incident) ({blind})"
    columns = [Column(field="location", key="location"), TOWN, KIND, INCIDENT]
    return kit.rows(key, [Query(expr=f"{covered} == 0"), Query(expr=held)], columns, sort="kind")


def outages(key: str, where: str) -> table.Panel:
    """The cameras longest offline, by name, with their incidents."""
    longest = queries.outages(where)
    asked = [
        Query(expr=queries.with_names(longest, where)),
        Query(expr=queries.incident_of(longest, where)),
    ]
    lasted = Column(field="Value #A", key="lasted", unit=kit.SECONDS, decimals=1, width=140)
    columns = [
        *(NAME, TOWN, Column(field="village", key="village"), KIND),
        *(Column(field="upstream", key="upstream"), lasted, INCIDENT, CODE),
    ]
    return kit.rows(key, asked, columns, sort="Value #A")


def incidents(key: str, where: str, among: str = "") -> table.Panel:
    """Open incidents: what, since when, by when, who has it. `among` is a series of those meant."""
    opened = f"xueliang_incident_opened_timestamp_seconds{{{where}}}"
    due = f"xueliang_incident_due_timestamp_seconds{{{where}}}"
    facts = "incident, town, subject, cause, repair_class"
    asked = [
        f"time() - max by ({facts}) ({opened})",
        f"max by (incident) (xueliang_incident_cameras{{{where}}})",
        f"max by (incident) ({due}) - time()",
        f"max by (incident) (xueliang_incident_acknowledged{{{where}}})",
        f"max by (incident, trouble, stage) (xueliang_incident_info{{{where}}})",
        queries.reason(where),
    ]
    if among:
        asked = [f"({one}) and on (incident) {among}" for one in asked]
    late = ((None, kit.RED), (0.0, kit.YELLOW), (21_600.0, kit.GREEN))
    columns = [
        Column(field="subject", key="subject", link=TO_INCIDENT, width=220),
        *(TOWN, Column(field="cause", key="cause", mapped=names.CAUSES)),
        Column(field="trouble", key="trouble", mapped=names.TROUBLES),
        Column(field="stage", key="stage", mapped=names.STAGES),
        Column(field="text", key="reason"),
        Column(field="Value #B", key="cameras", unit=kit.NUMBER, width=90),
        Column(field="Value #A", key="lasted", unit=kit.SECONDS, decimals=1),
        Column(field="Value #C", key="left", unit=kit.SECONDS, decimals=1, steps=late),
        Column(field="Value #D", key="taken", mapped=names.TAKEN),
        INCIDENT,
    ]
    return kit.rows(key, [Query(expr=one) for one in asked], columns, sort="Value #A")


def map_of(key: str, where: str) -> geomap.Panel:
    """Where cameras are, coloured by state."""
    asked = [
        queries.of_kind(queries.place("longitude", where), where),
        queries.place("latitude", where),
        queries.state(where),
        f"max by (camera, name, town, kind) (xueliang_camera_info{{{where}}})",
    ]
    columns = [
        Column(field="name", key="name", link=TO_CAMERA),
        Column(field="town", key="town"),
        Column(field="Value #C", key="state", mapped=names.STATES, steps=kit.STATE_STEPS),
    ]
    return kit.points(key, [Query(expr=one) for one in asked], columns)


def faults(key: str, where: str) -> bargauge.Panel:
    """How many cameras show each fault."""
    expr = f"sort_desc(sum by (fault) (xueliang_camera_picture_fault{{{where}}}))"
    query = Query(expr=expr, legend="{{fault}}")
    return kit.bars(key, query, unit=kit.NUMBER, called=names.FAULTS)
