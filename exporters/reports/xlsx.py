"""The report as a workbook: a sheet for each table, numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from camera_registry.assessment.report import Report
from exporters.reports.cells import Cell, Form, Table, Words
from exporters.reports.shown import span, title
from exporters.reports.wording import heading_of

_NUMBER_FORMATS: Mapping[Form, str] = {
    Form.COUNT: "#,##0",
    Form.SHARE: "0.00%",
    Form.CHANGE: "+0.00%;[Red]-0.00%;0.00%",
    Form.HOURS: "#,##0.00",
    Form.SCORE: "0.00",
    Form.MOMENT: "yyyy-mm-dd hh:mm:ss",
    Form.DAY: "yyyy-mm-dd",
    Form.DEGREES: "0.000000",
}
# Whole numbers above this lose digits as a spreadsheet's floating point; they are written as text.
_EXACT = 2**53
# Excel's own bound for a cell's text.
_MAX_TEXT = 32_767
_HEADER_ROW = 3
_GREEN, _AMBER, _RED = "#C6EFCE", "#FFEB9C", "#FFC7CE"


def write_xlsx(
    path: Path,
    report: Report,
    tables: Iterable[Table],
    words: Words,
    *,
    city: str,
    zone: tzinfo,
    made_at: datetime,
) -> None:
    """Writes the workbook. `made_at` is its date of creation: the same report, the same bytes."""
    # Rows go to the file as they come, so that a city's points are never all in memory.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        heading = title(report.period, city, words)
        book.set_properties(
            {"title": heading, "created": made_at.astimezone(zone).replace(tzinfo=None)}
        )
        book.set_size(2400, 1400)
        formats = _Formats(book)
        for table in tables:
            if table.rows:
                sheet = book.add_worksheet(words[f"report.table.{table.key}"][:31])
                _sheet(sheet, table, f"{heading}  {span(report.period)}", words, formats, zone)
        _method_sheet(book.add_worksheet(words["report.method"][:31]), report, words, formats)


class _Formats:
    """The workbook's formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        base: dict[str, Any] = {
            "font_name": "Microsoft YaHei",
            "font_size": 10,
            "valign": "vcenter",
        }
        self.title = book.add_format({**base, "bold": True, "font_size": 14})
        self.heading = book.add_format(
            {
                **base,
                "bold": True,
                "bg_color": "#1F4E79",
                "font_color": "#FFFFFF",
                "text_wrap": True,
                "align": "center",
                "border": 1,
                "border_color": "#BFBFBF",
            }
        )
        self.text = book.add_format(base)
        self.wrapped = book.add_format({**base, "text_wrap": True, "valign": "top"})
        self.of: dict[Form, Format] = {
            form: book.add_format({**base, "num_format": code})
            for form, code in _NUMBER_FORMATS.items()
        }
        self.bands = tuple(
            book.add_format({"bg_color": colour}) for colour in (_GREEN, _AMBER, _RED)
        )


def _sheet(
    sheet: Worksheet, table: Table, heading: str, words: Words, formats: _Formats, zone: tzinfo
) -> None:
    last_row, last_column = _HEADER_ROW - 1 + len(table.rows), len(table.columns) - 1
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width)
    sheet.write_string(0, 0, heading, formats.title)
    sheet.set_row(_HEADER_ROW - 1, 30)
    for index, column in enumerate(table.columns):
        sheet.write_string(_HEADER_ROW - 1, index, heading_of(column, words), formats.heading)
    for number, row in enumerate(table.rows, start=_HEADER_ROW):
        for index, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            _write(sheet, number, index, cell, column.form, formats, zone)
    sheet.freeze_panes(_HEADER_ROW, 2 if last_column > 6 else 0)
    sheet.autofilter(_HEADER_ROW - 1, 0, last_row, last_column)
    _colour(sheet, table, last_row, formats)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEADER_ROW - 1)
    sheet.set_footer("&C&P / &N")


def _write(
    sheet: Worksheet,
    row: int,
    index: int,
    cell: Cell,
    form: Form,
    formats: _Formats,
    zone: tzinfo,
) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        # Never as a formula or an address, whatever it begins with.
        sheet.write_string(row, index, cell[:_MAX_TEXT], formats.text)
    elif isinstance(cell, datetime):
        local = cell.astimezone(zone).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(row, index, local, formats.of[form])
    elif isinstance(cell, date):
        sheet.write_datetime(row, index, cell, formats.of[form])
    elif isinstance(cell, int) and abs(cell) > _EXACT:
        sheet.write_string(row, index, str(cell), formats.text)
    else:
        sheet.write_number(row, index, float(Fraction(cell)), formats.of[form])


def _colour(sheet: Worksheet, table: Table, last_row: int, formats: _Formats) -> None:
    """Shares from green over amber to red, as offices read them."""
    good, fair, poor = formats.bands
    for index, column in enumerate(table.columns):
        if column.form is not Form.SHARE or table.key in ("figures", "days"):
            continue
        place = (_HEADER_ROW, index, last_row, index)
        sheet.conditional_format(*place, {"type": "blanks", "stop_if_true": True, "format": None})
        for criteria, value, look in ((">=", 0.95, good), (">=", 0.9, fair), ("<", 0.9, poor)):
            sheet.conditional_format(
                *place,
                {
                    "type": "cell",
                    "criteria": criteria,
                    "value": value,
                    "format": look,
                    "stop_if_true": True,
                },
            )


def _method_sheet(sheet: Worksheet, report: Report, words: Words, formats: _Formats) -> None:
    sheet.set_column(0, 0, 120)
    lines = [f"{words['report.scheme']}: {report.scheme.name} {report.scheme.version}"]
    lines += [words[f"report.method.{key}"] for key in report.method]
    sheet.write_string(0, 0, words["report.method"], formats.title)
    for number, line in enumerate(lines, start=2):
        sheet.write_string(number, 0, line, formats.wrapped)
