"""The report as one HTML file that needs nothing else: for the screen and for e-mail."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path

from markupsafe import Markup

from camera_registry.assessment.report import Report
from exporters.page import environment
from exporters.reports import figures, lists
from exporters.reports.cells import Form, Table
from exporters.reports.charts import blind_map, days_chart, towns_chart
from exporters.reports.shown import shown, span, title
from exporters.reports.wording import heading_of, made_line, opening
from exporters.words import Words

# A mail is read to the worst rows; the workbook has all of them.
_ROWS = 50


def write_html(
    path: Path,
    report: Report,
    words: Words,
    *,
    city: str,
    zone: tzinfo,
    made_at: datetime,
    late: bool,
) -> None:
    """Writes the page; it holds no script and asks for nothing from elsewhere."""
    charts = (
        ("report.chart.days", days_chart(report, words, "svg")),
        ("report.chart.towns", towns_chart(report, words, "svg")),
        ("report.chart.map", blind_map(report, words, "svg")),
    )
    sections = (
        figures.summary(report, words),
        figures.ranking(report, words),
        lists.blind(report, words),
        lists.outages(report, words),
        lists.fragile(report, words),
        lists.upstreams(report, words),
        figures.reported(report, words),
        lists.corrections(report, words),
    )
    page = (
        environment()
        .get_template("report.html")
        .render(
            language=words.language.replace("_", "-"),
            title=title(report.period, city, words),
            span=span(report.period),
            opening=opening(report, words),
            made=made_line(made_at, words, zone, late=late),
            charts=[(words[key], _inline(svg)) for key, svg in charts if svg is not None],
            tables=[_shown(table, words, zone) for table in sections if table.rows],
            method=[words[f"report.method.{key}"] for key in report.method],
            scheme=f"{words['report.scheme']}: {report.scheme.name} {report.scheme.version}",
            words=words,
        )
    )
    path.write_text(page, "utf-8")


def _inline(svg: bytes) -> Markup:
    """The drawing without its XML prolog, which has no place inside a page."""
    text = svg.decode("utf-8")
    return Markup(text[text.index("<svg") :])  # noqa: S704 - drawn here, texts are paths


def _shown(table: Table, words: Words, zone: tzinfo) -> dict[str, object]:
    return {
        "name": words[f"report.table.{table.key}"],
        "columns": [(heading_of(one, words), one.form is Form.TEXT) for one in table.columns],
        "rows": [
            [shown(cell, one.form, zone) for cell, one in zip(row, table.columns, strict=True)]
            for row in table.rows[:_ROWS]
        ],
        "left_out": max(0, len(table.rows) - _ROWS),
    }
