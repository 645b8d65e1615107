"""The report on paper: A4, fit to be signed and handed in."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Table as Grid

from camera_registry.assessment.report import Report
from camera_registry.assessment.vocabulary import Indicator, Scope, Unit
from exporters.reports import figures, lists
from exporters.reports.cells import Form, Table, Words
from exporters.reports.charts import blind_map, days_chart, towns_chart
from exporters.reports.fonts import font_file
from exporters.reports.shown import NOTHING, rounded, shown, span, title
from exporters.reports.wording import heading_of, made_line, opening

_FONT = "NotoSansSC"
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_BLUE = colors.HexColor("#1F4E79")
_PALE = colors.HexColor("#EEF3F8")
_LINE = colors.HexColor("#C9D3DD")
# Lists on paper are for the worst; the workbook has them whole.
_WORST_ROWS = 25
_FRAGILE_ROWS = 15

_TEXT = ParagraphStyle("text", fontName=_FONT, fontSize=9, leading=14, wordWrap="CJK")
_CELL = ParagraphStyle("cell", parent=_TEXT, fontSize=7.5, leading=10)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", parent=_CELL, textColor=colors.white, alignment=TA_CENTER)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=19, leading=28, alignment=TA_CENTER)
_SUBTITLE = ParagraphStyle("subtitle", parent=_TEXT, fontSize=11, leading=18, alignment=TA_CENTER)
_SECTION = ParagraphStyle(
    "section", parent=_TEXT, fontSize=12.5, leading=20, textColor=_BLUE, spaceBefore=8, spaceAfter=3
)
_BIG = ParagraphStyle("big", parent=_TEXT, fontSize=15, leading=20, alignment=TA_CENTER)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=7.5, leading=10, alignment=TA_CENTER)

_CARDS = (
    Indicator.ONLINE,
    Indicator.INTACT,
    Indicator.COVERAGE,
    Indicator.ARCHIVE,
    Indicator.MTTR,
    Indicator.IN_TIME,
)
_RANKING = (
    "rank",
    "town",
    "score",
    "points",
    "indicator.online",
    "online_change",
    "indicator.intact",
    "indicator.coverage",
    "indicator.archive",
    "indicator.mttr",
    "seen",
)
_BLIND = ("kind", "name", "town", "points", "blind_since", "remark", "blind_hours")
_OUTAGES = ("name", "town", "category", "maintainer", "began_at", "repaired_at", "offline_hours")


@cache
def _fonts() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, str(font_file())))


def write_pdf(
    path: Path,
    report: Report,
    words: Words,
    *,
    city: str,
    zone: tzinfo,
    made_at: datetime,
    late: bool,
) -> None:
    """Writes the document. The same report and `made_at` give the same bytes."""
    _fonts()
    heading = title(report.period, city, words)
    document = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=f"{heading} {span(report.period)}",
        author="xueliang",
        invariant=1,
    )
    made = made_line(made_at, words, zone, late=late)
    document.build(
        list(_story(report, words, heading, zone)),
        canvasmaker=lambda *args, **options: _Numbered(*args, footer=(heading, made), **options),
    )


class _Numbered(Canvas):
    """Pages that say which of how many they are, which only the end knows."""

    def __init__(self, *args: Any, footer: tuple[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._footer = footer
        self._states: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's
        self._states.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, state in enumerate(self._states, start=1):
            self.__dict__.update(state)
            self.setFont(_FONT, 7.5)
            self.setFillColor(colors.HexColor("#6B7785"))
            left, right = self._footer
            self.drawString(_MARGIN, 10 * mm, left)
            self.drawCentredString(A4[0] / 2, 10 * mm, f"{number} / {len(self._states)}")
            self.drawRightString(A4[0] - _MARGIN, 10 * mm, right)
            super().showPage()
        super().save()


def _story(report: Report, words: Words, heading: str, zone: tzinfo) -> Iterable[Flowable]:
    yield Paragraph(escape(heading), _TITLE)
    yield Paragraph(escape(span(report.period)), _SUBTITLE)
    yield Spacer(1, 4 * mm)
    yield _cards(report, words)
    yield Spacer(1, 2 * mm)
    yield Paragraph(escape(opening(report, words)), _TEXT)
    yield from _charted(words["report.chart.days"], days_chart(report, words, "png"))
    yield from _section(
        words["report.table.towns"], figures.ranking(report, words), _RANKING, words, zone
    )
    yield from _charted(words["report.chart.towns"], towns_chart(report, words, "png"))
    yield from _blind(report, words, zone)
    for table, rows, keys in (
        (lists.outages(report, words), _WORST_ROWS, _OUTAGES),
        (lists.fragile(report, words), _FRAGILE_ROWS, None),
        (lists.upstreams(report, words), _FRAGILE_ROWS, None),
    ):
        yield from _section(_named(table, rows, words), _cut(table, rows), keys, words, zone)
    if report.corrections:
        yield from _corrections(report, words, zone)
    yield from _method(report, words)
    yield _signatures(words)


def _cards(report: Report, words: Words) -> Flowable:
    city = report.group(Scope.CITY)
    of_city = city.figures if city is not None else {}
    values, names, below = [], [], []
    for one in _CARDS:
        figure = of_city.get(one)
        duration = figure is not None and figure.unit is Unit.DURATION
        value = figure.value if figure is not None else None
        if value is not None and duration:
            text = words["report.hours"].format(hours=rounded(value / 3600, 1))
        else:
            text = shown(value, Form.SHARE)
        change = figure.change if figure is not None and not duration else None
        values.append(Paragraph(escape(text), _BIG))
        names.append(Paragraph(escape(words[f"indicator.{one}"]), _SMALL))
        against = shown(change, Form.CHANGE) if change is not None else NOTHING
        below.append(Paragraph(escape(words["report.against"].format(change=against)), _SMALL))
    grid = Grid([names, values, below], colWidths=[_WIDTH / len(_CARDS)] * len(_CARDS))
    grid.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), _PALE),
                ("INNERGRID", (0, 0), (-1, -1), 0.4, colors.white),
                ("LINEAFTER", (0, 0), (-2, -1), 2, colors.white),
                ("TOPPADDING", (0, 0), (-1, 0), 6),
                ("BOTTOMPADDING", (0, 2), (-1, 2), 6),
            ]
        )
    )
    return grid


def _charted(name: str, png: bytes | None) -> Iterable[Flowable]:
    if png is None:
        return
    width, height = ImageReader(io.BytesIO(png)).getSize()
    picture = Image(io.BytesIO(png), width=_WIDTH, height=_WIDTH * height / width)
    yield KeepTogether([Paragraph(escape(name), _SECTION), picture])


def _blind(report: Report, words: Words, zone: tzinfo) -> Iterable[Flowable]:
    yield from _charted(words["report.chart.map"], blind_map(report, words, "png"))
    table = lists.blind(report, words)
    if table.rows:
        name, worst = _named(table, _WORST_ROWS, words), _cut(table, _WORST_ROWS)
        yield from _section(name, worst, _BLIND, words, zone)
    else:
        yield Paragraph(escape(words["report.none_blind"]), _TEXT)


def _corrections(report: Report, words: Words, zone: tzinfo) -> Iterable[Flowable]:
    table = lists.corrections(report, words)
    yield from _section(words["report.table.corrections"], table, None, words, zone)
    yield Paragraph(escape(words["report.corrections_note"]), _TEXT)


def _named(table: Table, rows: int, words: Words) -> str:
    """The table's name, and how many of its rows are shown where not all are."""
    name = words[f"report.table.{table.key}"]
    if len(table.rows) <= rows:
        return name
    return words["report.first_rows"].format(name=name, rows=rows, all=len(table.rows))


