"""`python -m benchmarks [SECTION ...] [--short | --full]`: the table of all figures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import chain

from benchmarks import (
    cores,
    diagnosis,
    growth,
    look,
    memory,
    onvif,
    pictures_week,
    report,
    silent,
    storage,
)
from benchmarks.boards import section as boards
from benchmarks.lines import FULL, SHORT, USUAL, Line, Sizes, show
from benchmarks.replay import section as replay

SECTIONS: dict[str, Callable[[Sizes], Iterator[Line]]] = {
    module.SECTION: module.lines
    for module in (
        *(look, cores, silent, memory, growth, onvif, storage),
        *(diagnosis, pictures_week, replay, report, boards),
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("section", nargs="*", help=f"of {', '.join(SECTIONS)} (default: all)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="only see that all of it runs")
    size.add_argument("--full", action="store_true", help="whole city, 700,000 points; hours")
    args = parser.parse_args()
    unknown = set(args.section) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    sizes = SHORT if args.short else FULL if args.full else USUAL
    show(chain.from_iterable(SECTIONS[name](sizes) for name in args.section or SECTIONS))


if __name__ == "__main__":
    main()
