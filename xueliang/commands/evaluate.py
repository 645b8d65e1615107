"""`xueliang evaluate`: how well labelled pictures are diagnosed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from probes.picture.scoring import NOTHING, Scores, Share, confusion, mistakes, score
from probes.vocabulary import FaultKind
from xueliang.commands.options import json_option, print_json
from xueliang.contact_sheet import write_sheet
from xueliang.evaluation import SHIPPED, Evaluated, Step, evaluate, learnt_without

OVERLAYS = "osd.csv"
_WIDTH = 150


def _share(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "of": share.of, "share": share.value, "interval": share.interval}


def _document(scores: Scores, found: Evaluated) -> dict[str, Any]:
    return {
        "classes": [
            {
                "kind": one.kind.value,
                "recall": _share(one.recall),
                "false_alarms": _share(one.false),
                "on_other_faults": _share(one.beside),
                "f1": one.f1,
                "missed": one.missed,
                "wrong": one.wrong,
            }
            for one in scores.classes
        ],
        "macro_f1": scores.macro_f1,
        "clean_with_any_alarm": _share(scores.clean),
        "quiet_with_any_alarm": _share(scores.quiet),
        "confusion": confusion(found.judged),
        "cpu_ms": found.costs.middle(),
    }


def _text(share: Share) -> str:
    low, high = share.interval
    shown = "-" if share.value is None else f"{share.value:.3f}"
    return f"{share.hits}/{share.of} {shown} [{low:.3f}, {high:.3f}]"


def _classes(scores: Scores) -> Table:
    table = Table(
        "fault", "recall [95 %]", "false alarms [95 %]", "on other faults", "F1", box=None
    )
    for one in scores.classes:
        beside = f"{one.beside.hits}/{one.beside.of}"
        table.add_row(one.kind, _text(one.recall), _text(one.false), beside, f"{one.f1:.3f}")
    return table


def _confusion(rows: Mapping[str, Counter[str]]) -> Table:
    """What is shown down, what was found across, of kinds that were found at all."""
    columns = [kind.value for kind in FaultKind if any(kind.value in row for row in rows.values())]
    columns.append(NOTHING)
    table = Table(box=None)
    table.add_column("shown \\ found", no_wrap=True)
    for column in columns:
        table.add_column(column.replace("_", "\n"), justify="right", overflow="fold")
    for shown, row in rows.items():
        table.add_row(shown, *(str(row[column] or "") for column in columns))
    return table


def _print_tables(scores: Scores, found: Evaluated) -> None:
    console = Console(width=_WIDTH, highlight=False)
    console.print(_classes(scores))
    console.print(f"macro-F1 {scores.macro_f1:.3f}", markup=False)
    console.print(f"clean with any alarm: {_text(scores.clean)}", markup=False)
    console.print(f"clean and subtle with any alarm: {_text(scores.quiet)}", markup=False)
    console.print()
    console.print(_confusion(confusion(found.judged)))
    console.print()
    spent = found.costs.middle()
    steps = ", ".join(f"{step} {spent[step]:.2f}" for step in Step if step in spent)
    console.print(f"ms of CPU of a picture or burst (median): {steps}")


@click.command("evaluate")
@click.argument("manifest", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--overlays",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV with the columns file, expected_place and captured_at, where MANIFEST has none. "
    f"Default: {OVERLAYS} beside it, where there is one.",
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the worst misses and false alarms as one JPEG: small copies of the pictures.",
)
@click.option(
    "--folds",
    is_flag=True,
    help="Cross-validate by source: judge each picture by what was learnt without its source (the "
    "manifest's column of that name), for manifests that the rules were learnt from.",
)
@json_option
def evaluate_command(
    manifest: Path, overlays: Path | None, sheet: Path | None, folds: bool, as_json: bool
) -> None:
    """Recall and false alarms for each kind of fault on labelled pictures. MANIFEST is a CSV with
    the columns file, label, severity (none, subtle, clear, severe), and perhaps reference."""
    beside = manifest.parent / OVERLAYS
    texts = overlays or (beside if beside.is_file() else None)
    found = evaluate(manifest, texts, learnt_without if folds else lambda _source: SHIPPED)
    scores = score(found.judged)
    if as_json:
        print_json(_document(scores, found))
    else:
        _print_tables(scores, found)
    if sheet is not None:
        missed, false = mistakes(found.judged)
        shown = write_sheet(sheet, missed, false, dict(found.rows))
        click.echo(f"{shown} pictures on {sheet}", err=True)
