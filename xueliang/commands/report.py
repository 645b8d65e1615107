"""`xueliang report`: the figures of a day, week or month, in files to hand in."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from camera_registry.assessment.document import figures_document
from camera_registry.assessment.periods import period_of
from camera_registry.assessment.reckoning import reckon
from camera_registry.assessment.report import Report
from camera_registry.assessment.vocabulary import Period, PeriodKind
from camera_registry.store.assessment import read_material
from exporters.reports.files import FORMATS
from exporters.reports.writing import write_report
from probes.clock import SystemClock
from xueliang.commands.options import (
    BadState,
    Refusal,
    config_option,
    json_option,
    lang_option,
    print_json,
    settings_of,
)
from xueliang.registry import open_registry
from xueliang.scheme import load_scheme
from xueliang.settings import LOCAL_ZONE, Settings, SettingsError


@click.command("report")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day, or one of the week or month. Default: yesterday.",
)
@click.option(
    "--period",
    "kind",
    type=click.Choice([kind.value for kind in PeriodKind]),
    default="day",
    show_default=True,
    help="Of how long the report is.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to. Default: report.folder.",
)
@click.option(
    "--format",
    "formats",
    help=f"Which formats, with commas: {', '.join(FORMATS)}. Default: report.formats.",
)
@click.option("--late", is_flag=True, help="Mark it as made later than it was due.")
@lang_option
@json_option
@config_option
@click.pass_context
def report_command(
    context: click.Context,
    day: datetime | None,
    kind: str,
    out: Path | None,
    formats: str | None,
    late: bool,
    lang: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """Write the report of a day, week or month (Asia/Shanghai)."""
    settings = settings_of(context, config)
    wanted = _formats(formats, settings)
    now = SystemClock().now()
    asked = day.date() if day is not None else now.astimezone(LOCAL_ZONE).date() - timedelta(days=1)
    period = period_of(PeriodKind(kind), asked, now)
    if period.start >= now:
        raise BadState(f"{asked.isoformat()}: that {kind} has not begun")
    report = asyncio.run(_reckoned(settings, period))
    if not report.cameras:
        if as_json:
            print_json(_document(report, asked, []))
        raise BadState(f"{asked.isoformat()}: no point was known in that {kind}")
    try:
        files = write_report(
            out or settings.report.folder,
            report,
            figures_document(report),
            formats=wanted,
            language=lang,
            city=settings.report.city,
            zone=LOCAL_ZONE,
            made_at=now,
            late=late,
        )
    except OSError as error:
        raise BadState(f"{error.filename}: {error.strerror}") from None
    if as_json:
        print_json(_document(report, asked, files))
    else:
        for path in files:
            click.echo(path)


def _formats(text: str | None, settings: Settings) -> tuple[str, ...]:
    if text is None:
        return settings.report.formats
    wanted = tuple(dict.fromkeys(one.strip() for one in text.split(",")))
    unknown = [one for one in wanted if one not in FORMATS]
    if unknown:
        raise Refusal(f"--format: no format {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    return wanted


async def _reckoned(settings: Settings, period: Period) -> Report:
    try:
        scheme = load_scheme(settings.report.scheme_file)
    except SettingsError as error:
        raise Refusal(str(error)) from None
    async with open_registry(settings.database) as database:
        material = await read_material(
            database,
            period,
            clock_limit_s=scheme.clock_limit_s,
            platform_hold=timedelta(seconds=settings.platform.hold_s),
        )
    return reckon(material, scheme, period)


def _document(report: Report, asked: date, files: list[Path]) -> dict[str, object]:
    return {
        "period": report.period.kind.value,
        "date": asked.isoformat(),
        "first": report.period.first.isoformat(),
        "last": report.period.last.isoformat(),
        "complete": report.period.complete,
        "scheme": {"name": report.scheme.name, "version": report.scheme.version},
        "files": [str(path) for path in files],
    }
