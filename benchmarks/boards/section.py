"""How long each panel of each board takes on a Prometheus with a day of the city."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.boards.blocks import Served, served
from benchmarks.lines import Line, Sizes
from benchmarks.measured import cpu_of
from boards.reading import Panel, Target, Written, boards, filled

SECTION = "boards"
LIMIT_MS = 1_000.0
ROUNDS = 3
# No step is shorter than the period of the scrapes.
SCRAPE_S = 60.0


def lines(sizes: Sizes) -> Iterator[Line]:
    """A line for each panel: its slowest query, and what all of them cost Prometheus."""
    points, hours = sizes.rows, sizes.board_hours
    with served(points, hours) as day:
        series = len(day.prometheus.now('{__name__=~".+"}', day.end))
        yield Line(
            section=SECTION,
            what=f"series of {points:,} points, {hours} h of them",
            measured=f"{series:,}",
        )
        for board in boards():
            values = chosen(day, board)
            yield from _variables(day, board, values)
            for panel in board.panels:
                yield _line(day, board, panel, values, f"{hours}h")


def chosen(day: Served, board: Written, most: str = "in_use") -> dict[str, str]:
    """All where a variable offers that, else the town with the most cameras (`in_use`, `offline`),
    and one of its cameras with an incident and something that it hangs on."""
    values = dict(board.constants)
    for variable in board.variables:
        if variable.several or variable.name not in _ONE:
            values[variable.name] = day.prometheus.offered(variable, values, day.end)[0]
        else:
            values[variable.name] = _ONE[variable.name](day, values, most)
    return values


def _town(day: Served, _: dict[str, str], most: str) -> str:
    found = day.prometheus.now(f"topk(1, town:xueliang_cameras_{most}:sum)", day.end)
    return str(found[0]["metric"]["town"])


def _camera(day: Served, values: dict[str, str], _: str) -> str:
    where = f'town="{values["town"]}"'
    known = f"xueliang_camera_info{{{where}"
    away = f'{known},upstream!=""}} and on (camera) xueliang_incident_info{{{where}}}'
    found = day.prometheus.now(f"{away} or {known}}}", day.end)
    return str(found[0]["metric"]["camera"])


_ONE: dict[str, Callable[[Served, dict[str, str], str], str]] = {"town": _town, "camera": _camera}


def _variables(day: Served, board: Written, values: dict[str, str]) -> Iterator[Line]:
    """What filling the board's variables takes, where it has any."""
    if not board.variables:
        return
    took: list[float] = []
    for variable in board.variables:
        rounds = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            day.prometheus.choices(variable, values, day.end)
            rounds.append((time.perf_counter() - begun) * 1000)
        took.append(median(rounds))
    yield Line(
        section=SECTION,
        what=f"{board.name}: variables",
        measured=f"{max(took):.0f} ms; {len(took)} queries",
        goal=f"under {LIMIT_MS:,.0f} ms",
        met=max(took) < LIMIT_MS,
    )


def _line(day: Served, board: Written, panel: Panel, values: dict[str, str], span: str) -> Line:
    took: list[float] = []
    before = cpu_of(day.pid)
    for target in panel.targets:
        rounds = [
            _ask(day, panel, target, filled(target.expr, values, span)) for _ in range(ROUNDS)
        ]
        took.append(median(rounds) * 1000)
    cost_ms = (cpu_of(day.pid) - before) / ROUNDS * 1000
    return Line(
        section=SECTION,
        what=f"{board.name}: {panel.title}",
        measured=f"{max(took):.0f} ms; {cost_ms:.0f} ms of CPU in {len(took)} queries",
        goal=f"under {LIMIT_MS:,.0f} ms",
        met=max(took) < LIMIT_MS,
    )


def _ask(day: Served, panel: Panel, target: Target, expr: str) -> float:
    """Seconds from the question to the whole answer."""
    begun = time.perf_counter()
    if target.instant:
        day.prometheus.now(expr, day.end)
    else:
        step_s = max(SCRAPE_S, (day.end - day.begin) / panel.moments)
        day.prometheus.over(expr, day.begin, day.end, step_s)
    return time.perf_counter() - begun
