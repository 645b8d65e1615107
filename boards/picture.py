"""A board's answers drawn as a picture, panel by panel in Grafana's grid.

No Grafana is needed for it: it shows the data, not Grafana's own drawing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, HourLocator, date2num
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter
from PIL import Image

from boards import answers
from boards.answers import COLOURS, Moment, Series
from boards.reading import Panel, Prometheus, Written
from exporters.reports.fonts import FAMILY, font_file

# Inches of one cell of the grid, and dots an inch: 1,300 dots across.
_WIDE, _HIGH, _DPI = 0.54, 0.30, 100
_COLUMNS = 24
# Few colours are drawn: a palette makes the file a third as large.
_PALETTE = 128
_PALE = ("#3274D9", "#56A64B", "#E0A800", "#A352CC", "#FF780A", "#1F9BAA", "#C4162A", "#8AB8FF")
_ZONE = ZoneInfo("Asia/Shanghai")
_STYLE: Any = {
    "font.family": [FAMILY, "sans-serif"],
    "font.size": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#C7CCD1",
    "axes.grid": True,
    "grid.color": "#ECEEF0",
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
}
Draw = Callable[[Axes, Panel, Prometheus, Moment], None]


def draw(board: Written, prometheus: Prometheus, moment: Moment) -> bytes:
    """The board as PNG."""
    font_manager.fontManager.addfont(str(font_file()))
    spots = [panel.source["gridPos"] for panel in board.panels]
    rows = max(spot["y"] + spot["h"] for spot in spots) + 2
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_COLUMNS * _WIDE, rows * _HIGH), facecolor="#F4F5F5")
        # Hidden ones are nobody's choice.
        known = {one["name"] for one in board.document["templating"]["list"] if not one.get("hide")}
        chosen = " · ".join(
            f"{name} = {value}"
            for name, value in moment.values.items()
            if name in known - board.constants.keys()
        )
        head = f"{board.document['title']}   {chosen}   {_when(moment)}"
        figure.text(0.008, 1 - 1.3 / rows, head, fontsize=11)
        for panel, spot in zip(board.panels, spots, strict=True):
            _panel(figure, panel, spot, rows, prometheus, moment)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=_DPI)
    return _small(out)


def _when(moment: Moment) -> str:
    begin, end = (datetime.fromtimestamp(at, _ZONE) for at in (moment.begin, moment.end))
    return f"{begin:%Y-%m-%d %H:%M} – {end:%m-%d %H:%M}"


def _small(out: io.BytesIO) -> bytes:
    small = io.BytesIO()
    picture = Image.open(out).convert("RGB").quantize(_PALETTE, dither=Image.Dither.NONE)
    picture.save(small, format="png", optimize=True)
    return small.getvalue()


def _panel(
    figure: Figure,
    panel: Panel,
    spot: dict[str, int],
    rows: int,
    prometheus: Prometheus,
    moment: Moment,
) -> None:
    left, width = spot["x"] / _COLUMNS, spot["w"] / _COLUMNS
    height = spot["h"] / rows
    bottom = 1 - (spot["y"] + 2) / rows - height
    gap_x, gap_y = 0.003, 0.12 / rows
    frame = Rectangle(
        (left + gap_x, bottom + gap_y),
        width - 2 * gap_x,
        height - 2 * gap_y,
        transform=figure.transFigure,
        facecolor="white",
        edgecolor="#DCDFE2",
        linewidth=0.6,
        # Under the axes.
        zorder=-1,
    )
    figure.add_artist(frame)
    top = bottom + height
    figure.text(left + 0.008, top - 0.85 / rows, panel.title, fontsize=8.5)
    kind = _KINDS[panel.type]
    inner_left = 0.008 if panel.type in _BARE else 0.05 if panel.type != "bargauge" else 0.13
    if panel.type == "state-timeline":
        inner_left = 0.12
    room = (
        left + inner_left,
        bottom + (0.35 if panel.type in _BARE else 1.0) / rows,
        width - inner_left - (0.008 if panel.type in _BARE else 0.02),
        height - _head(panel) / rows - (0.0 if panel.type in _BARE else 1.0) / rows,
    )
    kind(figure.add_axes(room), panel, prometheus, moment)


def _head(panel: Panel) -> float:
    """Rows for the title, and for what the colours mean."""
    return {"timeseries": 2.5, "stat": 1.6, "table": 1.6}.get(panel.type, 1.5)


def _stat(axes: Axes, panel: Panel, prometheus: Prometheus, moment: Moment) -> None:
    axes.set_axis_off()
    usual = answers.defaults(panel)
    special = answers.overrides(panel)
    found = answers.series(panel, prometheus, moment)
    for place, one in enumerate(found or [None]):
        own = {**usual, **(special.get(one.name, {}) if one else {})}
        cell = answers.cell(one.values[-1] if one else None, own)
        x = (place + 0.5) / max(1, len(found))
        size = 17 if len(found) < 2 else 14
        axes.text(x, 0.52, cell.text, ha="center", va="center", fontsize=size, color=cell.tint)
        if one and len(found) > 1:
            axes.text(x, 0.08, one.name, ha="center", va="center", fontsize=7, color="#6E7780")


def _lines(axes: Axes, panel: Panel, prometheus: Prometheus, moment: Moment) -> None:
    found = answers.series(panel, prometheus, moment)
    usual = answers.defaults(panel)
    unit = usual["unit"]
    tints = [one.tint or _PALE[place % len(_PALE)] for place, one in enumerate(found)]
    if usual.get("custom", {}).get("stacking", {}).get("mode") == "normal" and found:
        times = sorted({at for one in found for at in one.times})
        stacked = [_at(one, times) for one in found]
        names = [one.name for one in found]
        axes.stackplot(_days(times), stacked, labels=names, colors=tints, alpha=0.85)
    else:
        for one, tint in zip(found, tints, strict=True):
            style = "--" if one.dashed else "-"
            days = _days(one.times)
            axes.plot(days, one.values, style, color=tint, label=one.name, linewidth=1.2)
    for step in usual.get("thresholds", {}).get("steps", ())[1:]:
        if "thresholdsStyle" in usual.get("custom", {}):
            axes.axhline(step["value"], color=COLOURS["red"], linestyle=":", linewidth=1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: answers.shown(value, unit)))
    _time_axis(axes, moment)
    if found:
        many = len(found) > 6
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.02, 0.98),
            ncols=5 if many else 6,
            frameon=False,
            fontsize=5 if many else 6.5,
            columnspacing=0.8,
            handlelength=1.2,
            borderpad=0,
        )
    else:
        _nothing(axes)


def _at(one: Series, times: list[float]) -> list[float]:
    known = dict(zip(one.times, one.values, strict=True))
    return [known.get(at, 0.0) for at in times]


def _days(times: Any) -> Any:
    moments = [datetime.fromtimestamp(at, UTC) for at in times]
    return date2num(moments)  # type: ignore[no-untyped-call]


def _time_axis(axes: Axes, moment: Moment) -> None:
    axes.set_xlim(*_days((moment.begin, moment.end)))
    hours = max(1, round((moment.end - moment.begin) / 3600 / 6))
    marks = HourLocator(range(0, 24, hours), tz=_ZONE)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(marks)
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=_ZONE))  # type: ignore[no-untyped-call]


def _bars(axes: Axes, panel: Panel, prometheus: Prometheus, moment: Moment) -> None:
    found = answers.series(panel, prometheus, moment)
    usual = answers.defaults(panel)
    places = range(len(found))
    axes.barh(places, [one.values[-1] for one in found], 0.62, color=COLOURS["blue"])
    for place, one in zip(places, found, strict=True):
        text = answers.shown(one.values[-1], usual["unit"], usual.get("decimals"))
        axes.text(one.values[-1], place, f" {text}", va="center", fontsize=6.5)
    axes.set_yticks(places, [one.name for one in found], fontsize=6.5)
    axes.invert_yaxis()
    axes.margins(x=0.16)
    axes.xaxis.set_ticks([])
    if not found:
        _nothing(axes)


def _timeline(axes: Axes, panel: Panel, prometheus: Prometheus, moment: Moment) -> None:
    found = answers.series(panel, prometheus, moment)
    steps = answers.defaults(panel)["thresholds"]["steps"]
    for place, one in enumerate(found):
        tints = [answers.stepped(value, steps) for value in one.values]
        days = _days(one.times)
        width = answers.STEP_S / 86_400
        axes.barh([place] * len(days), width, 0.8, left=days, color=tints, linewidth=0)
    axes.set_yticks(range(len(found)), [one.name for one in found], fontsize=6.5)
    axes.set_ylim(max(len(found), 1) - 0.5, -0.5)
    axes.grid(visible=False)
    _time_axis(axes, moment)
    if not found:
        _nothing(axes)


def _table(axes: Axes, panel: Panel, prometheus: Prometheus, moment: Moment) -> None:
    axes.set_axis_off()
    headings, rows = answers.table(panel, prometheus, moment)
    lines = panel.source["gridPos"]["h"] - 2
    shares = [_share(heading, [row[n].text for row in rows]) for n, heading in enumerate(headings)]
    x = 0.0
    for column, heading in enumerate(headings):
        axes.text(x, 1.0, heading, va="top", fontsize=7, color="#6E7780")
        for line, row in enumerate(rows[: lines - 1]):
            cell = row[column]
            at = 1 - (line + 1) / lines
            axes.text(x, at, cell.text, va="top", fontsize=7, color=cell.tint, clip_on=True)
        x += shares[column] / sum(shares)
    hidden = len(rows) - lines + 1
    if hidden > 0:
        axes.text(1, -0.02, f"+ {hidden}", ha="right", va="bottom", fontsize=7, color="#6E7780")
    if not rows:
        _nothing(axes)


def _share(heading: str, texts: list[str]) -> float:
    """How wide a column is; Chinese letters take twice the room of others."""
    return 2 + max(sum(2 if ord(one) > 255 else 1 for one in text) for text in (heading, *texts))


def _map(axes: Axes, panel: Panel, prometheus: Prometheus, moment: Moment) -> None:
    steps = answers.defaults(panel)["thresholds"]["steps"]
    found = [
        row
        for row in answers.rows(panel, prometheus, moment)
        if "Value #A" in row and "Value #B" in row
    ]
    # What is wrong is drawn over what is well.
    found.sort(key=lambda row: {1.0: 0, None: 1, 2.0: 2, 0.0: 3}[row.get("Value #C")])
    state = [row.get("Value #C") for row in found]
    tints = ["#8e8e8e" if one is None else answers.stepped(one, steps) for one in state]
    sizes = [3 if one == 1.0 else 12 for one in state]
    east = [row["Value #A"] for row in found]
    north = [row["Value #B"] for row in found]
    axes.scatter(east, north, s=sizes, c=tints, linewidths=0)
    axes.set_aspect(1.17, adjustable="datalim")
    if len(found) == 1:
        axes.set_xlim(east[0] - 0.02, east[0] + 0.02)
    degrees = FuncFormatter(lambda value, _: f"{value:.2f}°")
    axes.xaxis.set_major_formatter(degrees)
    axes.yaxis.set_major_formatter(degrees)


def _nothing(axes: Axes) -> None:
    axes.text(0.5, 0.5, "—", transform=axes.transAxes, ha="center", va="center", color="#B0B0B0")


_BARE = ("stat", "table")
_KINDS: dict[str, Draw] = {
    "stat": _stat,
    "timeseries": _lines,
    "bargauge": _bars,
    "state-timeline": _timeline,
    "table": _table,
    "geomap": _map,
}
