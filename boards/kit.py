"""Panels in the forms that the boards use, on Grafana's own types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    geomap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models import common as drawn
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from boards.words import both, explained

SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="prometheus")
GREEN, YELLOW, RED, BLUE, PLAIN = "green", "yellow", "red", "blue", "text"
GREY, DARK = "#8e8e8e", "#5a5a5a"
RATIO, SECONDS, NUMBER, RATE = "percentunit", "s", "short", "cps"
# No unit: text, or a state.
TEXT = "none"

# States that a timeline shows of the time: of a day, one for each sweep.
STATES = 288

Steps = tuple[tuple[float | None, str], ...]
# Below the target, or at it and above; over what is allowed; any at all.
SHORT_OF = ((None, RED), (0.0, GREEN))
OVER = ((None, GREEN), (1.0, RED))
SOME = ((None, GREEN), (1.0, YELLOW))
UNCOLOURED: Steps = ((None, PLAIN),)
# The values of `queries.state`.
STATE_STEPS = ((None, RED), (1.0, GREEN), (2.0, YELLOW))

Property = dashboard.DynamicConfigValue
AnyPanel = TypeVar(
    "AnyPanel",
    stat.Panel,
    bargauge.Panel,
    timeseries.Panel,
    statetimeline.Panel,
    table.Panel,
    geomap.Panel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One PromQL query of a panel; `legend` names its series by their labels."""

    expr: str
    legend: str = "__auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: the field that the queries give (a label, or `Value #A`), the key of its
    heading, and how it is shown. `mapped` gives names, and colours, for values; a `link` may use
    what Grafana fills in. A `hidden` one is there for links."""

    field: str
    key: str
    unit: str = TEXT
    decimals: int | None = None
    steps: Steps = ()
    mapped: Mapping[str, tuple[str, str]] | None = None
    link: str = ""
    width: int | None = None
    hidden: bool = False


def tell(
    panel: AnyPanel, key: str, queries: Sequence[Query], *, unit: str, instant: bool, rows: bool
) -> AnyPanel:
    """What every panel has: a title, an explanation, a unit, and what it asks (A, B, ...).

    With `rows` the answers are tables, a row for each series.
    """
    panel.title(both(f"board.{key}")).description(explained(f"board.{key}.text"))
    panel.datasource(SOURCE).unit(unit).no_value("—")
    for number, query in enumerate(queries):
        target = prometheus.Dataquery().expr(query.expr).ref_id(chr(ord("A") + number))
        target.datasource(SOURCE).legend_format(query.legend)
        target.format(PromQueryFormat.TABLE if rows else PromQueryFormat.TIME_SERIES)
        panel.with_target(target.instant() if instant else target.range())
    return panel


def figure(
    key: str, *queries: Query, unit: str, decimals: int | None = None, steps: Steps = UNCOLOURED
) -> stat.Panel:
    """Large figures: the first plain or by `steps`, a second one (how far from a target) by its
    sign."""
    panel = tell(stat.Panel(), key, queries, unit=unit, instant=True, rows=False)
    panel.thresholds(thresholds(steps)).color_scheme(by_threshold())
    panel.color_mode(drawn.BigValueColorMode.VALUE).graph_mode(drawn.BigValueGraphMode.NONE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    if decimals is not None:
        panel.decimals(decimals)
    if len(queries) > 1:
        panel.text_mode(drawn.BigValueTextMode.VALUE_AND_NAME)
        panel.override_by_name(
            queries[1].legend, [Property("thresholds", thresholds(SHORT_OF).build())]
        )
    return panel


def lines(
    key: str,
    *queries: Query,
    unit: str,
    dashed: Sequence[str] = (),
    called: Mapping[str, tuple[str, str]] | None = None,
    stacked: bool = False,
    limit: float | None = None,
) -> timeseries.Panel:
    """Values over time. `dashed` names targets; `limit` is a line that is not to be crossed."""
    panel = tell(timeseries.Panel(), key, queries, unit=unit, instant=False, rows=False)
    panel.line_width(2 if not stacked else 1).fill_opacity(70 if stacked else 0)
    panel.show_points(drawn.VisibilityMode.NEVER).span_nulls(False)
    panel.tooltip(common.VizTooltipOptions().mode(drawn.TooltipDisplayMode.MULTI))
    legend = common.VizLegendOptions().display_mode(drawn.LegendDisplayMode.LIST)
    panel.legend(legend.placement(drawn.LegendPlacement.BOTTOM).show_legend(True))
    if stacked:
        panel.stacking(common.StackingConfig().mode(drawn.StackingMode.NORMAL).group("A")).min(0)
    if limit is not None:
        panel.thresholds(thresholds(((None, GREEN), (limit, RED))))
        style = common.GraphThresholdsStyleConfig().mode(drawn.GraphThresholdsStyleMode.DASHED)
        panel.thresholds_style(style)
    dashes = common.LineStyle().fill("dash").dash([8, 6]).build()
    for name in dashed:
        style_ = [Property("custom.lineStyle", dashes), colour(GREY)]
        panel.override_by_name(name, style_)
    return named(panel, called)


def bars(
    key: str,
    query: Query,
    *,
    unit: str,
    called: Mapping[str, tuple[str, str]] | None = None,
    decimals: int | None = None,
) -> bargauge.Panel:
    """Values now, the largest in front."""
    panel = tell(bargauge.Panel(), key, [query], unit=unit, instant=True, rows=False)
    panel.orientation(drawn.VizOrientation.HORIZONTAL).min(0)
    panel.display_mode(drawn.BarGaugeDisplayMode.BASIC).thresholds(thresholds(((None, BLUE),)))
    panel.color_scheme(by_threshold())
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    if decimals is not None:
        panel.decimals(decimals)
    return named(panel, called)


def timeline(
    key: str,
    *queries: Query,
    unit: str = TEXT,
    steps: Steps = STATE_STEPS,
    mapped: Mapping[str, tuple[str, str]] | None = None,
    called: Mapping[str, tuple[str, str]] | None = None,
    values: bool = False,
) -> statetimeline.Panel:
    """States over time, a row for each series."""
    panel = tell(statetimeline.Panel(), key, queries, unit=unit, instant=False, rows=False)
    panel.thresholds(thresholds(steps)).color_scheme(by_threshold()).fill_opacity(80)
    panel.max_data_points(STATES)
    shown = drawn.VisibilityMode.AUTO if values else drawn.VisibilityMode.NEVER
    panel.show_value(shown).merge_values(True).row_height(0.85)
    legend = common.VizLegendOptions().display_mode(drawn.LegendDisplayMode.LIST)
    panel.legend(legend.placement(drawn.LegendPlacement.BOTTOM).show_legend(bool(mapped)))
    if mapped:
        panel.mappings([value_map(mapped)])
    return named(panel, called)


def rows(
    key: str, queries: Sequence[Query], columns: Sequence[Column], *, sort: str = ""
) -> table.Panel:
    """A table; the queries' answers are joined where their labels are the same. Fields that no
    column names are left out. `sort` is the field that goes down."""
    panel = tell(table.Panel(), key, queries, unit=TEXT, instant=True, rows=True)
    panel.filterable(True).cell_height(drawn.TableCellHeight.SM)
    if len(queries) > 1:
        panel.with_transformation(dashboard.DataTransformerConfig("merge", options={}))
    order = [column.field for column in columns]
    keep = dashboard.DataTransformerConfig(
        "filterFieldsByName", options={"include": {"names": order}}
    )
    places = {field: place for place, field in enumerate(order)}
    arrange = dashboard.DataTransformerConfig("organize", options={"indexByName": places})
    panel.with_transformation(keep).with_transformation(arrange)
    for column in columns:
        panel.override_by_name(column.field, _shown(column))
    if sort:
        heading = next(both(f"board.column.{one.key}") for one in columns if one.field == sort)
        panel.sort_by([common.TableSortByFieldState().display_name(heading).desc(True)])
    return panel


def _shown(column: Column) -> list[Property]:
    found = [
        Property("displayName", both(f"board.column.{column.key}")),
        Property("unit", column.unit),
    ]
    if column.decimals is not None:
        found.append(Property("decimals", column.decimals))
    if column.width is not None:
        found.append(Property("custom.width", column.width))
    if column.hidden:
        found.append(Property("custom.hidden", True))
    if column.mapped:
        found.append(Property("mappings", [value_map(column.mapped)]))
    if column.steps:
        found.append(Property("thresholds", thresholds(column.steps).build()))
        found.append(Property("color", by_threshold().build()))
    if column.steps or (column.mapped and any(tint for _, tint in column.mapped.values())):
        found.append(Property("custom.cellOptions", {"type": "color-text"}))
    if column.link:
        title = both(f"board.column.{column.key}.link")
        found.append(Property("links", [{"title": title, "url": column.link}]))
    return found


def points(key: str, queries: Sequence[Query], columns: Sequence[Column]) -> geomap.Panel:
    """A map: query A gives longitudes, B latitudes, C what colours the points."""
    panel = tell(geomap.Panel(), key, queries, unit=TEXT, instant=True, rows=True)
    panel.with_transformation(dashboard.DataTransformerConfig("merge", options={}))
    panel.thresholds(thresholds(STATE_STEPS)).color_scheme(by_threshold())
    place = common.FrameGeometrySource().mode(drawn.FrameGeometrySourceMode.COORDS)
    place.longitude("Value #A").latitude("Value #B")
    style = {
        "color": {"field": "Value #C", "fixed": GREY},
        "size": {"fixed": 4, "min": 2, "max": 12},
        "opacity": 0.8,
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
    }
    layer = common.MapLayerOptions().type("markers").name(both("board.map.layer"))
    layer.config({"showLegend": False, "style": style}).location(place).tooltip(True)
    panel.layers([layer])
    panel.basemap(common.MapLayerOptions().type("default").name(both("board.map.ground")))
    panel.view(geomap.MapViewConfig().id("fit").all_layers(True))
    panel.controls(geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(True))
    for column in columns:
        panel.override_by_name(column.field, _shown(column))
    return panel


def named(panel: AnyPanel, called: Mapping[str, tuple[str, str]] | None) -> AnyPanel:
    """Gives series names, and colours where there are any."""
    for series, (name, tint) in (called or {}).items():
        shown = [Property("displayName", name)]
        panel.override_by_name(series, shown + ([colour(tint)] if tint else []))
    return panel


def colour(tint: str) -> Property:
    return Property("color", {"mode": "fixed", "fixedColor": tint})


def thresholds(steps: Steps) -> ThresholdsConfig:
    made = [dashboard.Threshold(value=value, color=tint) for value, tint in steps]
    return ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(made)


def by_threshold() -> FieldColor:
    return FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)


def value_map(mapped: Mapping[str, tuple[str, str]]) -> dashboard.ValueMap:
    """Names, and colours, of values."""
    return dashboard.ValueMap(
        options={
            value: dashboard.ValueMappingResult(text=name, color=tint or None, index=place)
            for place, (value, (name, tint)) in enumerate(mapped.items())
        }
    )
