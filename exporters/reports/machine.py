"""The report for machines: one JSON document, and a CSV for each table in a zip archive."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from fractions import Fraction
from pathlib import Path
from typing import Any

from exporters.reports.cells import Cell, Form, Table
from exporters.reports.shown import rounded

# A zip archive's dates begin here; a fixed one keeps the bytes the same.
_DATE = (1980, 1, 1, 0, 0, 0)
# Hours and shares to a millionth: finer than any look is.
_PLACES = 6


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """The figures' own document, as it is kept to compare a later reckoning with."""
    with path.open("w", encoding="utf-8") as out:
        json.dump(document, out, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        out.write("\n")


def write_csv(path: Path, tables: Iterable[Table], zone: tzinfo) -> None:
    """A CSV of each table, headed by the columns' keys, which stay the same in every language."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            text = io.StringIO(newline="")
            rows = csv.writer(text)
            rows.writerow(column.key for column in table.columns)
            forms = [column.form for column in table.columns]
            for row in table.rows:
                rows.writerow(
                    _plain(cell, form, zone) for cell, form in zip(row, forms, strict=True)
                )
            # The mark tells spreadsheets that this is UTF-8.
            archive.writestr(zipfile.ZipInfo(f"{table.key}.csv", _DATE), "\ufeff" + text.getvalue())


def _plain(cell: Cell, form: Form, zone: tzinfo) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        # A leading apostrophe keeps a spreadsheet from running it.
        return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
    if isinstance(cell, int) and form is not Form.SHARE:
        return cell
    return f"{rounded(Fraction(cell), _PLACES):f}"
