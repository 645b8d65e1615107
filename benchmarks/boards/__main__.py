"""`python -m benchmarks.boards [--out FOLDER]`: draws each board on a day of the whole city."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.boards.blocks import Served, served
from benchmarks.boards.section import chosen
from benchmarks.lines import USUAL
from boards.answers import Moment
from boards.picture import draw
from boards.reading import boards

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "boards"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boards", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the pictures")
    parser.add_argument("--points", type=int, default=USUAL.rows)
    parser.add_argument("--hours", type=int, default=USUAL.board_hours)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with served(args.points, args.hours) as day:
        draw_all(day, args.out)


def draw_all(day: Served, folder: Path) -> None:
    """A PNG for each board."""
    for board in boards():
        moment = Moment(begin=day.begin, end=day.end, values=chosen(day, board, most="offline"))
        (folder / f"{board.name}.png").write_bytes(draw(board, day.prometheus, moment))


if __name__ == "__main__":
    main()
