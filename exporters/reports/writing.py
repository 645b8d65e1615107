"""Writes a report in the formats that are asked for, each file whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from camera_registry.assessment.report import Report
from exporters.reports.files import FORMATS, write_whole
from exporters.reports.html import write_html
from exporters.reports.machine import write_csv, write_json
from exporters.reports.pdf import write_pdf
from exporters.reports.shown import file_stem
from exporters.reports.tables import tables
from exporters.reports.xlsx import write_xlsx
from exporters.words import Words


def write_report(
    folder: Path,
    report: Report,
    document: Mapping[str, Any],
    *,
    formats: Sequence[str],
    language: str,
    city: str,
    zone: tzinfo,
    made_at: datetime,
    late: bool = False,
) -> list[Path]:
    """The files written, in the order of `formats`. `document` is the figures' own;
    `late` marks a report that was missed when it was due.

    Raises:
        KeyError: an unknown format or language.
        OSError: the folder cannot be written to.
    """
    words = Words.load(language)
    sheets = tables(report, words)
    writers: Mapping[str, Callable[[Path], None]] = {
        "xlsx": lambda path: write_xlsx(
            path, report, sheets, words, city=city, zone=zone, made_at=made_at
        ),
        "pdf": lambda path: write_pdf(
            path, report, words, city=city, zone=zone, made_at=made_at, late=late
        ),
        "html": lambda path: write_html(
            path, report, words, city=city, zone=zone, made_at=made_at, late=late
        ),
        "csv": lambda path: write_csv(path, sheets, zone),
        "json": lambda path: write_json(path, document),
    }
    stem = file_stem(report.period, language)
    written = []
    for one in formats:
        path = folder / f"{stem}.{FORMATS[one]}"
        write_whole(path, writers[one])
        written.append(path)
    return written
