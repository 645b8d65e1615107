"""docs/failures.md lists the closed table of reasons, no more and no less."""

from __future__ import annotations

from pathlib import Path

from probes.reasons import REASONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "failures.md"


def rows() -> list[list[str]]:
    table = DOCUMENT.read_text("utf-8").split("## The table")[1]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_document_is_the_table() -> None:
    told = [tuple(row[:4]) for row in rows()]
    known = [
        (row.stage.value, row.name, row.blame.value, row.verdict.value) for row in REASONS.values()
    ]
    assert told == known


def test_every_row_says_what_it_means_and_what_to_do() -> None:
    assert all(len(row) == 6 and all(row) for row in rows())
