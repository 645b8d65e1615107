"""`xueliang lint`: what is missing, contradictory, doubled or misplaced in the archive."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from camera_registry.archive import ArchiveError
from camera_registry.archive.exporting import replace_file
from camera_registry.lint import Entry, Grade, LintReport, LintRulesError, summarise
from camera_registry.rollups import Ratio, day_of
from camera_registry.store.archive_care import check_archive
from camera_registry.store.places import load_towns
from exporters.lint_document import keep_text, lint_document, why_text
from exporters.lint_sheet import lint_workbook
from exporters.words import Words
from probes.clock import SystemClock
from xueliang.commands.options import (
    EXIT_BAD,
    BadState,
    Refusal,
    config_option,
    json_option,
    lang_option,
    print_json,
    settings_of,
)
from xueliang.registry import open_registry
from xueliang.settings import Settings

# A terminal is no place for thousands of findings; --json and --out give them all.
MAX_SHOWN = 30
_STYLES = {Grade.ERROR: "red", Grade.WARNING: "yellow", Grade.ADVICE: ""}


@click.command("lint")
@click.option("--town", help="Only what is found in this town.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the findings to this workbook (.xlsx); its first sheet is corrected and imported.",
)
@lang_option
@json_option
@config_option
@click.pass_context
def lint_command(
    context: click.Context,
    town: str | None,
    out: Path | None,
    lang: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """Check the archive: completeness, codes, duplicates, coordinates, names.

    Exit status 1 when there are errors; warnings and advice are told and no more.
    """
    settings = settings_of(context, config)
    if out is not None and out.suffix.lower() != ".xlsx":
        raise Refusal(f"--out {out}: not .xlsx")
    today, words = day_of(SystemClock().now()), Words.load(lang)
    report, entries = asyncio.run(_check(settings, today, town))
    if out is not None:
        _write(out, report, entries, words)
    if as_json:
        print_json(lint_document(report, words, today))
    else:
        _print(report, words)
    context.exit(EXIT_BAD if summarise(report.findings).grades[Grade.ERROR] else 0)


async def _check(
    settings: Settings, today: date, town: str | None
) -> tuple[LintReport, Mapping[int, Entry]]:
    async with open_registry(settings.database) as database:
        if town is not None and town not in [one.name for one in await load_towns(database)]:
            raise Refusal(f"--town {town}: none of the city's towns")
        try:
            report, entries = await check_archive(database, today)
        except LintRulesError as error:
            raise Refusal(str(error)) from None
    if town is not None:
        # The whole archive is checked all the same: its habits are learnt from all of it.
        report = replace(
            report,
            findings=tuple(one for one in report.findings if one.town == town),
            qualified={key: ratio for key, ratio in report.qualified.items() if key[0] == town},
        )
    return report, entries


def _write(out: Path, report: LintReport, entries: Mapping[int, Entry], words: Words) -> None:
    try:
        replace_file(out, lint_workbook(report, entries, words), private=True)
    except ArchiveError as error:
        raise BadState(str(error)) from None
    click.echo(f"written to {out}", err=True)


def _print(report: LintReport, words: Words) -> None:
    console = Console(highlight=False, markup=False)
    whole = sum(report.qualified.values(), start=Ratio())
    console.print(
        words.fill(
            "lint.records",
            records=f"{report.records:,}",
            qualified=f"{whole.part:,.0f}",
            ratio=_percent(whole),
        )
    )
    if not report.findings:
        console.print(words["lint.none"])
        return
    _print_kinds(console, report, words)
    _print_rates(console, report, words)
    _print_findings(console, report, words)


def _print_kinds(console: Console, report: LintReport, words: Words) -> None:
    table = Table(*(words[f"lint.column.{name}"] for name in ("grade", "kind")), box=None)
    for name in ("count", "fixable"):
        table.add_column(words[f"lint.column.{name}"], justify="right")
    found = summarise(report.findings)
    grades = {one.kind: one.grade for one in report.findings}
    fixable = summarise(one for one in report.findings if one.fixable).kinds
    for kind, count in sorted(
        found.kinds.items(), key=lambda item: list(Grade).index(grades[item[0]])
    ):
        grade = grades[kind]
        table.add_row(
            words[f"lint.grade.{grade.value}"],
            words[f"lint.kind.{kind.value}"],
            str(count),
            str(fixable.get(kind, 0) or ""),
            style=_STYLES[grade],
        )
    console.print(table)


def _print_rates(console: Console, report: LintReport, words: Words) -> None:
    table = Table(*(words[f"lint.column.{name}"] for name in ("town", "category")), box=None)
    for name in ("records", "qualified", "ratio"):
        table.add_column(words[f"lint.column.{name}"], justify="right")
    for (town, category), ratio in report.qualified.items():
        counts = (f"{ratio.whole:.0f}", f"{ratio.part:.0f}", _percent(ratio))
        table.add_row(town, words[f"category.{category.value}"], *counts)
    console.print(table)


def _print_findings(console: Console, report: LintReport, words: Words) -> None:
    names = ("grade", "town", "camera", "kind", "why")
    table = Table(*(words[f"lint.column.{name}"] for name in names), box=None)
    for one in report.findings[:MAX_SHOWN]:
        why = " ".join(part for part in (why_text(one, words), keep_text(one, words)) if part)
        cells = (words[f"lint.grade.{one.grade.value}"], one.town, one.label)
        table.add_row(*cells, words[f"lint.kind.{one.kind.value}"], why, style=_STYLES[one.grade])
    console.print(table)
    if (more := len(report.findings) - MAX_SHOWN) > 0:
        console.print(words.fill("lint.more", count=more))


def _percent(ratio: Ratio) -> str:
    return "-" if ratio.value is None else f"{ratio.value:.2%}"
