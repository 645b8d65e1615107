"""The archive check as a workbook: corrections to complete and import again, and all findings.

The first sheet is an archive sheet: its columns are read by `xueliang import`, the last one (what
is wrong) is passed over there. What is proposed stands on yellow, what a person has to fill in is
empty on red. The other sheets are for reading.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from camera_registry.archive.exporting import text_cell
from camera_registry.archive.judging import REMARKS
from camera_registry.fields import fields
from camera_registry.lint import Entry, Finding, Grade, LintReport
from camera_registry.lint.sheet import Correction, corrections
from camera_registry.vocabulary import Category
from exporters.lint_document import heading_of, keep_text, proposal_text, why_text
from exporters.words import Words

_HEAD = PatternFill("solid", fgColor="DCE6F1")
_PROPOSED = PatternFill("solid", fgColor="FFF2CC")
_EMPTY = PatternFill("solid", fgColor="F8CBAD")
_GRADES: Mapping[Grade, PatternFill] = {
    Grade.ERROR: PatternFill("solid", fgColor="F8CBAD"),
    Grade.WARNING: PatternFill("solid", fgColor="FFF2CC"),
    Grade.ADVICE: PatternFill("solid", fgColor="E2EFDA"),
}
# Characters; a long text is cut by the column and read whole in the cell.
_WIDEST, _NARROWEST = 60, 9
_PERCENT = "0.00%"
_NUMBERS = (int, float)


def lint_workbook(report: LintReport, entries: Mapping[int, Entry], words: Words) -> bytes:
    """The workbook; `entries` are the checked records by camera id."""
    book = Workbook(write_only=True)
    columns, rows = corrections(report.findings, entries)
    _write_corrections(book, columns, rows, words)
    _write_findings(book, report.findings, words)
    _write_rates(book, report, words)
    _write_fullness(book, report, words)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_corrections(
    book: Workbook, columns: Sequence[str], rows: Iterable[Correction], words: Words
) -> None:
    # Always under the Chinese headings, which the import knows as it knows the English ones.
    headings = [fields()[name].heading for name in columns]
    sheet = _sheet(book, "lint.sheet.corrections", [*headings, REMARKS], words, wide={REMARKS})
    for row in rows:
        sheet.append([*_cells_of(sheet, columns, row), text_cell(sheet, _remark(row, words))])


def _cells_of(sheet: Any, columns: Sequence[str], row: Correction) -> list[Any]:
    proposed = {name for finding in row.findings for name in finding.proposal}
    wanted = {finding.field for finding in row.findings if not finding.proposal}
    cells = []
    for name in columns:
        value = row.values[name]
        number = isinstance(value, _NUMBERS) and not isinstance(value, bool)
        cell = (
            WriteOnlyCell(sheet, value)
            if number
            else text_cell(sheet, _full(name, value)) or WriteOnlyCell(sheet)
        )
        if name in proposed:
            cell.fill = _PROPOSED
        elif name in wanted:
            cell.fill = _EMPTY
        cells.append(cell)
    return cells


def _full(name: str, value: Any) -> Any:
    """As a sheet shows it, whole."""
    choices = fields()[name].choices.values()
    shown = next((one.shown for one in choices if one.stored == value), value)
    return str(shown) if shown is not None else None


def _remark(row: Correction, words: Words) -> str:
    return "; ".join(
        f"{words[f'lint.kind.{one.kind.value}']}: {why_text(one, words)}" for one in row.findings
    )


_FINDING_COLUMNS = (
    "grade",
    "kind",
    "town",
    "village",
    "camera",
    "name",
    "category",
    "field",
    "value",
    "why",
    "proposal",
    "keep",
)


def _write_findings(book: Workbook, findings: Iterable[Finding], words: Words) -> None:
    headings = [words[f"lint.column.{name}"] for name in _FINDING_COLUMNS]
    wide = {words["lint.column.why"], words["lint.column.proposal"], words["lint.column.keep"]}
    sheet = _sheet(book, "lint.sheet.findings", headings, words, wide=wide)
    for one in findings:
        cells = [
            text_cell(sheet, value)
            for value in (
                words[f"lint.grade.{one.grade.value}"],
                words[f"lint.kind.{one.kind.value}"],
                one.town,
                one.village,
                one.label,
                one.name,
                words[f"category.{one.category.value}"] if one.category else "",
                heading_of(one.field, words),
                one.value,
                why_text(one, words),
                proposal_text(one, words),
                keep_text(one, words),
            )
        ]
        cells[0].fill = _GRADES[one.grade]
        sheet.append(cells)


def _write_rates(book: Workbook, report: LintReport, words: Words) -> None:
    names = ("town", "category", "records", "qualified", "ratio")
    headings = [words[f"lint.column.{name}"] for name in names]
    sheet = _sheet(book, "lint.sheet.rates", headings, words)
    for (town, category), ratio in report.qualified.items():
        share = WriteOnlyCell(sheet, ratio.value)
        share.number_format = _PERCENT
        where = [text_cell(sheet, town), text_cell(sheet, words[f"category.{category.value}"])]
        sheet.append([*where, int(ratio.whole), int(ratio.part), share])


def _write_fullness(book: Workbook, report: LintReport, words: Words) -> None:
    shares = {(one.field, one.category): one for one in report.fullness}
    present = [one for one in Category if any(one is category for _, category in shares)]
    headings = [
        words["lint.column.field"],
        words["lint.column.required"],
        *(words[f"category.{one.value}"] for one in present),
    ]
    sheet = _sheet(book, "lint.sheet.fullness", headings, words)
    for name in dict.fromkeys(one.field for one in report.fullness):
        listed = [shares[name, category] for category in present]
        required = words["lint.yes"] if any(one.required for one in listed) else ""
        cells = []
        for one in listed:
            cell = WriteOnlyCell(sheet, one.filled / one.records)
            cell.number_format = _PERCENT
            if one.required and one.filled < one.records:
                cell.fill = _PROPOSED
            cells.append(cell)
        sheet.append(
            [text_cell(sheet, heading_of(name, words)), text_cell(sheet, required), *cells]
        )


def _sheet(
    book: Workbook,
    title: str,
    headings: Sequence[str],
    words: Words,
    wide: Iterable[str] = (),
) -> Any:
    sheet = book.create_sheet(words[title])
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(headings, 1):
        width = _WIDEST if heading in wide else max(_NARROWEST, 2 * len(heading) + 6)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}1"
    cells = []
    for heading in headings:
        cell = WriteOnlyCell(sheet, heading)
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        cells.append(cell)
    sheet.append(cells)
    return sheet
