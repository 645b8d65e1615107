"""The lines of the table: what was to be reached, what was measured, and whether it was."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

_YES_NO = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure. `met` is None for a figure that has no goal."""

    section: str
    what: str
    measured: str
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured. Looks are made at cameras of the simulated city."""

    rounds: int = 3
    looks: int = 300
    peer_looks: int = 8
    clip: str = "bench_full_hd"
    sub_clip: str = "bench_sub"
    gop_s: float = 2.0
    silent_cameras: int = 600
    timeout_s: float = 15.0
    sweeps: int = 20
    sweep_cameras: int = 600
    points: tuple[int, ...] = (7_000, 70_000)
    devices: int = 300
    rows: int = 6_980
    board_hours: int = 24
    frames: int = 300
    # Points and days.
    replay: tuple[int, int] = (2_000, 5)


USUAL = Sizes()
# The whole city, and growth to a hundred cities; about two hours.
FULL = Sizes(
    rounds=5,
    looks=1_000,
    peer_looks=60,
    silent_cameras=6_980,
    sweep_cameras=6_980,
    points=(7_000, 70_000, 700_000),
    replay=(6_980, 30),
)
# Only that it runs through.
SHORT = Sizes(
    rounds=1,
    looks=10,
    peer_looks=1,
    clip="h264_sub",
    sub_clip="h264_sub",
    gop_s=0.2,
    silent_cameras=40,
    timeout_s=2.0,
    sweeps=2,
    sweep_cameras=30,
    points=(100, 200),
    devices=20,
    rows=100,
    board_hours=3,
    frames=20,
    replay=(150, 1),
)


# Where the output is no terminal, its lines are not folded at 80 columns.
WIDTH = 150


def show(lines: Iterable[Line]) -> None:
    """Prints the table."""
    width = None if sys.stdout.isatty() else WIDTH
    table = Table("section", "figure", "measured", "goal", "met")
    before = ""
    for line in lines:
        if before and line.section != before:
            table.add_section()
        shown = "" if line.section == before else line.section
        table.add_row(shown, line.what, line.measured, line.goal, _YES_NO[line.met])
        before = line.section
    Console(width=width, highlight=False).print(table)
