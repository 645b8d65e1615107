"""Writes the table of docs/failures.md from the table of reasons and the message catalogues:
`python -m tests.core.failures_document`."""

from __future__ import annotations

from pathlib import Path

from exporters.words import Words
from probes.reasons import REASONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "failures.md"
BEGIN = "## The table\n\n"
END = "\n## Beside a stream that works\n"
_HEAD = (
    "| stage | reason | blame | verdict | 含义 | what it means | what to do |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)


def table() -> str:
    """One row a reason, in the order of the stages."""
    chinese, english = Words.load("zh_CN"), Words.load("en")
    rows = []
    for row in REASONS.values():
        key = f"reason.{row.stage.value}.{row.name}"
        cells = (row.stage.value, row.name, row.blame.value, row.verdict.value)
        texts = (chinese[key], english[key], english[f"{key}.action"])
        rows.append(f"| {' | '.join(cells + texts)} |\n")
    return _HEAD + "".join(rows)


def parts() -> tuple[str, str, str]:
    """The document before, in and behind the table."""
    before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    written, _, behind = rest.partition(END)
    return before, written, behind


if __name__ == "__main__":
    before_table, _, behind_table = parts()
    DOCUMENT.write_text(before_table + BEGIN + table() + END + behind_table, "utf-8")
