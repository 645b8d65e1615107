"""A board as a whole: its variables, its rows of panels, links to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard

from boards import queries
from boards.kit import SOURCE
from boards.words import both, explained

COLUMNS = 24
# Where crews reach the console, unless the boards are made for another address.
CONSOLE = "http://127.0.0.1:9464"
BOARDS = ("city", "town", "camera", "monitor")

PanelBuilder = Builder[dashboard.Panel]
Variable = Builder[dashboard.VariableModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels side by side with their widths, COLUMNS together."""

    height: int
    panels: Sequence[tuple[int, PanelBuilder]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """`name` is that of the file, and of the key of its words; `page` is the path of the console's
    own page of the same subject, where there is one."""

    name: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = ()
    page: str = ""


def build(board: Board, console: str = CONSOLE) -> dashboard.Dashboard:
    """The board as Grafana reads it; links to the console lead to `console`."""
    made = builders.Dashboard(both(f"board.{board.name}")).uid(f"xueliang-{board.name}")
    made.description(explained(f"board.{board.name}.text")).tags(["xueliang"]).readonly()
    made.timezone("Asia/Shanghai").refresh("1m").time("now-24h", "now")
    made.tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
    made.variables([*board.variables, _Hidden(builders.ConstantVariable("console").value(console))])
    own_page = [_page(board.page)] if board.page else []
    made.links([*(_link(other) for other in BOARDS if other != board.name), *own_page])
    for panel in _placed(board.rows):
        made.with_panel(panel)
    return made.build()


def _placed(rows: Sequence[Row]) -> list[PanelBuilder]:
    placed: list[PanelBuilder] = []
    top = 0
    for row in rows:
        left = 0
        for width, panel in row.panels:
            spot = dashboard.GridPos(h=row.height, w=width, x=left, y=top)
            placed.append(_Placed(panel, spot, len(placed) + 1))
            left += width
        top += row.height
    return placed


class _Placed(PanelBuilder):
    """A panel at its spot, with its number."""

    def __init__(self, panel: PanelBuilder, spot: dashboard.GridPos, number: int) -> None:
        self._panel = panel
        self._spot = spot
        self._number = number

    def build(self) -> dashboard.Panel:
        built = self._panel.build()
        built.grid_pos, built.id_val = self._spot, self._number
        return built


class _Hidden(Variable):
    """A variable that people do not see, of a kind whose own builder cannot say so."""

    def __init__(self, variable: Variable) -> None:
        self._variable = variable

    def build(self) -> dashboard.VariableModel:
        built = self._variable.build()
        built.hide = dashboard.VariableHide.HIDE_VARIABLE
        return built


def _link(name: str) -> builders.DashboardLink:
    link = builders.DashboardLink(both(f"board.{name}")).type(dashboard.DashboardLinkType.LINK)
    return link.url(f"/d/xueliang-{name}").include_vars(True).keep_time(True).icon("dashboard")


def _page(path: str) -> builders.DashboardLink:
    link = builders.DashboardLink(both("board.page")).type(dashboard.DashboardLinkType.LINK)
    return link.url(f"${{console}}{path}").target_blank(True).icon("external link")


def towns(*, several: bool) -> Variable:
    """The towns: one, or some or all."""
    made = _asked("town", "label_values(xueliang_cameras, town)", several=several)
    return made.all_value(".+") if several else made


def kinds() -> Variable:
    """Kinds of key location; all of them are also the cameras at none."""
    query = 'label_values(xueliang_camera_info{town=~"$town",kind!=""}, kind)'
    return _asked("kind", query, several=True).all_value(".*")


def cameras() -> Variable:
    """The chosen town's cameras of the chosen kinds, by name; their values are the codes."""
    query = 'query_result(xueliang_camera_info{town="$town",kind=~"$kind"})'
    found = _asked("camera", query, several=False)
    return found.regex('/camera="(?<value>[^"]+)".*,name="(?<text>[^"]+)"/')


def worst() -> Variable:
    """The cameras that were offline longest, all of them; people have nothing to choose."""
    query = f"query_result({queries.worst(queries.TOWN)})"
    found = _asked("worst", query, several=True).regex('/camera="([^"]+)"/')
    return found.hide(dashboard.VariableHide.HIDE_VARIABLE)


def _asked(name: str, query: str, *, several: bool) -> builders.QueryVariable:
    made = builders.QueryVariable(name).label(both(f"board.variable.{name}")).datasource(SOURCE)
    made.query({"query": query, "refId": f"variable-{name}"})
    made.refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
    made.sort(dashboard.VariableSort.ALPHABETICAL_ASC).multi(several).include_all(several)
    if several:
        everything = dashboard.VariableOption(selected=True, text="All", value="$__all")
        made.current(everything)
    return made