def _cut(table: Table, rows: int) -> Table:
    return Table(key=table.key, columns=table.columns, rows=table.rows[:rows])


def _section(
    name: str, table: Table, keys: Sequence[str] | None, words: Words, zone: tzinfo
) -> Iterable[Flowable]:
    """A heading and a grid of the table's chosen columns; nothing for an empty table."""
    if not table.rows:
        return
    chosen = [
        (index, column)
        for index, column in enumerate(table.columns)
        if keys is None or column.key in keys
    ]
    cells: list[list[Flowable]] = [
        [Paragraph(escape(heading_of(column, words)), _HEAD) for _, column in chosen]
    ]
    cells.extend(
        [
            Paragraph(
                escape(shown(row[index], column.form, zone)),
                _CELL if column.form is Form.TEXT else _NUMBER,
            )
            for index, column in chosen
        ]
        for row in table.rows
    )
    total = sum(_weight(column.form, column.width) for _, column in chosen)
    widths = [_WIDTH * _weight(column.form, column.width) / total for _, column in chosen]
    grid = Grid(cells, colWidths=widths, repeatRows=1)
    grid.setStyle(_GRID)
    yield KeepTogether([Paragraph(escape(name), _SECTION), grid]) if len(cells) < 30 else grid


def _weight(form: Form, width: int) -> float:
    return 9.0 if form not in (Form.TEXT, Form.MOMENT) else float(max(width, 10))


_GRID = TableStyle(
    [
        ("BACKGROUND", (0, 0), (-1, 0), _BLUE),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, _PALE]),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)


def _method(report: Report, words: Words) -> Iterable[Flowable]:
    scheme = report.scheme
    yield Paragraph(escape(words["report.method"]), _SECTION)
    yield Paragraph(escape(f"{words['report.scheme']}: {scheme.name} {scheme.version}"), _TEXT)
    for number, key in enumerate(report.method, start=1):
        yield Paragraph(escape(f"{number}. {words[f'report.method.{key}']}"), _TEXT)
    excluded = [words[f"category.{one}"] for one in scheme.excluded_categories]
    excluded += list(scheme.excluded_points)
    if excluded:
        listed = "、".join(excluded)
        yield Paragraph(escape(words["report.excluded"].format(points=listed)), _TEXT)


def _signatures(words: Words) -> Flowable:
    names = [words[f"report.sign.{one}"] for one in ("prepared", "checked", "approved", "date")]
    cells = [[Paragraph(escape(f"{name}:"), _TEXT) for name in names]]
    grid = Grid(cells, colWidths=[_WIDTH / 4] * 4, rowHeights=[16 * mm])
    grid.setStyle(
        TableStyle(
            [("VALIGN", (0, 0), (-1, -1), "BOTTOM"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE)]
        )
    )
    return KeepTogether([Spacer(1, 8 * mm), grid])
