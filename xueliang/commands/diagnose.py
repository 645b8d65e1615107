"""`xueliang diagnose`: what is wrong with the pictures in files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import click
from av.video.reformatter import VideoReformatter
from rich.console import Console
from rich.table import Table

from exporters.probe_document import picture_document
from probes.decode.files import UnreadablePictureError, diagnose_file
from probes.vocabulary import Picture
from xueliang.commands.manifest import Asked, read_manifest
from xueliang.commands.options import EXIT_BAD, Refusal, json_option, print_json

Finding = tuple[str, Picture]


def _asked(images: Sequence[Path], reference: Path | None, manifest: Path | None) -> list[Asked]:
    named = [Asked(name=str(image), path=image, reference=reference) for image in images]
    if manifest is not None:
        named.extend(read_manifest(manifest))
    if not named:
        raise Refusal("name pictures, or a --manifest that does")
    return named


def _findings(asked: Sequence[Asked]) -> tuple[list[Finding], int]:
    """What was found, and how many files could not be read (each is named in a line)."""
    scaler = VideoReformatter()
    found: list[Finding] = []
    unreadable = 0
    for one in asked:
        try:
            found.append((one.name, diagnose_file(one.path, one.reference, scaler, one.expected)))
        except UnreadablePictureError as error:
            click.echo(f"Error: {error}", err=True)
            unreadable += 1
    return found, unreadable


def _write_csv(path: Path, findings: Sequence[Finding]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(("file", "label", "score"))
            for name, picture in findings:
                rows.writerows((name, fault.kind, fault.score) for fault in picture.faults)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error


def _print_table(findings: Sequence[Finding]) -> None:
    table = Table("file", "faults", "not checkable", box=None)
    for name, picture in findings:
        faults = ", ".join(f"{fault.kind} {fault.score:.2f}" for fault in picture.faults)
        table.add_row(name, faults or "none", ", ".join(picture.not_checkable))
    Console().print(table)


@click.command("diagnose")
@click.argument("images", nargs=-1, type=click.Path(path_type=Path), metavar="IMAGE...")
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    help="A picture of the same camera in good health, for all images named.",
)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV with the columns file and reference, and perhaps expected_place and captured_at of "
    "the overlay text; paths are relative to it.",
)
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a row for each fault: file, label, score.",
)
@json_option
@click.pass_context
def diagnose_command(
    context: click.Context,
    images: tuple[Path, ...],
    reference: Path | None,
    manifest: Path | None,
    csv_path: Path | None,
    as_json: bool,
) -> None:
    """What is wrong with the pictures in files; a folder holds a burst 0.jpg, 1.jpg, … about a
    second apart. Exit status 1 when any has a fault or cannot be read."""
    findings, unreadable = _findings(_asked(images, reference, manifest))
    if csv_path is not None:
        _write_csv(csv_path, findings)
    if as_json:
        print_json([{"file": name, **picture_document(picture)} for name, picture in findings])
    elif csv_path is None:
        _print_table(findings)
    faulty = any(picture.faults for _, picture in findings)
    context.exit(EXIT_BAD if faulty or unreadable else 0)
