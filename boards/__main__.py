"""`python -m boards [--console URL] [--out FOLDER]`: writes the boards as Grafana reads them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from boards import camera, city, monitor, town
from boards.frame import CONSOLE, build

FOLDER = Path(__file__).parents[1] / "config" / "grafana" / "dashboards"


def documents(console: str = CONSOLE) -> Iterator[tuple[str, str]]:
    """Each board's file name and text."""
    for module in (city, town, camera, monitor):
        board = module.board()
        made = json.dumps(build(board, console), cls=JSONEncoder, ensure_ascii=False, indent=2)
        yield f"{board.name}.json", f"{made}\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m boards", description=__doc__)
    parser.add_argument("--console", default=CONSOLE, help=f"where crews reach it ({CONSOLE})")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the files")
    args = parser.parse_args()
    for name, text in documents(args.console):
        (args.out / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
