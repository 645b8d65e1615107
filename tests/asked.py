"""Boards' queries with real values in their variables, asked of a real Prometheus."""

from __future__ import annotations

import time

from boards.reading import Prometheus, Written, filled

# Cameras that a board of one camera is tried with.
TRIED = 60
# The time shown: these Prometheus servers know no more.
SPAN = "10m"
_INTERESTING = (
    'xueliang_incident_info{camera!=""} * on (camera) group_left () xueliang_camera_up',
    "xueliang_camera_picture_fault",
    "xueliang_camera_offline_since_timestamp_seconds",
    'xueliang_camera_info{upstream!=""}',
)


def fillings(prometheus: Prometheus, board: Written) -> list[dict[str, str]]:
    """Values of all the board's variables, many: every town, and cameras with and without trouble.

    What can stand for all does, so `town` is one town only where the board is about one.
    """
    found: list[dict[str, str]] = [dict(board.constants)]
    for variable in board.variables:
        grown: list[dict[str, str]] = []
        for values in found:
            offered = prometheus.offered(variable, values, span=SPAN)
            assert offered, f"{board.name}: nothing to choose for {variable.name} with {values}"
            grown += [{**values, variable.name: one} for one in offered]
        found = grown
    if any(variable.name == "camera" for variable in board.variables):
        return _in_trouble_first(prometheus, found)[:TRIED]
    return found


def _in_trouble_first(prometheus: Prometheus, found: list[dict[str, str]]) -> list[dict[str, str]]:
    wanted: dict[str, int] = {}
    for query in _INTERESTING:
        for place, one in enumerate(prometheus.now(query)[: TRIED // 4]):
            wanted.setdefault(one["metric"]["camera"], place)
    return sorted(found, key=lambda values: wanted.get(values["camera"], TRIED))


def silent(prometheus: Prometheus, board: Written) -> list[str]:
    """The queries of the board's variables and panels that nothing answers, whatever is chosen."""
    chosen = fillings(prometheus, board)
    unanswered = [
        f"{board.name}: {variable.query}"
        for variable in board.variables
        if not any(prometheus.choices(variable, values, span=SPAN) for values in chosen)
    ]
    return unanswered + [
        f"{panel.title}: {target.expr}"
        for panel in board.panels
        for target in panel.targets
        if not any(prometheus.now(filled(target.expr, values, SPAN)) for values in chosen)
    ]


def still_silent(
    prometheus: Prometheus, board: Written, within_s: float, known: str | None = None
) -> list[str]:
    """What is silent all that time, without queries that have `known` in them.

    Rules read what others recorded, and each group of them is evaluated at moments of its own, so
    that it takes some rounds until the last has its answer.
    """
    deadline = time.monotonic() + within_s
    while True:
        found = [one for one in silent(prometheus, board) if known is None or known not in one]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def not_joined(prometheus: Prometheus, board: Written) -> set[str]:
    """The labels that would keep the rows of a table's or map's queries apart, where they are to be
    joined: names of series, and what a scrape adds."""
    values = fillings(prometheus, board)[0]
    return {
        label
        for panel in board.panels
        if panel.type in ("table", "geomap") and len(panel.targets) > 1
        for target in panel.targets
        for one in prometheus.now(filled(target.expr, values, SPAN))
        for label in one["metric"].keys() & {"__name__", "instance", "job"}
    }
