"""`python -m benchmarks.replay [--points N] [--days N] [--seed N]`: the replay and its figures."""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.replay.play import play
from benchmarks.replay.report import lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--points", type=int, default=6_980)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = time.monotonic()
    played = play(args.points, args.days, args.seed)
    for line in lines(played):
        print(line)
    print(f"played in {time.monotonic() - began:.0f} s")
    sys.exit(1 if played.score.missed or played.score.false_per_1000_camera_days > 1 else 0)


if __name__ == "__main__":
    main()
