"""The report's charts, drawn with matplotlib: as PNG for paper, as SVG for the screen."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from math import cos, radians
from statistics import fmean
from typing import Any, Literal

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, date2num
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import PercentFormatter

from camera_registry.assessment.report import Report
from camera_registry.assessment.rows import PlaceKind, PlaceRow
from camera_registry.assessment.vocabulary import Indicator, Quotient, Scope
from camera_registry.vocabulary import KeyLocationState
from exporters.reports.cells import Words
from exporters.reports.fonts import FAMILY, font_file

Picture = Literal["png", "svg"]
BLUE, GREEN, RED, GREY = "#1F4E79", "#2E8B57", "#C0392B", "#9AA5B1"
# Dots an inch: sharp on an office printer, half a megabyte for the three charts together.
_DPI = 200
# So many blind locations are named on the map; the list names them all.
_NAMED = 15
_STYLE: Any = {
    "font.family": [FAMILY, "sans-serif"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E5E8EC",
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    # The same report is the same bytes.
    "svg.hashsalt": "xueliang",
    "svg.fonttype": "path",
}


@cache
def _font() -> None:
    font_manager.fontManager.addfont(str(font_file()))


def _drawn(draw: Callable[[Axes], None], size: tuple[float, float], as_: Picture) -> bytes:
    _font()
    with mpl.rc_context(_STYLE):
        drawing = Drawing(figsize=size, layout="constrained")
        draw(drawing.subplots())
        out = io.BytesIO()
        metadata = {"Date": None} if as_ == "svg" else {"Software": None}
        drawing.savefig(out, format=as_, dpi=_DPI, metadata=metadata)
    return out.getvalue()


def _percent(quotient: Quotient) -> float:
    value = quotient.value
    return float(value) if value is not None else float("nan")


def days_chart(report: Report, words: Words, as_: Picture) -> bytes | None:
    """The city's online and intact rates by day; None for a single day."""
    city = [one for one in report.days if not one.town]
    if len(city) < 2:
        return None
    days = date2num([one.day for one in city])  # type: ignore[no-untyped-call]

    def draw(axes: Axes) -> None:
        for key, colour, values in (
            ("indicator.online", BLUE, [_percent(one.online) for one in city]),
            ("indicator.intact", GREEN, [_percent(one.intact) for one in city]),
            ("report.column.seen", GREY, [_percent(one.seen) for one in city]),
        ):
            axes.plot(days, values, color=colour, label=words[key], marker="o", markersize=3)
        low = min(v for line in axes.lines for v in _known(line.get_ydata()))
        axes.set_ylim(max(0.0, low - 0.02), 1.003)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        axes.xaxis.set_major_formatter(DateFormatter("%m-%d"))  # type: ignore[no-untyped-call]
        axes.legend(ncols=3, frameon=False, loc="lower left")

    return _drawn(draw, (7.2, 2.5), as_)


def _known(values: object) -> list[float]:
    return [float(v) for v in values if v == v] or [0.0]  # type: ignore[attr-defined]


def towns_chart(report: Report, words: Words, as_: Picture) -> bytes | None:
    """Online rate and coverage of each town, the best on top; None without towns."""
    found = [(town, report.group(Scope.TOWN, town)) for town in report.towns]
    rates: dict[str, tuple[float, float]] = {
        town: (
            _value(group.figures.get(Indicator.ONLINE)),
            _value(group.figures.get(Indicator.COVERAGE)),
        )
        for town, group in found
        if group is not None
    }
    if not rates:
        return None
    order = sorted(rates, key=lambda town: (rates[town][0] == rates[town][0], rates[town][0]))

    def draw(axes: Axes) -> None:
        rows = range(len(order))
        online = [rates[town][0] for town in order]
        coverage = [rates[town][1] for town in order]
        axes.barh(
            [row + 0.2 for row in rows], online, 0.38, color=BLUE, label=words["indicator.online"]
        )
        axes.barh(
            [row - 0.2 for row in rows],
            coverage,
            0.38,
            color=GREEN,
            label=words["indicator.coverage"],
        )
        for row, town in zip(rows, order, strict=True):
            for value, up in zip(rates[town], (0.2, -0.2), strict=True):
                if value == value:
                    axes.text(value + 0.002, row + up, f"{value:.1%}", va="center", fontsize=7)
        axes.set_yticks(list(rows), order)
        low = min(_known([*online, *coverage]))
        axes.set_xlim(max(0.0, low - 0.08), 1.03)
        axes.set_xticks([tick for tick in axes.get_xticks() if low - 0.08 <= tick <= 1.0])
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.grid(visible=False, axis="y")
        axes.legend(ncols=2, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))

    return _drawn(draw, (7.2, 0.9 + 0.33 * len(order)), as_)


def _value(figure: object) -> float:
    value: Fraction | None = getattr(figure, "value", None)
    return float(value) if value is not None else float("nan")


def blind_map(report: Report, words: Words, as_: Picture) -> bytes | None:
    """Where the key locations are (WGS-84), the blind ones marked and named; None where no
    location has a position."""
    places = [
        one
        for one in report.places
        if one.kind is PlaceKind.KEY_LOCATION and one.longitude is not None
    ]
    if not places:
        return None

    def draw(axes: Axes) -> None:
        for state, colour, size in _STATES:
            at = [(p.longitude, p.latitude) for p in places if p.state is state]
            label = f"{words[f'state.{state}']} {len(at)}"
            axes.scatter(*_columns(at), s=size, c=colour, label=label, linewidths=0)
        _name_towns(axes, places)
        named = [place for place in places if place.state is KeyLocationState.BLIND][:_NAMED]
        for place in named:
            axes.annotate(
                place.name,
                (place.longitude or 0.0, place.latitude or 0.0),
                xytext=(4, 3),
                textcoords="offset points",
                fontsize=6.5,
                color=RED,
            )
        middle = fmean(place.latitude or 0.0 for place in places)
        axes.set_aspect(1 / _shrinking(middle))
        axes.ticklabel_format(useOffset=False)
        axes.set_xlabel("E (WGS-84)", fontsize=7)
        axes.set_ylabel("N", fontsize=7)
        axes.tick_params(labelsize=7)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return _drawn(draw, (7.2, 5.2), as_)


_STATES: tuple[tuple[KeyLocationState, str, int], ...] = (
    (KeyLocationState.COVERED, "#B7C9D9", 9),
    (KeyLocationState.UNKNOWN, "#E0A030", 14),
    (KeyLocationState.BLIND, RED, 26),
)


def _columns(points: list[tuple[float | None, float | None]]) -> tuple[list[float], list[float]]:
    return [x or 0.0 for x, _ in points], [y or 0.0 for _, y in points]


def _name_towns(axes: Axes, places: list[PlaceRow]) -> None:
    by_town: Mapping[str, list[PlaceRow]] = {
        town: [place for place in places if place.town == town]
        for town in dict.fromkeys(place.town for place in places)
    }
    for town, here in by_town.items():
        axes.text(
            fmean(place.longitude or 0.0 for place in here),
            fmean(place.latitude or 0.0 for place in here),
            town,
            ha="center",
            va="center",
            fontsize=8,
            color=BLUE,
            alpha=0.75,
        )


def _shrinking(latitude: float) -> float:
    """How much shorter a degree of longitude is than one of latitude there."""
    return cos(radians(latitude))
